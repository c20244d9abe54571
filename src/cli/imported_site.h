// A backup from elsewhere laid out as a site that a snapshot can be taken of: the archive is unpacked, the
// folders of the site are found in it, its databases too.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "archive/take_snapshot.h"
#include "cli/app.h"
#include "judge/machine.h"

namespace aplomb::cli {

struct ImportedSite {
  site::SiteConfig config;  // the site's, with the folders and databases where they lie now
  std::vector<archive::SnapshotRequest::Moved> moved;
  std::string dump;                  // what stands for the server's database
  std::vector<std::string> missing;  // databases of the site that are not in the backup
};

// `work`: an empty folder that belongs to this run. `source`: the archive, or a folder, which is read in its
// place.
Result<ImportedSite> lay_out(App& app, const site::SiteConfig& site, const std::string& source,
                             const std::string& dump, const std::string& work);

// "2026-11-01", "2026-11-01T03:00" (local time), "2026-11-01T02:00:00Z"; nullopt for what is no time.
std::optional<Time> parse_when(const std::string& text);

}  // namespace aplomb::cli
