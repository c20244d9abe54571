// The switch: every kind of move done, done twice, undone, and killed at every operation with loss of power,
// on a small site that holds each case.
#include "recover/switch_plan.h"

#include <gtest/gtest.h>

#include "fs/test_targets.h"
#include "recover/staging.h"
#include "recover/test_tree.h"

namespace aplomb::recover {
namespace {

constexpr int64_t kOld = 1'600'000'000'000'000'000;

vault::Node file_node(uint32_t mode = 0644) {
  vault::Node node;
  node.name = "file";
  node.mode = mode;
  node.uid = geteuid();
  node.gid = getegid();
  node.mtime_ns = kOld;
  return node;
}

vault::Node folder_node(uint32_t mode) {
  vault::Node node = file_node(mode);
  node.type = fs::FileType::directory;
  return node;
}

void write(fs::Dir& dir, const std::string& path, std::string_view text) {
  ASSERT_TRUE(fs::write_file_durably(dir, path, as_bytes(text), 0644)) << path;
}

// A hacked site in base/site, durable, and the plan that puts it right, prepared under base/state.
struct Bench {
  Bench(fs::Fs& where, const std::string& base) : files(where), site(base + "/site"), state(base + "/state") {
    EXPECT_TRUE(files.make_dirs(state, 0700));
    dir = std::move(*files.make_dirs(site, 0755));
    for (const char* folder : {"data", "uploads", "uploads/dropped", "uploads/dropped/deep", "theme"})
      EXPECT_TRUE(dir->make_dir(folder, 0777));
    write(*dir, "index.php", "hacked");
    write(*dir, "shell.php", "MARKER");
    write(*dir, "uploads/a.jpg", "picture");
    write(*dir, "uploads/evil.php", "MARKER");
    write(*dir, "uploads/dropped/deep/x.php", "MARKER");
    write(*dir, "conf", "a file where a folder was");
    write(*dir, "theme/x.php", "in a folder where a file was");
    write(*dir, "data/town.db", "hacked rows");
    EXPECT_TRUE(dir->make_symlink("/etc", "link"));
    for (const char* folder : {"uploads/dropped/deep", "uploads/dropped", "uploads", "theme", "data", ""}) {
      EXPECT_TRUE(dir->set_mtime(folder, kOld + kSecond));
      EXPECT_TRUE((*dir->open_dir(folder))->sync());
    }
    original = tree_of(files, site, Times::compared);
    prepare();
  }

  // In the order in which file_plan.h puts them.
  void prepare() {
    Staging staging(files, state, "test");
    EXPECT_TRUE(staging.open({site}));
    for (const char* path :
         {"conf", "link", "shell.php", "theme/x.php", "uploads/dropped/deep/x.php", "uploads/evil.php"})
      EXPECT_TRUE(staging.remove(0, path));
    for (const char* path : {"uploads/dropped/deep", "theme", "uploads/dropped"})
      EXPECT_TRUE(staging.remove_dir(0, path));
    EXPECT_TRUE(staging.make_dir(0, "conf", folder_node(0750)));
    EXPECT_TRUE(staging.make_dir(0, "lib", folder_node(0755)));
    EXPECT_TRUE(staging.make_dir(0, "lib/inner", folder_node(0700)));
    for (const char* path : {"conf/local.php", "index.php", "lib/core.php", "lib/inner/more.php", "theme"})
      EXPECT_TRUE(staging.put_bytes(0, path, as_bytes("clean " + std::string(path)), file_node(0640)));
    EXPECT_TRUE(staging.attributes(0, "uploads", folder_node(0755)));
    for (const char* side : {"-wal", "-shm", "-journal"})
      EXPECT_TRUE(staging.remove(0, "data/town.db" + std::string(side)));
    EXPECT_TRUE(staging.put_bytes(0, "data/town.db", as_bytes("clean rows"), file_node()));
    auto finished = staging.finish();
    EXPECT_TRUE(finished);
    if (finished) plan = *finished;
    EXPECT_TRUE(staging.problems().empty());
  }

