// Is the vault what it must be? Without a key: every pack hashes to its name, header and log entries are
// whole in both copies, the log is chained, and signed by the keeper, owner and writers, and everything each
// commit refers to is there. With the recovery key: every frame is also opened and every chunk hashed against
// its id. It cannot tell that the newest entries of the log were taken away: that takes someone who remembers
// them (a receipt, the machine's own notes). What it finds, the store remembers (ReaderStore::doubt), so that
// no backup counts on a pack that is damaged.
#pragma once

#include "base/progress.h"
#include "vault/reader.h"

namespace aplomb::vault {

// Which places do not hold what they should. Without the key a bad pack is bad as a whole; with it, only
// those of its frames that do not open.
struct BadPlaces {
  std::set<PackId> there;  // the packs on disk
  std::set<PackId> packs;  // of these, what cannot be read at all
  std::set<std::pair<PackId, uint32_t>> frames;

  bool sound(const Location& place) const {
    return there.contains(place.pack) && !packs.contains(place.pack) &&
           !frames.contains({place.pack, place.frame});
  }
};

struct VerifyReport {
  uint64_t packs = 0, snapshots = 0, removed = 0, bytes = 0;  // removed: by retention, of the snapshots
  std::vector<Damage> damaged;
  std::vector<PackId> bad_packs;
  bool damaged_bytes = false, false_chunks = false;  // why: the disk's fault, or the writer's
  bool log_damaged = false;                          // then nothing may be deleted
  bool strange_packs = false;                        // of a site that no record of the log opens
  BadPlaces bad;
  std::vector<SnapshotId> incomplete;  // snapshots of which something has no sound place
  bool needed = false;                 // something of a snapshot lies in bad packs only
  bool ok() const { return damaged.empty(); }
};

// Which frames are opened when there is a key.
enum class Opening { every_frame, of_bad_packs };
// `reader` null: without a key. Never stops at damage; fails only when the store itself cannot be read.
Result<VerifyReport> verify(ReaderStore& store, VaultReader* reader, Progress& progress,
                            Opening opening = Opening::every_frame);
// Does this chunk of a snapshot have no sound place?
Result<bool> is_lost(ReaderStore& store, const BadPlaces& bad, const DomainId& domain, const ChunkId& id);

}  // namespace aplomb::vault
