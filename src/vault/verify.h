// Is the vault what it must be? Without a key: every pack hashes to its name, header and log entries are
// whole in both copies, the log is chained and signed, and everything each commit refers to is there. With
// the recovery key: every frame is also opened and every chunk hashed against its id. It cannot tell that the
// newest entries of the log were taken away: that takes someone who remembers them (a receipt, the machine's
// own notes).
#pragma once

#include "base/progress.h"
#include "vault/reader.h"

namespace aplomb::vault {

struct VerifyReport {
  uint64_t packs = 0, snapshots = 0, bytes = 0;
  std::vector<Damage> damaged;
  std::vector<PackId> bad_packs;
  bool ok() const { return damaged.empty(); }
};

// `reader` null: without a key. Never stops at damage; fails only when the store itself cannot be read.
Result<VerifyReport> verify(ReaderStore& store, VaultReader* reader, Progress& progress);

}  // namespace aplomb::vault
