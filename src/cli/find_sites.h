// Where websites usually lie, for an `init` that was told nothing.
#pragma once

#include <string>
#include <vector>

#include "fs/fs.h"

namespace aplomb::cli {

// Folders below /var/www and /srv/www that hold a start page, or whose public folder does. `top` stands for
// "/" (another tree in tests).
std::vector<std::string> find_site_roots(fs::Fs& fs, const std::string& top = "/");

}  // namespace aplomb::cli
