// A backup that somebody else made (a host's tar.gz, the zip of a plugin) as folders that a snapshot can be
// taken of. The archive's maker may be the attacker: it is read in a confined child (site/packed_files.h),
// nothing is written outside the folder given, and no link is followed.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "fs/fs.h"
#include "site/packed_files.h"

namespace aplomb::archive {

struct Owner {
  uint32_t uid = 0, gid = 0;
};

struct Unpacked {
  std::vector<std::string> paths;  // of files and links, as in the archive
  uint64_t bytes = 0;
};

// Writes everything into `folder`, which should be empty. Modes lose their set-id bits; of a path that comes
// twice the last one counts. Owners are set where this user may.
Result<Unpacked> unpack(site::PackedFiles& packed, fs::Dir& folder, Owner owner);

// Where in an archive a site's folder lies ("" for its top; "backup/home/mairie/public_html"): the folder
// under which most of the archive's paths are paths of the site; nullopt when none is. Pure.
std::optional<std::string> folder_of_site(const std::vector<std::string>& packed,
                                          const std::set<std::string>& site);
// The deepest folder that holds all of them. Pure.
std::string common_folder(const std::vector<std::string>& paths);

// The paths of files below a folder, at most `limit` of them; what cannot be read is left out.
std::set<std::string> paths_below(fs::Dir& folder, size_t limit);

}  // namespace aplomb::archive
