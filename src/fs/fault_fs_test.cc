// The faults happen where the plan says; and the sweeps, run over write_file_durably as the first client.
#include "fs/fault_fs.h"

#include <gtest/gtest.h>

#include "fs/memory_fs.h"

namespace aplomb::fs {
namespace {

struct Bench {
  MemoryFs memory;
  FaultPlan plan;
  FaultFs fs{memory, plan};
  std::unique_ptr<Dir> dir = std::move(*fs.open_dir("/"));
  Bench() { plan.reset(); }
};

std::string get(Fs& fs, std::string_view path) {
  auto dir = fs.open_dir("/");
  auto bytes = read_file(**dir, path, 1 << 20);
  return bytes ? std::string(as_text(*bytes)) : "(none)";
}

}  // namespace

TEST(FaultFs, TheKthOperationFailsAndNoOther) {
  Bench bench;
  bench.plan.fail_at(2, ENOSPC);
  EXPECT_TRUE(bench.dir->make_dir("a", 0755));
  EXPECT_FALSE(bench.plan.triggered());
  EXPECT_EQ(bench.dir->make_dir("b", 0755).error().sys_errno, ENOSPC);
  EXPECT_TRUE(bench.plan.triggered());
  EXPECT_TRUE(bench.dir->make_dir("c", 0755));
  EXPECT_EQ(bench.dir->list()->size(), 2u);
  EXPECT_EQ(bench.plan.operations(), 4u);
}

TEST(FaultFs, EveryOneAfterItFailsWhenAsked) {
  Bench bench;
  bench.plan.fail_at(2, EIO, FaultPlan::Span::from_then_on);
  EXPECT_TRUE(bench.dir->list());
  EXPECT_FALSE(bench.dir->list());
  EXPECT_FALSE(bench.dir->stat_self());
  bench.plan.clear();
  EXPECT_TRUE(bench.dir->list());
}

TEST(FaultFs, CountsChangesAndSyncsApart) {
  Bench bench;
  auto file = *bench.dir->open("a", Open::create);
  ASSERT_TRUE(file->write_at(0, as_bytes("x")));
  ASSERT_TRUE(file->stat());
  ASSERT_TRUE(file->sync());
  ASSERT_TRUE(bench.dir->sync());
  EXPECT_EQ(bench.plan.operations(), 5u);
  EXPECT_EQ(bench.plan.changes(), 4u);
  EXPECT_EQ(bench.plan.syncs(), 2u);
}

TEST(FaultFs, FilterChoosesWhatCounts) {
  Bench bench;
  std::vector<std::string> paths;
  bench.plan.set_filter([&](Op op, std::string_view path) {
    if (op == Op::write) paths.emplace_back(path);
    return op == Op::write;
  });
  bench.plan.fail_at(2, EIO);
  ASSERT_TRUE(bench.dir->make_dir("d", 0755));
  auto d = *bench.dir->open_dir("d");
  auto file = *d->open("a", Open::create);
  EXPECT_TRUE(file->write_at(0, as_bytes("x")));
  EXPECT_FALSE(file->write_at(1, as_bytes("yz")));
  EXPECT_EQ(paths, (std::vector<std::string>{"/d/a", "/d/a"}));
  EXPECT_EQ(bench.plan.operations(), 2u);
}

TEST(FaultFs, AFailingWriteLeavesHalf) {
  Bench bench;
  bench.plan.set_filter([](Op op, std::string_view) { return op == Op::write; });
  bench.plan.fail_at(1, ENOSPC);
  auto file = *bench.dir->open("a", Open::create);
  EXPECT_EQ(file->write_at(0, as_bytes("0123456789")).error().sys_errno, ENOSPC);
  EXPECT_EQ(get(bench.memory, "a"), "01234");
}

TEST(FaultFs, AShortReadGivesHalf) {
  Bench bench;
  auto file = *bench.dir->open("a", Open::create);
  ASSERT_TRUE(file->write_at(0, as_bytes("0123456789")));
  bench.plan.short_read_at(2);
  Bytes out(10);
  EXPECT_EQ(file->read_at(0, out), 10u);
  EXPECT_EQ(file->read_at(0, out), 5u);
  EXPECT_TRUE(bench.plan.triggered());
  EXPECT_EQ(file->read_at(0, out), 10u);
}

TEST(FaultFs, AfterAFailedSyncTheHandleLies) {
  bool lost = false;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    Bench bench;
    auto file = *bench.dir->open("a", Open::create);
    ASSERT_TRUE(bench.dir->sync());
    ASSERT_TRUE(file->write_at(0, as_bytes("x")));
    bench.plan.set_filter([](Op op, std::string_view) { return op == Op::sync_file; });
    bench.plan.fail_at(1, EIO);
    EXPECT_FALSE(file->sync());
    EXPECT_TRUE(file->sync()) << "as the kernel says, wrongly";
    SeededRandom random(seed);
    bench.memory.crash(random);
    lost = lost || get(bench.memory, "a") != "x";
  }
  EXPECT_TRUE(lost) << "whoever retries a sync must be found out";
}

TEST(FaultFs, AfterACrashNothingReachesTheDisk) {
  Bench bench;
  auto file = *bench.dir->open("a", Open::create);
  ASSERT_TRUE(file->write_at(0, as_bytes("old")));
  bench.plan.reset();
  bench.plan.crash_at(2);
  EXPECT_TRUE(bench.dir->list()) << "reading is no change";
  EXPECT_TRUE(bench.dir->make_dir("d", 0755));
  EXPECT_EQ(file->write_at(0, as_bytes("new")).error().sys_errno, EIO);
  EXPECT_TRUE(bench.plan.crashed());
  EXPECT_FALSE(bench.dir->list());
  EXPECT_FALSE(bench.dir->remove("a"));
  EXPECT_FALSE(file->sync());
  EXPECT_FALSE(bench.fs.open_dir("/"));
  EXPECT_EQ(get(bench.memory, "a"), "old");
}

