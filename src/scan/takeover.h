// A page or text that an intruder left in the place of the site's own, to
// boast: what it says (somebody claims to have broken in, greets friends, mocks
// the owner) together with how it is made (the claim stands first, little else
// is said, a stage set of black and marquees). One sign alone is nothing: a
// town that reports a break-in uses the same words. Pure; the words are of
// several languages.
#pragma once

#include <optional>
#include <string_view>

#include "base/finding.h"

namespace aplomb::scan {

// At most suspicious: a person decides.
std::optional<Finding> find_takeover(std::string_view markup);

}  // namespace aplomb::scan
