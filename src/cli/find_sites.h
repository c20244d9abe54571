// The websites of this machine, for an `init` that was told nothing.
#pragma once

#include <string>
#include <vector>

#include "fs/fs.h"

namespace aplomb::cli {

struct FoundSite {
  std::string root;
  std::string url;  // empty: nobody says under which name it is served
  bool operator==(const FoundSite&) const = default;
};

// What nginx and Apache serve, then folders below /var/www and /srv/www that hold a start page, or whose
// public folder does; sorted, none inside another. `top` stands for "/" (another tree in tests).
std::vector<FoundSite> find_sites(fs::Fs& fs, const std::string& top = "/");

}  // namespace aplomb::cli
