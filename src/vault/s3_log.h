// The log of a vault on S3, without a keeper: log objects named by their hash, put in order by the server's
// dates, and admitted one by one as a keeper would have done when they came. A removal has no authority of
// its own: of what it names, that is let go which the rules of retention let go at that place, whoever put it
// there. Pure. docs/format/s3-layout.md, "The log".
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "vault/log_entry.h"
#include "vault/retention.h"
#include "vault/store.h"

namespace aplomb::vault {

constexpr char kS3LogMagic[] = "APLMS3L1";

struct S3LogObject {
  LogHash name;  // SHA-256 of its bytes
  EntryKind kind = EntryKind::commit;
  LogHash previous;  // the newest when it was made; zero for the first
  Bytes content;
  Time date;  // the server's; not in the bytes
};

// Fills object.name.
Bytes encode(S3LogObject& object);
Result<S3LogObject> decode_s3_log_object(ByteView bytes);

// "log/HASH.commit", and back.
std::string s3_log_name(const LogHash& name, EntryKind kind);
std::optional<std::pair<LogHash, EntryKind>> parse_s3_log_name(std::string_view name);

// What the log needs of one log object, so that its content need not be kept: made once, judged in order.
struct S3LogItem {
  LogHash name;
  EntryKind kind = EntryKind::commit;
  LogHash previous;
  Time date;
  Sha256 content_hash;
  bool readable = false;  // its content decodes
  bool sound = false;     // … and a record is signed by the owner
  bool later = false;     // a record that the owner signed and that does not decode: of a later format
  std::optional<RecordKind> record;
  std::vector<SnapshotId> snapshots;  // that a record or removal names
  DomainId domain;
  ChunkId references;                       // of a commit: its root segment
  std::optional<crypto::VerifyKey> writer;  // that a domain record registers
  std::optional<ChunkId> listing;           // of an import
  std::vector<DomainId> closes;             // … and those that take no more commits after a record
  std::optional<SignedCommit> commit;       // until its signature is checked, against a writer known later
  std::optional<crypto::VerifyKey> signer;  // of a commit whose signature was checked
};
S3LogItem understand(const S3LogObject& object, const crypto::VerifyKey& owner);

// By date; of one date, an object after the one that it names as the newest, then by name.
void put_in_order(std::vector<S3LogItem*>& items);

struct S3Entry {
  LogHash name;
  EntryKind kind = EntryKind::commit;
  Receipt receipt;
  LogHash previous;  // as LogEntry has it: the entry before, or a name that is not in the log
  ChunkId references;
  DomainId domain;
  SnapshotId snapshot;              // of a commit
  std::vector<SnapshotId> removed;  // by a removal: what of it is believed
};

class S3Log {
 public:
  S3Log() = default;
  // `items` in order. Remembers in them which signatures were checked.
  explicit S3Log(const std::vector<S3LogItem*>& items);

  const std::vector<S3Entry>& entries() const { return entries_; }
  uint64_t ignored() const { return ignored_; }
  const crypto::VerifyKey* writer_of(const DomainId& domain) const;
  // By a recovery; it takes no more commits.
  bool is_closed(const DomainId& domain) const { return closed_.contains(domain); }
  // What epochs took over from those before (import.h): domain and listing.
  const std::vector<std::pair<DomainId, ChunkId>>& imports() const { return imports_; }
  const S3Entry* with_content(const Sha256& hash) const;
  // By retention; and when.
  const std::map<SnapshotId, Time>& removed() const { return removed_; }
  // What retention would let go now.
  std::vector<SnapshotId> let_go() const;
  // Records that only a later Aplomb understands. One may be a hold.
  bool has_later_records() const { return later_records_; }
  LogHash newest() const { return entries_.empty() ? LogHash() : entries_.back().name; }

 private:
  bool admit(S3LogItem& item);
  bool admit_commit(S3LogItem& item);
  void take_record(const S3LogItem& item);
  std::vector<SnapshotId> believed(const S3LogItem& removal);

  std::vector<S3Entry> entries_;
  std::map<DomainId, crypto::VerifyKey> writers_;
  std::set<DomainId> closed_;
  std::vector<std::pair<DomainId, ChunkId>> imports_;
  std::map<Sha256, size_t> by_content_;
  std::vector<Candidate> candidates_;  // the snapshots, without those that were removed
  std::set<SnapshotId> early_pins_;    // named before they came
  std::map<SnapshotId, Time> removed_;
  std::optional<std::vector<SnapshotId>> let_go_;  // until something changes: junk removals cost little
  bool later_records_ = false;
  uint64_t ignored_ = 0;
};

}  // namespace aplomb::vault
