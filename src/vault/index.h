// Where each chunk is: the keeper's index, one per domain, made from the pack tables and rebuilt from them
// whenever it is missing or damaged. On disk it is a few immutable sorted runs; in memory, the same: 48 bytes
// a chunk. Not thread-safe, not even for questions.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "fs/fs.h"
#include "vault/store.h"

namespace aplomb::vault {

struct IndexRun {
  struct Entry {
    ChunkId id;
    uint32_t pack = 0;  // index into packs
    uint32_t frame = 0, offset = 0, length = 0;
  };
  struct Pack {
    PackId id;
    uint64_t size = 0;  // of the whole file
  };
  DomainId domain;
  std::vector<Pack> packs;
  std::vector<Entry> entries;  // sorted by id; one id may stand several times
};

Bytes encode(const IndexRun& run);
Result<IndexRun> decode_index_run(ByteView bytes);
// Of one domain. A pack that stands in several runs stands in the result once.
IndexRun merge(const std::vector<const IndexRun*>& runs);

class Index {
 public:
  // Adds the chunks of a pack; a pack that is in already is left alone.
  void add_pack(const PackId& pack, const PackTable& table, uint64_t size);
  void add_run(IndexRun run);
  // Places in packs of another domain (import.h). They count as long as the pack is known.
  void add_import(const std::shared_ptr<const IndexRun>& import);
  // The ids that imports of this domain place in `pack`, from `frame` on, in the order of their places.
  std::vector<ChunkId> imported_ids(const DomainId& domain, const PackId& pack, uint32_t frame) const;
  bool knows(const PackId& pack) const { return known_packs_.contains(pack); }
  const std::set<PackId>& packs() const { return known_packs_; }
  // Is it in a pack other than these?
  bool has(const DomainId& domain, const ChunkId& id, const std::set<PackId>& doubtful) const;
  std::vector<Location> locate(const DomainId& domain, const ChunkId& id) const;
  // Ascending, each once; nullopt when there may be more than `most`.
  std::optional<std::vector<ChunkId>> ids(const DomainId& domain, size_t most) const;
  // The packs added since the last call, as one run per domain; they stay in the index.
  std::vector<std::shared_ptr<const IndexRun>> take_new_runs();

 private:
  struct Domain {
    std::vector<std::shared_ptr<const IndexRun>> runs, imports;
    // Of the packs that are not yet in a run. Sorted when it is asked: packs come many at a time.
    mutable IndexRun fresh;
    mutable bool sorted = true;

    void sort() const;
  };
  std::map<DomainId, Domain> domains_;
  std::set<PackId> known_packs_;
};

}  // namespace aplomb::vault
