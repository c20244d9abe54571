// A whole backup of a site, and a restore over it, in which the k-th operation of the disk fails or before
// whose k-th change the machine dies: site, state and vault are all on it. The oracle is that of
// vault_sweep_test, with trees.
#include <gtest/gtest.h>

#include "archive/test_site.h"

namespace aplomb::archive {
namespace {

using vault::random_bytes;
using vault::text_bytes;

struct Story {
  // The vault's own file system, so that site, state and vault fail and crash together.
  vault::TestVault vault;
  std::unique_ptr<vault::Keeper> keeper;
  ManualClock clock{Time{1'800'000'000 * kSecond}};
  ChosenRandom random;
  vault::LineLog log;
  NoProgress progress;
  site::SiteConfig config;
  std::map<vault::SnapshotId, Picture> acknowledged;

  Story() {
    config.name = "mairie";
    config.roots = {"/site"};
    auto dir = live();
    put_file(*dir, "index.php", text_bytes("<?php echo 'hello';"));
    EXPECT_TRUE(dir->make_dir("uploads", 0755));
    put_file(*dir, "uploads/photo.jpg", random_bytes(1, 900));
    EXPECT_TRUE(dir->make_symlink("index.php", "link"));
    sync_site();
    vault.ready().reset();
    EXPECT_TRUE(backup());
    put_file(*dir, "index.php", text_bytes("<?php echo 'changed';"));
    put_file(*dir, "uploads/new.jpg", random_bytes(2, 900));
    sync_site();
    vault.plan.reset();
  }

  std::unique_ptr<fs::Dir> live() { return std::move(*vault.memory.make_dirs("/site", 0755)); }

  // The site itself is not what the crash is about.
  void sync_site() {
    auto dir = live();
    for (const std::string& path : vault::files_in(*dir)) {
      if (auto file = dir->open(path, fs::Open::read)) (void)(*file)->sync();
    }
    (void)(*dir->open_dir("uploads"))->sync();
    (void)dir->sync();
  }

  Status backup() {
    keeper = TRY(vault.open());
    SnapshotRequest request{.site = config, .state_path = "/state", .facts_json = "{}", .pages = {}};
    clock.advance(kHour);
    auto saved =
        TRY(take_snapshot({vault.fault, clock, random, log, progress}, *keeper, vault.writer, request));
    EXPECT_TRUE(saved.manifest.skipped.empty());
    acknowledged[saved.id] = picture_of(*live());
    return {};
  }

  void check() {
    vault.plan.reset();
    ASSERT_TRUE(backup()) << "the next backup works";
    auto reader = vault.reader(*keeper);
    ASSERT_TRUE(reader);
    for (const auto& [id, picture] : acknowledged)
      EXPECT_TRUE((*reader)->find(id.hex())) << "an acknowledged snapshot is lost";
    for (const vault::SnapshotInfo& info : (*reader)->snapshots()) check_restores(**reader, info);
    EXPECT_TRUE(vault.verified(*keeper, reader->get()).ok());
  }

  void check_restores(vault::VaultReader& reader, const vault::SnapshotInfo& info) {
    auto view = VaultSnapshot::open(reader, info);
    ASSERT_TRUE(view);
    if (!(*view)->manifest().skipped.empty()) return;  // it says itself that it is not all
    fs::MemoryFs elsewhere;
    auto target = std::move(*elsewhere.make_dirs("/restored", 0755));
    auto restored = restore(**view, *target, {}, progress);
    ASSERT_TRUE(restored) << restored.error().what;
    auto known = acknowledged.find(info.id);
    if (known != acknowledged.end()) {
      EXPECT_EQ(picture_of(*target), known->second);
    } else {
      EXPECT_EQ(picture_of(*target), picture_of(*live())) << "an unacknowledged snapshot is whole";
    }
  }
};

TEST(ArchiveFaultSweep, OneFailureOfABackupLosesNothing) {
  uint64_t k = 1;
  for (; k < 3000 && !testing::Test::HasFailure(); k += k < 40 ? 1 : 2) {
    SCOPED_TRACE("operation " + std::to_string(k));
    Story story;
    story.vault.plan.fail_at(k, k % 4 < 2 ? EIO : ENOSPC);
    auto keeper = story.vault.open();
    SnapshotRequest request{.site = story.config, .state_path = "/state", .facts_json = "{}", .pages = {}};
    Status ran;
    if (keeper) {
      auto saved = take_snapshot({story.vault.fault, story.clock, story.random, story.log, story.progress},
                                 **keeper, story.vault.writer, request);
      if (saved && saved->manifest.skipped.empty()) story.acknowledged[saved->id] = picture_of(*story.live());
      if (!saved) ran = fail(std::move(saved).error());
    }
    if (!story.vault.plan.triggered()) break;
    if (!ran) {
      EXPECT_EQ(ran.error().code, Code::io) << ran.error().what;
    }
    story.check();
  }
  EXPECT_GT(k, 60u);
  EXPECT_LT(k, 3000u);
}

TEST(ArchiveCrashSweep, ACrashOfABackupLosesNothing) {
  uint64_t k = 1;
  for (bool more = true; more && k < 3000 && !testing::Test::HasFailure(); ++k) {
    for (uint64_t seed = 0; seed < 2; ++seed) {
      SCOPED_TRACE("change " + std::to_string(k) + ", seed " + std::to_string(seed));
      Story story;
      story.vault.plan.crash_at(k);
      (void)story.backup();
      if (seed == 0) more = story.vault.plan.triggered();
      SeededRandom random(k * 100 + seed);
      story.vault.memory.crash(random);
      story.check();
    }
  }
  EXPECT_GT(k, 20u);
  EXPECT_LT(k, 3000u);
}

TEST(ArchiveFaultSweep, OneFailureOfARestoreLeavesEveryFileWhole) {
  uint64_t k = 1;
  for (; k < 1000 && !testing::Test::HasFailure(); ++k) {
    SCOPED_TRACE("operation " + std::to_string(k));
    Story story;
    ASSERT_TRUE(story.backup());
    const Picture wanted = picture_of(*story.live());
    put_file(*story.live(), "index.php", text_bytes("<?php echo 'defaced';"));
    auto reader = *story.vault.reader(*story.keeper);
    auto view = *VaultSnapshot::open(*reader, reader->snapshots().back());
    auto target = std::move(*story.vault.fault.open_dir("/site"));
    story.vault.plan.reset();
    story.vault.plan.fail_at(k, ENOSPC);
    auto restored = restore(*view, *target, {}, story.progress);
    if (!story.vault.plan.triggered()) break;
    story.vault.plan.reset();
    Bytes index = get_file(*story.live(), "index.php");
    EXPECT_TRUE(index == text_bytes("<?php echo 'defaced';") || index == text_bytes("<?php echo 'changed';"));
    auto again = restore(*view, *target, {}, story.progress);
    ASSERT_TRUE(again) << again.error().what;
    EXPECT_EQ(picture_of(*story.live()), wanted);
  }
  EXPECT_GT(k, 20u);
  EXPECT_LT(k, 1000u);
}

}  // namespace
}  // namespace aplomb::archive
