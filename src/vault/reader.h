// The reader's side of a vault, with the recovery key: which snapshots there are, and their bytes. Believes
// nothing it has not checked: the vault must be the one the key was made for, records must be signed by its
// owner, commits by the writer of their domain, every entry by the keeper, and every chunk is hashed before
// it is handed out. When one place does not hold what it says, the next one is tried. Not thread-safe.
#pragma once

#include <list>
#include <map>
#include <optional>
#include <set>

#include "base/log.h"
#include "crypto/key_file.h"
#include "vault/frame.h"
#include "vault/pack_file.h"
#include "vault/store.h"
#include "vault/writer_key.h"

namespace aplomb::vault {

struct SnapshotInfo {
  SnapshotId id;
  uint64_t sequence = 0;
  Time received;
  Time claimed;
  DomainId domain;
  std::string site;
  uint32_t epoch = 0;
  uint64_t raw_bytes = 0;
  ObjectRef manifest;
};

struct OpenRecord {
  RecordKind kind = RecordKind::approval;
  Sha256 id;
  uint64_t sequence = 0;
  Time received;
  DomainId domain;
  std::vector<SnapshotId> snapshots;
  Bytes body;
};

// Something in the vault that is not as it must be; the rest of the vault stays usable.
struct Damage {
  std::string what;  // "pack 3f…", "log entry 7", "photos/a.jpg in snapshot 1a2b…"
  std::string reason;
  // What a program wants to know, as far as it applies.
  std::optional<PackId> pack = {};
  std::string path = {};                   // of a file of these snapshots
  std::vector<SnapshotId> snapshots = {};  // the first of them
};

class VaultReader {
 public:
  static Result<std::unique_ptr<VaultReader>> open(ReaderStore& store, const crypto::KeyFile& recovery_key,
                                                   Log& log);

  const std::vector<SnapshotInfo>& snapshots() const { return snapshots_; }  // in the order received
  // What retention let go, and when. It is not among snapshots().
  const std::map<SnapshotId, Time>& removed() const { return removed_; }
  const std::vector<OpenRecord>& records() const { return records_; }             // in the order received
  bool knows(const DomainId& domain) const { return domains_.contains(domain); }  // a record opened it
  std::vector<DomainId> domains_of(const std::string& site) const;                // of all its epochs
  const std::vector<Damage>& log_damage() const { return log_damage_; }
  // The snapshot whose id begins with `prefix` (at least 4 hex digits). Code::not_found when none or several.
  Result<SnapshotInfo> find(std::string_view prefix) const;

  // The bytes of a chunk or object, each chunk checked against its id.
  Result<Bytes> chunk(const DomainId& domain, const ChunkRef& ref);
  Result<Bytes> object(const DomainId& domain, const ObjectRef& object, uint64_t limit);
  // Does the object hash to `hash`, as whoever wrote its node claims? Of one chunk, its id proves it without
  // reading; larger ones are read once and remembered while this reader lives.
  Status holds(const DomainId& domain, const ObjectRef& object, const Sha256& hash);
  Result<const PackTable*> pack_table(const PackId& pack);
  Result<std::vector<Location>> locate(const DomainId& domain, const ChunkId& id) {
    return store_.locate(domain, id);
  }

  // One frame, in two steps: the plan is made like all else here by one thread, and then any thread may open
  // it.
  struct FramePlan {
    PackId pack;
    FrameEntry entry;
    DomainId domain;
    std::array<uint8_t, 32> salt{};
    const crypto::Secret* key = nullptr;  // none for a plain frame; lives as long as the reader
  };
  struct OpenedFrame {
    Bytes raw;
    std::vector<uint32_t> offsets;  // of each chunk of the entry
    std::vector<Sha256> hashes;     // … its own
    std::vector<bool> sound;        // … and whether it fits its id
    bool all_sound() const;
    // The bytes of a chunk that lies at `offset`; nullopt unless it is there and sound.
    std::optional<ByteView> chunk(const FrameEntry& entry, const ChunkRef& ref, uint32_t offset) const;
  };
  Result<FramePlan> plan_frame(const PackId& pack, uint32_t index);
  Result<FramePlan> plan_frame(const PackId& pack, const PackTable& table, uint32_t index);
  Result<OpenedFrame> open_frame(const FramePlan& plan) const;
  Result<OpenedFrame> open_frame(const FramePlan& plan, ByteView stored) const;
  // The bytes at `offset` when they are the chunk `ref` of this domain; that of the pack, or one that
  // imported from it.
  std::optional<ByteView> chunk_in(const FramePlan& plan, const OpenedFrame& opened, const DomainId& domain,
                                   const ChunkRef& ref, uint32_t offset) const;

  // For an import (import.h). Code::not_found for a domain that the owner did not register.
  Result<ChunkId> id_in(const DomainId& domain, const Sha256& hash) const;
  Result<crypto::Secret> cut_key(const DomainId& domain) const;
  // Code::corrupt when it does not hash to its name.
  Result<Bytes> whole_pack(const PackId& pack);
  Result<std::vector<DoubtfulPack>> doubtful() { return store_.doubtful(); }

 private:
  struct Domain {
    std::string site;
    uint32_t epoch = 0;
    crypto::VerifyKey writer;
    crypto::Secret id_key, cut_key;
  };
  using FrameKey = std::pair<PackId, uint32_t>;

  VaultReader(ReaderStore& store, Log& log) : store_(store), log_(log) {}
  Status load_log();
  Status load_entry(const LogHead& head, LogHash& previous);
  Status load_commit(const LogEntry& entry);
  Status load_record(const LogEntry& entry);
  Status load_removal(const LogEntry& entry);
  Result<Bytes> chunk_where_known(const DomainId& domain, const ChunkRef& ref);
  Result<const Bytes*> frame(const PackId& pack, uint32_t index);
  Result<const crypto::Secret*> origin_key(const Origin& origin);
  void doubt(const PackId& pack);
  Status check_chunk(const DomainId& domain, const ChunkId& id, uint8_t frame_flags,
                     const Sha256& hash) const;

  ReaderStore& store_;
  Log& log_;
  VaultHeader header_;
  crypto::BoxKeyPair key_;
  std::map<DomainId, Domain> domains_;
  std::vector<SnapshotInfo> snapshots_;
  std::vector<OpenRecord> records_;
  std::vector<Damage> log_damage_;
  std::map<SnapshotId, Time> removed_;
  std::set<SnapshotId> pinned_;  // by the owner's records so far
  std::set<Sha256> entered_;     // hashes of the contents of the log so far
  std::map<PackId, PackTable> tables_;
  std::map<std::pair<crypto::BoxPublicKey, std::array<uint8_t, 32>>, crypto::Secret> keys_;
  std::map<crypto::BoxPublicKey, crypto::Secret> sessions_;
  std::set<std::pair<Sha256, Sha256>>
      held_;  // (hash of the object's chunk ids, hash) that were read and found so
  std::list<std::pair<FrameKey, Bytes>> frames_;  // most recently used first
};

}  // namespace aplomb::vault
