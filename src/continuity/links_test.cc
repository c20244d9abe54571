#include "continuity/links.h"

#include <gtest/gtest.h>

namespace aplomb::continuity {
namespace {

const http::Url kBase = *http::Url::parse("https://ville.test/news/today.html");

std::string shown(const std::vector<Link>& links) {
  std::string text;
  for (const Link& link : links) {
    std::string url = link.url.same_origin(kBase) ? link.url.target() : link.url.to_string();
    text += (text.empty() ? "" : " ") + std::string(link.kind == LinkKind::page ? "p:" : "a:") + url;
  }
  return text;
}
std::string html(std::string_view text) {
  return shown(links_of_html(text, kBase));
}
std::string css(std::string_view text) {
  return shown(links_of_css(text, kBase));
}

TEST(Links, FindsWhereAReaderCanGoAndWhatAPageIsShownWith) {
  EXPECT_EQ(html("<a href='/x'>x</a> <AREA HREF=y> <a name=q>"), "p:/x p:/news/y");
  EXPECT_EQ(
      html("<link rel='Stylesheet' href=/s.css><link rel=next href=/2><link rel='shortcut icon' href=/i>"),
      "a:/s.css a:/i");
  EXPECT_EQ(html("<img src=a.png srcset='b.png 1x,c.png 2x , d.png'><source src=v.webp srcset=e.png>"),
            "a:/news/a.png a:/news/b.png a:/news/c.png a:/news/d.png a:/news/v.webp a:/news/e.png");
  EXPECT_EQ(html("<style>@import \"i.css\"; b{background:url( 'k.png' )}</style><p style='x:url(l.png)'>"),
            "a:/news/i.css a:/news/k.png a:/news/l.png");
  EXPECT_EQ(html("<a href=https://other.test/z>"), "p:https://other.test/z");
}

TEST(Links, LeavesScriptsFormsAndFramesAlone) {
  EXPECT_EQ(
      html("<script src=/x.js>'<a href=/in-script>'</script><form action=/send><iframe src=/f></iframe>"),
      "");
  EXPECT_EQ(html("<!-- <a href=/hidden> --><textarea><a href=/typed></textarea><a href=/seen>"), "p:/seen");
  EXPECT_EQ(
      html("<a href='javascript:go()'><a href='mailto:a@b.test'><a href='data:text/html,x'><a href='#top'>"),
      "");
}

TEST(Links, RespectsNofollow) {
  EXPECT_EQ(html("<a href=/x rel='noopener NoFollow'><a href=/y rel=nofollower>"), "p:/y");
  EXPECT_EQ(html("<meta name=Robots content='noindex,nofollow'><a href=/x><img src=/i>"), "a:/i");
  EXPECT_TRUE(says_nofollow("none"));
  EXPECT_FALSE(says_nofollow("noindex"));
}

TEST(Links, ReadsReferencesAndTheBase) {
  EXPECT_EQ(html("<a href='/?a=1&amp;b=2&#38;c=&#x33;&unknown;&'>"), "p:/?a=1&b=2&c=3&unknown;&");
  EXPECT_EQ(html("<base href='/other/'><base href='/ignored/'><a href=x>"), "p:/other/x");
  EXPECT_EQ(html("<img src='caf&#233;.png'>"), "a:/news/caf%C3%A9.png");
}

TEST(Links, TakesBrokenMarkupAsItComes) {
  EXPECT_EQ(html("<a href=\"/x"), "p:/x");
  EXPECT_EQ(html("a < b <a/href=/x><a = href=/y>"), "p:/x p:/y");
  EXPECT_EQ(html("<a href = /x title='>'><a href>"), "p:/x");
  EXPECT_EQ(html("<!--><a href=/x>"), "p:/x");
  EXPECT_EQ(html("<style>x{background:url(/a.png)}"), "a:/a.png");
  for (const char* text :
       {"<", "<a", "<a ", "<a href", "<a href=", "<a href='", "<!--", "<script>", "<style>", "</"})
    EXPECT_EQ(html(text), "") << text;
}

// Every cut of a page: the scanner must end, and find no link that the whole page does not have.
TEST(Links, ReadsEveryCutOfAPage) {
  const std::string page =
      "<base href=/b/><a href='x' rel=q>&amp;</a><img srcset=\"a 1x, b 2x\"><style>@import 'c';"
      "d{e:url(\"f\")}</style><!-- g --><script>h</script><p style=\"i:url(j)\">";
  const size_t whole = links_of_html(page, kBase).size();
  EXPECT_EQ(whole, 6u);
  for (size_t cut = 0; cut < page.size(); ++cut)
    EXPECT_LE(links_of_html(page.substr(0, cut), kBase).size(), whole) << cut;
}

TEST(Links, AreBounded) {
  std::string many;
  for (size_t i = 0; i < kLinksMax + 10; ++i) many += "<a href=/x>";
  EXPECT_EQ(links_of_html(many, kBase).size(), kLinksMax);
  EXPECT_TRUE(links_of_html(std::string(100'000, '<'), kBase).empty());
  EXPECT_TRUE(links_of_html("<a href=" + std::string(100'000, 'x') + ">", kBase).empty());
}

TEST(CssLinks, FindsPicturesFontsAndImports) {
  EXPECT_EQ(
      css("@import url(a.css); @IMPORT 'b.css' print; @font-face{src:URL(\"/f.woff2\") format('woff2')}"),
      "a:/news/a.css a:/news/b.css a:/f.woff2");
  EXPECT_EQ(css("/* url(no.png) */ a{content:'url(no.png)';b:url(yes.png)}"), "a:/news/yes.png");
  EXPECT_EQ(css("a{b:url(data:image/png;base64,AAAA)} c{d:url()}"), "");
  for (const char* text : {"url(", "@import", "@import '", "/*", "'", "url('", "'\\"})
    EXPECT_EQ(css(text), "");
}

}  // namespace
}  // namespace aplomb::continuity
