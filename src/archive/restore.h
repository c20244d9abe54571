// Files out of a snapshot and back onto a disk. What is there already with the right bytes is left alone;
// what differs is written beside and renamed over, so that a file is always whole. Names come from whoever
// wrote the snapshot: everything stays beneath the target, and no link is followed. Files that the snapshot
// does not have are not touched.
#pragma once

#include "archive/snapshot_view.h"
#include "base/progress.h"

namespace aplomb::archive {

struct RestoreCounts {
  uint64_t files = 0, bytes = 0;  // regular files restored or found right
  uint64_t written = 0;           // of them, files whose bytes had to be written
  std::vector<Skipped> problems;  // owners or attributes this user may not set, device nodes, …
  uint64_t damaged = 0;  // files and folders that the vault no longer holds whole; among the problems too
};

// Restores `paths` (all when empty) of a snapshot below `target`. One root goes to target itself; several go
// to target/<label>. A database outside all roots goes to target/databases/<name>. What is damaged in the
// vault is named and left out, or left as it is; the rest is restored.
Result<RestoreCounts> restore(VaultSnapshot& snapshot, fs::Dir& target, const std::vector<std::string>& paths,
                              Progress& progress);

// Writes the bytes of one regular file into `dir`/`name`, which must not exist, with its mode, owner,
// attributes and time. For staging: the bytes are checked against the node's own hash as well.
Status write_node(VaultSnapshot& snapshot, const vault::Node& node, fs::Dir& dir, const std::string& name,
                  std::vector<Skipped>& problems);
// Mode, owner, attributes and time onto what is there. A lack of privilege is a problem, not an error.
Status apply_attributes(fs::Dir& dir, const std::string& name, const vault::Node& node,
                        std::vector<Skipped>& problems);

}  // namespace aplomb::archive
