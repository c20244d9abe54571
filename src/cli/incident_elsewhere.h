// An incident that is led on another machine than the web server, which may lie or be off: from the vault and
// the recovery key alone. Nothing can be contained or collected there; people take the server off the
// network.
#pragma once

#include "cli/session.h"

namespace aplomb::cli {

// Neither the site's folders nor the writer's key are here.
bool is_elsewhere(Session& session, const site::SiteConfig& site);

// What stands for the hacked state: the last that the vault received.
struct LastReceived {
  std::string snapshot;
  Time received;
};
// Starts the citizens' copy too, with the pages of the last point that is proven clean; that it cannot be
// started is a warning. Code::key when the recovery key was not named.
Result<LastReceived> take_over_from_vault(Session& session, const site::SiteConfig& site);

}  // namespace aplomb::cli
