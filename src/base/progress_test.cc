#include "base/progress.h"

#include <gtest/gtest.h>

namespace aplomb {
namespace {

constexpr uint64_t kTotal = 1000;

TEST(RemainingTime, IsNotToldBeforeAnybodyCanKnow) {
  RemainingTime remaining(7 * kSecond);
  EXPECT_FALSE(remaining.at(8 * kSecond, 500, kTotal)) << "too early";
  EXPECT_FALSE(remaining.at(12 * kSecond, 10, kTotal)) << "too little is done";
  EXPECT_FALSE(RemainingTime(0).at(10 * kSecond, 0, kTotal));
}

TEST(RemainingTime, IsExactForAnEvenPace) {
  RemainingTime remaining(0);
  for (int second = 1; second <= 20; ++second) {
    auto left = remaining.at(second * kSecond, static_cast<uint64_t>(second) * 10, kTotal);
    if (second < 5) continue;
    ASSERT_TRUE(left) << second;
    EXPECT_NEAR(*left, 100 - second, 0.01);
  }
}

TEST(RemainingTime, BelievesTheSlowerPace) {
  RemainingTime slowing(0);
  for (int tenth = 0; tenth <= 50; ++tenth)
    (void)slowing.at(tenth * kSecond / 10, static_cast<uint64_t>(tenth) * 10,
                     kTotal);  // half of it in five seconds
  std::optional<double> left;
  for (int tenth = 51; tenth <= 110; ++tenth)
    left = slowing.at(tenth * kSecond / 10, 500 + static_cast<uint64_t>(tenth - 50),
                      kTotal);  // then a tenth as quick
  ASSERT_TRUE(left);
  EXPECT_NEAR(*left, 440 / 10.0, 2);
  RemainingTime quickening(0);
  for (int tenth = 0; tenth <= 100; ++tenth)
    (void)quickening.at(tenth * kSecond / 10, static_cast<uint64_t>(tenth), kTotal);
  for (int tenth = 101; tenth <= 120; ++tenth)
    left = quickening.at(tenth * kSecond / 10, 100 + static_cast<uint64_t>(tenth - 100) * 20, kTotal);
  ASSERT_TRUE(left);
  EXPECT_GE(*left, 500.0 / 500.0 * 12 * 0.99) << "not sooner than at the pace since the beginning";
}

TEST(RemainingTime, IsUnknownWhileNothingMovesAndZeroAtTheEnd) {
  RemainingTime stuck(0);
  for (int second = 0; second <= 20; ++second) {
    auto left = stuck.at(second * kSecond, 500, kTotal);
    if (second > 10) EXPECT_FALSE(left);
  }
  EXPECT_EQ(stuck.at(21 * kSecond, kTotal, kTotal), 0);
  EXPECT_FALSE(stuck.at(22 * kSecond, kTotal + 5, kTotal)) << "there is more than expected";
}

}  // namespace
}  // namespace aplomb
