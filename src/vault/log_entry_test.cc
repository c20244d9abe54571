#include "vault/log_entry.h"

#include <gtest/gtest.h>

#include <set>

#include "vault/test_vault.h"

namespace aplomb::vault {
namespace {

VaultHeader example_header() {
  SeededRandom random(1);
  VaultHeader header;
  random.fill(header.id.bytes);
  header.recovery_public = crypto::make_box_key(random).public_key;
  header.owner_verify = crypto::make_signing_key(random).verify_key;
  header.keeper_verify = crypto::make_signing_key(random).verify_key;
  header.created = Time{1234567890123456789};
  return header;
}

LogEntry example_entry() {
  LogEntry entry;
  entry.kind = EntryKind::record;
  entry.sequence = 7;
  entry.received = Time{-5};
  entry.previous.bytes[31] = 9;
  entry.content = random_bytes(4, 200);
  return entry;
}

Commit example_commit() {
  SeededRandom random(2);
  Commit commit;
  random.fill(commit.domain.bytes);
  commit.claimed = Time{42};
  random.fill(commit.references.bytes);
  commit.chunk_count = 300;
  commit.raw_bytes = 1ull << 40;
  commit.sealed_root = random_bytes(3, 90);
  return commit;
}

Record example_record() {
  SeededRandom random(5);
  Record record;
  record.kind = RecordKind::approval;
  random.fill(record.domain.bytes);
  record.claimed = Time{43};
  record.snapshots.resize(3);
  for (SnapshotId& id : record.snapshots) random.fill(id.bytes);
  record.closes.resize(2);
  for (DomainId& id : record.closes) random.fill(id.bytes);
  record.sealed_body = random_bytes(6, 70);
  return record;
}

// What is stored twice survives any damage to one copy, and says so.
template <typename Decode, typename Same>
void expect_damage_is_harmless_and_told(const Bytes& stored, Decode decode, Same same) {
  auto intact = decode(stored);
  ASSERT_TRUE(intact);
  EXPECT_TRUE(same(*intact));
  EXPECT_TRUE(intact->intact);
  for (size_t bit = 0; bit < stored.size() * 8; ++bit) {
    Bytes damaged = stored;
    damaged[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    auto decoded = decode(damaged);
    ASSERT_TRUE(decoded) << "bit " << bit << ": " << decoded.error().what;
    EXPECT_TRUE(same(*decoded)) << bit;
    EXPECT_FALSE(decoded->intact) << bit;
  }
  for (size_t size = 0; size < stored.size(); ++size) {
    auto decoded = decode(ByteView(stored).first(size));
    ASSERT_EQ(decoded.has_value(), size >= stored.size() / 2) << size;
    if (!decoded) continue;
    EXPECT_TRUE(same(*decoded)) << size;
    EXPECT_FALSE(decoded->intact) << size;
  }
  Bytes longer = stored;
  longer.insert(longer.end(), {1, 2, 3});
  auto decoded = decode(longer);
  ASSERT_TRUE(decoded);
  EXPECT_FALSE(decoded->intact);
}

// The same bit flipped in both copies.
template <typename Decode>
void expect_double_damage_is_found(const Bytes& stored, Decode decode) {
  const size_t half = stored.size() / 2;
  for (size_t bit = 0; bit < half * 8; ++bit) {
    Bytes damaged = stored;
    damaged[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    damaged[half + bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    EXPECT_FALSE(decode(damaged)) << bit;
  }
}

TEST(Header, SurvivesDamageToOneCopy) {
  expect_damage_is_harmless_and_told(encode(example_header()), decode_header, [](const VaultHeader& header) {
    VaultHeader wanted = example_header();
    return header.id == wanted.id && header.recovery_public == wanted.recovery_public &&
           header.owner_verify == wanted.owner_verify && header.keeper_verify == wanted.keeper_verify &&
           header.created == wanted.created;
  });
  expect_double_damage_is_found(encode(example_header()), decode_header);
}

TEST(Header, RefusesARecoveryKeyThatAnyoneCouldOpen) {
  VaultHeader header = example_header();
  header.recovery_public = {};
  EXPECT_FALSE(decode_header(encode(header)));
}

TEST(Header, OfANewerFormatIsUnsupported) {
  Bytes newer = encode(example_header());
  newer[7] = newer[newer.size() / 2 + 7] = '2';
  EXPECT_EQ(decode_header(newer).error().code, Code::unsupported);
  newer = encode(example_header());
  newer[8] = newer[newer.size() / 2 + 8] = kFormat + 1;
  EXPECT_EQ(decode_header(newer).error().code, Code::unsupported);
}

TEST(LogEntry, SurvivesDamageToOneCopy) {
  LogEntry entry = example_entry();
  Bytes stored = encode(entry, nullptr);
  expect_damage_is_harmless_and_told(stored, decode_log_entry, [&](const LogEntry& decoded) {
    return decoded.kind == entry.kind && decoded.sequence == entry.sequence &&
           decoded.received == entry.received && decoded.previous == entry.previous &&
           decoded.content == entry.content && decoded.hash == entry.hash;
  });
  expect_double_damage_is_found(stored, decode_log_entry);
}

TEST(LogEntry, RefusesAnUnknownKindAndAClaimOfTooMuch) {
  LogEntry entry = example_entry();
  entry.kind = static_cast<EntryKind>(4);
  EXPECT_FALSE(decode_log_entry(encode(entry, nullptr)));
  ByteWriter huge;
  huge.bytes(as_bytes({kLogMagic, kMagicSize}));
  huge.u8(kFormat);
  huge.u8(1);
  huge.u64(1);
  huge.i64(1);
  huge.id(LogHash());
  huge.varint(kLogEntryMax + 1);
  EXPECT_EQ(decode_log_entry(huge.view()).error().code, Code::corrupt);
}

TEST(LogEntry, IsSignedByItsKeeperOverEveryByte) {
  SeededRandom random(9);
  crypto::SigningKey keeper = crypto::make_signing_key(random), other = crypto::make_signing_key(random);
  LogEntry entry = example_entry();
  Bytes stored = encode(entry, &keeper);
  auto decoded = decode_log_entry(stored);
  ASSERT_TRUE(decoded);
  EXPECT_TRUE(decoded->signed_by(keeper.verify_key));
  EXPECT_FALSE(decoded->signed_by(other.verify_key));
  EXPECT_TRUE(decoded->signed_by(crypto::VerifyKey()));  // where no keeper runs
  LogEntry later = example_entry();
  later.received.ns += 1;
  Bytes restamped = encode(later, nullptr);
  auto unsigned_entry = decode_log_entry(restamped);
  ASSERT_TRUE(unsigned_entry);
  EXPECT_FALSE(unsigned_entry->signed_by(keeper.verify_key));
  later.signature = entry.signature;  // of another time
  auto moved = decode_log_entry(encode(later, nullptr));
  ASSERT_TRUE(moved);
  EXPECT_FALSE(moved->signed_by(keeper.verify_key));
}

TEST(Commit, ReadsBackAndItsSignatureHolds) {
  SeededRandom random(9);
  crypto::SigningKey key = crypto::make_signing_key(random), other = crypto::make_signing_key(random);
  Bytes content = encode_signed(example_commit(), key);
  auto decoded = decode_commit(content);
  ASSERT_TRUE(decoded);
  Commit wanted = example_commit();
  EXPECT_EQ(decoded->commit.domain, wanted.domain);
  EXPECT_EQ(decoded->commit.claimed, wanted.claimed);
  EXPECT_EQ(decoded->commit.references, wanted.references);
  EXPECT_EQ(decoded->commit.chunk_count, wanted.chunk_count);
  EXPECT_EQ(decoded->commit.raw_bytes, wanted.raw_bytes);
  EXPECT_EQ(decoded->commit.sealed_root, wanted.sealed_root);
  EXPECT_TRUE(decoded->signed_by(key.verify_key));
  EXPECT_FALSE(decoded->signed_by(other.verify_key));
}

TEST(Commit, NoFlippedBitPassesTheSignatureAndNoPrefixDecodes) {
  SeededRandom random(9);
  crypto::SigningKey key = crypto::make_signing_key(random);
  Bytes content = encode_signed(example_commit(), key);
  for (size_t bit = 0; bit < content.size() * 8; ++bit) {
    Bytes damaged = content;
    damaged[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    auto decoded = decode_commit(damaged);
    EXPECT_FALSE(decoded && decoded->signed_by(key.verify_key)) << bit;
  }
  for (size_t size = 0; size < content.size(); ++size)
    EXPECT_FALSE(decode_commit(ByteView(content).first(size))) << size;
  content[0] = kFormat + 1;
  EXPECT_EQ(decode_commit(content).error().code, Code::unsupported);
}

TEST(Record, ReadsBackAndItsSignatureHolds) {
  SeededRandom random(9);
  crypto::SigningKey key = crypto::make_signing_key(random);
  for (RecordKind kind : {RecordKind::domain, RecordKind::approval, RecordKind::revocation,
                          RecordKind::known_good, RecordKind::incident_closed, RecordKind::imported}) {
    Record record = example_record();
    record.kind = kind;
    auto decoded = decode_record(encode_signed(record, key));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->record.kind, kind);
    EXPECT_EQ(decoded->record.domain, record.domain);
    EXPECT_EQ(decoded->record.claimed, record.claimed);
    EXPECT_EQ(decoded->record.snapshots, record.snapshots);
    EXPECT_EQ(decoded->record.writer, record.writer);
    EXPECT_EQ(decoded->record.listing, record.listing);
    EXPECT_EQ(decoded->record.sealed_body, record.sealed_body);
    EXPECT_TRUE(decoded->signed_by(key.verify_key));
  }
}

TEST(Record, NoFlippedBitPassesTheSignatureAndNoPrefixDecodes) {
  SeededRandom random(9);
  crypto::SigningKey key = crypto::make_signing_key(random);
  Bytes content = encode_signed(example_record(), key);
  for (size_t bit = 0; bit < content.size() * 8; ++bit) {
    Bytes damaged = content;
    damaged[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    auto decoded = decode_record(damaged);
    EXPECT_FALSE(decoded && decoded->signed_by(key.verify_key)) << bit;
  }
  for (size_t size = 0; size < content.size(); ++size)
    EXPECT_FALSE(decode_record(ByteView(content).first(size))) << size;
}

TEST(Record, RefusesUnknownKinds) {
  SeededRandom random(9);
  crypto::SigningKey key = crypto::make_signing_key(random);
  for (int kind : {0, 9, 255}) {
    Record record = example_record();
    record.kind = static_cast<RecordKind>(kind);
    EXPECT_FALSE(decode_record(encode_signed(record, key))) << kind;
  }
}

TEST(Signatures, OfACommitAreNoneOfARecord) {
  SeededRandom random(9);
  crypto::SigningKey key = crypto::make_signing_key(random);
  SignedRecord record = *decode_record(encode_signed(example_record(), key));
  EXPECT_TRUE(crypto::verify(key.verify_key, kInfoRecord, record.signed_part, record.signature));
  EXPECT_FALSE(crypto::verify(key.verify_key, kInfoCommit, record.signed_part, record.signature));
}

}  // namespace
}  // namespace aplomb::vault
