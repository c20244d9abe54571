#include "http/url.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace aplomb::http {
namespace {

std::string parsed(std::string_view text) {
  auto url = Url::parse(text);
  return url ? url->to_string() : "refused";
}

TEST(Url, HasOneSpellingForOnePage) {
  EXPECT_EQ(parsed("http://example.org"), "http://example.org/");
  EXPECT_EQ(parsed("HTTP://Example.ORG:80/"), "http://example.org/");
  EXPECT_EQ(parsed("https://example.org:443/a/./b/../c#top"), "https://example.org/a/c");
  EXPECT_EQ(parsed("https://example.org:8443/?q=a b"), "https://example.org:8443/?q=a%20b");
  EXPECT_EQ(parsed("http://example.org/%7euser/%c3%a9"), "http://example.org/~user/%C3%A9");
  EXPECT_EQ(parsed("http://example.org/caf\xc3\xa9"), "http://example.org/caf%C3%A9");
  EXPECT_EQ(parsed("http://[2001:DB8::1]:8080/x"), "http://[2001:db8::1]:8080/x");
  EXPECT_EQ(parsed(" http://exam\nple.org/ "), "http://example.org/");
  EXPECT_EQ(parsed("http://example.org?x"), "http://example.org/?x");
}

TEST(Url, RefusesWhatCouldMislead) {
  for (const char* text : {"", "example.org", "/path", "ftp://example.org/", "javascript:alert(1)",
                           "http:example.org", "http:///x", "http://", "http://user:password@example.org/",
                           "http://example.org@evil.test/", "http://exa mple.org/", "http://example.org:0/",
                           "http://example.org:65536/", "http://example.org:8x/", "http://ex\\ample.org/",
                           "http://[::1", "http://[]/", "http://a\x01z/", "http://example.org\\@evil.test/"})
    EXPECT_EQ(parsed(text), "refused") << text;
  EXPECT_EQ(parsed("http://example.org/" + std::string(kUrlSizeMax, 'a')), "refused");
}

// The normal and abnormal examples of RFC 3986 section 5.4, base http://a/b/c/d;p?q, without the fragments,
// which are dropped, and without "g:h", which is another scheme.
TEST(Url, ResolvesTheExamplesOfTheStandard) {
  Url base = Url::parse("http://a/b/c/d;p?q").value();
  const std::pair<const char*, const char*> examples[] = {{"g", "http://a/b/c/g"},
                                                          {"./g", "http://a/b/c/g"},
                                                          {"g/", "http://a/b/c/g/"},
                                                          {"/g", "http://a/g"},
                                                          {"//g", "http://g/"},
                                                          {"?y", "http://a/b/c/d;p?y"},
                                                          {"g?y", "http://a/b/c/g?y"},
                                                          {"#s", "http://a/b/c/d;p?q"},
                                                          {"g#s", "http://a/b/c/g"},
                                                          {";x", "http://a/b/c/;x"},
                                                          {"g;x?y#s", "http://a/b/c/g;x?y"},
                                                          {"", "http://a/b/c/d;p?q"},
                                                          {".", "http://a/b/c/"},
                                                          {"./", "http://a/b/c/"},
                                                          {"..", "http://a/b/"},
                                                          {"../", "http://a/b/"},
                                                          {"../g", "http://a/b/g"},
                                                          {"../..", "http://a/"},
                                                          {"../../g", "http://a/g"},
                                                          {"../../../g", "http://a/g"},
                                                          {"/./g", "http://a/g"},
                                                          {"/../g", "http://a/g"},
                                                          {"g.", "http://a/b/c/g."},
                                                          {"..g", "http://a/b/c/..g"},
                                                          {"./../g", "http://a/b/g"},
                                                          {"g/./h", "http://a/b/c/g/h"},
                                                          {"g/../h", "http://a/b/c/h"},
                                                          {"g;x=1/../y", "http://a/b/c/y"},
                                                          {"g?y/../x", "http://a/b/c/g?y/../x"}};
  for (const auto& [link, expected] : examples) {
    auto url = base.resolve(link);
    ASSERT_TRUE(url) << link;
    EXPECT_EQ(url->to_string(), expected) << link;
  }
}

TEST(Url, DoesNotFollowLinksThatLeaveTheWeb) {
  Url base = Url::parse("http://a/b").value();
  for (const char* link :
       {"javascript:alert(1)", "mailto:maire@ville.test", "data:text/html,x", "\\\\evil\\x", "/\\evil",
        "//user@evil/", "java\nscript:alert(1)", "tel:0102030405"})
    EXPECT_FALSE(base.resolve(link)) << link;
}

TEST(Url, NeverLeavesTheRootOfAPath) {
  EXPECT_EQ(canonical_path("/../../etc/passwd"), "/etc/passwd");
  EXPECT_EQ(canonical_path("/a/%2e%2E/%2e./b"), "/b");
  EXPECT_EQ(canonical_path("/a/..%2fb"), "/a/..%2Fb");  // an encoded slash is no separator
  EXPECT_EQ(canonical_path(""), "/");
  EXPECT_EQ(canonical_path("x"), "/x");
  EXPECT_EQ(canonical_path("//x//y/"), "//x//y/");
  EXPECT_EQ(canonical_path("/%"), "/%25");
  EXPECT_EQ(canonical_path("/%4"), "/%254");
  EXPECT_EQ(canonical_target("/a/../b?x=1#f"), "/b?x=1");
}

TEST(Url, DecodesAndEncodes) {
  EXPECT_EQ(percent_decode("a%41%zz%4"), "aA%zz%4");
  EXPECT_EQ(percent_decode("%00+"), std::string("\0+", 2));
  EXPECT_EQ(percent_encode("a b/\xc3\xa9"), "a%20b%2F%C3%A9");
  EXPECT_EQ(percent_encode("a b/c", "/"), "a%20b/c");
}

// Whatever comes in, the result is printable ASCII, and canonical: doing it again changes nothing.
TEST(Url, IsCanonicalForEveryInput) {
  SeededRandom random(7);
  const std::string alphabet = std::string("/.%2eEfF?#:@[]\\ ah0\xc3\xa9\x01", 21) + '\0';
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (uint64_t n = random.below(16); n > 0; --n) text += alphabet[random.below(alphabet.size())];
    std::string once = canonical_target(text);
    ASSERT_EQ(canonical_target(once), once) << text;
    for (char c : once) ASSERT_TRUE(c > 0x20 && c < 0x7f) << text;
    ASSERT_TRUE(once.starts_with('/'));
    std::string path = once.substr(0, once.find('?')) + "/";
    ASSERT_EQ(path.find("/../"), path.npos) << text;
    auto url = Url::parse("http://h/" + text);
    if (url) {
      ASSERT_EQ(Url::parse(url->to_string()), *url) << text;
    }
  }
}

}  // namespace
}  // namespace aplomb::http
