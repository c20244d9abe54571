// A backup over the wire in which the k-th operation of the keeper's disk fails, or before whose k-th change
// its machine dies, for every k (every third where it only fails: the vault's own sweep has them all); then
// the oracle: no acknowledged snapshot is lost, none is incomplete, verify agrees, the next backup works.
#include <gtest/gtest.h>

#include "keeper/test_keeper.h"

namespace aplomb::keeper {
namespace {

const Files kFirst{{"index.php", text_bytes("<?php echo 'hello';")}, {"logo.png", random_bytes(1, 900)}};
const Files kSecond{{"index.php", text_bytes("<?php echo 'changed';")}, {"logo.png", random_bytes(1, 900)}};
const Files kThird{{"index.php", kSecond.at("index.php")}, {"more.txt", text_bytes("more")}};

struct Story : TestKeeper {
  std::vector<vault::Saved> acknowledged;

  Story() {
    set_up();
    auto first = backup(kFirst);
    EXPECT_TRUE(first);
    wait_for_sessions();
    plan.reset();
  }

  Status backup(const Files& files) {
    RemoteWriter store(TRY(connect(Role::writer)), signer());
    acknowledged.push_back(TRY(vault::save(store, writer, random, files)));
    return {};
  }

  Status owners_record() {
    RemoteOwner store(TRY(connect(Role::owner)));
    TRY(store.make_room(writer.domain));
    TRY(store.append_record(
        record(vault::RecordKind::approval, writer.domain, text_bytes("all is well"), owner)));
    return {};
  }

  Status run() {
    TRY(backup(kSecond));
    return owners_record();
  }

  // From here on nothing fails.
  void check() {
    plan.reset();
    check_snapshots();
    Status again = backup(kThird);
    ASSERT_TRUE(again) << again.error().what;
    again = owners_record();
    ASSERT_TRUE(again) << again.error().what;
    EXPECT_TRUE(vault::files_in(*folder(), "packs/tmp/").empty());
    check_snapshots();
  }

 private:
  void check_snapshots() {
    auto store = remote_reader();
    auto opened = reader(*store);
    ASSERT_TRUE(opened) << opened.error().what;
    for (const vault::Saved& saved : acknowledged)
      EXPECT_TRUE((*opened)->find(saved.id.hex())) << "an acknowledged snapshot is lost";
    for (const vault::SnapshotInfo& info : (*opened)->snapshots()) {
      auto files = vault::load(**opened, info);
      ASSERT_TRUE(files) << "a snapshot is incomplete: " << files.error().what;
      auto saved = std::ranges::find(acknowledged, info.id, &vault::Saved::id);
      EXPECT_EQ(*files, saved == acknowledged.end() ? kSecond : saved->files);
    }
    for (const vault::Damage& damage : verified(*store, opened->get()).damaged)
      ADD_FAILURE() << damage.what << ": " << damage.reason;
  }
};

void sweep(const std::function<void(fs::FaultPlan&, uint64_t k)>& prepare, bool crash, uint64_t step) {
  uint64_t k = 1;
  for (; k < 2000 && !testing::Test::HasFailure(); k += step) {
    SCOPED_TRACE("operation " + std::to_string(k));
    Story story;
    prepare(story.plan, k);
    Status ran = story.run();
    story.wait_for_sessions();
    const bool more = story.plan.triggered();
    if (!ran) {
      EXPECT_FALSE(ran.error().what.empty());
      EXPECT_TRUE(ran.error().code == Code::io || ran.error().code == Code::network ||
                  ran.error().code == Code::exists)
          << name(ran.error().code) << ": " << ran.error().what;
    }
    SeededRandom random(k);
    if (!crash) story.check();
    story.memory.crash(random);
    story.check();
    if (!more) break;
  }
  EXPECT_GT(k, 30u);
  EXPECT_LT(k, 2000u);
}

TEST(KeeperSweep, AFailureOfTheKeepersDiskLosesNothing) {
  sweep([](fs::FaultPlan& plan, uint64_t k) { plan.fail_at(k, EIO, fs::FaultPlan::Span::once); }, false, 3);
}
TEST(KeeperSweep, AFullDiskLosesNothing) {
  sweep([](fs::FaultPlan& plan, uint64_t k) { plan.fail_at(k, ENOSPC, fs::FaultPlan::Span::from_then_on); },
        false, 9);
}
TEST(KeeperSweep, ACrashOfTheKeeperLosesNothing) {
  sweep([](fs::FaultPlan& plan, uint64_t k) { plan.crash_at(k); }, true, 1);
}

}  // namespace
}  // namespace aplomb::keeper
