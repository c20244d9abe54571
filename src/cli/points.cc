#include "cli/points.h"

#include <algorithm>

#include "base/messages.h"
#include "cli/backup_run.h"

namespace aplomb::cli {
namespace {

Result<std::vector<judge::Point>> from_vault(Session& session, const judge::SiteState& state) {
  App& app = session.app();
  vault::VaultReader* reader = TRY(session.reader());
  const crypto::KeyFile* key = TRY(session.recovery_key());
  judge::JudgeKit kit =
      TRY(judge::make_judge(app.machine(), state, judge::Source::vault, key->secret.view()));
  judge::Trust trust = judge::trust_from_records(*reader, state.config.name, app.log());
  auto points = TRY(judge::judge_points(*reader, judge::current_epoch(*reader, state.config.name), *kit.judge,
                                        trust, app.log()));
  TRY(kit.save_memo());
  return points;
}

// Notes of earlier epochs speak of incidents that are closed.
Result<std::vector<judge::Point>> from_notes(App& app, const judge::SiteState& state) {
  std::vector<judge::Note> notes = TRY(notes_of(app, state));
  uint32_t epoch = 0;
  for (const judge::Note& note : notes) epoch = std::max(epoch, note.epoch);
  if (auto key = judge::load_writer_key(app.machine(), state.path)) epoch = key->epoch;
  std::vector<judge::Point> points;
  for (judge::Note& note : notes)
    if (note.epoch == epoch) points.push_back(std::move(note.point));
  return points;
}

}  // namespace

const judge::Point* SitePoints::latest() const {
  auto found =
      std::find_if(points.rbegin(), points.rend(), [](const judge::Point& point) { return !point.evidence; });
  return found == points.rend() ? nullptr : &*found;
}

Result<SitePoints> load_points(Session& session, const site::SiteConfig& site) {
  SitePoints result;
  judge::SiteState state = session.state(site);
  if (session.recovery_key_named()) {
    result.source = judge::Source::vault;
    result.points = TRY(from_vault(session, state));
  } else {
    result.points = TRY(from_notes(session.app(), state));
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
