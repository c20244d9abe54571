// The three roles at a vault's store, whatever lies between: the writer adds, the reader reads, the owner
// appends signed records. None deletes. `file:` runs the keeper's own code in-process (keeper.h); over SSH
// and S3 the same roles come later.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "vault/log_entry.h"
#include "vault/pack_table.h"

namespace aplomb::vault {

struct Receipt {
  uint64_t sequence = 0;
  Time received;
};

// A pack on its way into the vault. Destroyed unfinished, it leaves nothing. Used by one thread after the
// other.
class PackSink {
 public:
  virtual ~PackSink() = default;
  virtual Status append(ByteView frame) = 0;
  // Writes the table, makes the pack durable, reads it back, and only then gives it its name; that is durable
  // before a commit rests on it.
  virtual Result<PackId> finish(const PackTable& table) = 0;
};

class WriterStore {
 public:
  virtual ~WriterStore() = default;
  // For each id: is it stored in this domain? Answers about the writer's own domain only.
  virtual Result<std::vector<bool>> has(const DomainId& domain, std::span<const ChunkId> ids) = 0;
  virtual Result<std::unique_ptr<PackSink>> begin_pack(const DomainId& domain) = 0;
  // The sole commit point. Refused unless the domain's writer signed it and everything it refers to is there.
  virtual Result<Receipt> commit(ByteView content) = 0;
};

struct Location {
  PackId pack;
  uint32_t frame = 0;   // index into the pack's table
  uint32_t offset = 0;  // in the raw frame
  uint32_t length = 0;
};

// Why a pack is counted on no more (docs/format/vault.md, "Doubtful packs").
enum class Doubt : uint8_t {
  damaged,       // its bytes do not hash to its name
  false_chunks,  // a frame does not open, or a chunk is not what its id says; only the key shows it
};
struct DoubtfulPack {
  PackId pack;
  Doubt doubt = Doubt::damaged;
};

struct LogHead {
  uint64_t sequence = 0;
  EntryKind kind = EntryKind::commit;
};

// Called by one thread, but for pack_range and read_pack, which several threads call at once.
class ReaderStore {
 public:
  virtual ~ReaderStore() = default;
  virtual Result<VaultHeader> header() = 0;
  virtual Result<std::vector<LogHead>> log() = 0;  // in order
  virtual Result<LogEntry> log_entry(const LogHead& head) = 0;
  virtual Result<std::vector<PackId>> packs() = 0;
  virtual Result<uint64_t> pack_size(const PackId& pack) = 0;
  virtual Result<Bytes> pack_range(const PackId& pack, uint64_t offset, uint64_t length) = 0;
  // The first `size` bytes, in order; each piece is there during its call.
  virtual Status read_pack(const PackId& pack, uint64_t size, const std::function<void(ByteView)>& take);
  // Every place that claims to hold this id; the reader believes none of them before it has hashed the bytes.
  virtual Result<std::vector<Location>> locate(const DomainId& domain, const ChunkId& id) = 0;
  // What a reader found wrong or sound again, so that no writer counts on a pack that lies. A store that
  // cannot remember it does nothing.
  virtual Result<std::vector<DoubtfulPack>> doubtful() { return std::vector<DoubtfulPack>(); }
  virtual Status doubt(const DoubtfulPack&) { return {}; }
  virtual Status trust(const DoubtfulPack&) { return {}; }
  // Makes the index anew from the packs' own tables, where it lies beside them: who verifies believes none.
  virtual Status renew_index() { return {}; }
};

class OwnerStore {
 public:
  virtual ~OwnerStore() = default;
  // Refused unless the vault's owner signed it. The same record twice is stored once.
  virtual Result<Receipt> append_record(ByteView content) = 0;
  // What is about to come in this domain matters (evidence, a new epoch): a store that has limits lets it in
  // whatever else came today. One that has none does nothing.
  virtual Status make_room(const DomainId&) { return {}; }
};

// What a store without a keeper promises by itself: to hold on to what is put (S3 with Object Lock).
struct StoreLock {
  uint32_t days = 0;          // that what is put now stays locked; 0: not at all
  std::optional<Time> until;  // of what is there already, at the least
};
struct Extended {
  uint64_t packs = 0, entries = 0;  // locked for longer from now on
  Time until;
};
struct Collected {
  uint64_t versions = 0, bytes = 0;  // removed
  uint64_t locked = 0;               // of no use either, and still locked
};

// A vault by its address: hands out the three roles, each connected when it is first asked for and then kept.
// cli/open_vault.h makes one from a configuration.
class VaultAccess {
 public:
  virtual ~VaultAccess() = default;
  // Makes the vault (init), once: Code::exists when there is one. What does not depend on the caller (the
  // keeper's key, its time) is the keeper's own.
  virtual Status create(const VaultHeader& header) = 0;
  virtual Result<VaultHeader> header() = 0;
  // Is it there, and does it answer? Asks for no passphrase where it can.
  virtual Status reach() = 0;
  virtual Result<WriterStore*> writer() = 0;
  virtual Result<ReaderStore*> reader() = 0;
  virtual Result<OwnerStore*> owner() = 0;
  virtual Result<StoreLock> lock() { return StoreLock(); }
  // Enters what retention lets go (prune); nothing where a keeper does that.
  virtual Result<std::vector<SnapshotId>> apply_retention() { return std::vector<SnapshotId>(); }
  // Moves every lock forward that holds what a snapshot needs (prune). Code::unsupported without locks.
  virtual Result<Extended> extend_locks();
  // After that: removes what no snapshot needs and no lock holds (prune).
  virtual Result<Collected> collect() { return Collected(); }
};

}  // namespace aplomb::vault
