// Pack files on the keeper's disk: written under a temporary name, hashed while they are written, read back,
// then given their name; read by their table. Both sides work through fs::Dir and hold no key.
#pragma once

#include <functional>

#include "fs/fs.h"
#include "vault/store.h"

namespace aplomb::vault {

std::string pack_path(const PackId& pack);  // "packs/ab/abcd….pack"

// A sink that writes into `vault` (the vault's folder, which must outlive it), under the temporary name
// `name`. Fails with EEXIST when that name is taken.
Result<std::unique_ptr<PackSink>> make_pack_sink(fs::Dir& vault, const DomainId& domain,
                                                 std::string_view name);
// Removes the temporary packs that no living process holds. Called when the keeper opens.
Status remove_abandoned_packs(fs::Dir& vault);

// The table of a pack, from its first or second copy. `frames_end` is where the frames must end. When
// the file's size is not its whole size, it was cut or lengthened.
struct OpenPack {
  PackTable table;
  uint64_t frames_end = 0;
  uint64_t whole_size = 0;
  uint64_t size = 0;
};
// read(offset, length) returns exactly that range.
using RangeReader = std::function<Result<Bytes>(uint64_t offset, uint64_t length)>;
Result<OpenPack> read_pack_table(uint64_t pack_size, const RangeReader& read);
// Does the whole file hash to its name? This covers frames, tables and footers at once.
Status check_pack_hash(const PackId& pack, uint64_t pack_size, const RangeReader& read);

}  // namespace aplomb::vault
