// Retention and collection by the keeper, which holds no key (docs/format/vault.md, "Retention" and
// "Collection"). Two steps: mark names in the log what retention lets go; sweep, a week later, moves what
// lives out of packs that are mostly dead, and deletes those. Nothing of it can lose what a snapshot that
// stays refers to: new packs are durable before old ones go, deleting happens under the vault's lock after
// the log was read once more, and a crash leaves packs too many, never too few.
#pragma once

#include "base/progress.h"
#include "vault/keeper.h"
#include "vault/log_state.h"
#include "vault/retention.h"

namespace aplomb::vault {

struct PruneReport {
  std::vector<SnapshotId> removed;  // marked by this run
  uint64_t kept = 0, pinned = 0;    // snapshots that stay; of these, by the owner's word
  uint64_t waiting = 0;             // marked, by this run or an earlier one, and in their grace
  uint64_t bytes_freed = 0;         // by the sweep; what new packs took is taken off
  uint64_t packs_deleted = 0, packs_moved = 0;
  std::vector<std::string> left_alone;  // why something was not collected
};

// Mark, then sweep. Code::corrupt when a record of the log cannot be read: it may be a hold.
Result<PruneReport> prune(Keeper& keeper, const Clock& clock, Progress& progress);

// ---- the two steps, for tests ----
Status mark_removals(Keeper& keeper, const Clock& clock, PruneReport& report);
Status sweep(Keeper& keeper, const Clock& clock, Progress& progress, PruneReport& report);

}  // namespace aplomb::vault
