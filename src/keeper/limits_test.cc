#include "keeper/limits.h"

#include <gtest/gtest.h>

#include "vault/test_vault.h"

namespace aplomb::keeper {
namespace {

TEST(Limits, ReadBackInBothLanguagesAndAreCheckedByName) {
  Limits limits{7, 8, 9, 10};
  EXPECT_EQ(*parse_limits(write_limits(limits), "keeper.toml"), limits);
  EXPECT_EQ(*parse_limits("", "keeper.toml"), Limits());
  for (const char* text : {"mib_per_day = 0", "mib_per_day = \"many\"", "snapshots_per_day = -1",
                           "silent_hours = 0", "unknown = 1", "x"})
    EXPECT_EQ(parse_limits(text, "keeper.toml").error().code, Code::config) << text;
}

TEST(Limits, OfANewKeeperFollowItsDisk) {
  Limits large = usual_limits(uint64_t{1} << 40);
  EXPECT_EQ(large.mib_per_day, 262144u);
  EXPECT_EQ(large.free_mib_min, 52428u);
  Limits tiny = usual_limits(0);
  EXPECT_EQ(tiny.mib_per_day, 1024u);
  EXPECT_EQ(tiny.free_mib_min, 256u);
}

TEST(Usage, ReadsBackAndRefusesAnythingElse) {
  Used used{20'000, 12'345'678'901, 7, 1'700'000'000};
  EXPECT_EQ(parse_used(write_used(used)), used);
  for (const char* text :
       {"", "1", "1 2", "1 2 3\n", "1 2 3 4", "1 2 3 4\n\n", "a b c d\n", "-1 2 3 4\n", "1  2 3 4\n"})
    EXPECT_FALSE(parse_used(text)) << text;
}

TEST(Usage, CountsByDomainAndByTheKeepersDay) {
  vault::TestVault test;
  auto folder = test.folder();
  Usage usage(*folder, test.clock, Limits{1, 2, 0, 30});
  vault::DomainId one, two;
  two.bytes[0] = 1;
  EXPECT_TRUE(usage.count(one, 1 << 20, 1));
  EXPECT_EQ(usage.count(one, 1, 0).error().code, Code::limit);
  EXPECT_EQ(usage.allows(one, 1, 0).error().code, Code::limit);
  EXPECT_EQ(usage.allows(one, ~uint64_t{0}, 0).error().code, Code::limit);
  EXPECT_TRUE(usage.count(one, 0, 1));
  EXPECT_EQ(usage.count(one, 0, 1).error().code, Code::limit);
  EXPECT_TRUE(usage.count(two, 1 << 20, 1)) << "another site's junk is not mine";
  test.clock.advance(kDay);
  EXPECT_TRUE(usage.count(one, 1 << 20, 2));
  vault::overwrite(*folder, "usage/" + one.hex(), vault::text_bytes("nonsense"));
  EXPECT_TRUE(usage.allows(one, 1, 0)) << "a damaged count does not stop backups";
}

TEST(Usage, TheOwnersWordBeginsTheCountAnewAndReachesIntoTheReserve) {
  vault::TestVault test;
  auto folder = test.folder();
  const uint64_t free_mib = *folder->free_bytes() / (1024 * 1024);
  Usage usage(*folder, test.clock, Limits{1, 2, free_mib * 2, 30});
  vault::DomainId one, two;
  two.bytes[0] = 1;
  EXPECT_TRUE(usage.count(one, 1 << 20, 2));
  EXPECT_EQ(usage.enough_space(one).error().code, Code::limit);
  ASSERT_TRUE(usage.make_room(one));
  EXPECT_TRUE(usage.count(one, 1 << 20, 2)) << "once more what a day allows";
  EXPECT_EQ(usage.count(one, 1, 0).error().code, Code::limit) << "and not without bound";
  EXPECT_TRUE(usage.enough_space(one));
  EXPECT_EQ(usage.enough_space(two).error().code, Code::limit) << "it is this site's room";
  test.clock.advance(kDay);
  EXPECT_EQ(usage.enough_space(one).error().code, Code::limit);
  Usage fuller(*folder, test.clock, Limits{1, 2, free_mib * 5, 30});
  ASSERT_TRUE(fuller.make_room(one));
  EXPECT_EQ(fuller.enough_space(one).error().code, Code::limit) << "a quarter stays free in any case";
}

}  // namespace
}  // namespace aplomb::keeper
