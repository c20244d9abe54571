#include "incident/deadlines.h"

#include <gtest/gtest.h>

#include "fs/posix_fs.h"

namespace aplomb::incident {
namespace {

constexpr const char* kRule =
    "name = \"cnil\"\nhours = 72\nwhen = \"personal-data\"\nstep = \"notify\"\nsource = \"RGPD, article "
    "33\"\n"
    "[fr]\ntitle = \"CNIL\"\n[en]\ntitle = \"CNIL\"\n";

TEST(Deadlines, RunFromTheMomentOfKnowledge) {
  std::vector<DeadlineRule> rules = {*parse_deadline(kRule, "cnil.toml")};
  Known known;
  known.knowledge = *parse_iso("2026-11-27T20:00:00Z");
  known.now = *parse_iso("2026-11-28T21:30:00Z");
  auto found = deadlines_of(rules, known);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(to_iso(found[0].due), "2026-11-30T20:00:00Z");
  EXPECT_EQ(found[0].hours_left, 46);
  EXPECT_FALSE(found[0].done);
  known.now = *parse_iso("2026-11-30T20:30:00Z");
  EXPECT_EQ(deadlines_of(rules, known)[0].hours_left, -1);
  known.done.insert("notify");
  EXPECT_TRUE(deadlines_of(rules, known)[0].done);
  known.answers["reach"] = "no";
  EXPECT_TRUE(deadlines_of(rules, known).empty());
}

TEST(Deadlines, AFileThatSaysTooLittleIsRefused) {
  for (const char* text :
       {"", "name = \"x\"\nhours = 72\n[fr]\ntitle = \"a\"\n[en]\ntitle = \"a\"\n",
        "name = \"x\"\nsource = \"y\"\n[fr]\ntitle = \"a\"\n[en]\ntitle = \"a\"\n",
        "name = \"x\"\nsource = \"y\"\nhours = 1\nstep = \"nonsense\"\n[fr]\ntitle = \"a\"\n[en]\ntitle = "
        "\"a\"\n",
        "name = \"x\"\nsource = \"y\"\nhours = 1\nunknown = 1\n[fr]\ntitle = \"a\"\n[en]\ntitle = \"a\"\n"})
    EXPECT_EQ(parse_deadline(text, "x.toml").error().code, Code::config) << text;
}

TEST(Deadlines, OurOwnFilesAreRightAndNameTheirSource) {
  fs::PosixFs posix;
  auto rules = load_deadlines(posix, APLOMB_DEADLINES);
  ASSERT_TRUE(rules) << rules.error().what;
  EXPECT_EQ(rules->size(), 2u);
  for (const DeadlineRule& rule : *rules) EXPECT_FALSE(rule.checked.empty()) << rule.name;
}

}  // namespace
}  // namespace aplomb::incident
