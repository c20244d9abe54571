#include "base/result.h"

#include <gtest/gtest.h>

#include "base/clock.h"

namespace aplomb {
namespace {

Result<int> half(int value) {
  if (value % 2 != 0) return fail(make_error(Code::usage, "odd").at("here").then("double it"));
  return value / 2;
}

Result<int> quarter(int value) {
  int once = TRY(half(value));
  return TRY_IN(half(once), "second half");
}

}  // namespace

TEST(Result, TryReturnsTheValueOrTheErrorWithItsContext) {
  EXPECT_EQ(*quarter(8), 2);
  auto failed = quarter(6);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().what, "second half: odd");
  EXPECT_EQ(failed.error().where, "here");
  EXPECT_EQ(failed.error().next, "double it");
  EXPECT_EQ(quarter(3).error().what, "odd");
}

TEST(Time, IsoGoesBothWays) {
  Time time = *parse_iso("2026-11-24T06:36:43Z");
  EXPECT_EQ(to_iso(time), "2026-11-24T06:36:43Z");
  EXPECT_EQ(parse_iso("2026-11-24T06:36:43.5Z")->ns, time.ns + kSecond / 2);
  EXPECT_FALSE(parse_iso("yesterday"));
  EXPECT_EQ(to_iso({-1}), "1969-12-31T23:59:59Z");
}

}  // namespace aplomb
