#include "vault/reader.h"

#include <gtest/gtest.h>

#include "vault/test_vault.h"

namespace aplomb::vault {
namespace {

const Files kFiles{{"index.php", text_bytes("<?php echo 'hello';")}, {"logo.png", random_bytes(1, 3000)}};

// A pack of a writer that lies: it says that `bytes` are the chunk `id`, in a frame that opens well.
void store_lie(TestVault& vault, Keeper& keeper, const ChunkId& id, ByteView bytes) {
  crypto::BoxKeyPair session = crypto::make_box_key(vault.random);
  auto secret = *crypto::agree(session.secret.view(), vault.recovery.public_key, session.public_key,
                               vault.recovery.public_key, kInfoSession);
  PackTable table;
  table.domain = vault.writer.domain;
  Origin origin;
  origin.session = session.public_key;
  vault.random.fill(origin.salt);
  table.origins = {origin};
  FrameEntry frame;
  frame.chunks = {{id, static_cast<uint32_t>(bytes.size())}};
  Bytes stored;
  seal_frame(stored, frame, pack_key(secret, origin.salt), table.domain, origin.salt, bytes);
  table.frames = {frame};
  auto sink = *keeper.begin_pack(table.domain);
  ASSERT_TRUE(sink->append(stored));
  ASSERT_TRUE(sink->finish(table));
}

TEST(VaultReader, RefusesAKeyOfAnotherVault) {
  TestVault vault;
  auto keeper = vault.ready();
  SeededRandom random(50);
  for (int what = 0; what < 3; ++what) {
    crypto::KeyFile key = vault.recovery_key();
    if (what == 0) random.fill(key.vault.bytes);
    if (what == 1) key.recovery_public = crypto::make_box_key(random).public_key;
    if (what == 2) key.owner_verify = crypto::make_signing_key(random).verify_key;
    EXPECT_EQ(VaultReader::open(*keeper, key, vault.log).error().code, Code::key) << what;
  }
}

TEST(VaultReader, NoticesThatTheVaultWasReplaced) {
  TestVault vault;
  vault.ready().reset();
  crypto::KeyFile key = vault.recovery_key();
  // An attacker makes a vault of his own, with the same id and recipient but his own owner.
  ASSERT_TRUE(vault.memory.make_dirs("/other", 0700));
  SeededRandom random(60);
  VaultHeader forged = vault.header;
  forged.owner_verify = crypto::make_signing_key(random).verify_key;
  auto keeper = *Keeper::create(std::move(*vault.memory.open_dir("/other")), forged,
                                {vault.clock, vault.random, vault.log});
  EXPECT_EQ(VaultReader::open(*keeper, key, vault.log).error().code, Code::key);
}

TEST(VaultReader, ReadsOnlyWithTheSecret) {
  TestVault vault;
  auto keeper = vault.ready();
  ASSERT_TRUE(vault.backup(*keeper, kFiles));
  crypto::KeyFile key = vault.recovery_key();
  key.secret.writable()[5] ^= 1;
  auto reader = VaultReader::open(*keeper, key, vault.log);
  ASSERT_TRUE(reader) << "the public part fits";
  EXPECT_TRUE((*reader)->snapshots().empty());
  EXPECT_TRUE((*reader)->records().empty());
  EXPECT_EQ((*reader)->log_damage().size(), 2u);
}

TEST(VaultReader, FindsSnapshotsByAPrefixThatIsTheirsAlone) {
  TestVault vault;
  auto keeper = vault.ready();
  auto saved = *vault.backup(*keeper, kFiles);
  ASSERT_TRUE(vault.backup(*keeper, {{"b", text_bytes("b")}}));
  auto reader = *vault.reader(*keeper);
  EXPECT_EQ(reader->find(saved.id.hex())->id, saved.id);
  EXPECT_EQ(reader->find(saved.id.hex().substr(0, 12))->id, saved.id);
  EXPECT_EQ(reader->find(saved.id.hex().substr(0, 3)).error().code, Code::not_found);
  EXPECT_EQ(reader->find("").error().code, Code::not_found);
  EXPECT_EQ(reader->find("zzzz").error().code, Code::not_found);
}

TEST(VaultReader, HandsOutTheOwnersRecords) {
  TestVault vault;
  auto keeper = vault.ready();
  ASSERT_TRUE(keeper->append_record(
      vault.record(RecordKind::approval, vault.writer.domain, text_bytes("fine"), vault.owner)));
  auto reader = *vault.reader(*keeper);
  ASSERT_EQ(reader->records().size(), 2u);
  EXPECT_EQ(reader->records()[0].kind, RecordKind::domain);
  EXPECT_EQ(reader->records()[1].kind, RecordKind::approval);
  EXPECT_EQ(reader->records()[1].body, text_bytes("fine"));
  EXPECT_EQ(reader->records()[1].domain, vault.writer.domain);
}

TEST(VaultReader, TriesTheNextPlaceWhenAChunkWasPoisoned) {
  TestVault vault;
  auto keeper = vault.ready();
  const Bytes& good = kFiles.at("index.php");
  ChunkId id = chunk_id(vault.writer.id_key, crypto::sha256(good));
  Bytes evil(good.size(), 'x');
  auto stale = *vault.open();  // a writer that looked before the poison came
  store_lie(vault, *keeper, id, evil);
  store_lie(vault, *keeper, id, text_bytes("other length"));
  ASSERT_TRUE(keeper->rebuild_index());
  auto saved = vault.backup(*stale, kFiles);
  ASSERT_TRUE(saved);
  // Whatever order the index gives the places in, the bytes are the good ones.
  auto later = *vault.open();
  std::set<PackId> places;
  const auto locations = *later->locate(vault.writer.domain, id);
  for (const Location& location : locations) places.insert(location.pack);
  ASSERT_EQ(places.size(), 3u);
  auto reader = *vault.reader(*later);
  EXPECT_EQ(*load(*reader, *reader->find(saved->id.hex())), kFiles);
  EXPECT_FALSE(vault.verified(*later, reader.get()).ok()) << "and verify names the lies";
}

TEST(VaultReader, HandsOutNothingWhenEveryPlaceLies) {
  TestVault vault;
  auto keeper = vault.ready();
  const Bytes& good = kFiles.at("index.php");
  ChunkId id = chunk_id(vault.writer.id_key, crypto::sha256(good));
  store_lie(vault, *keeper, id, Bytes(good.size(), 'x'));
  auto again = *vault.open();
  auto saved = vault.backup(*again, kFiles);  // believes the lie, and leaves the chunk out
  ASSERT_TRUE(saved);
  auto reader = *vault.reader(*again);
  auto files = load(*reader, *reader->find(saved->id.hex()));
  ASSERT_FALSE(files);
  EXPECT_EQ(files.error().code, Code::corrupt);
}

TEST(VaultReader, ALieInOneEpochDoesNotReachTheNext) {
  TestVault vault;
  auto keeper = vault.ready();
  const Bytes& good = kFiles.at("index.php");
  store_lie(vault, *keeper, chunk_id(vault.writer.id_key, crypto::sha256(good)), Bytes(good.size(), 'x'));
  WriterKey next = make_writer_key(vault.random, vault.header.id, "mairie", 2, vault.recovery.public_key);
  auto again = *vault.open();
  ASSERT_TRUE(again->append_record(vault.domain_record(next)));
  auto saved = save(*again, next, vault.random, kFiles);
  ASSERT_TRUE(saved);
  auto reader = *vault.reader(*again);
  EXPECT_EQ(*load(*reader, *reader->find(saved->id.hex())), kFiles);
}

// Puts an entry into the log behind the keeper's back, chained as it must be.
void force_entry(TestVault& vault, Keeper& keeper, EntryKind kind, const Bytes& content) {
  auto heads = *keeper.log();
  LogEntry last = *keeper.log_entry(heads.back());
  LogEntry entry;
  entry.kind = kind;
  entry.sequence = last.sequence + 1;
  entry.received = last.received;
  entry.previous = last.hash;
  entry.content = content;
  std::string name = std::to_string(entry.sequence);
  auto key = read_keeper_key(*vault.folder());
  overwrite(
      *vault.folder(),
      "log/" + std::string(8 - name.size(), '0') + name + (kind == EntryKind::commit ? ".commit" : ".record"),
      encode(entry, &*key));
}

TEST(VaultReader, BelievesNoEntryTwice) {
  TestVault vault;
  auto keeper = vault.ready();
  Bytes approval = vault.record(RecordKind::approval, vault.writer.domain, text_bytes("fine"), vault.owner);
  ASSERT_TRUE(keeper->append_record(approval));
  ASSERT_TRUE(keeper->append_record(
      vault.record(RecordKind::revocation, vault.writer.domain, text_bytes("not fine"), vault.owner)));
  auto saved = *vault.backup(*keeper, kFiles);
  Bytes commit = keeper->log_entry(keeper->log()->back())->content;
  force_entry(vault, *keeper, EntryKind::record, approval);
  force_entry(vault, *keeper, EntryKind::commit, commit);
  auto reader = *vault.reader(*keeper);
  EXPECT_EQ(reader->records().size(), 3u) << "a revoked approval does not come back";
  EXPECT_EQ(reader->snapshots().size(), 1u);
  EXPECT_TRUE(reader->find(saved.id.hex())) << "nor does a repeat make a snapshot ambiguous";
  EXPECT_EQ(reader->log_damage().size(), 2u);
}

TEST(VaultReader, BelievesNoForgedEntryAndGoesOn) {
  TestVault vault;
  auto keeper = vault.ready();
  ASSERT_TRUE(vault.backup(*keeper, kFiles));
  SeededRandom random(70);
  crypto::SigningKey stranger = crypto::make_signing_key(random);
  Commit commit = decode_commit(keeper->log_entry(keeper->log()->back())->content)->commit;
  force_entry(vault, *keeper, EntryKind::commit, encode_signed(commit, stranger));
  force_entry(vault, *keeper, EntryKind::record,
              vault.record(RecordKind::approval, vault.writer.domain, {}, stranger));
  commit.domain = DomainId();
  force_entry(vault, *keeper, EntryKind::commit, encode_signed(commit, vault.writer.signing));
  auto reader = *vault.reader(*keeper);
  EXPECT_EQ(reader->snapshots().size(), 1u);
  EXPECT_EQ(reader->records().size(), 1u);
  EXPECT_EQ(reader->log_damage().size(), 3u);
  EXPECT_EQ(vault.verified(*keeper, nullptr).damaged.size(), 3u) << "and verify sees them without a key";
}

TEST(VaultReader, ListsWhatIsMissingFromTheLogAndUsesTheRest) {
  for (const char* lost : {"log/00000002.commit", "log/00000003.commit"}) {
    TestVault vault;
    auto keeper = vault.ready();
    for (const char* name : {"a", "b", "c"}) ASSERT_TRUE(vault.backup(*keeper, {{name, text_bytes(name)}}));
    ASSERT_TRUE(vault.folder()->remove(lost));
    auto reader = *vault.reader(*keeper);
    EXPECT_EQ(reader->snapshots().size(), 2u) << lost;
    EXPECT_FALSE(reader->log_damage().empty()) << lost;
    for (const SnapshotInfo& info : reader->snapshots()) EXPECT_TRUE(load(*reader, info));
    EXPECT_FALSE(vault.verified(*keeper, nullptr).ok()) << lost;
  }
}

TEST(VaultReader, SeesSwappedEntries) {
  TestVault vault;
  auto keeper = vault.ready();
  for (const char* name : {"a", "b"}) ASSERT_TRUE(vault.backup(*keeper, {{name, text_bytes(name)}}));
  auto dir = vault.folder();
  ASSERT_TRUE(dir->rename("log/00000002.commit", *dir, "log/x", fs::Replace::no));
  ASSERT_TRUE(dir->rename("log/00000003.commit", *dir, "log/00000002.commit", fs::Replace::no));
  ASSERT_TRUE(dir->rename("log/x", *dir, "log/00000003.commit", fs::Replace::no));
  EXPECT_EQ((*vault.reader(*keeper))->log_damage().size(), 2u);
}

TEST(VaultReader, ALogOfANewerFormatIsUnsupported) {
  TestVault vault;
  auto keeper = vault.ready();
  ASSERT_TRUE(vault.backup(*keeper, kFiles));
  auto dir = vault.folder();
  Bytes entry = *fs::read_file(*dir, "log/00000002.commit", 1 << 20);
  entry[7] = entry[entry.size() / 2 + 7] = '2';
  overwrite(*dir, "log/00000002.commit", entry);
  EXPECT_EQ(vault.reader(*keeper).error().code, Code::unsupported);
}

TEST(VaultReader, RefusesObjectsOverTheLimit) {
  TestVault vault;
  auto keeper = vault.ready();
  ASSERT_TRUE(vault.backup(*keeper, kFiles));
  auto reader = *vault.reader(*keeper);
  const SnapshotInfo& info = reader->snapshots()[0];
  EXPECT_EQ(reader->object(info.domain, info.manifest, 10).error().code, Code::limit);
  ObjectRef huge(5000, ChunkRef{ChunkId(), kChunkMax});
  EXPECT_EQ(reader->object(info.domain, huge, 1 << 30).error().code, Code::limit);
}

}  // namespace
}  // namespace aplomb::vault
