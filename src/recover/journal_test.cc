// The journal comes back as it was saved, says when it is damaged, and is replaced as a whole or not at all.
#include "recover/journal.h"

#include <gtest/gtest.h>

#include <set>

#include "fs/fault_fs.h"
#include "fs/memory_fs.h"

namespace aplomb::recover {
namespace {

Journal example() {
  Journal journal;
  journal.id = "12ab34cd";
  journal.site = "town";
  journal.step = Step::sealed;
  journal.started = Time{42};
  journal.asked_point = "ab12";
  journal.whole = true;
  journal.overrides = {"not-proven"};
  journal.evidence = "ee";
  journal.point = "cc";
  journal.proven = true;
  journal.seconds_to_continuity = 1.5;
  journal.summary = "{\"changed\": []}";
  journal.service_stopped = true;
  return journal;
}

struct State {
  fs::MemoryFs memory;
  std::unique_ptr<fs::Dir> dir = std::move(*memory.make_dirs("/state", 0700));
};

}  // namespace

TEST(Journal, ComesBackAsItWasSaved) {
  State state;
  EXPECT_FALSE(load_journal(*state.dir)->has_value());
  ASSERT_TRUE(save_journal(*state.dir, example()));
  auto loaded = load_journal(*state.dir);
  ASSERT_TRUE(loaded && *loaded);
  const Journal& journal = **loaded;
  EXPECT_EQ(journal.id, "12ab34cd");
  EXPECT_EQ(journal.site, "town");
  EXPECT_EQ(journal.step, Step::sealed);
  EXPECT_EQ(journal.started, Time{42});
  EXPECT_EQ(journal.asked_point, "ab12");
  EXPECT_TRUE(journal.whole);
  EXPECT_EQ(journal.overrides, std::vector<std::string>{"not-proven"});
  EXPECT_EQ(journal.evidence, "ee");
  EXPECT_EQ(journal.point, "cc");
  EXPECT_TRUE(journal.proven);
  EXPECT_EQ(journal.seconds_to_continuity, 1.5);
  EXPECT_EQ(journal.summary, "{\"changed\": []}");
  EXPECT_TRUE(journal.service_stopped);
}

TEST(Journal, EveryStepHasAName) {
  std::set<std::string_view> names;
  for (int step = 0; step <= static_cast<int>(Step::confirmed); ++step) {
    State state;
    Journal journal = example();
    journal.step = static_cast<Step>(step);
    ASSERT_TRUE(save_journal(*state.dir, journal));
    EXPECT_EQ(load_journal(*state.dir).value()->step, journal.step);
    EXPECT_TRUE(names.insert(name(journal.step)).second) << step;
  }
}

TEST(Journal, DamageIsAnErrorAndNotAnAbsence) {
  State state;
  ASSERT_TRUE(save_journal(*state.dir, example()));
  auto bytes = fs::read_file(*state.dir, "recovery/journal", 1 << 20);
  ASSERT_TRUE(bytes);
  for (size_t cut : {size_t{0}, size_t{1}, bytes->size() / 2, bytes->size() - 3}) {
    ASSERT_TRUE(fs::write_file_durably(*state.dir, "recovery/journal", ByteView(*bytes).first(cut)));
    auto loaded = load_journal(*state.dir);
    ASSERT_FALSE(loaded) << cut;
    EXPECT_EQ(loaded.error().code, Code::corrupt);
  }
  for (std::string_view text : {R"({"version": 9})", R"({"version": 0, "step": 99})", "[]"}) {
    ASSERT_TRUE(fs::write_file_durably(*state.dir, "recovery/journal", as_bytes(text)));
    EXPECT_FALSE(load_journal(*state.dir)) << text;
  }
}

TEST(Journal, IsTheOldOneOrTheNewOneWheneverThePowerFails) {
  for (uint64_t k = 1;; ++k) {
    State state;
    Journal journal = example();
    ASSERT_TRUE(save_journal(*state.dir, journal));
    fs::FaultPlan plan;
    fs::FaultFs fault(state.memory, plan);
    auto dir = fault.open_dir("/state");
    plan.crash_at(k);
    journal.step = Step::switching;
    Status saved = save_journal(**dir, journal);
    if (!plan.crashed()) break;
    SeededRandom random(k);
    state.memory.crash(random);
    auto loaded = load_journal(**state.memory.open_dir("/state"));
    ASSERT_TRUE(loaded && *loaded) << k;
    EXPECT_TRUE((*loaded)->step == Step::sealed || (*loaded)->step == Step::switching) << k;
    if (saved) {
      EXPECT_EQ((*loaded)->step, Step::switching);
    }
  }
}

// A journal without its plan would be a recovery that can neither be ended nor undone.
TEST(Journal, NeverOutlivesItsPlan) {
  for (uint64_t k = 1;; ++k) {
    State state;
    ASSERT_TRUE(save_switch_plan(*state.dir, SwitchPlan()));
    ASSERT_TRUE(save_journal(*state.dir, example()));
    fs::FaultPlan plan;
    fs::FaultFs fault(state.memory, plan);
    auto dir = fault.open_dir("/state");
    plan.crash_at(k);
    Status removed = remove_journal(**dir);
    if (!plan.crashed()) {
      EXPECT_TRUE(removed);
      EXPECT_FALSE(load_journal(*state.dir)->has_value());
      break;
    }
    SeededRandom random(k);
    state.memory.crash(random);
    auto again = state.memory.open_dir("/state");
    auto loaded = load_journal(**again);
    ASSERT_TRUE(loaded) << k;
    if (loaded->has_value()) {
      EXPECT_TRUE(load_switch_plan(**again)) << k;
    }
    EXPECT_TRUE(remove_journal(**again)) << k;
  }
}

}  // namespace aplomb::recover
