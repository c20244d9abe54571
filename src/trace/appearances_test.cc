#include "trace/appearances.h"

#include <gtest/gtest.h>

namespace aplomb::trace {
namespace {

Time at(int64_t hours) {
  return Time{1'800'000'000 * kSecond + hours * kHour};
}

TEST(SuspectsOf, TheSnapshotsOwnWordComesBeforeTheMachines) {
  const std::vector<Appearance> appearances = {{"a.php", "s1", at(20), at(0)},
                                               {"b.php", "s1", at(20), at(0)}};
  const auto suspects =
      suspects_of(appearances, {{{"s1", "a.php"}, at(5)}, {{"", "a.php"}, at(6)}, {{"", "b.php"}, at(7)}});
  ASSERT_EQ(suspects.size(), 2U);
  EXPECT_EQ(suspects[0].changed, at(5));
  EXPECT_EQ(suspects[1].changed, at(7));
  EXPECT_EQ(suspects[1].not_before, at(0));
  EXPECT_EQ(suspects[1].seen, at(20));
}

TEST(SuspectsOf, ATimeThatDoesNotFitTheSnapshotsIsNoTime) {
  const auto suspects =
      suspects_of({{"a.php", "s1", at(20), at(0)}, {"b.php", "s1", at(20), std::nullopt}},
                  {{{"s1", "a.php"}, at(-100)}, {{"s1", "b.php"}, at(-100)}, {{"s2", "c.php"}, at(5)}});
  EXPECT_FALSE(suspects[0].changed);
  EXPECT_EQ(suspects[1].changed, at(-100)) << "it may be older than the first snapshot";
}

TEST(SuspectsOf, AreNoMoreThanAreLookedFor) {
  std::vector<Appearance> many(kSuspectsMax + 10, {"x.php", "s", at(1), std::nullopt});
  EXPECT_EQ(suspects_of(many, {}).size(), kSuspectsMax);
}

}  // namespace
}  // namespace aplomb::trace
