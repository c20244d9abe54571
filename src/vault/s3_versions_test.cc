#include "vault/s3_versions.h"

#include <gtest/gtest.h>

namespace aplomb::vault {
namespace {

S3Version version(std::string id, int64_t second, bool marker = false) {
  return {"p/packs/x", std::move(id), "", Time{second * kSecond}, 1, marker};
}

S3VersionList any() {
  return S3VersionList([](std::string_view) { return true; });
}

// What a history of one object may hold, in the order in which it happened.
enum class Happened { right_bytes, junk, marker };

// Every history of up to six events, with every way to share dates between neighbours, cut into every two
// pages: the version read is the first that held the right bytes.
TEST(FirstValid, IsTheFirstThatFitsInEveryHistory) {
  int histories = 0;
  for (int length = 0; length <= 6; ++length) {
    int kinds = 1, dates = 1 << std::max(0, length - 1);
    for (int i = 0; i < length; ++i) kinds *= 3;
    for (int kind = 0; kind < kinds; ++kind) {
      for (int date = 0; date < dates; ++date, ++histories) {
        std::vector<S3Version> listed;  // the newest first
        std::optional<std::string> expected;
        for (int i = 0, rest = kind, second = 0; i < length; ++i, rest /= 3) {
          auto happened = static_cast<Happened>(rest % 3);
          std::string id = (happened == Happened::right_bytes ? "right" : "junk") + std::to_string(i);
          listed.insert(listed.begin(), version(id, second, happened == Happened::marker));
          if (happened == Happened::right_bytes && !expected) expected = id;
          if (i + 1 < length && (date >> i & 1) != 0) ++second;
        }
        size_t cut = static_cast<size_t>(kind % (length + 1));
        S3VersionList list = any();
        list.add({{listed.begin(), listed.begin() + static_cast<ptrdiff_t>(cut)}, true, "k", "v"});
        list.add({{listed.begin() + static_cast<ptrdiff_t>(cut), listed.end()}, false, "", ""});
        auto found = first_valid(list.take()["p/packs/x"], [](const S3Version& v) -> Result<bool> {
          return v.id.starts_with("right");
        });
        ASSERT_TRUE(found);
        ASSERT_EQ(found->has_value(), expected.has_value());
        if (expected) ASSERT_EQ((*found)->id, *expected);
      }
    }
  }
  EXPECT_GT(histories, 25'000);
}

TEST(FirstValid, GivesNoWayToALaterVersionWhenOneCannotBeRead) {
  S3VersionList list = any();
  list.add({{version("right1", 2), version("unread", 1), version("junk", 0)}, false, "", ""});
  auto found = first_valid(list.take()["p/packs/x"], [](const S3Version& v) -> Result<bool> {
    if (v.id == "unread") return fail(Code::network, "no answer");
    return v.id.starts_with("right");
  });
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Code::network);
}

TEST(VersionList, KeepsTheOldestOfAFlood) {
  S3VersionList list = any();
  for (int page = 0; page < 20; ++page) {
    S3VersionPage part;
    for (int i = 0; i < 50; ++i) part.versions.push_back(version("junk", 5000 - page * 50 - i));
    list.add(std::move(part));
  }
  list.add({{version("right", 1)}, false, "", ""});
  auto versions = list.take()["p/packs/x"];
  ASSERT_EQ(versions.size(), kVersionsLookedAt);
  EXPECT_EQ(versions.front().id, "right");
}

TEST(VersionList, DropsStrangeNamesAtOnce) {
  S3VersionList list([](std::string_view key) { return key == "good"; });
  S3VersionPage page;
  page.versions = {version("a", 1), version("b", 1)};
  page.versions[1].key = "good";
  list.add(page);
  EXPECT_EQ(list.passed_over(), 1u);
  EXPECT_EQ(list.take().size(), 1u);
}

}  // namespace
}  // namespace aplomb::vault
