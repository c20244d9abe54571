// What changed between two snapshots. Subtrees with the same content are not read.
#pragma once

#include "archive/snapshot_view.h"

namespace aplomb::archive {

struct Difference {
  std::vector<std::string> added, removed, changed;  // object paths, sorted; databases as "db:NAME"
};

Result<Difference> diff(VaultSnapshot& before, VaultSnapshot& after);

}  // namespace aplomb::archive
