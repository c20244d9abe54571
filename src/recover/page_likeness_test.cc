#include "recover/page_likeness.h"

#include <gtest/gtest.h>

namespace aplomb::recover {

using Words = std::vector<std::string>;

TEST(PageLikeness, CountsTheWordsThatAReaderSees) {
  EXPECT_EQ(words_of_page("<p title='no > word'>Market on <b>Saturday</b>.</p>"),
            (Words{"market", "on", "saturday"}));
  EXPECT_EQ(words_of_page("<script>var a = '<p>no</p>';</script>yes<style>p { no }</style>"), Words{"yes"});
  EXPECT_EQ(words_of_page("<!-- no --><scripts>yes</scripts>"), Words{"yes"});
  EXPECT_EQ(words_of_page("a < b"), (Words{"a", "b"}));
  EXPECT_EQ(words_of_page("École d’été"), (words_of_page("École <i>d’été</i>")));
}

TEST(PageLikeness, LeavesTimesCountersAndTokensOut) {
  EXPECT_EQ(words_of_page("seen 1482 times at 07:15, nonce 9f3a22bc"),
            (Words{"at", "nonce", "seen", "times"}));
}

TEST(PageLikeness, TellsAPageFromAnErrorAndFromADefacement) {
  std::string page = "<h1>Town of Saint</h1>";
  for (int i = 0; i < 30; ++i) page += "<p>the market opens every saturday in front of the church</p>";
  auto with = [&](const std::string& text) {
    return likeness_of_pages("text/html; charset=utf-8", as_bytes(page), as_bytes(text));
  };
  EXPECT_EQ(with(page), 1);
  EXPECT_GE(with(page + "<p>it is monday</p>"), kAlike);
  EXPECT_LT(with("Fatal error: Uncaught Error in the index"), kAlike);
  EXPECT_LT(with(""), kAlike);
  EXPECT_LT(with("<h1>owned by somebody</h1>"), kAlike);
  EXPECT_LT(with(page.substr(0, page.size() / 2)), kAlike);
}

TEST(PageLikeness, TakesOtherFilesByTheirBytes) {
  EXPECT_EQ(likeness_of_pages("text/css", as_bytes("p {}"), as_bytes("p {}")), 1);
  EXPECT_EQ(likeness_of_pages("text/css", as_bytes("p {}"), as_bytes("q {}")), 0);
  EXPECT_EQ(likeness_of_pages("image/png", {}, {}), 1);
}

// Markup that is broken off anywhere, and any byte in any place, ends.
TEST(PageLikeness, EndsOnEveryTruncation) {
  const std::string page = "<p a=\"b\">x</p><script>y</script><!-- z --><style>";
  for (size_t size = 0; size <= page.size(); ++size) {
    std::string cut = page.substr(0, size);
    words_of_page(cut);
    for (char byte : {'<', '"', '\0', '\xff'}) words_of_page(cut + byte);
  }
  EXPECT_EQ(likeness({}, {}), 1);
  EXPECT_EQ(likeness({"a"}, {}), 0);
}

}  // namespace aplomb::recover
