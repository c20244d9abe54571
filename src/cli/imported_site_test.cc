#include "cli/imported_site.h"

#include <gtest/gtest.h>

namespace aplomb::cli {
namespace {

TEST(ParseWhen, TakesTheFormsThatAreAskedFor) {
  EXPECT_EQ(to_iso(*parse_when("2026-11-01T02:00:00Z")), "2026-11-01T02:00:00Z");
  EXPECT_EQ(to_local(*parse_when("2026-11-01")), "01/11/2026 00:00");
  EXPECT_EQ(to_local(*parse_when("2026-11-01T03:30")), "01/11/2026 03:30");
  EXPECT_EQ(to_local(*parse_when("2026-11-01 03:30")), "01/11/2026 03:30");
}

TEST(ParseWhen, RefusesTheRest) {
  for (const char* text : {"", "yesterday", "01/11/2026", "2026-13-01", "2026-11-31", "2026-11-01T25:00",
                           "2026-11-01T02", "2026-02-30T02:00:00Z", "2026-11-01 and more"})
    EXPECT_FALSE(parse_when(text)) << text;
}

}  // namespace
}  // namespace aplomb::cli
