#include "vault/verify.h"

#include <gtest/gtest.h>

#include "vault/test_vault.h"

namespace aplomb::vault {
namespace {

const Files kFiles{{"index.php", text_bytes("<?php echo 'hello';")}, {"logo.png", random_bytes(1, 900)}};

struct WithBackups : TestVault {
  WithBackups() {
    auto keeper = ready();
    EXPECT_TRUE(backup(*keeper, kFiles));
    EXPECT_TRUE(backup(*keeper, {{"index.php", text_bytes("changed")}, {"logo.png", kFiles.at("logo.png")}}));
  }
  // What verify says of the folder as it is: with the key and without.
  std::pair<bool, bool> look() {
    auto keeper = open();
    if (!keeper) return {false, false};
    bool without = verified(**keeper, nullptr).ok();
    auto with_key = reader(**keeper);
    return {with_key && verified(**keeper, with_key->get()).ok(), without};
  }
};

TEST(Verify, FindsASoundVaultSound) {
  WithBackups vault;
  auto keeper = *vault.open();
  VerifyReport report = vault.verified(*keeper, nullptr);
  EXPECT_TRUE(report.ok());
  EXPECT_EQ(report.snapshots, 2u);
  EXPECT_EQ(report.packs, keeper->packs()->size());
  EXPECT_GT(report.bytes, 900u);
  EXPECT_TRUE(vault.look().first);
}

TEST(Verify, SeesAFlippedByteAnywhere) {
  WithBackups vault;
  auto dir = vault.folder();
  size_t flips = 0;
  for (const std::string& path : files_in(*dir)) {
    auto read = fs::read_file(*dir, path, 1 << 20);
    if (!read && path.starts_with("index/")) continue;  // it was made anew meanwhile, under another name
    const Bytes whole = *std::move(read);
    for (size_t at = 0; at < whole.size(); at += 1 + whole.size() / 60) {
      Bytes damaged = whole;
      damaged[at] ^= 0x20;
      overwrite(*dir, path, damaged);
      auto [with_key, without_key] = vault.look();
      // The index is made anew, and without the keeper's key nothing is appended; everything else is told,
      // also when a second copy makes it harmless.
      bool harmless = path.starts_with("index/") || path == kKeeperKeyFile;
      EXPECT_EQ(with_key, harmless) << path << " at " << at;
      EXPECT_EQ(without_key, harmless) << path << " at " << at;
      ++flips;
    }
    overwrite(*dir, path, whole);
  }
  EXPECT_GT(flips, 200u);
  EXPECT_TRUE(vault.look().first);
}

TEST(Verify, SaysNothingOfWhatPacksHoldWhoseRecordIsGone) {
  WithBackups vault;
  auto dir = vault.folder();
  overwrite(*dir, "log/00000001.record", {});
  auto keeper = vault.open();
  ASSERT_TRUE(keeper);
  auto reader = vault.reader(**keeper);
  ASSERT_TRUE(reader);
  VerifyReport report = vault.verified(**keeper, reader->get());
  EXPECT_TRUE(report.strange_packs);
  EXPECT_TRUE(report.log_damaged);
  EXPECT_FALSE(report.false_chunks);
  EXPECT_TRUE(report.bad_packs.empty()) << "so that nobody is told to delete them";
  EXPECT_TRUE((*keeper)->doubtful()->empty());
}

TEST(Verify, SeesEveryFileThatIsMissingExceptTheNewestEntry) {
  WithBackups vault;
  auto dir = vault.folder();
  for (const std::string& path : files_in(*dir)) {
    auto read = fs::read_file(*dir, path, 1 << 20);
    if (!read && path.starts_with("index/")) continue;  // it was made anew meanwhile, under another name
    const Bytes whole = *std::move(read);
    ASSERT_TRUE(dir->remove(path));
    bool derived = path.starts_with("index/") || path == "lock" || path == kKeeperKeyFile;
    bool newest = path == "log/00000003.commit";  // nobody in the vault remembers it
    EXPECT_EQ(vault.look().second, derived || newest) << path;
    overwrite(*dir, path, whole);
  }
}

TEST(Verify, NamesTheSnapshotsThatLostChunks) {
  WithBackups vault;
  auto dir = vault.folder();
  for (const std::string& path : files_in(*dir, "packs/")) {
    auto read = fs::read_file(*dir, path, 1 << 20);
    if (!read && path.starts_with("index/")) continue;  // it was made anew meanwhile, under another name
    const Bytes whole = *std::move(read);
    ASSERT_TRUE(dir->remove(path));
    auto keeper = *vault.open();
    VerifyReport report = vault.verified(*keeper, nullptr);
    ASSERT_FALSE(report.ok());
    EXPECT_TRUE(report.damaged[0].what.starts_with("snapshot ")) << report.damaged[0].what;
    overwrite(*dir, path, whole);
  }
}

TEST(Verify, SeesAPackThatVanishesWhileTheKeeperRuns) {
  WithBackups vault;
  auto keeper = *vault.open();
  auto dir = vault.folder();
  ASSERT_TRUE(dir->remove(pack_path(keeper->packs()->at(0))));
  EXPECT_FALSE(vault.verified(*keeper, nullptr).ok());
}

TEST(Verify, NamesBadPacksOnce) {
  WithBackups vault;
  auto keeper = *vault.open();
  PackId bad = keeper->packs()->at(0);
  auto dir = vault.folder();
  Bytes bytes = *fs::read_file(*dir, pack_path(bad), 1 << 20);
  bytes[3] ^= 1;
  overwrite(*dir, pack_path(bad), bytes);
  EXPECT_EQ(vault.verified(*keeper, nullptr).bad_packs, std::vector<PackId>{bad});
}

TEST(Verify, GoesOnWhenAPackCannotBeRead) {
  WithBackups vault;
  auto keeper = *vault.open();
  const size_t packs = keeper->packs()->size();
  PackId bad = keeper->packs()->at(0);
  vault.plan.set_filter([&](fs::Op op, std::string_view path) {
    return (op == fs::Op::read || op == fs::Op::stat) && path.ends_with(pack_path(bad));
  });
  vault.plan.fail_at(1, EIO, fs::FaultPlan::Span::from_then_on);
  VerifyReport report = vault.verified(*keeper, nullptr);
  EXPECT_EQ(report.packs, packs);
  EXPECT_EQ(report.bad_packs, std::vector<PackId>{bad});
}

TEST(Verify, WithTheKeyFindsWhatTheWriterLiedAbout) {
  TestVault vault;
  auto keeper = vault.ready();
  // A sound pack in every way that needs no key; but the sealed frame does not open.
  PackTable table;
  table.domain = vault.writer.domain;
  table.origins.resize(1);
  table.origins[0].session = crypto::make_box_key(vault.random).public_key;
  FrameEntry frame;
  frame.stored_length = 66;
  frame.raw_length = 50;
  frame.chunks = {{ChunkId(), 50}};
  table.frames = {frame};
  auto sink = *keeper->begin_pack(table.domain);
  ASSERT_TRUE(sink->append(random_bytes(1, 66)));
  ASSERT_TRUE(sink->finish(table));
  EXPECT_TRUE(vault.verified(*keeper, nullptr).ok());
  auto reader = *vault.reader(*keeper);
  VerifyReport report = vault.verified(*keeper, reader.get());
  ASSERT_EQ(report.damaged.size(), 1u);
  EXPECT_NE(report.damaged[0].what.find("frame 0"), std::string::npos);
}

}  // namespace
}  // namespace aplomb::vault
