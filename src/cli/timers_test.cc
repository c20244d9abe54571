#include "cli/timers.h"

#include <gtest/gtest.h>

namespace aplomb::cli {
namespace {

std::vector<std::string> names(const std::string& vault) {
  std::vector<std::string> found;
  for (const Unit& unit : timer_units(plan_timers("/etc/aplomb/aplomb.toml", vault)))
    found.push_back(unit.name);
  return found;
}

TEST(Timers, DoWhatTheVaultAllowsHere) {
  EXPECT_EQ(names("file:/srv/vault").size(), 6u);
  EXPECT_EQ(names("s3://bucket/x").size(), 4u) << "the keeper's credentials are elsewhere";
  EXPECT_EQ(names("ssh://a@b/c"), (std::vector<std::string>{"aplomb-backup.service", "aplomb-backup.timer"}));
}

TEST(Timers, APathIsOneWordWhateverItHolds) {
  TimerPlan plan{"/opt/a \"b\"/aplomb", "/etc/100%/$x.toml", false, false};
  const std::string text = timer_units(plan).front().text;
  EXPECT_NE(text.find(R"(ExecStart="/opt/a \"b\"/aplomb" --config "/etc/100%%/$$x.toml" backup)"),
            std::string::npos)
      << text;
  plan.program = "/opt/it's/aplomb";
  EXPECT_EQ(cron_lines(plan), R"(0 3 * * * '/opt/it'\''s/aplomb' --config '/etc/100\%/$x.toml' backup)");
}

TEST(Timers, TheProgramIsTheOneThatRuns) {
  EXPECT_TRUE(plan_timers("/etc/x", "file:/v").program.ends_with("cli_test"));
}

}  // namespace
}  // namespace aplomb::cli
