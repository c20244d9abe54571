// Packs that lie: cut, lengthened, flipped, zeroed or false. No writer is promised what lies in them alone,
// the next backup stores it again, and the older snapshots are whole again.
#include "vault/doubtful.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "vault/test_vault.h"

namespace aplomb::vault {
namespace {

const Files kFiles{{"index.php", text_bytes("<?php echo 'hello';")}, {"photo.jpg", random_bytes(1, 70'000)}};

struct OneBackup : TestVault {
  OneBackup() {
    auto keeper = ready();
    auto saved = backup(*keeper, kFiles);
    EXPECT_TRUE(saved);
  }
  std::vector<std::string> packs() { return files_in(*folder(), "packs/"); }
  // The pack that holds the chunks, not the lists of references.
  std::string data_pack() {
    auto dir = folder();
    auto all = packs();
    return *std::ranges::max_element(all, {}, [&](const std::string& path) { return dir->stat(path)->size; });
  }
  void damage(const std::function<void(Bytes&)>& change) {
    auto dir = folder();
    Bytes bytes = *fs::read_file(*dir, data_pack(), 1 << 20);
    change(bytes);
    overwrite(*dir, data_pack(), bytes);
  }
  void verify_without_key() {
    auto keeper = *open();
    EXPECT_FALSE(verified(*keeper, nullptr).ok());
  }
  // The next backup of the same files stores them again; both snapshots are then whole.
  void expect_heals() {
    auto keeper = *open();
    auto again = backup(*keeper, kFiles);
    ASSERT_TRUE(again) << again.error().what;
    EXPECT_GT(again->bytes_stored, 70'000u) << "it counted on the damaged pack";
    auto with_key = *reader(*keeper);
    ASSERT_EQ(with_key->snapshots().size(), 2u);
    for (const SnapshotInfo& info : with_key->snapshots()) EXPECT_EQ(*load(*with_key, info), kFiles);
    VerifyReport report = verified(*keeper, with_key.get());
    EXPECT_FALSE(report.ok()) << "the damaged pack is still there";
    EXPECT_TRUE(report.incomplete.empty());
    EXPECT_FALSE(report.needed);
    // What it advises: the damaged packs can go.
    for (const PackId& pack : report.bad_packs) ASSERT_TRUE(folder()->remove(pack_path(pack)));
    auto reopened = *open();
    EXPECT_TRUE(verified(*reopened, nullptr).ok());
    EXPECT_TRUE(reopened->doubtful()->empty()) << "the mark goes with its pack";
  }
};

TEST(DoubtfulPacks, APackCutInPlaceIsNoticedWhenTheVaultIsOpened) {
  for (size_t left : {50'000u, 200u, 10u, 0u}) {
    SCOPED_TRACE(left);
    OneBackup vault;
    vault.damage([&](Bytes& bytes) { bytes.resize(left); });
    vault.expect_heals();
  }
}

TEST(DoubtfulPacks, APackCutOfItsSecondTableOrLengthenedIsNoticedWithoutAnIndexToo) {
  for (ptrdiff_t change : {-1l, -60l, 1l, 5000l}) {
    SCOPED_TRACE(change);
    OneBackup vault;
    auto dir = vault.folder();
    for (const std::string& run : files_in(*dir, "index/")) ASSERT_TRUE(dir->remove(run));
    vault.damage([&](Bytes& bytes) { bytes.resize(static_cast<size_t>(std::ssize(bytes) + change)); });
    vault.expect_heals();
  }
}

TEST(DoubtfulPacks, AFlippedBitIsRememberedByVerify) {
  OneBackup vault;
  vault.damage([](Bytes& bytes) { bytes[30'000] ^= 4; });
  vault.verify_without_key();
  vault.expect_heals();
}

TEST(DoubtfulPacks, AZeroedPackIsRememberedByVerify) {
  OneBackup vault;
  vault.damage([](Bytes& bytes) { std::ranges::fill(bytes, uint8_t{0}); });
  vault.verify_without_key();
  vault.expect_heals();
}

TEST(DoubtfulPacks, AFlippedBitIsRememberedByAReaderThatMeetsIt) {
  OneBackup vault;
  vault.damage([](Bytes& bytes) { bytes[30'000] ^= 4; });
  {
    auto keeper = *vault.open();
    auto reader = *vault.reader(*keeper);
    EXPECT_FALSE(load(*reader, reader->snapshots().at(0)));
    auto marks = *keeper->doubtful();
    ASSERT_EQ(marks.size(), 1u);
    EXPECT_EQ(marks[0].doubt, Doubt::damaged) << "the disk lied, not the writer";
  }
  vault.expect_heals();
}

TEST(DoubtfulPacks, ACommitThatRestsOnOneIsRefusedAndTheNextBackupWorks) {
  OneBackup vault;
  auto writing = *vault.open();
  auto writer = *SnapshotWriter::create(*writing, vault.writer, vault.random);
  auto ref = *writer->put_object(kFiles.at("photo.jpg"));  // promised: it is there
  vault.damage([](Bytes& bytes) { bytes[30'000] ^= 4; });
  vault.verify_without_key();
  auto refused = writer->commit(ref, vault.clock.now());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::corrupt);
  EXPECT_TRUE(vault.backup(*writing, kFiles));
}

TEST(DoubtfulPacks, AMarkGoesWhenThePackIsSoundAgain) {
  OneBackup vault;
  Bytes sound;
  vault.damage([&](Bytes& bytes) {
    sound = bytes;
    bytes[30'000] ^= 4;
  });
  vault.verify_without_key();
  vault.damage([&](Bytes& bytes) { bytes = sound; });
  auto keeper = *vault.open();
  EXPECT_EQ(keeper->doubtful()->size(), 1u);
  EXPECT_TRUE(vault.verified(*keeper, nullptr).ok());
  EXPECT_TRUE(keeper->doubtful()->empty());
  auto again = vault.backup(*keeper, kFiles);
  ASSERT_TRUE(again);
  EXPECT_LT(again->bytes_stored, 10'000u) << "it is counted on again";
}

TEST(DoubtfulPacks, AFalseMarkCostsSpaceAndNothingElse) {
  OneBackup vault;
  auto keeper = *vault.open();
  const std::vector<PackId> packs = *keeper->packs();
  for (const PackId& pack : packs) {
    ASSERT_TRUE(keeper->doubt({pack, Doubt::false_chunks}));
    ASSERT_TRUE(keeper->doubt({pack, Doubt::damaged})) << "more of it changes nothing";
  }
  EXPECT_EQ(keeper->doubtful()->size(), packs.size());
  {
    auto reader = *vault.reader(*keeper);
    EXPECT_EQ(*load(*reader, reader->snapshots().at(0)), kFiles) << "nothing is lost by it";
    EXPECT_TRUE(vault.backup(*keeper, kFiles));
  }
  VerifyReport without_key = vault.verified(*keeper, nullptr);
  EXPECT_FALSE(without_key.ok()) << "without the key, the mark stands";
  EXPECT_TRUE(without_key.incomplete.empty());
  auto reader = *vault.reader(*keeper);
  (void)vault.verified(*keeper, reader.get());
  EXPECT_TRUE(keeper->doubtful()->empty()) << "with it, the mark goes";
  EXPECT_TRUE(vault.verified(*keeper, nullptr).ok());
}

TEST(DoubtfulPacks, AFalsePackOfAnIntruderIsRememberedByAReader) {
  TestVault vault;
  auto keeper = vault.ready();
  // With the writer's secrets: the true id of tomorrow's file, over other bytes.
  WriterKey& key = vault.writer;
  crypto::BoxKeyPair session = crypto::make_box_key(vault.random);
  crypto::Secret shared = *crypto::agree(session.secret.view(), key.recovery_public, session.public_key,
                                         key.recovery_public, kInfoSession);
  PackTable table;
  table.domain = key.domain;
  table.origins.resize(1);
  table.origins[0].session = session.public_key;
  const Bytes& truth = kFiles.at("photo.jpg");
  FrameEntry frame;
  frame.chunks = {{chunk_id(key.id_key, crypto::sha256(truth)), static_cast<uint32_t>(truth.size())}};
  Bytes stored;
  seal_frame(stored, frame, pack_key(shared, table.origins[0].salt), key.domain, table.origins[0].salt,
             Bytes(truth.size(), 'x'));
  table.frames = {frame};
  auto sink = *keeper->begin_pack(key.domain);
  ASSERT_TRUE(sink->append(stored));
  ASSERT_TRUE(sink->finish(table));
  keeper = std::move(*vault.open());
  ASSERT_TRUE(vault.backup(*keeper, kFiles));
  {
    auto reader = *vault.reader(*keeper);
    EXPECT_FALSE(load(*reader, reader->snapshots().at(0))) << "the poison was believed, and is damage";
  }
  ASSERT_EQ(keeper->doubtful()->size(), 1u);
  EXPECT_EQ(keeper->doubtful()->at(0).doubt, Doubt::false_chunks);
  EXPECT_FALSE(vault.verified(*keeper, nullptr).ok()) << "also a verify without the key says it";
  ASSERT_TRUE(vault.backup(*keeper, kFiles));
  auto reader = *vault.reader(*keeper);
  for (const SnapshotInfo& info : reader->snapshots()) EXPECT_EQ(*load(*reader, info), kFiles);
}

}  // namespace
}  // namespace aplomb::vault
