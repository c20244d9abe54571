// The citizens' copy as commands and the recovery use it: started from the pages kept of a proven point (see
// kept_copy.h) and the service card of the configuration, found again, and stopped. One runs per site:
//
//   continuity/running.json   {boot, pid, start_ticks, port, url, since_ns, pages, captured_ns, snapshot}
//   continuity/lock           held while one is started or stopped
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/log.h"
#include "base/messages.h"
#include "continuity/kept_copy.h"
#include "continuity/static_site.h"
#include "site/config.h"

namespace aplomb::continuity {

struct RunningCopy {
  proc::ProcessRef process;
  uint16_t port = 0;
  std::string url;       // as this machine reaches it
  size_t pages = 0;      // 0: the service card and the status page alone
  std::string snapshot;  // empty without pages
  std::optional<Time> captured;
  Time since;
  bool elsewhere = false;  // the configured port was taken: this is another one
};

// Returns once the first page was served; the copy outlives us. When one runs already, it is returned as it
// is. `listen_override` ("address:port") goes before the configuration's; when its port is taken, that is
// Code::busy, while the configuration's is replaced by a free one. `snapshot_prefix` asks for the pages of
// one snapshot.
Result<RunningCopy> start_copy(fs::Dir& site_state, const site::SiteConfig& site, Language site_language,
                               const Clock& clock, Log& log, std::string_view listen_override = {},
                               std::string_view snapshot_prefix = {});

// nullopt when none runs, also after one was killed or the machine restarted.
Result<std::optional<RunningCopy>> running_copy(fs::Dir& site_state);

// Well also when none runs.
Status stop_copy(fs::Dir& site_state);

// What the configuration says to citizens, as the pages show it. Lines are free text: "Accueil : 01 02 03 04
// 05", "Hôtel de ville, 1 place de l'Église".
ServiceCard service_card_of(const site::SiteConfig& site, Language site_language);

// The pages, the card and the status page, ready to serve: of the newest good kept copy, if any.
struct PreparedCopy {
  StaticSite site;
  std::string snapshot;
  std::optional<Time> captured;
};
Result<PreparedCopy> prepare_copy(fs::Dir& site_state, const site::SiteConfig& site, Language site_language,
                                  Time now, Log& log, std::string_view snapshot_prefix = {});

}  // namespace aplomb::continuity
