// Indicators: hashes of bad contents that became known later, and where a site had them, from the lists of
// everything that was ever saved (judge/seen.h). With the recovery key from the copies in the vault, else
// from the machine's own.
#pragma once

#include <set>

#include "cli/session.h"
#include "judge/seen.h"

namespace aplomb::cli {

// Words of a command: 64 hexadecimal digits, or a file with one at the start of each line, as sha256sum
// writes them.
Result<std::set<Sha256>> indicators(App& app, const std::vector<std::string>& words);

// Sorted by time, then path; each path and content once.
Result<std::vector<judge::Sighting>> sightings(Session& session, const site::SiteConfig& site,
                                               const std::set<Sha256>& hashes);

}  // namespace aplomb::cli
