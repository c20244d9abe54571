// Facts of the machine that a snapshot keeps, as JSON: what ran there when the copy was made. Tolerant: what
// is missing is left out, and nothing here is an error. These are the machine's own words, for people and for
// matching advisories; they prove nothing.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "fs/fs.h"

namespace aplomb::site {

// {"system": {"name", "id", "version"}, "hostname", "kernel", "timezone", "packages": {name: version}}; the
// packages are those that serve websites. `top` stands for "/" (another tree in tests).
nlohmann::json system_facts(fs::Fs& fs, const std::string& top = "/");

// KEY=value lines with shell quotes, as in /etc/os-release.
std::map<std::string, std::string> parse_os_release(std::string_view text);

}  // namespace aplomb::site
