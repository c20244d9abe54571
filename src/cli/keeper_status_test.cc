#include "cli/keeper_status.h"

#include <gtest/gtest.h>

namespace aplomb::cli {
namespace {

constexpr int64_t kHour = 3600 * kSecond;

vault::DomainId domain(uint8_t number) {
  vault::DomainId id;
  id.bytes[0] = number;
  return id;
}

vault::LoggedSnapshot snapshot(uint8_t of, int64_t hour) {
  vault::LoggedSnapshot made;
  made.commit.domain = domain(of);
  made.received = Time{hour * kHour};
  return made;
}

TEST(KeeperStatus, NamesTheSitesThatWentSilentAndNoneThatARecoveryClosed) {
  vault::LogState state;
  state.domains = {{domain(1), Time{0}, false},
                   {domain(2), Time{0}, true},
                   {domain(3), Time{0}, false},
                   {domain(4), Time{90 * kHour}, false}};
  state.snapshots = {snapshot(1, 10), snapshot(2, 20), snapshot(1, 95), snapshot(3, 60)};
  auto sites = heard_of(state, Time{100 * kHour}, 30);
  ASSERT_EQ(sites.size(), 3u);
  EXPECT_EQ(sites[0].snapshots, 2u);
  EXPECT_EQ(sites[0].last->ns, 95 * kHour);
  EXPECT_FALSE(sites[0].silent);
  EXPECT_EQ(sites[1].domain, domain(3));
  EXPECT_TRUE(sites[1].silent);
  EXPECT_FALSE(sites[2].last) << "opened ten hours ago";
  EXPECT_FALSE(sites[2].silent);
  EXPECT_TRUE(heard_of(state, Time{120 * kHour}, 30)[2].silent) << "it never came";
  EXPECT_FALSE(heard_of(state, Time{50 * kHour}, 30)[1].silent) << "a clock that went back";
}

}  // namespace
}  // namespace aplomb::cli
