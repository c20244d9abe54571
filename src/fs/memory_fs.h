// A file system in memory that knows what survives the loss of power. For tests, simulation and the
// demonstration: it is root's view (permissions are kept and not enforced), in one process, under one mutex.
//
// The crash model (after SQLite's src/test6.c, and what ext4, xfs and btrfs were found to do by Pillai et
// al., "All File Systems Are Not Created Equal", OSDI 2014). crash() leaves one of the states that could be
// found:
// - What was synced stays: the bytes and attributes of a file by File::sync, the names in a directory by
//   Dir::sync. Neither does the other's part: a synced file in an unsynced directory may have no name, and a
//   durable name may lead to a file of any unsynced content, often empty.
// - Each unsynced write is kept, dropped, cut to a prefix, or torn: each 512-byte sector of it is new, old,
// zeros
//   or garbage. A later write may survive an earlier one. A truncation is kept or dropped. Bytes that no
//   unsynced write covered are never harmed.
// - Each unsynced change of a directory is kept or dropped whatever the order, except that changes of one
// name
//   survive in order, a directory's removal only with the changes inside it, and a rename with both its names
//   or not at all (so that moving a file cannot lose it; syncing either directory makes it durable). A second
//   name by link() and the removal of the first are two changes: unsynced, they can lose the file.
// - Attributes of a file are kept or dropped together. Open handles are dead (EIO), locks are gone.
// Not modelled: bits that rot in synced data, and a sync that lies (fault_fs can).
#pragma once

#include <memory>

#include "base/clock.h"
#include "base/random.h"
#include "fs/fs.h"

namespace aplomb::fs {

struct MemoryState;

class MemoryFs final : public Fs {
 public:
  // Times come from the clock (made strictly increasing), or from a counter of nanoseconds.
  explicit MemoryFs(const Clock* clock = nullptr);
  ~MemoryFs() override;

  Result<std::unique_ptr<Dir>> open_dir(std::string_view path) override;
  Result<std::unique_ptr<Dir>> make_dirs(std::string_view path, uint32_t mode) override;

  // The power fails and comes back. The same seed after the same calls gives the same state.
  void crash(Random& random);
  // Writes beyond it get ENOSPC; whole pages of 4 KiB count.
  void set_capacity(uint64_t bytes);

 private:
  std::shared_ptr<MemoryState> state_;  // shared with the handles, which may outlive the MemoryFs
};

}  // namespace aplomb::fs
