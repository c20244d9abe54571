// A backup in which the k-th operation fails, or before whose k-th change the machine dies, for every k; then
// the oracle: no acknowledged snapshot is lost, none is incomplete, verify agrees, and the next backup works.
#include <gtest/gtest.h>

#include "vault/test_vault.h"

namespace aplomb::vault {
namespace {

const Files kFirst{{"index.php", text_bytes("<?php echo 'hello';")}, {"logo.png", random_bytes(1, 900)}};
const Files kSecond{{"index.php", text_bytes("<?php echo 'changed';")}, {"logo.png", random_bytes(1, 900)}};
// Made of what the second has, so that it rests on the packs that a failed backup left.
const Files kThird{{"index.php", kSecond.at("index.php")}, {"more.txt", text_bytes("more")}};

// The part of the story that faults fall on. With `anew`, the vault is also made in it.
enum class From { nothing, one_backup };

struct Story : TestVault {
  std::vector<Saved> acknowledged;

  explicit Story(From from) : from_(from) {
    if (from == From::one_backup) {
      auto keeper = ready();
      note(backup(*keeper, kFirst));
      EXPECT_EQ(acknowledged.size(), 1u);
    }
    plan.reset();
  }

  Status run() {
    auto keeper = TRY(from_ == From::nothing ? create() : open());
    if (from_ == From::nothing) TRY(keeper->append_record(domain_record(writer)));
    auto saved = TRY(backup(*keeper, kSecond));
    note(saved);
    return {};
  }

  // From here on nothing fails. The vault may not have come into being at all, if nothing was acknowledged.
  void check() {
    plan.reset();
    log.warnings.clear();
    auto keeper = open();
    if (!keeper && from_ == From::nothing && acknowledged.empty()) {
      EXPECT_EQ(keeper.error().code, Code::not_found) << keeper.error().what;
      keeper = create();
    }
    ASSERT_TRUE(keeper) << keeper.error().what;
    EXPECT_TRUE(files_in(*folder(), "packs/tmp/").empty());
    check_snapshots(**keeper);
    ASSERT_TRUE((*keeper)->append_record(domain_record(writer)));
    auto saved = backup(**keeper, kThird);
    ASSERT_TRUE(saved) << saved.error().what;
    note(saved);
    check_snapshots(**keeper);
  }

 private:
  void note(const Result<Saved>& saved) {
    if (saved) acknowledged.push_back(*saved);
  }

  void check_snapshots(Keeper& keeper) {
    auto opened = reader(keeper);
    ASSERT_TRUE(opened) << opened.error().what;
    for (const Damage& damage : (*opened)->log_damage())
      ADD_FAILURE() << damage.what << ": " << damage.reason;
    for (const Saved& saved : acknowledged)
      EXPECT_TRUE((*opened)->find(saved.id.hex())) << "an acknowledged snapshot is lost";
    for (const SnapshotInfo& info : (*opened)->snapshots()) {
      auto files = load(**opened, info);
      ASSERT_TRUE(files) << "a snapshot is incomplete: " << files.error().what;
      auto saved = std::find_if(acknowledged.begin(), acknowledged.end(),
                                [&](const Saved& one) { return one.id == info.id; });
      EXPECT_EQ(*files, saved == acknowledged.end() ? kSecond : saved->files);
    }
    for (VaultReader* with_key : {opened->get(), static_cast<VaultReader*>(nullptr)})
      for (const Damage& damage : verified(keeper, with_key).damaged)
        ADD_FAILURE() << damage.what << ": " << damage.reason;
  }

  From from_;
};

void sweep_faults(From from, int sys_errno, fs::FaultPlan::Span span, uint64_t step = 1) {
  uint64_t k = 1;
  for (; k < 2000 && !testing::Test::HasFailure(); k += step) {
    SCOPED_TRACE("operation " + std::to_string(k));
    Story story(from);
    story.plan.fail_at(k, sys_errno, span);
    Status ran = story.run();
    if (!story.plan.triggered()) break;
    if (!ran) {
      EXPECT_FALSE(ran.error().what.empty());
      EXPECT_TRUE(ran.error().code == Code::io || ran.error().code == Code::exists)
          << name(ran.error().code) << ran.error().what;
    }
    story.check();
    // What was acknowledged after the fault must hold although the fault may have hindered a sync.
    SeededRandom random(k);
    story.memory.crash(random);
    story.check();
  }
  EXPECT_GT(k, 30u);
  EXPECT_LT(k, 2000u);
}

void sweep_crashes(From from) {
  uint64_t k = 1;
  for (bool more = true; more && k < 2000 && !testing::Test::HasFailure(); ++k) {
    for (uint64_t seed = 0; seed < 4; ++seed) {
      SCOPED_TRACE("change " + std::to_string(k) + ", seed " + std::to_string(seed));
      Story story(from);
      story.plan.crash_at(k);
      (void)story.run();
      if (seed == 0) more = story.plan.triggered();
      SeededRandom random(k * 100 + seed);
      story.memory.crash(random);
      story.check();
    }
  }
  EXPECT_GT(k, 20u);
  EXPECT_LT(k, 2000u);
}

TEST(VaultFaultSweep, OneFailureLosesNothing) {
  sweep_faults(From::one_backup, EIO, fs::FaultPlan::Span::once);
}
TEST(VaultFaultSweep, AFullDiskLosesNothing) {
  sweep_faults(From::one_backup, ENOSPC, fs::FaultPlan::Span::from_then_on, 3);
}
TEST(VaultFaultSweep, OneFailureOfTheFirstRunLosesNothing) {
  sweep_faults(From::nothing, EIO, fs::FaultPlan::Span::once);
}
TEST(VaultCrashSweep, ACrashOfABackupLosesNothing) {
  sweep_crashes(From::one_backup);
}
TEST(VaultCrashSweep, ACrashOfTheFirstRunLosesNothing) {
  sweep_crashes(From::nothing);
}

// A process dies between naming its pack and making the name durable. The next one finds the pack, and would
// send nothing: what it then acknowledges must not hang on a name that a loss of power takes away.
TEST(VaultCrashSweep, NoSnapshotRestsOnAPackWhoseNameMayBeLost) {
  int lost_without_care = 0;
  for (uint64_t seed = 0; seed < 16; ++seed) {
    SCOPED_TRACE(seed);
    for (bool next_commits : {true, false}) {
      Story story(From::one_backup);
      story.plan.set_filter([](fs::Op op, std::string_view path) {
        return op == fs::Op::sync_dir && path.starts_with("/vault/packs");
      });
      story.plan.fail_at(1, EIO, fs::FaultPlan::Span::from_then_on);
      ASSERT_FALSE(story.run());
      story.plan.reset();
      const size_t packs = files_in(*story.folder(), "packs/").size();
      SeededRandom random(seed);
      if (next_commits) {
        ASSERT_TRUE(story.run());
        story.memory.crash(random);
        story.check();
      } else {
        story.memory.crash(random);
        if (files_in(*story.folder(), "packs/").size() < packs) ++lost_without_care;
      }
    }
  }
  EXPECT_GT(lost_without_care, 0) << "the crash model takes such names away";
}

}  // namespace
}  // namespace aplomb::vault
