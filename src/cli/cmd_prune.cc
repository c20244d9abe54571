// `aplomb prune [DIR]`: retention and collection, on the machine where the vault lies. Needs no key. With
// DIR, no configuration either: the folder of the vault, on the keeper's machine. Of a vault on S3, with the
// keeper's credentials: the same, but the locks of what stays are moved forward in between, and what is
// locked still goes later.
#include <nlohmann/json.hpp>

#include "base/messages.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "vault/collect.h"

namespace aplomb::cli {
namespace {

Result<std::unique_ptr<vault::Keeper>> open_vault(App& app, const std::string& folder) {
  auto dir = app.fs().open_dir(folder);
  if (!dir) return fail(std::move(dir).error().in(tr("the vault cannot be opened")).at(folder));
  return vault::Keeper::open(std::move(*dir), {app.clock(), app.random(), app.log()});
}

void say_removed(App& app, const std::vector<std::string>& removed) {
  if (removed.empty()) {
    app.out().say(tr("retention lets no snapshot go today"));
  } else {
    app.out().say(tr("retention lets {} snapshots go:", removed.size()) + "\n" + path_lines(removed));
  }
}

std::vector<std::string> hex_of(const std::vector<vault::SnapshotId>& ids) {
  std::vector<std::string> words;
  for (const vault::SnapshotId& id : ids) words.push_back(id.hex());
  return words;
}

Result<int> prune_without_keeper(App& app, Session& session) {
  const std::vector<std::string> removed = hex_of(TRY(session.apply_retention()));
  say_removed(app, removed);
  vault::Extended extended = TRY(session.extend_locks());
  app.out().say(tr("locked until {}: {} packs and {} entries of the log", to_local(extended.until),
                   extended.packs, extended.entries));
  vault::Collected collected = TRY(session.collect());
  app.out().say(tr("removed: {} objects that no snapshot needs, {}; as useless and still locked: {}",
                   collected.versions, human_size(collected.bytes), collected.locked));
  app.out().document({{"removed", removed},
                      {"bytes_freed", collected.bytes},
                      {"objects_removed", collected.versions},
                      {"still_locked", collected.locked},
                      {"locked_until", to_iso(extended.until)},
                      {"packs", extended.packs},
                      {"entries", extended.entries}});
  return 0;
}

}  // namespace

Result<int> cmd_prune(App& app, const Arguments& arguments) {
  std::string folder = arguments.word(0).empty() ? "" : absolute_path(arguments.word(0));
  if (folder.empty()) {
    auto session = TRY(Session::open(app));
    if (session->config().vault.starts_with("s3://")) return prune_without_keeper(app, *session);
    auto local = local_folder(session->config().vault);
    if (!local)
      return fail(make_error(Code::usage, tr("retention is applied where the vault lies"))
                      .at(session->config().vault)
                      .then(tr("on the keeper's machine, run aplomb prune with the folder of the vault")));
    folder = *local;
  }
  auto keeper = TRY(open_vault(app, folder));
  vault::PruneReport report = TRY(vault::prune(*keeper, app.clock(), app.progress()));
  const std::vector<std::string> removed = hex_of(report.removed);
  app.out().say(tr("{} snapshots stay, {} of them on hold or approved", report.kept, report.pinned));
  say_removed(app, removed);
  app.out().say(tr("freed: {}; removed snapshots still in their week of grace: {}",
                   human_size(report.bytes_freed), report.waiting));
  for (const std::string& reason : report.left_alone) app.out().say(printable(reason));
  app.out().document({{"removed", removed},
                      {"bytes_freed", report.bytes_freed},
                      {"kept", report.kept},
                      {"pinned", report.pinned},
                      {"waiting", report.waiting},
                      {"packs_deleted", report.packs_deleted},
                      {"left_alone", paths_document(report.left_alone)}});
  return report.left_alone.empty() ? 0 : 1;
}

}  // namespace aplomb::cli
