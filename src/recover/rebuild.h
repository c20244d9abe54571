// The recovered site as a tree of its own, in an empty folder: no live site, nothing to contain or to undo.
// For a machine of which root may be lost.
#pragma once

#include "recover/case.h"

namespace aplomb::recover {

// The folder is made when it is missing; Code::exists when something lies in it.
Status rebuild(const archive::Machine& machine, const Case& incident, const std::string& folder);

// Where a database comes to lie below that folder.
std::string place_in_rebuilt(const archive::DatabaseEntry& entry);

}  // namespace aplomb::recover
