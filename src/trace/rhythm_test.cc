// A silence is told from a quiet night, and from what a scanner's flood makes seem quiet.
#include "trace/rhythm.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"

namespace aplomb::trace {
namespace {

constexpr int64_t kStart = 20'700 * kDay;  // a midnight

// Ten days of visitors: by day about one minute in two has a line, by night one in fifteen.
std::vector<Time> visits(uint64_t seed) {
  SeededRandom random(seed);
  std::vector<Time> times;
  for (int64_t minute = 0; minute < 10 * 24 * 60; ++minute) {
    const int64_t hour = minute / 60 % 24;
    const bool day = hour >= 8 && hour < 22;
    if (random.below(day ? 2 : 15) == 0) times.push_back(Time{kStart + minute * kMinute});
  }
  return times;
}

Rhythm rhythm_of(const std::vector<Time>& times) {
  Rhythm rhythm;
  for (Time time : times) rhythm.see(time);
  return rhythm;
}

TEST(Rhythm, QuietNightsAreNoHoles) {
  for (uint64_t seed = 0; seed < 50; ++seed) EXPECT_TRUE(rhythm_of(visits(seed)).holes().empty()) << seed;
}

TEST(Rhythm, ThreeErasedHoursOfADayAreAHole) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    std::vector<Time> times = visits(seed);
    const Time from{kStart + 4 * kDay + 10 * kHour}, to{from.ns + 3 * kHour};
    std::erase_if(times, [&](Time time) { return time > from && time < to; });
    const auto holes = rhythm_of(times).holes();
    ASSERT_EQ(holes.size(), 1U) << seed;
    EXPECT_LE(holes[0].from.ns, from.ns);
    EXPECT_GE(holes[0].to.ns, to.ns);
  }
}

TEST(Rhythm, AFloodInOneNightMakesNoOtherNightStrange) {
  std::vector<Time> times = visits(1);
  for (int64_t second = 0; second < 3600; second += 3)
    times.push_back(Time{kStart + 5 * kDay + 3 * kHour + second * kSecond});
  std::ranges::sort(times);
  EXPECT_TRUE(rhythm_of(times).holes().empty());
}

TEST(Rhythm, AFileThatIsMissingBetweenTwoIsAHole) {
  std::vector<Time> times = visits(3);
  Rhythm first, second;
  for (Time time : times) {
    const int64_t day = (time.ns - kStart) / kDay;
    if (day < 5) first.see(time);
    if (day > 5) second.see(time);
  }
  first.append(second);
  ASSERT_EQ(first.holes().size(), 1U);
  EXPECT_GT(first.holes()[0].to.ns - first.holes()[0].from.ns, 20 * kHour);
}

TEST(Rhythm, NothingAndFalseDatesAreBorne) {
  EXPECT_TRUE(Rhythm().holes().empty());
  Rhythm rhythm;
  rhythm.see(Time{0});
  rhythm.see(Time{INT64_MAX / 2});
  EXPECT_TRUE(rhythm.holes().empty());
  EXPECT_EQ(rhythm.expected(Time{0}, Time{INT64_MAX / 2}), 0);
}

}  // namespace
}  // namespace aplomb::trace
