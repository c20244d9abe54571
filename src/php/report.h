// From hits to findings: the names of the rules, and their reasons in words.
#pragma once

#include "php/flow.h"

namespace aplomb::php {

// `outer_line` is where a layer was decoded in the file, 0 when the code stands in the file itself.
Finding finding(const Hit& hit, uint32_t outer_line);

}  // namespace aplomb::php
