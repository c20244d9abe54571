#include "base/random.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <vector>

namespace aplomb {
namespace {

TEST(SystemRandom, GivesNoNumberTwice) {
  SystemRandom random;
  std::vector<uint64_t> numbers(2000), others(2000);
  std::jthread([&] {
    for (uint64_t& number : others) number = random.u64();
  }).join();
  for (uint64_t& number : numbers) number = random.u64();
  std::set<uint64_t> all(numbers.begin(), numbers.end());
  all.insert(others.begin(), others.end());
  EXPECT_EQ(all.size(), 4000u);
}

TEST(Random, NumbersStayBelowTheirBoundAndReachAllOfThem) {
  SystemRandom random;
  std::set<uint64_t> seen;
  for (int i = 0; i < 2000; ++i) seen.insert(random.below(7));
  EXPECT_EQ(seen, (std::set<uint64_t>{0, 1, 2, 3, 4, 5, 6}));
}

}  // namespace
}  // namespace aplomb
