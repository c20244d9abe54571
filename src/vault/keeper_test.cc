#include "vault/keeper.h"

#include <gtest/gtest.h>

#include "vault/test_vault.h"

namespace aplomb::vault {
namespace {

const Files kFiles{{"index.php", text_bytes("<?php echo 'hello';")}, {"logo.png", random_bytes(1, 3000)}};

Commit empty_commit(const WriterKey& key, const ChunkId& references) {
  Commit commit;
  commit.domain = key.domain;
  commit.references = references;
  return commit;
}

TEST(Keeper, RefusesToMakeAVaultWhereOneIs) {
  TestVault vault;
  auto keeper = vault.ready();
  EXPECT_EQ(vault.create().error().code, Code::exists);
  ASSERT_TRUE(vault.folder()->remove("vault"));
  EXPECT_EQ(vault.create().error().code, Code::exists) << "a log without a header is a vault that lost it";
}

TEST(Keeper, OpensNothingWhereNoVaultIs) {
  TestVault vault;
  EXPECT_EQ(vault.open().error().code, Code::not_found);
}

TEST(Keeper, OfANewerFormatIsUnsupported) {
  TestVault vault;
  vault.ready().reset();
  auto dir = vault.folder();
  Bytes header = *fs::read_file(*dir, "vault", 4096);
  header[7] = header[header.size() / 2 + 7] = '2';
  overwrite(*dir, "vault", header);
  EXPECT_EQ(vault.open().error().code, Code::unsupported);
}

TEST(Keeper, OpensWithOneCopyOfItsHeader) {
  TestVault vault;
  vault.ready().reset();
  auto dir = vault.folder();
  Bytes header = *fs::read_file(*dir, "vault", 4096);
  std::fill(header.begin(), header.begin() + static_cast<ptrdiff_t>(header.size() / 2), uint8_t{0});
  overwrite(*dir, "vault", header);
  auto keeper = vault.open();
  ASSERT_TRUE(keeper);
  EXPECT_EQ((*keeper)->header()->id, vault.header.id);
}

TEST(Keeper, EitherHeaderFileAloneOpensTheVaultAndTheNextEntryMendsTheOther) {
  for (const char* lost : {"vault", "log/vault"}) {
    for (size_t left : {0, 10, 258}) {
      TestVault vault;
      vault.ready().reset();
      auto dir = vault.folder();
      const Bytes whole = *fs::read_file(*dir, lost, 4096);
      ASSERT_TRUE(dir->remove(lost));
      if (left > 0) ASSERT_TRUE(fs::write_file_durably(*dir, lost, Bytes(left, uint8_t{7})));
      auto keeper = vault.open();
      ASSERT_TRUE(keeper) << lost << " " << left;
      EXPECT_EQ((*keeper)->header()->id, vault.header.id);
      EXPECT_FALSE((*keeper)->header()->intact);
      ASSERT_TRUE((*keeper)->append_record(
          vault.record(RecordKind::approval, vault.writer.domain, text_bytes("all is well"), vault.owner)));
      EXPECT_EQ(*fs::read_file(*dir, lost, 4096), whole);
      EXPECT_TRUE((*vault.open())->header()->intact);
    }
  }
}

TEST(Keeper, RefusesRecordsThatTheOwnerDidNotSign) {
  TestVault vault;
  auto keeper = *vault.create();
  SeededRandom other(99);
  crypto::SigningKey stranger = crypto::make_signing_key(other);
  Bytes body = text_bytes("all is well");
  for (const crypto::SigningKey* signer : {&stranger, &vault.writer.signing}) {
    auto refused =
        keeper->append_record(vault.record(RecordKind::approval, vault.writer.domain, body, *signer));
    EXPECT_EQ(refused.error().code, Code::refused);
  }
  EXPECT_FALSE(keeper->append_record(text_bytes("no record")));
  EXPECT_TRUE(keeper->log()->empty());
}

TEST(Keeper, RefusesCommitsOfAnUnknownDomain) {
  TestVault vault;
  auto keeper = *vault.create();
  EXPECT_EQ(vault.backup(*keeper, kFiles).error().code, Code::refused);
  EXPECT_TRUE(keeper->log()->empty());
}

TEST(Keeper, RefusesCommitsThatAnotherWriterSigned) {
  TestVault vault;
  auto keeper = vault.ready();
  WriterKey impostor = make_writer_key(vault.random, vault.header.id, "mairie", 1, vault.recovery.public_key);
  impostor.domain = vault.writer.domain;
  EXPECT_EQ(save(*keeper, impostor, vault.random, kFiles).error().code, Code::refused);
  EXPECT_EQ(keeper->log()->size(), 1u);
}

TEST(Keeper, RefusesACommitWhoseListOfReferencesIsMissing) {
  TestVault vault;
  auto keeper = vault.ready();
  auto refused = keeper->commit(encode_signed(empty_commit(vault.writer, ChunkId()), vault.writer.signing));
  EXPECT_EQ(refused.error().code, Code::corrupt);
}

TEST(Keeper, RefusesACommitThatRefersToMissingChunks) {
  TestVault vault;
  auto keeper = vault.ready();
  // A pack that holds nothing but two segments, which name a chunk that nobody stored.
  Bytes segment(ChunkId::kSize, 7);
  const Sha256 hash = crypto::sha256(segment);
  Bytes root(hash.bytes.begin(), hash.bytes.end());
  PackTable table;
  table.domain = vault.writer.domain;
  table.origins.resize(1);
  FrameEntry frame;
  frame.flags = kFramePlain;
  Bytes stored;
  ChunkId root_id;
  root_id.bytes = crypto::sha256(root).bytes;
  ChunkId segment_id;
  segment_id.bytes = crypto::sha256(segment).bytes;
  frame.chunks = {{segment_id, 32}, {root_id, 32}};
  Bytes raw = segment;
  raw.insert(raw.end(), root.begin(), root.end());
  seal_frame(stored, frame, crypto::Secret(), table.domain, {}, raw);
  table.frames.push_back(frame);
  auto sink = *keeper->begin_pack(table.domain);
  ASSERT_TRUE(sink->append(stored));
  ASSERT_TRUE(sink->finish(table));
  auto refused = keeper->commit(encode_signed(empty_commit(vault.writer, root_id), vault.writer.signing));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::corrupt);
  EXPECT_NE(refused.error().what.find("1 chunks"), std::string::npos) << refused.error().what;
}

TEST(Keeper, RefusesCommitsThatUseAnotherDomainsChunks) {
  TestVault vault;
  auto keeper = vault.ready();
  auto saved = vault.backup(*keeper, kFiles);
  ASSERT_TRUE(saved);
  WriterKey other = make_writer_key(vault.random, vault.header.id, "museum", 1, vault.recovery.public_key);
  ASSERT_TRUE(keeper->append_record(vault.domain_record(other)));
  Commit commit = decode_commit(keeper->log_entry(keeper->log()->at(1))->content)->commit;
  commit.domain = other.domain;
  EXPECT_EQ(keeper->commit(encode_signed(commit, other.signing)).error().code, Code::corrupt);
}

TEST(Keeper, EntersARepeatOnceHoweverMuchCameBetween) {
  TestVault vault;
  auto keeper = vault.ready();
  Bytes record = vault.record(RecordKind::approval, vault.writer.domain, text_bytes("seen"), vault.owner);
  auto first = keeper->append_record(record);
  ASSERT_TRUE(first);
  ASSERT_TRUE(vault.backup(*keeper, kFiles));
  Bytes commit = keeper->log_entry(keeper->log()->back())->content;
  ASSERT_TRUE(
      keeper->append_record(vault.record(RecordKind::revocation, vault.writer.domain, {}, vault.owner)));
  vault.clock.advance(kHour);
  for (Keeper* who : {keeper.get(), vault.open()->release()}) {
    auto again = who->append_record(record);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->sequence, first->sequence);
    EXPECT_EQ(again->received, first->received);
    auto committed = who->commit(commit);
    ASSERT_TRUE(committed);
    EXPECT_EQ(committed->sequence, 3u);
    EXPECT_EQ(who->log()->size(), 4u);
    if (who != keeper.get()) delete who;
  }
}

