#include "continuity/robots.h"

#include <gtest/gtest.h>

namespace aplomb::continuity {
namespace {

TEST(Robots, AllowsEverythingWithoutRules) {
  for (const char* text : {"", "User-agent: *\nDisallow:\n", "Disallow: /\n", "<html>no</html>", ":\n:::\n"})
    EXPECT_TRUE(Robots::parse(text).allows("/x")) << text;
}

TEST(Robots, TakesTheGroupForEveryRobotUnlessAplombIsNamed) {
  constexpr const char* kText =
      "\xef\xbb\xbfUser-agent: GoogleBot\r\nDisallow: /google\r\n\r\nUSER-AGENT: other\r\nuser-agent: *  # "
      "all\r\n"
      "Disallow: /private/ # not this\r\nSitemap: /map.xml\r\nDisallow: /late\r\n";
  Robots every = Robots::parse(kText);
  EXPECT_TRUE(every.allows("/google"));
  EXPECT_FALSE(every.allows("/private/x"));
  EXPECT_TRUE(every.allows("/private"));
  EXPECT_FALSE(every.allows("/later"));
  Robots own = Robots::parse(std::string(kText) + "User-agent: aplomb\nDisallow: /own\n");
  EXPECT_FALSE(own.allows("/own"));
  EXPECT_TRUE(own.allows("/private/x"));
}

TEST(Robots, LetsTheLongestRuleDecide) {
  Robots robots = Robots::parse(
      "User-agent: *\nDisallow: /wp-admin/\nAllow: /wp-admin/admin-ajax.php\n"
      "Disallow: /tie\nAllow: /tie\nDisallow: /caf%c3%a9\n");
  EXPECT_FALSE(robots.allows("/wp-admin/x"));
  EXPECT_TRUE(robots.allows("/wp-admin/admin-ajax.php"));
  EXPECT_TRUE(robots.allows("/tie"));
  EXPECT_FALSE(robots.allows("/caf%C3%A9/"));
}

TEST(Robots, KnowsWildcards) {
  Robots robots = Robots::parse(
      "User-agent: *\nDisallow: /*.pdf$\nDisallow: *?print=\nDisallow: /a*b*c\nDisallow: /end$\n");
  EXPECT_FALSE(robots.allows("/x/y.pdf"));
  EXPECT_TRUE(robots.allows("/x/y.pdf?z"));
  EXPECT_FALSE(robots.allows("/page?print=1"));
  EXPECT_FALSE(robots.allows("/a1b2cd"));
  EXPECT_TRUE(robots.allows("/a1c2b"));
  EXPECT_FALSE(robots.allows("/end"));
  EXPECT_TRUE(robots.allows("/end/"));
  EXPECT_FALSE(robots.allows("/a.pdf.pdf"));
}

TEST(Robots, IsBounded) {
  std::string text = "User-agent: *\n";
  for (int i = 0; i < 2000; ++i) text += "Disallow: /x" + std::to_string(i) + "$\n";
  EXPECT_FALSE(Robots::parse(text).allows("/x999"));
  EXPECT_TRUE(Robots::parse(text).allows("/x1999"));
  Robots stars = Robots::parse("User-agent: *\nDisallow: /" + std::string(1000, '*') + "q\n");
  EXPECT_TRUE(stars.allows("/" + std::string(8000, 'a')));
}

}  // namespace
}  // namespace aplomb::continuity
