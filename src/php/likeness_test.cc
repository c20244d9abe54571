// A file that was changed here and there stays a neighbour of itself, another one does not.
#include "php/likeness.h"

#include <gtest/gtest.h>

#include <string>

namespace aplomb::php {
namespace {

std::string program(int from, int lines, std::string_view variable) {
  std::string out = "<?php\n";
  for (int i = from; i < from + lines; ++i) {
    std::string name = "call_" + std::to_string(i);
    out += "if ($" + std::string(variable) + " == 'x') { " + name + "($" + std::string(variable) + ", " +
           std::to_string(i) + "); /* why */ }\n";
  }
  return out;
}

unsigned common(const CodeSketch& a, const CodeSketch& b) {
  unsigned same = 0;
  for (size_t i = 0; i < CodeSketch::kSize; ++i) same += a.least[i] == b.least[i];
  return same;
}

TEST(Likeness, NamesTextsAndCommentsDoNotMatter) {
  CodeSketch one = sketch(program(0, 40, "data"), Dialect::modern);
  CodeSketch other = sketch(program(0, 40, "q83"), Dialect::modern);
  EXPECT_EQ(one.least, other.least);
  EXPECT_GT(one.shingles, kShinglesMin);
}

TEST(Likeness, AFewChangesLeaveANeighbour) {
  CodeSketch whole = sketch(program(0, 100, "a"), Dialect::modern);
  EXPECT_GE(common(whole, sketch(program(0, 92, "b") + "echo 1; exit();", Dialect::modern)), 24u);
  EXPECT_LE(common(whole, sketch(program(200, 100, "a"), Dialect::modern)), 12u);
}

TEST(Likeness, ShortCodeIsNoNeighbour) {
  EXPECT_EQ(likeness_to_known_bad(sketch("<?php eval($_POST['x']);", Dialect::modern)), 0u);
  EXPECT_EQ(likeness_to_known_bad(CodeSketch()), 0u);
}

TEST(Likeness, TheTableIsWhole) {
  std::string_view rows = known_shapes();
  EXPECT_EQ(rows.size() % (CodeSketch::kSize * 4), 0u);
  EXPECT_EQ(rows.find_first_not_of("0123456789abcdef"), std::string_view::npos);
  EXPECT_LT(rows.size() / (CodeSketch::kSize * 4), size_t{UINT16_MAX});
}

}  // namespace
}  // namespace aplomb::php
