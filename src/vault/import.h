// What a new epoch takes over from the one before. Its domain begins empty, so that nothing a hacked writer
// stored is believed in it; but most of what its first backup needs lies in the vault already. A recovery,
// which holds the recovery key, reads that once: a chunk is taken over when its pack hashes to its name, its
// frame opened with all it holds as it is called, and the chunk is, bit for bit, one that the site has now.
// The list of these places is an index run of the new domain that names packs of the old one. It is stored
// like reference segments, and a record signed by the owner names it. docs/format/vault.md, "Import".
//
// Nobody who reads believes the list: a chunk found through it is hashed against its new id like any other.
#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <set>

#include "vault/index.h"
#include "vault/reader.h"

namespace aplomb::vault {

class Import {
 public:
  // Signs the record that names the listing into the vault.
  using Sign = std::function<Status(const ChunkId& listing)>;
  // `from`: the domain of the epoch before, known to the reader; both must outlive this.
  Import(VaultReader& reader, const DomainId& from, const DomainId& into, Sign sign);

  // Is a chunk of these bytes in the vault, and true? Then its place is noted under `ref`, its name in the
  // new domain. Whatever keeps it from being read only means that it is stored again.
  bool take(const ChunkRef& ref, const Sha256& hash);

  uint64_t chunks() const { return run_.entries.size(); }
  uint64_t bytes() const { return bytes_; }
  Bytes listing();
  Status sign(const ChunkId& listing) const { return sign_(listing); }

 private:
  using FrameKey = std::pair<PackId, uint32_t>;
  struct Frame {
    VaultReader::FramePlan plan;
    VaultReader::OpenedFrame content;
  };
  struct Pack {
    bool true_to_name = false;
    uint32_t number = 0;  // in run_.packs
  };

  const Pack& pack(const PackId& id);
  const Frame* frame(const Location& place);
  Result<Frame> open(const Location& place);

  VaultReader& reader_;
  const DomainId from_;
  const Sign sign_;
  std::set<PackId> doubtful_;
  IndexRun run_;
  uint64_t bytes_ = 0;
  std::map<PackId, Pack> packs_;                     // looked at so far
  std::list<std::pair<PackId, Bytes>> whole_packs_;  // most recently used first, as the next
  std::list<std::pair<FrameKey, Frame>> frames_;
  std::set<FrameKey> bad_frames_;
};

// An import that the log names. What it lists is read by whoever answers for the store (Keeper, S3Store).
struct KnownImport {
  DomainId domain;
  ChunkId listing;
  std::shared_ptr<const IndexRun> run = {};  // null as long as it cannot be read
  std::vector<ChunkId> pieces = {};          // the chunks that the listing itself consists of
};

// Reads those that are not read yet, and can be now.
void read_imports(ReaderStore& store, std::vector<KnownImport>& imports);

}  // namespace aplomb::vault