  static Tree wanted() {
    return {{"", "1 755 "},
            {"conf", "1 750 "},
            {"conf/local.php", "0 640 clean conf/local.php"},
            {"data", "1 777 "},
            {"index.php", "0 640 clean index.php"},
            {"lib", "1 755 "},
            {"lib/core.php", "0 640 clean lib/core.php"},
            {"lib/inner", "1 700 "},
            {"lib/inner/more.php", "0 640 clean lib/inner/more.php"},
            {"theme", "0 640 clean theme"},
            {"data/town.db", "0 644 clean rows"},
            {"uploads", "1 755 "},
            {"uploads/a.jpg", "0 644 picture"}};
  }
  void expect_wanted(const std::string& where) { EXPECT_EQ(tree_of(files, site), wanted()) << where; }
  void expect_original(const std::string& where) {
    EXPECT_EQ(tree_of(files, site, Times::compared), original) << where;
  }

  fs::Fs& files;
  const std::string site, state;
  std::unique_ptr<fs::Dir> dir;
  SwitchPlan plan;
  Tree original;
};

template <typename Target>
class SwitchPlanOn : public testing::Test {
 protected:
  Target target;
  Bench bench_{target.fs(), target.root()};
};
using Targets = testing::Types<fs::PosixTarget, fs::MemoryTarget>;
TYPED_TEST_SUITE(SwitchPlanOn, Targets, fs::TargetNames);

}  // namespace

TYPED_TEST(SwitchPlanOn, BringsWhatIsWantedAndNothingElse) {
  ASSERT_TRUE(carry_out(this->bench_.files, this->bench_.plan));
  this->bench_.expect_wanted("carried out");
}

TYPED_TEST(SwitchPlanOn, CarriedOutTwiceIsCarriedOutOnce) {
  ASSERT_TRUE(carry_out(this->bench_.files, this->bench_.plan));
  ASSERT_TRUE(carry_out(this->bench_.files, this->bench_.plan));
  this->bench_.expect_wanted("carried out twice");
}

TYPED_TEST(SwitchPlanOn, TakenBackIsTheOriginalToTheByte) {
  ASSERT_TRUE(carry_out(this->bench_.files, this->bench_.plan));
  ASSERT_TRUE(take_back(this->bench_.files, this->bench_.plan));
  this->bench_.expect_original("taken back");
  ASSERT_TRUE(take_back(this->bench_.files, this->bench_.plan));
  this->bench_.expect_original("taken back twice");
}

TYPED_TEST(SwitchPlanOn, TakingBackWhatWasNeverDoneChangesNothing) {
  ASSERT_TRUE(take_back(this->bench_.files, this->bench_.plan));
  this->bench_.expect_original("nothing was done");
}

TYPED_TEST(SwitchPlanOn, CanBeDoneAgainAfterItWasTakenBack) {
  ASSERT_TRUE(carry_out(this->bench_.files, this->bench_.plan));
  ASSERT_TRUE(take_back(this->bench_.files, this->bench_.plan));
  ASSERT_TRUE(carry_out(this->bench_.files, this->bench_.plan));
  this->bench_.expect_wanted("done again");
  ASSERT_TRUE(take_back(this->bench_.files, this->bench_.plan));
  this->bench_.expect_original("taken back again");
}

TYPED_TEST(SwitchPlanOn, StagingGoesAndMayBeGone) {
  ASSERT_TRUE(remove_staging(this->bench_.files, this->bench_.plan));
  EXPECT_TRUE(this->bench_.files.open_dir(this->bench_.state).value()->list()->empty());
  ASSERT_TRUE(remove_staging(this->bench_.files, this->bench_.plan));
  Status late = carry_out(this->bench_.files, this->bench_.plan);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::not_found);
  this->bench_.expect_original("nothing prepared");
}

// An intruder who is still there, or a cache that is filled, between two runs.
TYPED_TEST(SwitchPlanOn, WhatComesBackBetweenTwoRunsGoesAgain) {
  Bench& bench = this->bench_;
  ASSERT_TRUE(carry_out(bench.files, bench.plan));
  write(*bench.dir, "shell.php", "MARKER again");
  write(*bench.dir, "data/town.db-wal", "rows of the intruder");
  ASSERT_TRUE(bench.dir->make_symlink("/etc", "link"));
  ASSERT_TRUE(carry_out(bench.files, bench.plan));
  bench.expect_wanted("came back once");
  write(*bench.dir, "shell.php", "MARKER a third time");
  ASSERT_TRUE(carry_out(bench.files, bench.plan));
  bench.expect_wanted("came back twice");
  ASSERT_TRUE(take_back(bench.files, bench.plan));
  bench.expect_original("undone: what was there at first");
}

