// Rules of YARA with real confined children.
#include "scan/user_rules.h"

#include <gtest/gtest.h>

namespace aplomb::scan {
namespace {

constexpr char kRules[] = R"(
rule Tagged { meta: description = "our tag" strings: $a = "APLOMB-INERT-TAG" condition: $a }
rule Known { meta: level = "malicious" strings: $a = /known[0-9]+/ condition: $a }
rule Named { condition: filename == "x.php" or filesize == 7 }
private rule Hidden { condition: true }
)";

using Files = std::vector<RuleFile>;

std::vector<Finding> match(UserRules& rules, std::string_view content) {
  auto findings = rules.match(as_bytes(content));
  EXPECT_TRUE(findings) << findings.error().what;
  return findings.value_or(std::vector<Finding>());
}

TEST(UserRules, SayWhatFitsAndWhere) {
  UserRules rules(Files{{"own.yar", kRules}});
  ASSERT_TRUE(rules.check()) << rules.check().error().what;
  EXPECT_TRUE(match(rules, "<?php // harmless").empty());
  auto tagged = match(rules, "a\nb APLOMB-INERT-TAG\n");
  ASSERT_EQ(tagged.size(), 1U);
  EXPECT_EQ(tagged[0].level, Level::suspicious);
  EXPECT_EQ(tagged[0].line, 2U);
  EXPECT_EQ(tagged[0].reason.text(), "your rule Tagged fits: our tag");
  auto known = match(rules, "known42");
  ASSERT_EQ(known.size(), 2U);  // seven bytes: Named fits as well
  EXPECT_EQ(known[0].level, Level::malicious);
}

TEST(UserRules, NameTheFirstMistakeWithFileAndLine) {
  UserRules rules(
      {{"good.yar", kRules}, {"bad.yar", "rule A { condition: true }\nrule B { condition: nonsense }"}});
  auto checked = rules.check();
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, Code::config);
  EXPECT_EQ(checked.error().where, "bad.yar");
  EXPECT_NE(checked.error().what.find("line 2"), std::string::npos);
}

TEST(UserRules, OpenNoFiles) {
  UserRules rules(Files{{"own.yar", "include \"/etc/passwd\"\nrule A { condition: true }"}});
  EXPECT_FALSE(rules.check());
}

TEST(UserRules, OfTwoFilesMayHaveOneName) {
  UserRules rules(Files{{"a.yar", kRules}, {"b.yar", kRules}});
  EXPECT_TRUE(rules.check());
  EXPECT_EQ(match(rules, "APLOMB-INERT-TAG!").size(), 2U);
}

// An endless rule costs its file, and says so; the next file is matched again.
TEST(UserRules, ThatTakeTooLongAreNeverClean) {
  const char* slow =
      "rule S { condition: uint8(0) == 0x41 and for any i in (0..9223372036854775800) : (uint8(i) == 300) }";
  UserRules rules(Files{{"slow.yar", slow}}, {1, 1500});
  auto findings = match(rules, "A");
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].level, Level::opaque);
  EXPECT_EQ(findings[0].rule, "user-rules-stopped");
  EXPECT_TRUE(match(rules, "B").empty());
}

}  // namespace
}  // namespace aplomb::scan
