#include "incident/plan_papers.h"

#include <gtest/gtest.h>

namespace aplomb::incident {
namespace {

PlanInput input() {
  PlanInput in;
  in.site = "mairie";
  in.machine = "web1";
  in.date = "27/11/2026";
  in.protection = "not protected against root";
  return in;
}

TEST(PlanPapers, TheCardHasTheFirstFiveCommandsAndTheThreeQuestions) {
  auto papers = plan_papers(input());
  ASSERT_EQ(papers.size(), 3u);
  std::string card = to_html(papers[1], plan_words());
  for (const char* command :
       {"aplomb incident open mairie", "aplomb incident next mairie", "aplomb clean-point mairie",
        "aplomb recover mairie", "aplomb incident report mairie"})
    EXPECT_NE(card.find(command), std::string::npos) << command;
  EXPECT_NE(card.find("What do you see?"), std::string::npos);
}

TEST(PlanPapers, SayWhatIsNotKnownAndHowWellTheSiteIsProtected) {
  std::string plan = to_html(plan_papers(input())[0], plan_words());
  EXPECT_NE(plan.find("to fill in"), std::string::npos);
  EXPECT_NE(plan.find("not protected against root"), std::string::npos);
}

TEST(PlanPapers, TheStaffSheetHasSevenAdvices) {
  auto papers = plan_papers(input());
  EXPECT_EQ(papers[2].sections[0].items.size(), 7u);
}

}  // namespace
}  // namespace aplomb::incident
