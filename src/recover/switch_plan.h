// The switch: the one moment in which the site changes, as a list of small moves that can each be done twice
// and undone. What comes is prepared in the area's `new/`, what goes is kept in its `old/`, both on the same
// file system as the target, so that each move is one rename. The list is durable before the first move:
// after a crash at any point the moves are carried on to the end (roll forward), or all taken back (undo).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "fs/fs.h"
#include "vault/tree.h"

namespace aplomb::recover {

// A folder that changes (a root, or the folder of a database) and the staging folder beside it.
struct Area {
  std::string target;   // absolute
  std::string staging;  // absolute; holds new/ and old/
  bool operator==(const Area&) const = default;
};

enum class MoveKind : uint8_t {
  put,         // staging/new/SLOT takes the place of target/PATH
  remove,      // target/PATH goes to staging/old/SLOT
  make_dir,    // target/PATH becomes a folder with the attributes of `node`
  remove_dir,  // the empty folder target/PATH goes
  attributes,  // mode and owner of target/PATH become those of `node`
};

struct Move {
  MoveKind kind = MoveKind::put;
  uint32_t area = 0;
  uint64_t slot = 0;
  std::string path;      // relative to the area's target
  vault::Node node;      // make_dir, attributes: what it becomes
  vault::Node before;    // remove_dir, attributes, put over something: what it was
  bool existed = false;  // there was something at the path when the plan was made
  bool operator==(const Move&) const = default;
};

struct SwitchPlan {
  std::vector<Area> areas;
  std::vector<Move> moves;
  // Folders whose times change with what is moved in them, and their times before: for an undo to the byte.
  struct FolderTime {
    uint32_t area = 0;
    std::string path;
    int64_t mtime_ns = 0;
    bool operator==(const FolderTime&) const = default;
  };
  std::vector<FolderTime> folders;
  bool operator==(const SwitchPlan&) const = default;
};

Bytes encode(const SwitchPlan& plan);
Result<SwitchPlan> decode_switch_plan(ByteView bytes);

// Carries the plan out from wherever an earlier run stopped. Idempotent.
Status carry_out(fs::Fs& fs, const SwitchPlan& plan);
// Takes everything back, from wherever a run stopped. Idempotent.
Status take_back(fs::Fs& fs, const SwitchPlan& plan);
// Removes the staging folders: the end of every undo. Missing ones are fine.
Status remove_staging(fs::Fs& fs, const SwitchPlan& plan);

}  // namespace aplomb::recover
