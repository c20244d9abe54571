// From the first appearances of bad objects in the snapshots, and from when their files were changed last, to
// the suspects that are looked for in the logs. Pure.
#pragma once

#include <map>

#include "trace/suspects.h"

namespace aplomb::trace {

struct Appearance {
  std::string object;          // path below the root, or "db:…"
  std::string snapshot;        // the first with it
  Time seen;                   // when that was received
  std::optional<Time> before;  // the snapshot before it; none: it was in the first
};

// By snapshot and object. What only the machine itself says has an empty snapshot.
using Changed = std::map<std::pair<std::string, std::string>, Time>;

// At most kSuspectsMax. A snapshot's own word comes before the machine's.
std::vector<Suspect> suspects_of(const std::vector<Appearance>& appearances, const Changed& changed);

}  // namespace aplomb::trace
