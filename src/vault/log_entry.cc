#include "vault/log_entry.h"

#include <algorithm>

#include "base/messages.h"
#include "vault/format.h"

namespace aplomb::vault {
namespace {

constexpr uint64_t kRecordSnapshotsMax = 1 << 20;
constexpr uint64_t kRecordDomainsMax = 1 << 16;

Status check_format(ByteReader& reader, std::string_view what) {
  uint8_t format = TRY(reader.u8());
  if (format > kFormat)
    return fail(make_error(Code::unsupported,
                           tr("{} has format {}; this program knows up to {}", what, format, kFormat))
                    .then(tr("install a newer Aplomb")));
  if (format != kFormat) return fail(Code::corrupt, tr("these bytes do not begin as they must"));
  return {};
}

Status check_magic(ByteReader& reader, const char* magic) {
  ByteView found = TRY(reader.bytes(kMagicSize));
  std::string_view wanted(magic, kMagicSize);
  if (as_text(found) == wanted) return {};
  // The last byte of a magic is the format's digit: "APLMVLT7" is a vault, of a format to come.
  const char digit = static_cast<char>(found.back());
  if (as_text(found).substr(0, kMagicSize - 1) == wanted.substr(0, kMagicSize - 1)) {
    if (digit == '0')
      return fail(make_error(Code::unsupported, tr("this vault was made by a trial version and is not read"))
                      .then(tr("make a new vault with aplomb init")));
    if (digit > wanted.back() && digit <= '9')
      return fail(
          make_error(Code::unsupported, tr("this vault has format {}, newer than this program knows", digit))
              .then(tr("install a newer Aplomb")));
  }
  return fail(Code::corrupt, tr("these bytes do not begin as they must"));
}

// The first copy that is whole, of a file that holds the same thing twice. decode(bytes, length) reads from
// the front and says how far. The first copy is found even when bytes were cut off or added behind it.
template <typename Decode>
auto decode_twice(ByteView bytes, Decode decode) {
  size_t length = 0;
  auto first = decode(bytes, length);
  if (first) {
    first->intact =
        bytes.size() == 2 * length && std::ranges::equal(bytes.first(length), bytes.subspan(length));
    return first;
  }
  auto second = decode(bytes.subspan(bytes.size() / 2), length);
  if (second) second->intact = false;
  // A flipped bit can look like a newer format, so one copy that says so does not outweigh one that can be
  // read.
  bool newer =
      second || (second.error().code == Code::unsupported && first.error().code != Code::unsupported);
  return newer ? second : first;
}

Bytes twice(Bytes once) {
  once.reserve(once.size() * 2);
  once.insert(once.end(), once.begin(), once.begin() + static_cast<ptrdiff_t>(once.size()));
  return once;
}

Result<VaultHeader> decode_header_once(ByteView bytes, size_t& length) {
  ByteReader reader(bytes);
  TRY(check_magic(reader, kHeaderMagic));
  TRY(check_format(reader, tr("this vault")));
  VaultHeader header;
  header.id = TRY(reader.id<VaultId>());
  header.recovery_public = TRY(reader.id<crypto::BoxPublicKey>());
  header.owner_verify = TRY(reader.id<crypto::VerifyKey>());
  header.keeper_verify = TRY(reader.id<crypto::VerifyKey>());
  header.created.ns = TRY(reader.i64());
  size_t covered = reader.offset();
  auto hash = TRY(reader.id<Sha256>());
  length = reader.offset();
  if (hash != crypto::sha256(bytes.first(covered)))
    return fail(Code::corrupt, tr("the vault's header is damaged"));
  TRY(crypto::check_box_public(header.recovery_public));
  return header;
}

Result<LogEntry> decode_log_entry_once(ByteView bytes, size_t& length) {
  ByteReader reader(bytes);
  TRY(check_magic(reader, kLogMagic));
  TRY(check_format(reader, tr("this log entry")));
  LogEntry entry;
  uint8_t kind = TRY(reader.u8());
  if (kind < static_cast<uint8_t>(EntryKind::commit) || kind > static_cast<uint8_t>(EntryKind::removal))
    return fail(Code::corrupt, tr("a log entry is of an unknown kind"));
  entry.kind = static_cast<EntryKind>(kind);
  entry.sequence = TRY(reader.u64());
  entry.received.ns = TRY(reader.i64());
  entry.previous = TRY(reader.id<LogHash>());
  ByteView content = TRY(reader.sized(kLogEntryMax));
  entry.content.assign(content.begin(), content.end());
  entry.signed_hash = crypto::sha256(bytes.first(reader.offset()));
  ByteView signature = TRY(reader.bytes(entry.signature.size()));
  std::memcpy(entry.signature.data(), signature.data(), signature.size());
  size_t covered = reader.offset();
  entry.hash = TRY(reader.id<LogHash>());
  length = reader.offset();
  if (entry.hash.bytes != crypto::sha256(bytes.first(covered)).bytes)
    return fail(Code::corrupt, tr("a log entry is damaged"));
  return entry;
}

}  // namespace

Bytes encode(const VaultHeader& header) {
  ByteWriter writer;
  writer.bytes(as_bytes({kHeaderMagic, kMagicSize}));
  writer.u8(kFormat);
  writer.id(header.id);
  writer.id(header.recovery_public);
  writer.id(header.owner_verify);
  writer.id(header.keeper_verify);
  writer.i64(header.created.ns);
  writer.id(crypto::sha256(writer.view()));
  return twice(writer.take());
}

Result<VaultHeader> decode_header(ByteView bytes) {
  return decode_twice(bytes, decode_header_once);
}

bool LogEntry::signed_by(const crypto::VerifyKey& keeper) const {
  if (keeper == crypto::VerifyKey()) return true;
  return crypto::verify(keeper, kInfoLog, signed_hash.view(), signature);
}

Bytes encode(LogEntry& entry, const crypto::SigningKey* keeper) {
  ByteWriter writer;
  writer.bytes(as_bytes({kLogMagic, kMagicSize}));
  writer.u8(kFormat);
  writer.u8(static_cast<uint8_t>(entry.kind));
  writer.u64(entry.sequence);
  writer.i64(entry.received.ns);
  writer.id(entry.previous);
  writer.sized(entry.content);
  entry.signed_hash = crypto::sha256(writer.view());
  if (keeper) entry.signature = crypto::sign(*keeper, kInfoLog, entry.signed_hash.view());
  writer.bytes(entry.signature);
  entry.hash.bytes = crypto::sha256(writer.view()).bytes;
  writer.id(entry.hash);
  return twice(writer.take());
}

Result<LogEntry> decode_log_entry(ByteView bytes) {
  return decode_twice(bytes, decode_log_entry_once);
}

Bytes encode_signed(const Commit& commit, const crypto::SigningKey& key) {
  ByteWriter writer;
  writer.u8(kFormat);
  writer.id(commit.domain);
  writer.i64(commit.claimed.ns);
  writer.id(commit.references);
  writer.varint(commit.chunk_count);
  writer.varint(commit.raw_bytes);
  writer.sized(commit.sealed_root);
  crypto::Signature signature = crypto::sign(key, kInfoCommit, writer.view());
  writer.bytes(signature);
  return writer.take();
}

bool SignedCommit::signed_by(const crypto::VerifyKey& key) const {
  return crypto::verify(key, kInfoCommit, signed_part, signature);
}

Result<SignedCommit> decode_commit(ByteView content) {
  ByteReader reader(content);
  TRY(check_format(reader, tr("this commit")));
  SignedCommit result;
  Commit& commit = result.commit;
  commit.domain = TRY(reader.id<DomainId>());
  commit.claimed.ns = TRY(reader.i64());
  commit.references = TRY(reader.id<ChunkId>());
  commit.chunk_count = TRY(reader.varint());
  commit.raw_bytes = TRY(reader.varint());
  ByteView root = TRY(reader.sized(kChunkMax));
  commit.sealed_root.assign(root.begin(), root.end());
  ByteView signed_part = content.first(reader.offset());
  result.signed_part.assign(signed_part.begin(), signed_part.end());
  ByteView signature = TRY(reader.bytes(result.signature.size()));
  std::memcpy(result.signature.data(), signature.data(), signature.size());
  TRY(reader.finish());
  result.id.bytes = crypto::sha256(content).bytes;
  return result;
}

Bytes encode_signed(const Record& record, const crypto::SigningKey& owner) {
  ByteWriter writer;
  writer.u8(kFormat);
  writer.u8(static_cast<uint8_t>(record.kind));
  writer.id(record.domain);
  writer.i64(record.claimed.ns);
  writer.varint(record.snapshots.size());
  for (const SnapshotId& snapshot : record.snapshots) writer.id(snapshot);
  writer.id(record.writer);
  writer.varint(record.closes.size());
  for (const DomainId& domain : record.closes) writer.id(domain);
  writer.id(record.listing);
  writer.sized(record.sealed_body);
  crypto::Signature signature = crypto::sign(owner, kInfoRecord, writer.view());
  writer.bytes(signature);
  return writer.take();
}

bool SignedRecord::signed_by(const crypto::VerifyKey& key) const {
  return crypto::verify(key, kInfoRecord, signed_part, signature);
}

Result<SignedRecord> decode_record(ByteView content) {
  ByteReader reader(content);
  TRY(check_format(reader, tr("this record")));
  SignedRecord result;
  Record& record = result.record;
  uint8_t kind = TRY(reader.u8());
  if (kind < static_cast<uint8_t>(RecordKind::domain) || kind > static_cast<uint8_t>(RecordKind::imported))
    return fail(Code::corrupt, tr("a record is of an unknown kind"));
  record.kind = static_cast<RecordKind>(kind);
  record.domain = TRY(reader.id<DomainId>());
  record.claimed.ns = TRY(reader.i64());
  uint64_t count = TRY(reader.varint());
  if (count > kRecordSnapshotsMax || count > reader.remaining() / SnapshotId::kSize)
    return fail(Code::corrupt, tr("a record names too many snapshots"));
  for (uint64_t i = 0; i < count; ++i) record.snapshots.push_back(TRY(reader.id<SnapshotId>()));
  record.writer = TRY(reader.id<crypto::VerifyKey>());
  uint64_t closes = TRY(reader.varint());
  if (closes > kRecordDomainsMax || closes > reader.remaining() / DomainId::kSize)
    return fail(Code::corrupt, tr("a record names too many domains"));
  for (uint64_t i = 0; i < closes; ++i) record.closes.push_back(TRY(reader.id<DomainId>()));
  record.listing = TRY(reader.id<ChunkId>());
  ByteView body = TRY(reader.sized(kLogEntryMax));
  record.sealed_body.assign(body.begin(), body.end());
  ByteView signed_part = content.first(reader.offset());
  result.signed_part.assign(signed_part.begin(), signed_part.end());
  ByteView signature = TRY(reader.bytes(result.signature.size()));
  std::memcpy(result.signature.data(), signature.data(), signature.size());
  TRY(reader.finish());
  result.id = crypto::sha256(content);
  return result;
}

Bytes encode(const Removal& removal) {
  ByteWriter writer;
  writer.u8(kFormat);
  writer.varint(removal.snapshots.size());
  for (const SnapshotId& snapshot : removal.snapshots) writer.id(snapshot);
  return writer.take();
}

Result<Removal> decode_removal(ByteView content) {
  ByteReader reader(content);
  TRY(check_format(reader, tr("this removal")));
  Removal removal;
  uint64_t count = TRY(reader.varint());
  if (count > reader.remaining() / SnapshotId::kSize)
    return fail(Code::corrupt, tr("a removal names too many snapshots"));
  for (uint64_t i = 0; i < count; ++i) removal.snapshots.push_back(TRY(reader.id<SnapshotId>()));
  TRY(reader.finish());
  return removal;
}

}  // namespace aplomb::vault