TYPED_TEST(SwitchPlanOn, WhatTheSiteWroteAfterTheSwitchDoesNotMixWithWhatIsTakenBack) {
  Bench& bench = this->bench_;
  ASSERT_TRUE(carry_out(bench.files, bench.plan));
  write(*bench.dir, "shell.php", "written after the switch");
  write(*bench.dir, "index.php", "edited after the switch");
  write(*bench.dir, "conf/cache", "written into a folder that must go");
  write(*bench.dir, "data/town.db-wal", "transactions of the new database, fatal to the old one");
  ASSERT_TRUE(take_back(bench.files, bench.plan));
  bench.expect_original("taken back");
}

TYPED_TEST(SwitchPlanOn, OnceTakenBackWhatTheSiteWritesIsItsOwn) {
  Bench& bench = this->bench_;
  ASSERT_TRUE(carry_out(bench.files, bench.plan));
  ASSERT_TRUE(take_back(bench.files, bench.plan));
  write(*bench.dir, "data/town.db-wal", "transactions of the old database");
  ASSERT_TRUE(take_back(bench.files, bench.plan));
  EXPECT_EQ(tree_of(bench.files, bench.site).at("data/town.db-wal"),
            "0 644 transactions of the old database");
}

TYPED_TEST(SwitchPlanOn, ARestoredFileThatWentDoesNotCostTheOriginal) {
  Bench& bench = this->bench_;
  ASSERT_TRUE(carry_out(bench.files, bench.plan));
  ASSERT_TRUE(bench.dir->remove("index.php"));
  ASSERT_TRUE(take_back(bench.files, bench.plan));
  bench.expect_original("taken back");
  ASSERT_TRUE(take_back(bench.files, bench.plan));
  bench.expect_original("taken back twice");
}

TYPED_TEST(SwitchPlanOn, AFolderThatWentIsMadeAgainForWhatBelongsInIt) {
  Bench& bench = this->bench_;
  ASSERT_TRUE(carry_out(bench.files, bench.plan));
  ASSERT_TRUE(fs::remove_tree(*bench.dir, "uploads"));
  ASSERT_TRUE(take_back(bench.files, bench.plan));
  EXPECT_EQ(tree_of(bench.files, bench.site).at("uploads/evil.php"), "0 644 MARKER");
}

TYPED_TEST(SwitchPlanOn, ALinkPlantedAtAFolderIsNotFollowed) {
  Bench& bench = this->bench_;
  std::string outside = bench.state + "/outside";
  auto other = bench.files.make_dirs(outside, 0755);
  ASSERT_TRUE(other);
  write(**other, "evil.php", "not the site's");
  Tree before = tree_of(bench.files, outside);
  ASSERT_TRUE(fs::remove_tree(*bench.dir, "uploads"));
  ASSERT_TRUE(bench.dir->make_symlink(outside, "uploads"));
  Status refused = carry_out(bench.files, bench.plan);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().where.find("uploads/"), std::string::npos) << refused.error().where;
  EXPECT_EQ(tree_of(bench.files, outside), before);
  // Once the link is gone, it goes on.
  ASSERT_TRUE(bench.dir->remove("uploads"));
  ASSERT_TRUE(carry_out(bench.files, bench.plan));
  EXPECT_EQ(tree_of(bench.files, bench.site).at("index.php"), "0 640 clean index.php");
}

// ---- killed and without power, at every change ----

