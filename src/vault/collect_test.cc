// Retention and collection over a vault in memory. The oracle after every step: what stays restores byte for
// byte, verify agrees, and what was let go says so.
#include "vault/collect.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "vault/test_vault.h"

namespace aplomb::vault {
namespace {

Files files_of(uint64_t night) {
  return {{"index.php", text_bytes("night " + std::to_string(night))},
          {"always.bin", random_bytes(1, 30'000)},
          {"nightly.bin", random_bytes(100 + night, 40'000)}};
}

struct PrunedVault : TestVault {
  std::unique_ptr<Keeper> keeper = ready();
  std::map<SnapshotId, Files> taken;

  SnapshotId take(const Files& files) {
    auto saved = backup(*keeper, files);
    EXPECT_TRUE(saved) << (saved ? "" : saved.error().what);
    if (!saved) return {};
    taken[saved->id] = files;
    return saved->id;
  }
  // A snapshot a quarter of an hour, from now on.
  std::vector<SnapshotId> take_many(uint64_t count, uint64_t first_night) {
    std::vector<SnapshotId> ids;
    for (uint64_t i = 0; i < count; ++i) {
      ids.push_back(take(files_of(first_night + i)));
      clock.advance(15 * kMinute);
    }
    return ids;
  }
  // A pack of one frame a chunk, as a writer could have made it; the order of its frames is then known.
  PackId add_pack(const std::vector<Bytes>& chunks) {
    crypto::BoxKeyPair session = crypto::make_box_key(random);
    crypto::Secret shared = *crypto::agree(session.secret.view(), writer.recovery_public, session.public_key,
                                           writer.recovery_public, kInfoSession);
    PackTable table;
    table.domain = writer.domain;
    table.origins.resize(1);
    table.origins[0].session = session.public_key;
    random.fill(table.origins[0].salt);
    const crypto::Secret key = pack_key(shared, table.origins[0].salt);
    auto sink = *keeper->begin_pack(writer.domain);
    uint64_t offset = 0;
    for (uint32_t i = 0; i < chunks.size(); ++i) {
      FrameEntry frame;
      frame.number = i;
      frame.offset = offset;
      frame.chunks = {
          {chunk_id(writer.id_key, crypto::sha256(chunks[i])), static_cast<uint32_t>(chunks[i].size())}};
      Bytes stored;
      seal_frame(stored, frame, key, writer.domain, table.origins[0].salt, chunks[i]);
      offset += stored.size();
      EXPECT_TRUE(sink->append(stored));
      table.frames.push_back(frame);
    }
    auto made = sink->finish(table);
    EXPECT_TRUE(made);
    keeper = std::move(*open());
    return made ? *made : PackId();
  }
  // A pack of four frames, of which a snapshot uses the third.
  PackId add_mostly_dead_pack() {
    std::vector<Bytes> chunks;
    for (uint64_t i = 0; i < 4; ++i) chunks.push_back(random_bytes(700 + i, 20'000));
    PackId pack = add_pack(chunks);
    take({{"third.bin", chunks[2]}});
    return pack;
  }
  Status sign(RecordKind kind, const std::vector<SnapshotId>& snapshots) {
    Record made;
    made.kind = kind;
    made.domain = writer.domain;
    made.snapshots = snapshots;
    made.sealed_body =
        crypto::box_seal(random, recovery.public_key, kInfoRecord, compress(text_bytes("why"), 3));
    TRY(keeper->append_record(encode_signed(made, owner)));
    return {};
  }
  Result<PruneReport> run() {
    NoProgress progress;
    return prune(*keeper, clock, progress);
  }
  PruneReport pruned() {
    auto report = run();
    EXPECT_TRUE(report) << (report ? "" : report.error().what);
    return report ? *report : PruneReport();
  }
  // A recovery has ended: the site goes on in another epoch, which takes over what this one has.
  WriterKey next_epoch() {
    WriterKey next = make_writer_key(random, header.id, "mairie", 2, recovery.public_key);
    next.cut_key = writer.cut_key.clone();
    EXPECT_TRUE(keeper->append_record(domain_record(next)));
    return next;
  }
  void take_in(const WriterKey& key, const Files& files) {
    auto saved = save(*keeper, key, random, files, clock.now());
    EXPECT_TRUE(saved) << (saved ? "" : saved.error().what);
    if (saved) taken[saved->id] = files;
  }
  void take_over(const WriterKey& next, const Files& files) {
    auto opened = *reader(*keeper);
    Import import(*opened, writer.domain, next.domain, [&](const ChunkId& listing) -> Status {
      TRY(keeper->append_record(import_record(next.domain, listing, owner)));
      return {};
    });
    auto saved = save(*keeper, next, random, files, clock.now(), &import);
    EXPECT_TRUE(saved) << (saved ? "" : saved.error().what);
    EXPECT_GT(import.chunks(), 0u);
    if (saved) taken[saved->id] = files;
  }
  uint64_t bytes() {
    uint64_t total = 0;
    auto dir = folder();
    for (const std::string& path : files_in(*dir, "packs/")) total += dir->stat(path)->size;
    return total;
  }
  // As another process sees it.
  void check() {
    auto other = open();
    ASSERT_TRUE(other) << other.error().what;
    auto opened = reader(**other);
    ASSERT_TRUE(opened) << opened.error().what;
    std::set<SnapshotId> left;
    for (const SnapshotInfo& info : (*opened)->snapshots()) {
      left.insert(info.id);
      auto files = load(**opened, info);
      ASSERT_TRUE(files) << "a snapshot that stays is incomplete: " << files.error().what;
      EXPECT_EQ(*files, taken.at(info.id));
    }
    for (const auto& [id, files] : taken)
      EXPECT_TRUE(left.contains(id) || (*opened)->removed().contains(id)) << "it is neither here nor let go";
    for (VaultReader* with_key : {opened->get(), static_cast<VaultReader*>(nullptr)})
      for (const Damage& damage : verified(**other, with_key).damaged)
        ADD_FAILURE() << damage.what << ": " << damage.reason;
  }
};

TEST(Collect, MarksFirstAndSweepsAfterTheGrace) {
  PrunedVault vault;
  auto ids = vault.take_many(12, 0);  // three hours: nine of them are not the first of their hour
  const uint64_t before = vault.bytes();
  vault.clock.advance(3 * kDay);
  vault.take(files_of(50));
  PruneReport first = vault.pruned();
  EXPECT_EQ(first.removed.size(), 9u);
  EXPECT_EQ(first.bytes_freed, 0u);
  EXPECT_EQ(first.waiting, 9u);
  EXPECT_GE(vault.bytes(), before);
  vault.check();
  EXPECT_TRUE(vault.pruned().removed.empty()) << "again changes nothing";
  vault.clock.advance(kGraceDays * kDay + 1);
  PruneReport second = vault.pruned();
  EXPECT_GT(second.bytes_freed, 9u * 35'000);
  EXPECT_EQ(second.waiting, 0u);
  vault.check();
  EXPECT_EQ(vault.pruned().bytes_freed, 0u);
  EXPECT_EQ(vault.keeper->log()->size(), 1u + 13u + 1u) << "the entries stay, and the chain with them";
}

TEST(Collect, SaysOfARemovedSnapshotThatItWasRemoved) {
  PrunedVault vault;
  auto ids = vault.take_many(4, 0);
  vault.clock.advance(3 * kDay);
  vault.take(files_of(50));
  vault.pruned();
  auto reader = *vault.reader(*vault.keeper);
  auto found = reader->find(ids[1].hex().substr(0, 10));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Code::not_found);
  EXPECT_NE(found.error().what.find("retention"), std::string::npos) << found.error().what;
  EXPECT_TRUE(reader->find(ids[0].hex()));
  EXPECT_EQ(removed_snapshots(*vault.keeper)->size(), 3u);
  EXPECT_EQ(vault.verified(*vault.keeper, nullptr).removed, 3u);
}

TEST(Collect, LeavesWhatTheOwnerPinnedUntilHeReleasesIt) {
  PrunedVault vault;
  auto ids = vault.take_many(8, 0);
  ASSERT_TRUE(vault.sign(RecordKind::approval, {ids[1]}));
  ASSERT_TRUE(vault.sign(RecordKind::hold, {ids[2]}));
  ASSERT_TRUE(vault.sign(RecordKind::incident_closed, {ids[3], ids[5]}));
  ASSERT_TRUE(vault.sign(RecordKind::revocation, {ids[6]}));
  ASSERT_TRUE(vault.sign(RecordKind::release, {ids[5]}));
  vault.clock.advance(3 * kDay);
  vault.take(files_of(50));
  PruneReport report = vault.pruned();
  EXPECT_EQ(report.removed, (std::vector<SnapshotId>{ids[5], ids[6], ids[7]}));
  EXPECT_EQ(report.pinned, 3u);
  ASSERT_TRUE(vault.sign(RecordKind::release, {ids[2]}));
  EXPECT_EQ(vault.pruned().removed, std::vector<SnapshotId>{ids[2]});
  vault.clock.advance(8 * kDay);
  EXPECT_GT(vault.pruned().bytes_freed, 0u);
  vault.check();
}

TEST(Collect, AVaultThatNobodyAddsToLosesNothing) {
  PrunedVault vault;
  vault.take_many(8, 0);
  vault.clock.advance(3 * kDay);
  vault.take(files_of(50));
  for (int month = 0; month < 60; ++month) {
    vault.clock.advance(30 * kDay);
    EXPECT_EQ(vault.pruned().removed.size(), month == 0 ? 6u : 0u);
  }
  vault.check();
}

TEST(Collect, AClockThatStoodAheadForASnapshotAgesNothing) {
  PrunedVault vault;
  vault.take_many(8, 0);
  const Time today = vault.clock.now();
  vault.clock.advance(20 * 365 * kDay);
  vault.take(files_of(50));
  vault.clock.set(today);
  vault.take(files_of(51));
  EXPECT_TRUE(vault.pruned().removed.empty());
  vault.clock.advance(3 * kDay);
  EXPECT_EQ(vault.pruned().removed.size(), 6u) << "the hours go as if nothing had happened";
  vault.check();
}

TEST(Collect, AHoldThatTheOwnerDidNotSignHoldsNothing) {
  PrunedVault vault;
  Record made;
  made.kind = RecordKind::hold;
  EXPECT_EQ(vault.keeper->append_record(encode_signed(made, vault.writer.signing)).error().code,
            Code::refused);
}

TEST(Collect, RemovesNothingAsLongAsARecordCannotBeRead) {
  PrunedVault vault;
  auto ids = vault.take_many(4, 0);
  ASSERT_TRUE(vault.sign(RecordKind::hold, {ids[1]}));
  vault.clock.advance(3 * kDay);
  vault.take(files_of(50));
  auto dir = vault.folder();
  auto records = files_in(*dir, "log/00000006.record");
  ASSERT_EQ(records.size(), 1u);
  overwrite(*dir, records[0], Bytes(300));
  EXPECT_EQ(vault.run().error().code, Code::corrupt);
  ASSERT_TRUE(dir->remove(records[0]));
  EXPECT_EQ(vault.run().error().code, Code::corrupt) << "nor when it is gone";
}

TEST(Collect, OfAVaultThatLostTheRecordOfADomainTouchesNothing) {
  PrunedVault vault;
  vault.take_many(4, 0);
  ASSERT_TRUE(vault.folder()->remove("log/00000001.record"));
  vault.clock.advance(30 * kDay);
  const uint64_t before = vault.bytes();
  EXPECT_EQ(vault.run().error().code, Code::corrupt);
  EXPECT_EQ(vault.bytes(), before);
}

// The attacker holds every secret of the web server, and sends a thousand snapshots.
TEST(Collect, AThousandJunkSnapshotsDisplaceNothing) {
  PrunedVault vault;
  std::vector<SnapshotId> honest;
  for (uint64_t night = 0; night < 40; ++night) {
    honest.push_back(vault.take(files_of(night)));
    vault.clock.advance(kDay);
  }
  vault.pruned();
  const size_t honest_left = vault.taken.size() - removed_snapshots(*vault.keeper)->size();
  for (uint64_t i = 0; i < 1000; ++i) {
    vault.take({{"junk", text_bytes("junk " + std::to_string(i))}});
    vault.clock.advance(40 * kSecond);
  }
  vault.clock.advance(3 * kDay);
  vault.take(files_of(90));
  vault.pruned();
  vault.clock.advance(8 * kDay);
  vault.pruned();
  vault.check();
  auto reader = *vault.reader(*vault.keeper);
  size_t left = 0;
  for (const SnapshotId& id : honest) left += reader->find(id.hex()) ? 1 : 0;
  EXPECT_EQ(left, honest_left);
  EXPECT_EQ(left, 40u) << "one a day for forty days: each is kept";
  EXPECT_LT(reader->snapshots().size(), 40u + 30u) << "and the junk is thinned";
}

TEST(Collect, TouchesNoYoungPack) {
  PrunedVault vault;
  vault.take_many(4, 0);
  vault.clock.advance(3 * kDay);
  vault.take(files_of(50));
  vault.pruned();
  vault.clock.advance(8 * kDay);
  auto dir = vault.folder();
  for (const std::string& path : files_in(*dir, "packs/"))
    ASSERT_TRUE(dir->set_mtime(path, vault.clock.now().ns - kDay));
  EXPECT_EQ(vault.pruned().packs_deleted, 0u);
  vault.clock.advance(8 * kDay);
  EXPECT_GT(vault.pruned().packs_deleted, 0u);
  vault.check();
}

TEST(Collect, MovesWhatLivesOutOfAPackThatIsMostlyDead) {
  PrunedVault vault;
  const PackId pack = vault.add_mostly_dead_pack();
  vault.clock.advance(8 * kDay);  // so that it is not young
  const uint64_t before = vault.bytes();
  PruneReport report = vault.pruned();
  EXPECT_EQ(report.packs_moved, 1u);
  EXPECT_EQ(report.packs_deleted, 1u);
  EXPECT_EQ(report.bytes_freed, before - vault.bytes());
  EXPECT_GT(report.bytes_freed, 55'000u);
  auto packs = *vault.keeper->packs();
  EXPECT_EQ(std::ranges::count(packs, pack), 0);
  vault.check();
  EXPECT_EQ(vault.pruned().packs_moved, 0u) << "the new pack is all living";
}

TEST(Collect, KeepsWhatALaterEpochTookOver) {
  PrunedVault vault;
  vault.take_many(4, 0);
  const WriterKey next = vault.next_epoch();
  vault.take_over(next, files_of(2));  // a night that the old epoch will let go
  vault.clock.advance(3 * kDay);
  vault.take_in(next, files_of(50));
  EXPECT_EQ(vault.pruned().removed.size(), 3u);
  vault.clock.advance(kGraceDays * kDay + 1);
  PruneReport report = vault.pruned();
  EXPECT_GT(report.bytes_freed, 2u * 35'000) << "the other two nights go";
  EXPECT_LT(report.bytes_freed, 3u * 45'000 - 40'000);
  vault.check();
}

TEST(Collect, DeletesWhatNoEpochNeedsAnyMore) {
  PrunedVault vault;
  vault.take_many(4, 0);
  const WriterKey next = vault.next_epoch();
  vault.take_in(next, files_of(40));
  vault.take_over(next, files_of(2));  // the second of its hour
  vault.clock.advance(3 * kDay);
  vault.take_in(next, files_of(50));
  EXPECT_EQ(vault.pruned().removed.size(), 4u);
  vault.clock.advance(kGraceDays * kDay + 1);
  EXPECT_GT(vault.pruned().bytes_freed, 3u * 35'000);
  vault.check();
}

TEST(Collect, TouchesNothingWhileAnImportCannotBeRead) {
  PrunedVault vault;
  vault.take_many(4, 0);
  const WriterKey next = vault.next_epoch();
  vault.take_over(next, files_of(2));
  vault.clock.advance(3 * kDay);
  vault.take_in(next, files_of(50));
  vault.pruned();
  auto places = *vault.keeper->locate(next.domain, vault.keeper->imports().at(0).listing);
  ASSERT_TRUE(vault.folder()->remove(pack_path(places.at(0).pack)));
  vault.keeper = std::move(*vault.open());
  vault.clock.advance(kGraceDays * kDay + 1);
  PruneReport report = vault.pruned();
  EXPECT_EQ(report.bytes_freed, 0u);
  EXPECT_EQ(report.left_alone.size(), 1u);
}

TEST(Collect, AReaderThatWasOpenMeanwhileFindsWhatMoved) {
  PrunedVault vault;
  vault.add_mostly_dead_pack();
  vault.clock.advance(8 * kDay);  // so that it is not young
  auto other = *vault.open();
  auto reader = *vault.reader(*other);
  EXPECT_EQ(vault.pruned().packs_moved, 1u);
  const SnapshotInfo info = reader->snapshots().at(0);
  EXPECT_EQ(*load(*reader, info), vault.taken.at(info.id));
}

TEST(Collect, DeletesPacksThatNoCommitEverNamed) {
  PrunedVault vault;
  vault.take(files_of(1));
  vault.add_pack({random_bytes(9, 50'000)});
  vault.clock.advance(8 * kDay);  // so that it is not young
  EXPECT_GT(vault.pruned().bytes_freed, 50'000u);
  vault.check();
}

// Two writers and a collection at once.
TEST(Collect, AWriterThatWasPromisedAChunkIsRefusedOrWholeNeverBroken) {
  PrunedVault vault;
  vault.take_many(4, 0);
  vault.clock.advance(3 * kDay);
  vault.take(files_of(50));
  vault.pruned();
  vault.clock.advance(8 * kDay);
  // Another process: it is told that the nightly file of a removed snapshot is there, and counts on it.
  auto other = *vault.open();
  auto writer = *SnapshotWriter::create(*other, vault.writer, vault.random);
  auto ref = *writer->put_object(files_of(2).at("nightly.bin"));
  EXPECT_GT(vault.pruned().bytes_freed, 0u);
  auto refused = writer->commit(ref, vault.clock.now());
  ASSERT_FALSE(refused) << "its chunk was collected";
  EXPECT_EQ(refused.error().code, Code::corrupt);
  // The same writer's next run, over the same keeper, works.
  auto saved = vault.backup(*other, files_of(2));
  ASSERT_TRUE(saved) << saved.error().what;
  vault.taken[saved->id] = files_of(2);
  vault.check();
}

TEST(Collect, APackThatACommitNeedsMeanwhileStays) {
  PrunedVault vault;
  vault.take_many(4, 0);
  vault.clock.advance(3 * kDay);
  vault.take(files_of(50));
  vault.pruned();
  vault.clock.advance(8 * kDay);
  // The commit comes after the sweep has read the log, before it deletes: when it first makes a pack.
  auto beside =
      *Keeper::open(std::move(*vault.memory.open_dir("/vault")), {vault.clock, vault.random, vault.log});
  bool done = false;
  vault.plan.set_filter([&](fs::Op op, std::string_view path) {
    if (!done && op == fs::Op::create && path.ends_with("/lock")) {
      done = true;
      auto saved = vault.backup(*beside, files_of(2));
      EXPECT_TRUE(saved);
      if (saved) vault.taken[saved->id] = files_of(2);
    }
    return false;
  });
  vault.plan.fail_at(1'000'000, EIO);
  (void)vault.run();
  vault.plan.reset();
  EXPECT_TRUE(done);
  vault.check();
}

TEST(Collect, DamageIsNotGivenANewName) {
  PrunedVault vault;
  const std::string pack = pack_path(vault.add_mostly_dead_pack());
  vault.clock.advance(8 * kDay);  // so that it is not young
  auto dir = vault.folder();
  Bytes bytes = *fs::read_file(*dir, pack, 1 << 20);
  bytes[10] ^= 1;
  overwrite(*dir, pack, bytes);
  PruneReport report = vault.pruned();
  EXPECT_EQ(report.packs_moved, 0u);
  EXPECT_EQ(report.packs_deleted, 0u);
  EXPECT_EQ(report.left_alone.size(), 1u);
  EXPECT_EQ(vault.keeper->doubtful()->size(), 1u);
  EXPECT_EQ(vault.verified(*vault.keeper, nullptr).bad_packs.size(), 1u);
}

// A kill before every change that a prune makes to the disk.
TEST(Collect, ACrashAtAnyPointLosesNothing) {
  uint64_t k = 1;
  for (bool more = true; more && k < 500 && !testing::Test::HasFailure(); ++k) {
    for (uint64_t seed = 0; seed < 2; ++seed) {
      SCOPED_TRACE("change " + std::to_string(k) + ", seed " + std::to_string(seed));
      PrunedVault vault;
      vault.take_many(4, 0);
      vault.clock.advance(3 * kDay);
      vault.take(files_of(50));
      vault.pruned();
      vault.take_many(3, 60);
      vault.add_mostly_dead_pack();
      vault.clock.advance(8 * kDay);
      vault.plan.reset();
      vault.plan.crash_at(k);
      (void)vault.run();
      if (seed == 0) more = vault.plan.triggered();
      SeededRandom random(k * 100 + seed);
      vault.memory.crash(random);
      vault.plan.reset();
      vault.check();
      vault.keeper = std::move(*vault.open());
      EXPECT_TRUE(vault.run()) << "the next one goes on";
      vault.check();
    }
  }
  EXPECT_GT(k, 8u);
  EXPECT_LT(k, 500u);
}

TEST(Collect, OneFailureOfTheDiskLosesNothing) {
  uint64_t k = 1;
  for (; k < 2000 && !testing::Test::HasFailure(); k += 2) {
    SCOPED_TRACE("operation " + std::to_string(k));
    PrunedVault vault;
    vault.take_many(3, 0);
    vault.clock.advance(3 * kDay);
    vault.take(files_of(50));
    vault.pruned();
    vault.add_mostly_dead_pack();
    vault.clock.advance(8 * kDay);
    vault.plan.reset();
    vault.plan.fail_at(k, EIO, fs::FaultPlan::Span::once);
    (void)vault.run();
    if (!vault.plan.triggered()) break;
    vault.plan.reset();
    vault.check();
    vault.keeper = std::move(*vault.open());
    EXPECT_TRUE(vault.run());
    vault.check();
  }
  EXPECT_GT(k, 30u);
  EXPECT_LT(k, 2000u);
}

TEST(Removal, ReadsBackAndRefusesWhatIsCut) {
  Removal removal;
  removal.snapshots.resize(3);
  removal.snapshots[1].bytes[0] = 7;
  const Bytes encoded = encode(removal);
  EXPECT_EQ(decode_removal(encoded)->snapshots, removal.snapshots);
  for (size_t size = 0; size < encoded.size(); ++size)
    EXPECT_FALSE(decode_removal(ByteView(encoded).first(size)));
  Bytes longer = encoded;
  longer.push_back(0);
  EXPECT_FALSE(decode_removal(longer));
}

}  // namespace
}  // namespace aplomb::vault
