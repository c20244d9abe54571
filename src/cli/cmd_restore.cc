// `aplomb restore SNAPSHOT --to DIR [PATH…]`: a snapshot, or parts of it, into a folder. It judges nothing
// and keeps nothing of what is there: `recover` is for a hacked site.
#include <nlohmann/json.hpp>

#include "archive/restore.h"

#include "base/messages.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "site/paths.h"

namespace aplomb::cli {
namespace {

Status check_target(const Session& session, const std::string& target) {
  std::vector<std::string> own = {session.config().state_dir};
  if (auto vault = local_folder(session.config().vault)) own.push_back(*vault);
  for (const std::string& folder : own)
    if (site::is_beneath(target, folder))
      return fail(make_error(Code::usage, tr("this folder is Aplomb's own"))
                      .at(target)
                      .then(tr("choose another one with --to")));
  return {};
}

}  // namespace

Result<int> cmd_restore(App& app, const Arguments& arguments) {
  std::string target = absolute_path(arguments.value("--to"));
  if (target.empty())
    return fail(make_error(Code::usage, tr("where to restore to is missing"))
                    .then(tr("name a folder with --to DIR")));
  auto session = TRY(Session::open(app));
  TRY(check_target(*session, target));
  vault::VaultReader* reader = TRY(session->reader());
  auto snapshot = TRY(archive::VaultSnapshot::open(*reader, TRY(reader->find(arguments.word(0)))));
  std::vector<std::string> paths(arguments.words.begin() + 1, arguments.words.end());
  Stopwatch watch(app.clock());
  auto folder = TRY_IN(app.fs().make_dirs(target, 0755), tr("the folder to restore to cannot be made"));
  auto restored = archive::restore(*snapshot, *folder, paths, app.progress());
  if (!restored && restored.error().code == Code::not_found)
    return fail(
        std::move(restored).error().then(tr("write paths as aplomb diff and aplomb history show them")));
  archive::RestoreCounts counts = TRY(std::move(restored));
  double seconds = watch.seconds();
  app.out().say(tr("restored {} files, {}, into {}; {} had to be written; {:.1f} s", counts.files,
                   human_size(counts.bytes), printable(target), counts.written, seconds));
  if (!counts.problems.empty())
    app.out().say(tr("not as in the snapshot:") + "\n" + skipped_text(counts.problems));
  if (counts.damaged > 0)
    app.out().say(
        tr("{} are damaged in the vault and were not restored; aplomb history and an earlier snapshot may "
           "have them, aplomb verify --read-all tells what else is damaged",
           counts.damaged));
  app.out().document({{"snapshot", snapshot->info().id.hex()},
                      {"files", counts.files},
                      {"bytes", counts.bytes},
                      {"seconds", seconds},
                      {"written", counts.written},
                      {"damaged", counts.damaged},
                      {"problems", skipped_document(counts.problems)}});
  return counts.problems.empty() ? 0 : 1;
}

}  // namespace aplomb::cli
