// The rules that a configuration keeps, beyond its types. Apart from config.cc so that reading and writing
// check exactly the same ones.
#pragma once

#include <optional>
#include <string>

#include "site/config.h"

namespace aplomb::site {

struct Violation {
  std::optional<size_t> site;  // index into sites; absent: at the top
  std::string section, key;    // section may be empty
  std::string what, next;
};

std::optional<Violation> first_violation(const Config& config);

}  // namespace aplomb::site
