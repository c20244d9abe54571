// Hostile shapes: whatever the bytes, the analysis ends within its budget, never on the C stack, and never
// calls clean what it did not look at.
#include <gtest/gtest.h>

#include <random>

#include "php/fixtures.h"

namespace aplomb::php {
namespace {

using test::php;

std::string repeated(std::string_view piece, size_t size) {
  std::string out;
  out.reserve(size + piece.size());
  while (out.size() < size) out += piece;
  return out;
}

// Small, so that the shapes reach every limit quickly; the limits work alike at their real size.
Budget small() {
  Budget budget;
  budget.nodes = 30'000;
  budget.depth = 4'000;
  budget.steps = 1'500'000;
  budget.bytes = 3'000'000;
  return budget;
}

TEST(Hostile, DeepNestingEndsAtALimit) {
  for (std::string_view piece :
       {"(", "[", "{", "!", "f(", "array(", "fn($x)=>", "function(){return ", "if(1)", "if($a){",
        "while(1):", "new class(", "match($x){", "#[", "\"{$a[", "${", "eval(", "switch($a){case 1:"}) {
    Analysis analysis = php("<?php eval($a); " + repeated(piece, 200'000), small());
    EXPECT_TRUE(analysis.hit_limit) << piece;
    EXPECT_EQ(worst(analysis.findings), Level::opaque) << piece;
  }
}

TEST(Hostile, LongChainsNeitherRecurseNorExplode) {
  for (std::string_view piece :
       {"$a=$b=", "$a?$b:", "$a.$b.", "->b", "[0]", "()", "::b", "?->c", "**2", "??$a"})
    EXPECT_TRUE(php("<?php eval($a); $a" + repeated(piece, 500'000), small()).hit_limit) << piece;
  EXPECT_TRUE(php("<?php eval($a); " + repeated("$x[]='k';", 500'000), small()).hit_limit);
  EXPECT_TRUE(php("<?php eval($a); " + repeated("$x.='kkkk';", 500'000), small()).hit_limit);
  EXPECT_TRUE(
      php("<?php eval($a); $a='xxxxxxxx'; " + repeated("$b=$a.$a;$a=$b.$b;", 4'000), small()).hit_limit);
}

TEST(Hostile, UnbalancedClosersCostNothing) {
  Analysis analysis = php("<?php eval($_POST['x']); " + repeated(")", 100'000) + repeated("}", 100'000) +
                          repeated("(", 5'000) + repeated("}", 100'000));
  EXPECT_EQ(worst(analysis.findings), Level::malicious);
}

TEST(Hostile, LongConcatenationStillFolds) {
  std::string code = "<?php eval(";
  for (char c : std::string_view("system($_GET[1]);")) code += std::string("'") + c + "'.";
  EXPECT_EQ(worst(php(code + repeated("''.", 60'000) + "'');").findings), Level::malicious);
}

TEST(Hostile, AnyMutationOfAnAttackEnds) {
  constexpr std::string_view kSeed =
      "<?php namespace A; class B extends C { private $p = ['k' => 1]; static function go($x, ...$r) { "
      "global $g; foreach ($r as $k => &$v) "
      "{ $$k = $v ?? fn($a) => $a . <<<T\n{$x->y[1]}\nT; } return eval(\"a{$x}\" . base64_decode($x[0])); } "
      "} if (date('y') > 3): B::go($_POST); "
      "else: goto e; endif; e: $f = ('a' ^ 'b') . ~'c'; $f(new class($f) { }, match(1) { 1 => `ls $f`, "
      "default => include $f }); ?> <?= $f ?>";
  std::mt19937 random(5);
  constexpr std::string_view kSpicy = "'\"`$<>?{}[]()#/*\\;:,.=&";
  for (int round = 0; round < 3000; ++round) {
    std::string text(kSeed);
    for (int change = 0; change < 8; ++change) {
      size_t place = random() % text.size();
      if (random() % 3 == 0)
        text.erase(place, 1 + random() % 12);
      else
        text.insert(place, 1, kSpicy[random() % kSpicy.size()]);
    }
    Analysis analysis = php(text);
    EXPECT_LE(analysis.findings.size(), Budget().findings);
  }
  for (size_t length = 0; length < kSeed.size(); ++length)
    EXPECT_FALSE(php(kSeed.substr(0, length)).hit_limit);
}

TEST(Hostile, ManyFindingsStayWithinTheirNumber) {
  EXPECT_EQ(php("<?php " + repeated("eval($_POST[1]);\n", 20'000)).findings.size(), Budget().findings);
}

}  // namespace
}  // namespace aplomb::php
