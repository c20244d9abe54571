// The log of a vault on S3, without a keeper: log objects named by their hash, put in order by the server's
// dates, and admitted one by one as a keeper would have done when they came. Pure. docs/format/s3-layout.md,
// "The log".
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "vault/log_entry.h"
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
  bool sound = false;  // it decodes, and a record is signed by the owner
  DomainId domain;
  ChunkId references;                       // of a commit: its root segment
  std::optional<crypto::VerifyKey> writer;  // that a domain record registers
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
  const S3Entry* with_content(const Sha256& hash) const;
  LogHash newest() const { return entries_.empty() ? LogHash() : entries_.back().name; }

 private:
  bool admit(S3LogItem& item);

  std::vector<S3Entry> entries_;
  std::map<DomainId, crypto::VerifyKey> writers_;
  std::set<DomainId> closed_;
  std::map<Sha256, size_t> by_content_;
  uint64_t ignored_ = 0;
};

}  // namespace aplomb::vault
