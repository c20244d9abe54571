// `aplomb prune`, with the keeper's credentials: moves the locks of an S3 vault forward, of everything that a
// snapshot needs. What nobody needs is left to run out. Needs no key.
#include <nlohmann/json.hpp>

#include "base/messages.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/verbs.h"

namespace aplomb::cli {

Result<int> cmd_prune(App& app, const Arguments&) {
  auto session = TRY(Session::open(app));
  vault::Extended extended = TRY(session->extend_locks());
  app.out().say(tr("locked until {}: {} packs and {} entries of the log", to_local(extended.until),
                   extended.packs, extended.entries));
  app.out().document({{"removed", 0},
                      {"bytes_freed", 0},
                      {"locked_until", to_iso(extended.until)},
                      {"packs", extended.packs},
                      {"entries", extended.entries}});
  return 0;
}

}  // namespace aplomb::cli