TEST(FaultFs, CrashAtSyncHappensBeforeThatSync) {
  Bench bench;
  bench.plan.crash_at_sync(2);
  auto file = *bench.dir->open("a", Open::create);
  EXPECT_TRUE(file->sync());
  EXPECT_FALSE(bench.dir->sync());
  EXPECT_TRUE(bench.plan.crashed());
  EXPECT_EQ(bench.plan.syncs(), 2u);
}

TEST(FaultFs, RenameWorksBetweenItsOwnDirectories) {
  Bench bench;
  ASSERT_TRUE(bench.dir->make_dir("d", 0755));
  auto d = *bench.dir->open_dir("d");
  ASSERT_TRUE(bench.dir->open("a", Open::create));
  EXPECT_TRUE(bench.dir->rename("a", *d, "b", Replace::no));
  EXPECT_TRUE(d->stat("b"));
}

// Every operation fails in turn, with and without all that follow: the file is the old or the new one, the
// error is reported, and a success is a success.
TEST(FaultSweep, WriteFileDurablyIsOldOrNewUnderEveryFault) {
  for (auto span : {FaultPlan::Span::once, FaultPlan::Span::from_then_on}) {
    bool done = false;
    for (uint64_t k = 1; !done; ++k) {
      ASSERT_LT(k, 100u);
      Bench bench;
      ASSERT_TRUE(bench.dir->make_dir("d", 0755));
      ASSERT_TRUE(write_file_durably(*bench.dir, "d/a", as_bytes("old")));
      bench.plan.reset();
      bench.plan.fail_at(k, EIO, span);
      Status written = write_file_durably(*bench.dir, "d/a", as_bytes("new"), 0640);
      done = !bench.plan.triggered();
      EXPECT_EQ(written.has_value(), done) << k;
      std::string now = get(bench.memory, "d/a");
      EXPECT_TRUE(now == "new" || (now == "old" && !done)) << k << now;
    }
  }
}

// The power fails before every change in turn, with many outcomes each: the file is the old or the new one,
// and the new one once the write was acknowledged.
TEST(CrashSweep, WriteFileDurablyIsOldOrNewAfterEveryCrash) {
  int old_count = 0, new_count = 0;
  bool done = false;
  for (uint64_t k = 1; !done; ++k) {
    ASSERT_LT(k, 100u);
    for (uint64_t seed = 0; seed < 60; ++seed) {
      Bench bench;
      ASSERT_TRUE(write_file_durably(*bench.dir, "a", as_bytes("old")));
      bench.plan.reset();
      bench.plan.crash_at(k);
      bool written = write_file_durably(*bench.dir, "a", as_bytes("new"), 0640).has_value();
      done = !bench.plan.crashed();
      EXPECT_EQ(written, done);
      SeededRandom random(seed);
      bench.memory.crash(random);
      std::string now = get(bench.memory, "a");
      ASSERT_NE(now, "(none)") << k << "/" << seed;
      ++(now == "old" ? old_count : new_count);
      EXPECT_TRUE(now == "new" || (now == "old" && !written)) << k << "/" << seed << now;
      uint32_t mode = (*bench.memory.open_dir("/"))->stat("a")->mode;
      EXPECT_EQ(mode, now == "new" ? 0640u : 0600u);
    }
  }
  EXPECT_GT(old_count, 0);
  EXPECT_GT(new_count, 0);
}

// The counter-example that shows that the sweep can fail: without the sync of the file, it finds the damage.
TEST(CrashSweep, FindsAMissingSync) {
  auto careless = [](Dir& dir) -> Status {
    TRY(TRY(dir.open("t", Open::create))->write_at(0, as_bytes("new")));
    TRY(dir.rename("t", dir, "a", Replace::yes));
    return dir.sync();
  };
  bool damaged = false;
  for (uint64_t seed = 0; seed < 60; ++seed) {
    Bench bench;
    ASSERT_TRUE(write_file_durably(*bench.dir, "a", as_bytes("old")));
    ASSERT_TRUE(careless(*bench.dir));
    SeededRandom random(seed);
    bench.memory.crash(random);
    std::string now = get(bench.memory, "a");
    damaged = damaged || (now != "old" && now != "new");
  }
  EXPECT_TRUE(damaged);
}

// remove_tree may stop anywhere, but never removes anything outside, and ends its work when it is run again.
TEST(FaultSweep, RemoveTreeCanBeRunAgainAfterEveryFault) {
  bool done = false;
  for (uint64_t k = 1; !done; ++k) {
    ASSERT_LT(k, 200u);
    Bench bench;
    ASSERT_TRUE(make_dirs(*bench.dir, "tree/a/b", 0755));
    ASSERT_TRUE(bench.dir->open("tree/a/f", Open::create));
    ASSERT_TRUE(bench.dir->open("outside", Open::create));
    bench.plan.reset();
    bench.plan.fail_at(k, EIO);
    Status removed = remove_tree(*bench.dir, "tree");
    done = !bench.plan.triggered();
    EXPECT_EQ(removed.has_value(), done) << k;
    bench.plan.clear();
    EXPECT_TRUE(remove_tree(*bench.dir, "tree"));
    EXPECT_EQ(bench.dir->list()->size(), 1u);
  }
}

}  // namespace aplomb::fs
