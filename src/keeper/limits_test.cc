#include "keeper/limits.h"

#include <gtest/gtest.h>

#include "vault/test_vault.h"

namespace aplomb::keeper {
namespace {

TEST(Limits, ReadBackInBothLanguagesAndAreCheckedByName) {
  Limits limits{7, 8, 9};
  EXPECT_EQ(*parse_limits(write_limits(limits), "keeper.toml"), limits);
  EXPECT_EQ(*parse_limits("", "keeper.toml"), Limits());
  for (const char* text :
       {"mib_per_day = 0", "mib_per_day = \"many\"", "snapshots_per_day = -1", "unknown = 1", "x"})
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
  Used used{20'000, 12'345'678'901, 7};
  EXPECT_EQ(parse_used(write_used(used)), used);
  for (const char* text : {"", "1", "1 2", "1 2 3", "1 2 3\n\n", "a b c\n", "-1 2 3\n", "1  2 3\n"})
    EXPECT_FALSE(parse_used(text)) << text;
}

TEST(Usage, CountsByDomainAndByTheKeepersDay) {
  vault::TestVault test;
  auto folder = test.folder();
  Usage usage(*folder, test.clock, Limits{1, 2, 0});
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

}  // namespace
}  // namespace aplomb::keeper
