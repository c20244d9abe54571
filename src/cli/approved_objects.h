// What is approved at the moment, from the machine's copies of the owner's records: what --revoke can take
// back.
#pragma once

#include <set>

#include "cli/app.h"
#include "judge/machine.h"

namespace aplomb::cli {

Result<std::set<judge::Identity>> approved_objects(App& app, const judge::SiteState& state);

}  // namespace aplomb::cli
