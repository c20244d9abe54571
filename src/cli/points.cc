#include "cli/points.h"

#include <algorithm>

#include "base/messages.h"
#include "cli/backup_run.h"
#include "vault/log_state.h"

namespace aplomb::cli {
namespace {

Status from_vault(Session& session, const judge::SiteState& state, Earlier earlier, SitePoints& result) {
  App& app = session.app();
  vault::VaultReader* reader = TRY(session.reader());
  const crypto::KeyFile* key = TRY(session.recovery_key());
  judge::JudgeKit kit =
      TRY(judge::make_judge(app.machine(), state, judge::Source::vault, key->secret.view()));
  judge::Trust trust = judge::trust_from_vault(*reader, state.config.name, app.log());
  judge::History history = judge::history_of(*reader, state.config.name);
  result.closed = history.closed;
  if (earlier == Earlier::judged)
    result.earlier = TRY(judge::judge_points(*reader, history.earlier, *kit.judge, trust, app.log()));
  result.points = TRY(judge::judge_points(*reader, history.current, *kit.judge, trust, app.log()));
  return kit.save_memo();
}

Status from_notes(Session& session, const judge::SiteState& state, SitePoints& result) {
  App& app = session.app();
  // What retention let go can no longer be restored, so it is no clean point.
  std::map<vault::SnapshotId, Time> removed;
  if (auto* store = session.reader_at_hand()) removed = vault::removed_snapshots(*store).value_or(removed);
  auto is_removed = [&](const judge::Point& point) {
    auto id = vault::SnapshotId::parse(point.snapshot);
    return id && removed.contains(*id);
  };
  std::vector<judge::Note> notes = TRY(notes_of(app, state));
  std::optional<judge::Closed> closed;
  if (auto folder = app.fs().open_dir(state.path)) closed = TRY(judge::load_closed(**folder));
  if (closed) result.closed = closed->time;
  for (judge::Note& note : notes)
    if (!is_removed(note.point))
      (closed && note.epoch < closed->first_epoch ? result.earlier : result.points)
          .push_back(std::move(note.point));
  for (auto* points : {&result.points, &result.earlier})
    std::ranges::stable_sort(*points, {}, &judge::Point::time);
  return {};
}

}  // namespace

const judge::Point* SitePoints::latest() const {
  auto found =
      std::find_if(points.rbegin(), points.rend(), [](const judge::Point& point) { return !point.evidence; });
  return found == points.rend() ? nullptr : &*found;
}

Result<SitePoints> load_points(Session& session, const site::SiteConfig& site, Earlier earlier) {
  SitePoints result;
  judge::SiteState state = session.state(site);
  if (session.recovery_key_named()) {
    result.source = judge::Source::vault;
    TRY(from_vault(session, state, earlier, result));
  } else {
    TRY(from_notes(session, state, result));
  }
  result.timeline = judge::build_timeline(result.points);
  return result;
}

const char* name(judge::Source source) {
  return source == judge::Source::vault ? "vault" : "machine";
}

std::string caveat(judge::Source source) {
  if (source == judge::Source::vault) return "";
  return tr(
      "This comes from the notes of this machine, which an intruder with root could change. "
      "With --recovery-key FILE, best on another machine, it is judged from the vault.");
}

}  // namespace aplomb::cli
