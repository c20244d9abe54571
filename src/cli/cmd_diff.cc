// `aplomb diff A B`: what changed between two snapshots, read from the vault with the recovery key.
#include <nlohmann/json.hpp>

#include "archive/diff.h"

#include "base/messages.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/verbs.h"

namespace aplomb::cli {
namespace {

void say(App& app, const std::string& title, const std::vector<std::string>& paths) {
  if (paths.empty()) return;
  app.out().say(title);
  for (const std::string& path : paths) app.out().say("  " + printable(path));
}

}  // namespace

Result<int> cmd_diff(App& app, const Arguments& arguments) {
  auto session = TRY(Session::open(app));
  vault::VaultReader* reader = TRY(session->reader());
  vault::SnapshotInfo before = TRY(reader->find(arguments.word(0)));
  vault::SnapshotInfo after = TRY(reader->find(arguments.word(1)));
  auto old_view = TRY(archive::VaultSnapshot::open(*reader, before));
  auto new_view = TRY(archive::VaultSnapshot::open(*reader, after));
  archive::Difference difference = TRY(archive::diff(*old_view, *new_view));
  say(app, tr("added:"), difference.added);
  say(app, tr("removed:"), difference.removed);
  say(app, tr("changed:"), difference.changed);
  if (difference.added.empty() && difference.removed.empty() && difference.changed.empty())
    app.out().say(tr("nothing changed"));
  app.out().document({{"before", before.id.hex()},
                      {"after", after.id.hex()},
                      {"added", paths_document(difference.added)},
                      {"removed", paths_document(difference.removed)},
                      {"changed", paths_document(difference.changed)}});
  return 0;
}

}  // namespace aplomb::cli
