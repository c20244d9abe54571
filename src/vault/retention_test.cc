#include "vault/retention.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/random.h"
#include "vault/format.h"

namespace aplomb::vault {
namespace {

const Time kStart = *parse_iso("2026-01-01T00:00:00Z");

DomainId domain(uint8_t n) {
  DomainId made;
  made.bytes[0] = n;
  return made;
}

Candidate at(int64_t ns, uint8_t of = 1) {
  return {SnapshotId(), domain(of), Time{kStart.ns + ns}, false};
}

std::vector<bool> stays(const std::vector<Candidate>& all, Time newest) {
  std::vector<bool> result;
  for (Keep keep : decide_retention(all, newest)) result.push_back(keep != Keep::removed);
  return result;
}

// What is left after a prune each day, as it happens in life.
std::vector<Candidate> live(const std::vector<Candidate>& all) {
  std::vector<Candidate> left;
  for (size_t i = 0; i < all.size(); ++i) {
    left.push_back(all[i]);
    bool day_ends = i + 1 == all.size() || all[i + 1].received.ns / kDay != all[i].received.ns / kDay;
    if (!day_ends) continue;
    auto keep = stays(left, all[i].received);
    size_t n = 0;
    std::erase_if(left, [&](const Candidate&) { return !keep[n++]; });
  }
  return left;
}

TEST(Retention, ThinsFromHoursToYears) {
  std::vector<Candidate> all;
  for (int64_t hour = 0; hour < 24 * 365 * 4; ++hour) all.push_back(at(hour * kHour + kMinute));
  const Time newest = all.back().received;
  std::map<Keep, int> counts;
  for (Keep keep : decide_retention(all, newest)) ++counts[keep];
  EXPECT_EQ(counts[Keep::yearly], 4);
  EXPECT_EQ(counts[Keep::monthly], 4 * 12 - 4);
  EXPECT_NEAR(counts[Keep::weekly], 101, 4) << "less those that begin a month";
  EXPECT_NEAR(counts[Keep::daily], 90 - 3 - 13, 3);
  EXPECT_NEAR(counts[Keep::hourly], 24 * 7 - 7, 2);
  EXPECT_EQ(counts[Keep::all], 0) << "one an hour: the hourly rule says more";
  EXPECT_EQ(counts[Keep::floor], 0);
}

TEST(Retention, KeepsEverythingOfTheLastTwoDays) {
  std::vector<Candidate> all;
  for (int64_t minute = 0; minute < 48 * 60; ++minute) all.push_back(at(minute * kMinute));
  EXPECT_EQ(std::ranges::count(stays(all, all.back().received), false), 0);
  all.push_back(at(10 * kDay));
  EXPECT_LT(std::ranges::count(stays(all, all.back().received), true), 6);
}

TEST(Retention, KeepsTheFirstReceivedOfEachBucket) {
  std::vector<Candidate> all{at(0), at(1), at(kHour - 1), at(kHour), at(5 * kDay)};
  EXPECT_EQ(stays(all, all.back().received), (std::vector<bool>{true, false, false, true, true}));
}

TEST(Retention, NeverTouchesWhatIsPinned) {
  std::vector<Candidate> all;
  for (int i = 0; i < 100; ++i) all.push_back(at(i * kMinute));
  all[57].pinned = true;
  all.push_back(at(900 * kDay));
  auto kept = decide_retention(all, all.back().received);
  EXPECT_EQ(kept[57], Keep::pinned);
  EXPECT_EQ(std::ranges::count(kept, Keep::removed), 98);
}

// A site that has not been backed up for years, beside one that has.
TEST(Retention, KeepsTheLastThirtyDaysOfADomainWhateverTheirAge) {
  std::vector<Candidate> all;
  for (int day = 0; day < 200; ++day)
    for (int hour = 0; hour < 3; ++hour) all.push_back(at(day * kDay + hour * kHour));
  all.push_back(at(20 * 365 * kDay, 2));
  auto kept = decide_retention(all, all.back().received);
  for (size_t day = 170; day < 200; ++day) EXPECT_NE(kept[day * 3], Keep::removed) << day;
  EXPECT_EQ(std::ranges::count(kept, Keep::floor), 30);
}

TEST(Retention, OfOneSiteDoesNotDependOnAnother) {
  SeededRandom random(3);
  std::vector<Candidate> both, one;
  for (int64_t t = 0; t < 400 * kDay; t += static_cast<int64_t>(random.below(20)) * kHour + kMinute) {
    bool first = random.below(2) == 0;
    both.push_back(at(t, first ? 1 : 2));
    if (first) one.push_back(both.back());
  }
  const Time newest = both.back().received;
  std::vector<bool> alone = stays(one, newest), together;
  auto all = stays(both, newest);
  for (size_t i = 0; i < both.size(); ++i)
    if (both[i].domain == domain(1)) together.push_back(all[i]);
  EXPECT_EQ(together, alone);
}

// The theorem behind "junk displaces nothing": within a rule's span, what came later never matters.
TEST(Retention, WhatComesLaterDisplacesNothing) {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(seed);
    SeededRandom random(seed);
    std::vector<Candidate> honest;
    for (int64_t t = 0; t < 150 * kDay; t += static_cast<int64_t>(random.below(30)) * kHour + kMinute) {
      honest.push_back(at(t));
      honest.back().pinned = random.below(40) == 0;
    }
    // A thousand within one night, then the same instant is asked of both.
    std::vector<Candidate> flooded = honest;
    int64_t last = honest.back().received.ns - kStart.ns;
    for (int i = 0; i < 1000; ++i)
      flooded.push_back(at(last + 1 + static_cast<int64_t>(random.below(1000)) + i * 20 * kSecond));
    std::ranges::sort(flooded, {}, &Candidate::received);
    const Time newest = flooded.back().received;
    std::vector<bool> before = stays(honest, newest), after = stays(flooded, newest);
    after.resize(honest.size());
    EXPECT_EQ(after, before);
  }
}

// The same in life: pruned every day, with a flood that goes on for months, the points from before it stay as
// they would have.
TEST(Retention, AFloodThatGoesOnForMonthsOnlyDoesWhatTimeDoes) {
  std::vector<Candidate> honest, flooded;
  for (int day = 0; day < 60; ++day) honest.push_back(at(day * kDay + 2 * kHour));
  flooded = honest;
  for (int day = 60; day < 180; ++day) {
    honest.push_back(at(day * kDay + 2 * kHour));
    for (int i = 0; i < 40; ++i) flooded.push_back(at(day * kDay + i * 30 * kMinute));
  }
  auto of_before = [](std::vector<Candidate> left) {
    std::vector<int64_t> times;
    for (const Candidate& one : left)
      if (one.received.ns < kStart.ns + 60 * kDay) times.push_back(one.received.ns);
    return times;
  };
  EXPECT_EQ(of_before(live(flooded)), of_before(live(honest)));
  EXPECT_GT(of_before(live(flooded)).size(), 8u);
}

TEST(Retention, TwiceIsTheSameAndDailyIsAsGoodAsOnce) {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    SCOPED_TRACE(seed);
    SeededRandom random(seed);
    std::vector<Candidate> all;
    for (int64_t t = 0; t < 300 * kDay; t += static_cast<int64_t>(random.below(15)) * kHour + kMinute)
      all.push_back(at(t));
    const Time newest = all.back().received;
    std::vector<Candidate> once;
    auto keep = stays(all, newest);
    for (size_t i = 0; i < all.size(); ++i)
      if (keep[i]) once.push_back(all[i]);
    EXPECT_EQ(std::ranges::count(stays(once, newest), false), 0);
    // Pruned day by day, nothing is lost that one prune at the end would keep, except by the floor.
    std::vector<Candidate> daily = live(all);
    EXPECT_EQ(daily.size(), once.size());
  }
}

TEST(Retention, BucketsOfTimesBeforeTheEpochAreInOrderToo) {
  std::vector<Candidate> all;
  for (int i = 0; i < 10; ++i) all.push_back(at(-kStart.ns - 400 * kDay + i * 100 * kDay));
  EXPECT_EQ(std::ranges::count(stays(all, all.back().received), false), 0);
}

}  // namespace
}  // namespace aplomb::vault