namespace {

using Act = Status (*)(fs::Fs&, const SwitchPlan&);
constexpr uint64_t kSeeds = 6;

struct Sweep {
  Act killed, then;
  bool carried_out_before;
  bool ends_as_wanted;
};

// One kill: false when the run was over before its k-th change.
bool kill_at(const Sweep& sweep, uint64_t k, uint64_t seed) {
  std::string where = fmt::format("change {}, seed {}", k, seed);
  fs::MemoryFs memory;
  Bench bench(memory, "/base");
  if (sweep.carried_out_before) {
    EXPECT_TRUE(carry_out(memory, bench.plan));
    write(*bench.dir, "shell.php", "written after the switch");
    write(*bench.dir, "data/town.db-wal", "transactions of the new database");
  }
  fs::FaultPlan faults;
  fs::FaultFs fault(memory, faults);
  faults.crash_at(k);
  Status killed = sweep.killed(fault, bench.plan);
  EXPECT_EQ(killed.has_value(), !faults.crashed()) << where;
  bool happened = faults.crashed();
  SeededRandom random(seed);
  memory.crash(random);
  Status done = sweep.then(memory, bench.plan);
  EXPECT_TRUE(done) << where << ": " << done.error().what;
  sweep.ends_as_wanted ? bench.expect_wanted(where) : bench.expect_original(where);
  memory.crash(random);
  sweep.ends_as_wanted ? bench.expect_wanted(where + ", then again without power")
                       : bench.expect_original(where + ", then again without power");
  return happened;
}

void sweep_all(const Sweep& sweep) {
  uint64_t kills = 0;
  for (uint64_t k = 1;; ++k) {
    bool happened = false;
    for (uint64_t seed = 1; seed <= kSeeds; ++seed) happened = kill_at(sweep, k, k * 100 + seed);
    if (!happened || testing::Test::HasFailure()) break;
    ++kills;
  }
  EXPECT_GT(kills, 20u);
}

}  // namespace

TEST(SwitchPlanCrash, KilledWhileCarriedOutIsRolledForward) {
  sweep_all({carry_out, carry_out, false, true});
}
TEST(SwitchPlanCrash, KilledWhileCarriedOutIsTakenBack) {
  sweep_all({carry_out, take_back, false, false});
}
TEST(SwitchPlanCrash, KilledWhileTakenBackIsTakenBack) {
  sweep_all({take_back, take_back, true, false});
}
TEST(SwitchPlanCrash, KilledWhileTakenBackIsRolledForward) {
  sweep_all({take_back, carry_out, true, true});
}

// A disk that fails once: the run says so, or it did its work all the same; the next one ends it.
TEST(SwitchPlanFault, AnErrorIsNeverTakenForDone) {
  for (bool back : {false, true}) {
    Act act = back ? take_back : carry_out;
    for (uint64_t k = 1;; ++k) {
      std::string where = fmt::format("{} operation {}", back ? "undo" : "do", k);
      fs::MemoryFs memory;
      Bench bench(memory, "/base");
      Status status;
      if (back) status = carry_out(memory, bench.plan);
      ASSERT_TRUE(status);
      fs::FaultPlan faults;
      fs::FaultFs fault(memory, faults);
      // An attribute that cannot be set is a problem that is told, not an error.
      faults.set_filter([](fs::Op op, std::string_view) { return op != fs::Op::attributes; });
      faults.fail_at(k, EIO);
      status = act(fault, bench.plan);
      if (!faults.triggered()) break;
      if (!status) status = act(memory, bench.plan);
      ASSERT_TRUE(status) << where << ": " << status.error().what;
      ASSERT_EQ(tree_of(memory, bench.site, back ? Times::compared : Times::ignored),
                back ? bench.original : Bench::wanted())
          << where;
    }
  }
}

// ---- the plan as bytes ----

TEST(SwitchPlanBytes, ComeBackAsTheyWere) {
  fs::MemoryFs memory;
  Bench bench(memory, "/base");
  auto again = decode_switch_plan(encode(bench.plan));
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_EQ(*again, bench.plan);
}

TEST(SwitchPlanBytes, DamageAnywhereIsSeen) {
  fs::MemoryFs memory;
  Bench bench(memory, "/base");
  Bytes bytes = encode(bench.plan);
  for (size_t i = 0; i < bytes.size(); ++i) {
    EXPECT_FALSE(decode_switch_plan(ByteView(bytes).first(i))) << "cut at " << i;
    Bytes flipped = bytes;
    flipped[i] ^= 0x10;
    EXPECT_FALSE(decode_switch_plan(flipped)) << "flipped at " << i;
  }
}

TEST(SwitchPlanBytes, AMoveOutsideTheAreasIsRefused) {
  fs::MemoryFs memory;
  Bench bench(memory, "/base");
  SwitchPlan move = bench.plan, folder = bench.plan;
  move.moves[0].area = 1;
  folder.folders[0].area = 1;
  EXPECT_FALSE(decode_switch_plan(encode(move)));
  EXPECT_FALSE(decode_switch_plan(encode(folder)));
}

}  // namespace aplomb::recover