TEST(Keeper, StampsByItsOwnClockWhichNeverGoesBack) {
  TestVault vault;
  auto keeper = vault.ready();
  Time before = vault.clock.now();
  ASSERT_TRUE(save(*keeper, vault.writer, vault.random, kFiles, Time{0}));
  EXPECT_EQ(keeper->log_entry(keeper->log()->at(1))->received, before);
  vault.clock.advance(-kDay);
  ASSERT_TRUE(vault.backup(*keeper, {{"b", text_bytes("b")}}));
  EXPECT_EQ(keeper->log_entry(keeper->log()->at(2))->received, before);
  vault.clock.advance(2 * kDay);
  ASSERT_TRUE(vault.backup(*keeper, {{"c", text_bytes("c")}}));
  EXPECT_EQ(keeper->log_entry(keeper->log()->at(3))->received.ns, before.ns + kDay);
}

TEST(Keeper, TellsOnlyTheAskersDomainWhatIsThere) {
  TestVault vault;
  auto keeper = vault.ready();
  ASSERT_TRUE(vault.backup(*keeper, kFiles));
  ChunkId id = chunk_id(vault.writer.id_key, crypto::sha256(kFiles.at("index.php")));
  EXPECT_EQ(*keeper->has(vault.writer.domain, {&id, 1}), std::vector<bool>{true});
  EXPECT_EQ(*keeper->has(DomainId(), {&id, 1}), std::vector<bool>{false});
}

