// `aplomb snapshots [SITE]`: the backups as the machine noted them; needs no key.
#include <nlohmann/json.hpp>

#include "base/messages.h"
#include "cli/backup_run.h"
#include "cli/report.h"
#include "cli/verbs.h"
#include "vault/log_state.h"

namespace aplomb::cli {

Result<int> cmd_snapshots(App& app, const Arguments& arguments) {
  auto session = TRY(Session::open(app));
  const site::SiteConfig* only = arguments.words.empty() ? nullptr : TRY(session->site(arguments.word(0)));
  // Without the vault the notes still say what was taken.
  std::map<vault::SnapshotId, Time> removed;
  if (auto* store = session->reader_at_hand()) removed = vault::removed_snapshots(*store).value_or(removed);
  size_t gone = 0;
  nlohmann::json documents = nlohmann::json::array();
  std::vector<std::vector<std::string>> rows = {
      {tr("snapshot"), tr("site"), tr("time"), tr("files"), tr("size"), tr("verdict")}};
  for (const site::SiteConfig& site : session->config().sites) {
    if (only && only != &site) continue;
    judge::SiteState state = session->state(site);
    std::vector<judge::Note> notes = TRY(notes_of(app, state));
    std::optional<judge::Closed> closed;
    if (auto folder = app.fs().open_dir(state.path)) closed = TRY(judge::load_closed(**folder));
    for (const judge::Note& note : notes) {
      const judge::Point& point = note.point;
      if (auto id = vault::SnapshotId::parse(point.snapshot); id && removed.contains(*id)) {
        ++gone;
        continue;
      }
      bool before_closed = closed && note.epoch < closed->first_epoch;
      documents.push_back({{"snapshot", point.snapshot},
                           {"site", site.name},
                           {"time", to_iso(point.time)},
                           {"files", note.files},
                           {"bytes", note.bytes},
                           {"verdict", judge::name(point.verdict)},
                           {"evidence", point.evidence},
                           {"before_closed_incident", before_closed}});
      std::string verdict = verdict_text(point.verdict);
      if (before_closed) verdict = tr("{}, before the incident that was closed", verdict);
      rows.push_back({short_id(point.snapshot), site.name, to_local(point.time), std::to_string(note.files),
                      human_size(note.bytes),
                      point.evidence ? tr("{}, kept as evidence", verdict) : verdict});
    }
  }
  app.out().say(documents.empty() ? tr("there is no snapshot yet: aplomb backup takes one") : table(rows));
  if (gone > 0) app.out().say(tr("{} more were removed by retention", gone));
  app.out().document(documents);
  return 0;
}

}  // namespace aplomb::cli
