// Which files of which snapshots are affected by what `verify` found damaged: walks the trees of the
// snapshots that lost something and asks for each chunk whether a sound place is left. Needs the recovery
// key. Memory is bounded: it remembers which trees are whole (so that a folder that a hundred snapshots share
// is walked once), and names a bounded number of files.
#pragma once

#include "vault/verify.h"

namespace aplomb::archive {

constexpr size_t kAffectedMax = 1000;         // files that are named; more are counted
constexpr size_t kAffectedSnapshotsMax = 50;  // snapshots that are named beside one file

struct Affected {
  std::vector<vault::Damage> files;  // a file with the same bytes stands once, with its snapshots
  uint64_t more = 0;                 // that are not named, each counted once a snapshot
};
Result<Affected> find_affected(vault::ReaderStore& store, vault::VaultReader& reader,
                               const vault::VerifyReport& report);

}  // namespace aplomb::archive