TEST(Keeper, SharesItsFolderWithAnother) {
  TestVault vault;
  auto one = vault.ready();
  auto two = *vault.open();
  ASSERT_TRUE(vault.backup(*one, kFiles));
  auto saved = vault.backup(*two, kFiles);  // two has not looked since, and sends everything again
  ASSERT_TRUE(saved);
  ASSERT_TRUE(vault.backup(*one, {{"c", text_bytes("c")}}));
  EXPECT_EQ(two->log()->size(), 4u);
  auto reader = vault.reader(*two);
  ASSERT_TRUE(reader);
  EXPECT_TRUE((*reader)->log_damage().empty());
  EXPECT_EQ((*reader)->snapshots().size(), 3u);
  EXPECT_TRUE(vault.verified(*two, reader->get()).ok());
}

TEST(Keeper, IsBusyWhileAnotherHoldsTheLog) {
  struct Impatient final : Clock {
    Time now() const override { return {}; }
    int64_t monotonic_ns() const override { return ticks += 6 * kSecond; }
    mutable int64_t ticks = 0;
  } clock;
  TestVault vault;
  vault.ready().reset();
  auto dir = vault.folder();
  auto lock = *dir->open("lock", fs::Open::create);
  ASSERT_TRUE(lock->try_lock());
  auto keeper = *Keeper::open(vault.folder(), {clock, vault.random, vault.log});
  Bytes record = vault.record(RecordKind::approval, vault.writer.domain, {}, vault.owner);
  EXPECT_EQ(keeper->append_record(record).error().code, Code::busy);
  lock.reset();
  EXPECT_TRUE(keeper->append_record(record));
}

TEST(KeeperIndex, IsMadeAnewWhenItIsDeletedOrDamaged) {
  TestVault vault;
  {
    auto keeper = vault.ready();
    ASSERT_TRUE(vault.backup(*keeper, kFiles));
  }
  auto dir = vault.folder();
  auto runs = files_in(*dir, "index/");
  ASSERT_EQ(runs.size(), 1u);
  const Bytes whole = *fs::read_file(*dir, runs[0], 1 << 20);
  for (size_t byte = 0; byte <= whole.size(); byte += 7) {
    if (byte == 0) {
      ASSERT_TRUE(dir->remove(runs[0]));
    } else {
      Bytes damaged = whole;
      damaged[byte - 1] ^= 0x10;
      overwrite(*dir, runs[0], damaged);
    }
    auto keeper = *vault.open();
    ChunkId id = chunk_id(vault.writer.id_key, crypto::sha256(kFiles.at("index.php")));
    EXPECT_EQ(*keeper->has(vault.writer.domain, {&id, 1}), std::vector<bool>{true});
    EXPECT_TRUE(keeper->rebuild_index()->empty());
    EXPECT_EQ(files_in(*dir, "index/"), runs);
    EXPECT_EQ(*fs::read_file(*dir, runs[0], 1 << 20), whole);
  }
}

