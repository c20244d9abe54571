#include "cli/backup_run.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/messages.h"
#include "cli/pages.h"
#include "site/facts.h"

namespace aplomb::cli {

Result<Taken> take_backup(Session& session, const site::SiteConfig& site) {
  App& app = session.app();
  vault::WriterStore* store = TRY(session.writer_store());
  judge::SiteState state = session.state(site);
  Taken taken;
  taken.pages = crawl_pages(app, site);
  auto facts = site::system_facts(app.fs()).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  archive::SnapshotRequest request{
      .site = site, .state_path = state.path, .facts_json = facts, .pages = taken.pages};
  request.vouchers_path = session.vouchers_path();
  taken.backup = TRY(judge::backup_and_judge(app.machine(), *store, state, request));
  keep_pages(app, state, taken.backup.note, taken.pages);
  return taken;
}

void note_failure(App& app, const judge::SiteState& state, const Error& error) {
  auto folder = app.fs().open_dir(state.path);
  Status noted = folder
                     ? judge::save_failure(**folder, {app.clock().now(), error.what, error.where, error.next})
                     : Status(fail(std::move(folder).error()));
  if (!noted) app.log().warn(tr("that this backup failed could not be noted: {}", noted.error().what));
}

Result<Judged> judge_again(Session& session, const site::SiteConfig& site, const judge::Note& last) {
  archive::Machine machine = session.app().machine();
  judge::SiteState state = session.state(site);
  vault::WriterKey key = TRY(judge::load_writer_key(machine, state.path));
  judge::Trust trust = TRY(judge::load_machine_trust(machine, state));
  judge::JudgeKit kit = TRY(judge::make_judge(machine, state, judge::Source::machine, key.id_key.view()));
  auto view = TRY(archive::open_machine_snapshot(machine, key, state.path));
  judge::Earlier before = judge::load_earlier(*kit.state, session.app().log());
  Judged judged{TRY(kit.judge->judge(*view, trust, before)), last};
  TRY(kit.save_memo());
  if (judged.judgement.verdict == judge::Verdict::proven_clean)
    TRY(judge::save_earlier(*kit.state, judge::earlier_of(judged.judgement)));
  vault::SnapshotInfo info;
  info.id = vault::SnapshotId::parse(last.point.snapshot).value_or(vault::SnapshotId());
  info.received = last.point.time;
  judged.note.point = judge::make_point(info, last.point.evidence, judged.judgement);
  TRY(judge::save_note(*kit.state, judged.note));
  return judged;
}

void reconsider(judge::Note& note, const judge::Trust& trust) {
  judge::Point& point = note.point;
  for (judge::JudgedObject& object : point.open) {
    if (object.kind == judge::ObjectKind::missing) {
      if (!trust.protects(object.identity.path)) object.verdict = judge::ObjectVerdict::clean;
      continue;
    }
    if (object.provenance != judge::Provenance::unexplained) continue;
    judge::Explanation why = trust.explain(object.identity);
    object.provenance = why.provenance;
    if (why.provenance != judge::Provenance::unexplained) object.explanation = why.reason;
    object.verdict = judge::decide(object.provenance, object.level());
  }
  std::erase_if(point.open, [](const judge::JudgedObject& object) {
    return object.verdict == judge::ObjectVerdict::clean;
  });
  judge::Verdict verdict = judge::Verdict::proven_clean;
  for (const judge::JudgedObject& object : point.open) verdict = judge::combine(verdict, object.verdict);
  if (verdict == judge::Verdict::proven_clean && point.verdict != verdict)
    point.since = trust.baseline_time();
  point.verdict = verdict;
}

namespace {

// The site's folder of state; null when there is none yet.
Result<std::unique_ptr<fs::Dir>> open_state(App& app, const judge::SiteState& state) {
  auto folder = app.fs().open_dir(state.path);
  if (!folder && folder.error().code == Code::not_found) return std::unique_ptr<fs::Dir>();
  if (!folder)
    return fail(std::move(folder).error().in(tr("the state of this site cannot be read")).at(state.path));
  return folder;
}

}  // namespace

Result<std::vector<judge::Note>> notes_of(App& app, const judge::SiteState& state) {
  auto folder = TRY(open_state(app, state));
  return folder ? judge::load_notes(*folder, app.log()) : std::vector<judge::Note>();
}

Result<std::vector<judge::Noted>> noted(App& app, const judge::SiteState& state) {
  auto folder = TRY(open_state(app, state));
  return folder ? judge::list_notes(*folder) : std::vector<judge::Noted>();
}

const judge::Note* last_backup(const std::vector<judge::Note>& notes) {
  auto found = std::find_if(notes.rbegin(), notes.rend(),
                            [](const judge::Note& note) { return !note.point.evidence && !note.imported; });
  return found == notes.rend() ? nullptr : &*found;
}

const judge::Note* find_note(const std::vector<judge::Note>& notes, std::string_view prefix) {
  constexpr size_t kShortest = 4;
  const judge::Note* found = nullptr;
  for (const judge::Note& note : notes) {
    if (prefix.size() < kShortest || !note.point.snapshot.starts_with(prefix)) continue;
    if (found) return nullptr;
    found = &note;
  }
  return found;
}

}  // namespace aplomb::cli
