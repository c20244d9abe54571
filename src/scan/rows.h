// Text values of database rows: posts, options, templates. Code where a site keeps text, script injected into
// content, serialized objects built to be unserialized, encoded blobs that decode to code. What editors write
// (links, pictures, video frames) gives nothing.
#pragma once

#include <string_view>
#include <vector>

#include "base/finding.h"

namespace aplomb::scan {

std::vector<Finding> analyse_value(std::string_view text);

}  // namespace aplomb::scan
