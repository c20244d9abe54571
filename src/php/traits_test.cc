// The traits: what counts is what stands close together, in any spelling, and nothing lowers the score.
#include "php/traits.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "php/fixtures.h"

namespace aplomb::php {
namespace {

using test::find;
using test::listed;
using test::php;

// The shape of an old web shell, without its teeth: nothing of the visitor's reaches anything.
constexpr std::string_view kShell =
    "<?php error_reporting(0); set_time_limit(0); ignore_user_abort(1); echo 'shell coded by marker'; echo "
    "getcwd(); "
    "echo php_uname(); if ($_POST) { system('date'); passthru('date'); } fputs($h, str_rot13('x')); "
    "mysql_connect('a'); mysql_select_db('b');";

int score(std::string_view code) {
  return traits(code, Dialect::modern, Start::html).score;
}

TEST(Traits, NameWhatStandsTogether) {
  Analysis analysis = php(kShell);
  const Finding* found = find(analysis, "php-shell-traits", Level::suspicious);
  ASSERT_NE(found, nullptr) << listed(analysis);
  EXPECT_NE(found->reason.text().find("str_rot13()"), std::string::npos) << found->reason.text();
}

TEST(Traits, NothingThatIsAddedLowersTheScore) {
  std::string honest;
  for (int i = 0; i < 3000; ++i) honest += "$total = add($total, $row['price']); /* a comment */\n";
  std::string padded = std::string(kShell) + honest;
  std::string buried = "<?php " + honest + std::string(kShell.substr(5));
  EXPECT_GE(score(padded), score(kShell));
  EXPECT_GE(score(buried), score(kShell));
}

TEST(Traits, DoNotAddUpOverALargeFile) {
  std::string code = "<?php ";
  for (std::string_view piece :
       {"error_reporting(0);", "set_time_limit(0);", "echo getcwd();", "system('date');", "fputs($h, 'x');",
        "str_rot13('x');", "mysql_connect('a');", "passthru('date');"}) {
    code += piece;
    for (int i = 0; i < 600; ++i) code += "$total = add($total, $row['price']);\n";
  }
  EXPECT_LT(score(code), kTraitThreshold);
}

TEST(Traits, AreFoundInWhatTheCodeDecodes) {
  Analysis analysis = php("<?php eval(strrev('" + std::string(std::string("'echo\\';").size(), ' ') + "'));");
  EXPECT_EQ(find(analysis, "php-shell-traits", Level::suspicious), nullptr);
  std::string hex;
  for (char c : kShell.substr(5)) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  analysis = php("<?php eval(hex2bin('" + hex + "'));");
  const Finding* found = find(analysis, "php-shell-traits", Level::suspicious);
  ASSERT_NE(found, nullptr) << listed(analysis);
  EXPECT_EQ(found->line, 1u);
}

TEST(Traits, OfOrdinaryCodeAreFew) {
  EXPECT_LT(
      score("<?php session_start(); $db = mysqli_connect('a'); if ($_POST) { mail($to, 's', $_POST['t']); }"),
      kTraitThreshold / 2);
  EXPECT_EQ(score("<?php namespace A; final class B { public function c(): int { return 1; } }"), 0);
}

TEST(Traits, WeightsAreNeverNegativeAndTheShapesAreKnown) {
  for (const TraitWeight& each : trait_weights()) EXPECT_GT(each.weight, 0) << each.name;
  EXPECT_GT(score("<?php ('a'^'b')($x);"), 0);
}

}  // namespace
}  // namespace aplomb::php
