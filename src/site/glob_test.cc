#include "site/glob.h"

#include <gtest/gtest.h>

namespace aplomb::site {
namespace {

bool match(std::string_view pattern, std::string_view path) {
  return Glob::parse(pattern).value().matches(path);
}

// The definition, written the slow and obvious way, to compare with.
bool slow(std::string_view pattern, std::string_view path, bool component_start) {
  if (pattern.empty()) return path.empty();
  if (pattern.starts_with("**")) {
    size_t stars = pattern.find_first_not_of('*');
    std::string_view rest = stars == std::string_view::npos ? "" : pattern.substr(stars);
    bool folders = component_start && rest.starts_with('/');
    if (folders) rest.remove_prefix(1);
    for (size_t i = 0; i <= path.size(); ++i) {
      bool starts = i == 0 ? component_start : path[i - 1] == '/';
      if ((!folders || starts) && slow(rest, path.substr(i), starts)) return true;
    }
    return false;
  }
  if (pattern[0] == '*') {
    for (size_t i = 0; i <= path.size(); ++i) {
      if (slow(pattern.substr(1), path.substr(i), false)) return true;
      if (i < path.size() && path[i] == '/') return false;
    }
    return false;
  }
  if (path.empty()) return false;
  bool same = pattern[0] == '?' ? path[0] != '/' : pattern[0] == path[0];
  return same && slow(pattern.substr(1), path.substr(1), path[0] == '/');
}

TEST(Glob, StarStaysWithinOneComponent) {
  EXPECT_TRUE(match("cache/*.html", "cache/a.html"));
  EXPECT_FALSE(match("cache/*.html", "cache/a/b.html"));
  EXPECT_FALSE(match("cache/*", "cache/a/b"));
  EXPECT_TRUE(match("a?c", "abc"));
  EXPECT_FALSE(match("a?c", "a/c"));
}

TEST(Glob, DoubleStarCrossesFoldersAndMayMatchNone) {
  EXPECT_TRUE(match("cache/**", "cache/a/b/c"));
  EXPECT_FALSE(match("cache/**", "cache"));
  EXPECT_TRUE(match("**/cache/*", "cache/x"));
  EXPECT_TRUE(match("**/cache/*", "a/b/cache/x"));
  EXPECT_FALSE(match("**/cache/*", "xcache/x"));
  EXPECT_TRUE(match("**.php", "a/b.php"));
}

TEST(Glob, TreeCoversWhatLiesBeneath) {
  Glob glob = Glob::parse("data/cache/").value();
  EXPECT_TRUE(glob.matches_tree("data/cache"));
  EXPECT_TRUE(glob.matches_tree("data/cache/a/b"));
  EXPECT_FALSE(glob.matches_tree("data/cached"));
  EXPECT_FALSE(glob.matches_tree("data"));
}

TEST(Glob, SpecialCharactersOfRegularExpressionsAreThemselves) {
  EXPECT_TRUE(match("a[1].txt", "a[1].txt"));
  EXPECT_FALSE(match("a[1].txt", "a1.txt"));
  EXPECT_FALSE(match("a.b", "axb"));
}

TEST(Glob, RefusesPatternsThatLeaveTheRoot) {
  for (const char* pattern : {"", "/etc/*", "../x", "a/../b", "a/.."}) {
    Result<Glob> glob = Glob::parse(pattern);
    ASSERT_FALSE(glob) << pattern;
    EXPECT_EQ(glob.error().code, Code::config);
  }
  EXPECT_TRUE(Glob::parse("a..b"));
}

TEST(Glob, AgreesWithItsDefinitionOnEverySmallInput) {
  const std::string_view pattern_letters = "a/*?", path_letters = "ab/";
  std::vector<std::string> patterns{""}, paths{""};
  for (size_t i = 0; i < patterns.size(); ++i)
    if (patterns[i].size() < 5)
      for (char c : pattern_letters) patterns.push_back(patterns[i] + c);
  for (size_t i = 0; i < paths.size(); ++i)
    if (paths[i].size() < 4)
      for (char c : path_letters) paths.push_back(paths[i] + c);
  for (const std::string& pattern : patterns) {
    Result<Glob> glob = Glob::parse(pattern);
    if (!glob || pattern.ends_with('/')) continue;
    for (const std::string& path : paths)
      ASSERT_EQ(glob->matches(path), slow(pattern, path, true)) << pattern << " on " << path;
  }
}

// A backtracking matcher needs about 100^30 steps here; this one needs 60 times 20,000.
TEST(Glob, HostileNamesCostNoMoreThanPatternTimesPath) {
  std::string pattern;
  for (int i = 0; i < 30; ++i) pattern += "*a";
  EXPECT_FALSE(match(pattern, std::string(20000, 'a') + "b"));
}

}  // namespace
}  // namespace aplomb::site