TEST(KeeperIndex, PromisesNothingOfAPackThatIsGone) {
  TestVault vault;
  {
    auto keeper = vault.ready();
    ASSERT_TRUE(vault.backup(*keeper, kFiles));
  }
  auto dir = vault.folder();
  for (const std::string& pack : files_in(*dir, "packs/")) ASSERT_TRUE(dir->remove(pack));
  auto keeper = *vault.open();
  ChunkId id = chunk_id(vault.writer.id_key, crypto::sha256(kFiles.at("index.php")));
  EXPECT_EQ(*keeper->has(vault.writer.domain, {&id, 1}), std::vector<bool>{false});
  auto again = vault.backup(*keeper, kFiles);
  ASSERT_TRUE(again) << "everything is sent anew";
  auto reader = *vault.reader(*keeper);
  EXPECT_EQ(*load(*reader, *reader->find(again->id.hex())), kFiles);
}

TEST(KeeperIndex, StaysAFewRunsHoweverManyBackups) {
  TestVault vault;
  auto keeper = vault.ready();
  WriterKey other = make_writer_key(vault.random, vault.header.id, "museum", 1, vault.recovery.public_key);
  ASSERT_TRUE(keeper->append_record(vault.domain_record(other)));
  ASSERT_TRUE(save(*keeper, other, vault.random, kFiles));
  for (uint64_t i = 0; i < 20; ++i) ASSERT_TRUE(vault.backup(*keeper, {{"f", random_bytes(i, 100)}}));
  EXPECT_LE(files_in(*vault.folder(), "index/").size(), 10u);
  auto again = *vault.open();
  EXPECT_TRUE(vault.log.warnings.empty());
  auto reader = *vault.reader(*again);
  for (const SnapshotInfo& info : reader->snapshots()) EXPECT_TRUE(load(*reader, info));
}

TEST(KeeperIndex, NamesThePacksItCannotRead) {
  TestVault vault;
  auto keeper = vault.ready();
  ASSERT_TRUE(vault.backup(*keeper, kFiles));
  PackId bad = keeper->packs()->at(0);
  overwrite(*vault.folder(), pack_path(bad), Bytes(500));
  EXPECT_EQ(*keeper->rebuild_index(), std::vector<PackId>{bad});
}

TEST(KeeperLog, GoesOnAfterADamagedEntry) {
  TestVault vault;
  auto keeper = vault.ready();
  ASSERT_TRUE(vault.backup(*keeper, kFiles));
  auto dir = vault.folder();
  overwrite(*dir, "log/00000002.commit", Bytes(100));
  auto later = vault.backup(*keeper, {{"b", text_bytes("b")}});
  ASSERT_TRUE(later);
  auto reader = *vault.reader(*keeper);
  ASSERT_EQ(reader->snapshots().size(), 1u);
  EXPECT_EQ(reader->snapshots()[0].id, later->id);
  ASSERT_EQ(reader->log_damage().size(), 1u);
  EXPECT_NE(reader->log_damage()[0].what.find('2'), std::string::npos);
}

TEST(KeeperLog, TellsADiskThatFailsFromASiteThatIsUnknown) {
  TestVault vault;
  vault.ready().reset();
  auto keeper = *vault.open();
  vault.plan.set_filter(
      [](fs::Op op, std::string_view path) { return op == fs::Op::read && path.ends_with(".record"); });
  vault.plan.fail_at(1, EIO, fs::FaultPlan::Span::from_then_on);
  EXPECT_EQ(vault.backup(*keeper, kFiles).error().code, Code::io);
  vault.plan.clear();
  EXPECT_TRUE(vault.backup(*keeper, kFiles)) << "the entry is tried again";
}

TEST(KeeperLog, LeavesNoTemporaryFilesOfOthersBehind) {
  TestVault vault;
  auto keeper = vault.ready();
  auto dir = vault.folder();
  overwrite(*dir, "log/.aplomb-tmp-77", Bytes(5));
  overwrite(*dir, "index/.aplomb-tmp-78", Bytes(5));
  ASSERT_TRUE(vault.backup(*keeper, kFiles));
  for (const std::string& path : files_in(*dir))
    EXPECT_EQ(path.find(fs::kTemporaryPrefix), std::string::npos) << path;
}

}  // namespace
}  // namespace aplomb::vault
