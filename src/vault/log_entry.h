// The keeper's log: every commit of a writer, every record of the owner and every removal by retention, in
// the order received, stamped by the keeper's own clock, signed by its own key and chained. An entry's file
// holds the entry twice. Pure: values to bytes and back.
#pragma once

#include <optional>
#include <vector>

#include "base/clock.h"
#include "vault/ids.h"

namespace aplomb::vault {

struct VaultHeader {
  VaultId id;
  crypto::BoxPublicKey recovery_public;
  crypto::VerifyKey owner_verify;
  crypto::VerifyKey keeper_verify;  // signs the log; zero where no keeper runs (S3)
  Time created;
  bool intact = true;  // decoded from two whole copies; false when one of them had to do
};

Bytes encode(const VaultHeader& header);  // twice, as it is stored
Result<VaultHeader> decode_header(ByteView bytes);

enum class EntryKind : uint8_t { commit = 1, record = 2, removal = 3 };

struct LogEntry {
  EntryKind kind = EntryKind::commit;
  uint64_t sequence = 0;
  Time received;                  // by the keeper's clock
  LogHash previous;               // hash of the entry before; zero for the first
  Bytes content;                  // a commit or a record, as signed; or a removal
  crypto::Signature signature{};  // of the keeper; zero where none runs
  LogHash hash;                   // computed by encode and decode
  Sha256 signed_hash;             // of what the keeper signs; computed by encode and decode
  bool intact = true;             // as in VaultHeader

  // True as well for the zero key: there is nobody to have signed.
  bool signed_by(const crypto::VerifyKey& keeper) const;
};

// Twice, as it is stored; fills what is computed. `keeper` null: unsigned.
Bytes encode(LogEntry& entry, const crypto::SigningKey* keeper);
Result<LogEntry> decode_log_entry(ByteView bytes);

// What a writer signs. Its root is sealed: only the recovery key can follow it.
struct Commit {
  DomainId domain;
  Time claimed;        // the writer's clock; believed for nothing
  ChunkId references;  // plain segment that lists the reference segments
  uint64_t chunk_count = 0;
  uint64_t raw_bytes = 0;
  Bytes sealed_root;  // box_seal(recovery key, kInfoCommit, encoded ObjectRef of the manifest)
};

Bytes encode_signed(const Commit& commit, const crypto::SigningKey& writer);
struct SignedCommit {
  Commit commit;
  SnapshotId id;
  Bytes signed_part;
  crypto::Signature signature;
  bool signed_by(const crypto::VerifyKey& key) const;
};
Result<SignedCommit> decode_commit(ByteView content);

enum class RecordKind : uint8_t {
  domain = 1,           // opens an epoch of a site: writer's verify key in clear; site, epoch, id key sealed
  approval = 2,         // what a person explained
  revocation = 3,       // … and took back
  known_good = 4,       // a release learnt as vendor content
  incident_closed = 5,  // a recovery, signed
  hold = 6,             // these snapshots stay, whatever retention says
  release = 7,          // … and need not any more
  imported = 8,         // what an epoch takes over from the one before: its listing in clear
};

struct Record {
  RecordKind kind = RecordKind::approval;
  DomainId domain;
  Time claimed;
  std::vector<SnapshotId> snapshots;  // in clear: what it speaks of, for a keeper that has no key
  crypto::VerifyKey writer;           // of the domain, for RecordKind::domain; else zero
  std::vector<DomainId> closes;       // take no more snapshots from now on; of incident_closed
  ChunkId listing;                    // of RecordKind::imported (import.h); else zero
  Bytes sealed_body;                  // box_seal(recovery key, kInfoRecord, zstd(body))
};

Bytes encode_signed(const Record& record, const crypto::SigningKey& owner);
struct SignedRecord {
  Record record;
  Sha256 id;
  Bytes signed_part;
  crypto::Signature signature;
  bool signed_by(const crypto::VerifyKey& key) const;
};
Result<SignedRecord> decode_record(ByteView content);

// What the keeper lets go by retention: it says so itself, without a signature. The entries stay in the log.
struct Removal {
  std::vector<SnapshotId> snapshots;
};
Bytes encode(const Removal& removal);
Result<Removal> decode_removal(ByteView content);

}  // namespace aplomb::vault
