// The apt hook's side: keeps, of packages that own files of the sites, the .deb, the index that names it and
// the signed release file that names the index, until the next snapshot takes them up. Kept by the guarded
// machine and believed by nobody: what they prove is proven elsewhere (vendor/debian_proof.h).
//
//   STORE/dokuwiki_0.0.20220731.a-2_all.deb, SHA256.Packages, SHA256.InRelease    what a snapshot takes
//   STORE/of/dokuwiki_0.0.20220731.a-2_all.deb                                   the names of the two that
//   vouch for it
#pragma once

#include <string>
#include <vector>

#include "base/log.h"
#include "fs/fs.h"
#include "vendor/debian_proof.h"

namespace aplomb::vendor {

struct AptPlaces {
  std::string lists = "/var/lib/apt/lists", dpkg_info = "/var/lib/dpkg/info";
};

// Do the trees of a package make up anything below the roots: at their own place, as a copy, or behind a
// link?
bool is_of_sites(fs::Fs& fs, const std::vector<PackagedTree>& trees, const std::vector<std::string>& roots);

// Keeps those of the packages that are of the sites; returns their file names. A package that apt knows from
// no index (a downloaded file) is passed over with a warning.
Result<std::vector<std::string>> keep_packages(fs::Fs& fs, const std::string& store, const AptPlaces& places,
                                               const std::vector<std::string>& debs,
                                               const std::vector<std::string>& roots, Log& log);

// The lines of /etc/apt/apt.conf.d/80aplomb.
std::string apt_hook(const std::string& program, const std::string& config);

}  // namespace aplomb::vendor
