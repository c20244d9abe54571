#include "incident/steps.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace aplomb::incident {
namespace {

// Every combination of what decides.
template <typename Visit>
void for_every_state(const Visit& visit) {
  const std::vector<std::string> what = {"", "defaced", "unknown"}, reach = {"", "yes", "no", "unknown"},
                                 active = {"", "site", "network"};
  for (const std::string& first : what)
    for (const std::string& second : reach)
      for (const std::string& third : active)
        for (unsigned bits = 0; bits < 1u << 10; ++bits) {
          Known known;
          known.site = "town";
          known.open = bits & 1;
          if (bits & 2) known.evidence = "abc";
          known.carried_out = bits & 4;
          known.confirmed = bits & 8;
          const char* steps[] = {"tell", "look", "passwords", "notify", "complain"};
          for (unsigned i = 0; i < 5; ++i)
            if (bits >> (4 + i) & 1) known.done.insert(steps[i]);
          known.elsewhere = bits >> 9 & 1;
          if (!first.empty()) known.answers["what"] = first;
          if (!second.empty()) known.answers["reach"] = second;
          if (!third.empty()) known.answers["active"] = third;
          visit(known);
        }
}

TEST(Steps, EveryStateHasOneNextStepAndItsWords) {
  for_every_state([](const Known& known) {
    const Step next = next_step(known);
    EXPECT_EQ(next == Step::finished, !known.open);
    if (next == Step::finished) return;
    EXPECT_TRUE(needed(next, known));
    EXPECT_FALSE(is_done(next, known));
    StepText text = text_of(next, known);
    EXPECT_FALSE(text.title.empty() || text.why.empty() || text.who.empty() || text.how_long.empty() ||
                 text.never.empty() || text.commands.empty())
        << name(next);
  });
}

TEST(Steps, NothingChangesTheSiteBeforeTheEvidenceIsSealed) {
  for_every_state([](const Known& known) {
    if (known.open && known.evidence.empty()) EXPECT_EQ(next_step(known), Step::seal);
  });
}

TEST(Steps, DoingWhatIsShownLeadsToTheEndInFifteen) {
  for_every_state([](const Known& start) {
    Known known = start;
    known.open = true;
    size_t actions = 0;
    for (Step step; (step = next_step(known)) != Step::finished; ++actions) {
      ASSERT_LT(actions, 15u);
      if (find_question(name(step)))
        known.answers[std::string(name(step))] = "unknown";
      else if (step == Step::seal)
        known.evidence = "abc";
      else if (step == Step::recover)
        known.carried_out = true;
      else if (step == Step::confirm)
        known.confirmed = true;
      else if (step == Step::close)
        known.open = false;
      else
        known.done.insert(std::string(name(step)));
    }
  });
}

TEST(Steps, FromAnotherMachineTheServerIsTakenOffTheNetworkFirstAndNothingIsUndone) {
  Known known;
  known.site = "town";
  known.open = known.elsewhere = true;
  known.evidence = "abc";
  EXPECT_EQ(next_step(known), Step::isolate);
  EXPECT_FALSE(needed(Step::confirm, known));
  EXPECT_NE(text_of(Step::recover, known).commands[0].find("--to"), std::string::npos);
  known.elsewhere = false;
  EXPECT_EQ(next_step(known), Step::what);
}

TEST(Steps, NoNoticeWithoutDataOfPeople) {
  Known known;
  known.answers["reach"] = "no";
  EXPECT_FALSE(needed(Step::notify, known));
  known.answers["reach"] = "unknown";
  EXPECT_TRUE(needed(Step::notify, known)) << "unknown is not no";
}

TEST(Steps, NamesAndAnswersAreFoundAgain) {
  for (size_t i = 0; i < kSteps; ++i) EXPECT_EQ(parse_step(name(static_cast<Step>(i))), static_cast<Step>(i));
  EXPECT_FALSE(parse_step("nonsense"));
  const Question& what = *find_question("what");
  EXPECT_EQ(parse_answer(what, "1"), "defaced");
  EXPECT_EQ(parse_answer(what, "encrypted"), "encrypted");
  EXPECT_FALSE(parse_answer(what, "0"));
  EXPECT_FALSE(parse_answer(what, "8"));
}

TEST(Steps, WhatAplombSawIsShownWithTheQuestion) {
  Known known;
  known.site = "town";
  known.guessed_kind = "encrypted";
  auto how = text_of(Step::what, known).how;
  EXPECT_EQ(std::ranges::count_if(
                how, [](const std::string& line) { return line.find("points to") != std::string::npos; }),
            1);
}

}  // namespace
}  // namespace aplomb::incident
