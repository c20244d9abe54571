// `aplomb snapshots [SITE]`: the backups as the machine noted them, without a key; with a recovery key named,
// as they lie in the vault, on whatever machine.
#include <nlohmann/json.hpp>

#include "archive/snapshot_view.h"

#include "base/messages.h"
#include "cli/backup_run.h"
#include "cli/report.h"
#include "cli/verbs.h"
#include "judge/history.h"
#include "vault/log_state.h"

namespace aplomb::cli {
namespace {

struct Row {
  std::string snapshot, site;
  Time time;
  uint64_t files = 0, bytes = 0;
  std::optional<judge::Verdict> verdict;  // nothing when this machine did not judge it
  bool evidence = false, before_closed = false;
};

struct Rows {
  std::vector<Row> rows;
  size_t removed = 0;  // by retention
};

Status from_notes(Session& session, const site::SiteConfig* only, Rows& found) {
  App& app = session.app();
  // Without the vault the notes still say what was taken.
  std::map<vault::SnapshotId, Time> removed;
  if (auto* store = session.reader_at_hand()) removed = vault::removed_snapshots(*store).value_or(removed);
  for (const site::SiteConfig& site : session.config().sites) {
    if (only && only != &site) continue;
    judge::SiteState state = session.state(site);
    std::vector<judge::Note> notes = TRY(notes_of(app, state));
    std::optional<judge::Closed> closed;
    if (auto folder = app.fs().open_dir(state.path)) closed = TRY(judge::load_closed(**folder));
    for (const judge::Note& note : notes) {
      const judge::Point& point = note.point;
      if (auto id = vault::SnapshotId::parse(point.snapshot); id && removed.contains(*id)) {
        ++found.removed;
        continue;
      }
      found.rows.push_back({point.snapshot, site.name, point.time, note.files, note.bytes, point.verdict,
                            point.evidence, closed && note.epoch < closed->first_epoch});
    }
  }
  return {};
}

// The verdicts are still this machine's own: clean-point judges anew.
Status from_vault(Session& session, const site::SiteConfig* only, Rows& found) {
  vault::VaultReader* reader = TRY(session.reader());
  std::map<std::string, judge::Verdict> verdicts;
  Rows noted;
  TRY(from_notes(session, only, noted));
  for (const Row& row : noted.rows)
    if (row.verdict) verdicts.emplace(row.snapshot, *row.verdict);
  std::map<std::string, std::set<vault::SnapshotId>> earlier;
  for (const vault::SnapshotInfo& info : reader->snapshots()) {
    if (only && info.site != only->name) continue;
    auto [before, fresh] = earlier.try_emplace(info.site);
    if (fresh)
      for (const vault::SnapshotInfo& old : judge::history_of(*reader, info.site).earlier)
        before->second.insert(old.id);
    Row row{
        info.id.hex(), info.site, info.received, 0, 0, std::nullopt, false, before->second.contains(info.id)};
    if (auto verdict = verdicts.find(row.snapshot); verdict != verdicts.end()) row.verdict = verdict->second;
    // One whose manifest is damaged is still there, and verify tells what is wrong with it.
    if (auto snapshot = archive::VaultSnapshot::open(*reader, info)) {
      row.files = (*snapshot)->manifest().files;
      row.bytes = (*snapshot)->manifest().bytes;
      row.evidence = (*snapshot)->manifest().evidence;
    }
    found.rows.push_back(std::move(row));
  }
  return {};
}

}  // namespace

Result<int> cmd_snapshots(App& app, const Arguments& arguments) {
  auto session = TRY(Session::open(app));
  const site::SiteConfig* only = arguments.words.empty() ? nullptr : TRY(session->site(arguments.word(0)));
  Rows found;
  TRY(session->recovery_key_named() ? from_vault(*session, only, found) : from_notes(*session, only, found));
  nlohmann::json documents = nlohmann::json::array();
  std::vector<std::vector<std::string>> rows = {
      {tr("snapshot"), tr("site"), tr("time"), tr("files"), tr("size"), tr("verdict")}};
  for (const Row& row : found.rows) {
    documents.push_back({{"snapshot", row.snapshot},
                         {"site", row.site},
                         {"time", to_iso(row.time)},
                         {"files", row.files},
                         {"bytes", row.bytes},
                         {"verdict", row.verdict ? judge::name(*row.verdict) : "unknown"},
                         {"evidence", row.evidence},
                         {"before_closed_incident", row.before_closed}});
    std::string verdict = row.verdict ? verdict_text(*row.verdict) : tr("not judged on this machine");
    if (row.before_closed) verdict = tr("{}, before the incident that was closed", verdict);
    rows.push_back({short_id(row.snapshot), row.site, to_local(row.time), std::to_string(row.files),
                    human_size(row.bytes), row.evidence ? tr("{}, kept as evidence", verdict) : verdict});
  }
  app.out().say(documents.empty() ? tr("there is no snapshot yet: aplomb backup takes one") : table(rows));
  if (found.removed > 0) app.out().say(tr("{} more were removed by retention", found.removed));
  app.out().document(documents);
  return 0;
}

}  // namespace aplomb::cli
