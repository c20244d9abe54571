// What verify reads of packs. Each byte is read once: it goes into the hash of its pack and, with the
// recovery key, its frame is opened from the same bytes and every chunk of it hashed against its id. Two
// threads, a pack each; what they find comes back in the order of the packs. It concludes nothing.
#pragma once

#include <functional>
#include <optional>

#include "base/progress.h"
#include "vault/reader.h"

namespace aplomb::vault {

struct PackFindings {
  PackId pack;
  uint64_t size = 0;
  std::optional<Error> unlike_its_name;  // it does not hash to its name, or cannot be read
  bool strange = false;                  // of a domain that no record of the log opened; not looked into
  bool opened = false;                   // its frames were looked into, and:
  std::optional<Error> no_table;
  std::vector<std::pair<uint32_t, Error>> bad_frames;
};

// `opens`: whether the frames of a pack are opened; never asked without a reader.
std::vector<PackFindings> read_packs(ReaderStore& store, VaultReader* reader,
                                     const std::vector<PackId>& packs,
                                     const std::function<bool(const PackId&)>& opens, Progress& progress);
// One pack, frames and all, on this thread.
PackFindings read_pack(ReaderStore& store, VaultReader& reader, const PackId& pack, Progress& progress);

}  // namespace aplomb::vault
