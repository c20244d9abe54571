// Logs that the vault holds: those in the site's own folders, in the snapshot of the first bad object, and
// those that were sealed as evidence. They were taken before anybody could erase a line that he knows of.
#pragma once

#include "cli/points.h"
#include "trace/kept_logs.h"

namespace aplomb::cli {

// None without the recovery key. What cannot be read is left out.
std::vector<trace::KeptLog> logs_in_vault(Session& session, const SitePoints& points);

}  // namespace aplomb::cli
