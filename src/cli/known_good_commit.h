// `aplomb known-good commit DIR [REV] [--to FOLDER] [--signers FILE]`: a signed commit of the repository that
// a site is deployed from approves what it contains. The owner pins the keys once, with his own signature
// over the file that lists them; after that a deployment needs no key of Aplomb: the commit goes with the
// next backup, and whoever judges checks its signature again (vendor/deployment.h).
#pragma once

#include "cli/arguments.h"
#include "cli/session.h"

namespace aplomb::cli {

Result<int> approve_commit(App& app, Session& session, const Arguments& arguments);

}  // namespace aplomb::cli
