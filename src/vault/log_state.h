// What the log says without a key, as far as retention needs it: which snapshots there are, which the owner
// pinned, which were let go. Signatures are checked; what is not signed by whom it must be does not count.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "vault/store.h"

namespace aplomb::vault {

struct LoggedSnapshot {
  SnapshotId id;
  uint64_t sequence = 0;
  Time received;
  Commit commit;
  bool pinned = false;
  std::optional<Time> removed;  // by retention, at that time
};

struct LoggedDomain {
  DomainId id;
  Time opened;          // when its record was received
  bool closed = false;  // by a recovery: it takes no more snapshots
};

struct LogState {
  std::vector<LoggedSnapshot> snapshots;  // in the order received
  std::vector<LoggedDomain> domains;      // in the order opened
  Time newest;                            // receipt of the newest snapshot
  uint64_t last_sequence = 0;
  std::vector<uint64_t> unreadable_records;  // or gone; one of them may be a hold, or open a domain
  std::vector<SnapshotId> removed_while_pinned;
};

Result<LogState> read_log_state(ReaderStore& store);
// Id and time of each snapshot that retention let go. Reads no commit.
Result<std::map<SnapshotId, Time>> removed_snapshots(ReaderStore& store);

}  // namespace aplomb::vault
