// Which snapshots stay: a pure function from times of receipt to what is kept and why. Long thin tails, since
// malware sleeps for years; the first received of each bucket, so that whoever floods the vault fills only
// buckets that begin after he came: what was kept before him, and is younger than a rule's span, stays. He
// can only do what time does anyway.
//
// Ages count up to the newest snapshot of the vault or to the clock, whichever is earlier: a vault to which
// nothing is added loses nothing, and a clock that stands ahead takes nothing away, neither now nor by what
// it once stamped.
#pragma once

#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "vault/ids.h"

namespace aplomb::vault {

struct Candidate {
  SnapshotId id;
  DomainId domain;
  Time received;
  bool pinned = false;  // by a record of the owner
};

enum class Keep : uint8_t { removed, pinned, all, hourly, daily, weekly, monthly, yearly, floor };

// One answer for each candidate, in their order, which must be that of the log (times never go back).
// `until`: where ages count up to.
std::vector<Keep> decide_retention(const std::vector<Candidate>& snapshots, Time until);

}  // namespace aplomb::vault
