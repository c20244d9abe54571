#include "scan/html.h"

#include <gtest/gtest.h>

namespace aplomb::scan {
namespace {

Level level_of(std::string_view text, std::string_view rule = "") {
  ReportBuilder report;
  analyse_html(text, Layer{}, report);
  Level level = Level::none;
  for (const Finding& finding : report.findings())
    if (rule.empty() || finding.rule == rule) level = std::max(level, finding.level);
  return level;
}

TEST(HtmlScanner, ReadsTagsAsBrowsersDo) {
  HtmlScanner scanner(
      "<!-- <a> --><IMG src=x.png alt='a > b'\n Title=\"&#104;i &amp; co\"><script>a<b</script ><p");
  HtmlTag tag;
  ASSERT_TRUE(scanner.next(tag));
  EXPECT_EQ(tag.name, "img");
  EXPECT_EQ(tag.attribute("src"), "x.png");
  EXPECT_EQ(tag.attribute("alt"), "a > b");
  EXPECT_EQ(tag.attribute("title"), "hi & co");
  ASSERT_TRUE(scanner.next(tag));
  EXPECT_EQ(tag.name, "script");
  EXPECT_EQ(tag.body, "a<b");
  EXPECT_EQ(tag.body_line, 2u);
  ASSERT_TRUE(scanner.next(tag));
  EXPECT_TRUE(tag.closing);
  ASSERT_TRUE(scanner.next(tag));
  EXPECT_EQ(tag.name, "p");
  EXPECT_FALSE(scanner.next(tag));
}

TEST(HtmlScanner, SurvivesTruncationAtEveryByte) {
  std::string text =
      "<!--[if IE]><a href='x' b=c d>&#x41;<script type=\"t\">y</script><![endif]--><svg:path/>";
  for (size_t i = 0; i <= text.size(); ++i) {
    HtmlScanner scanner(std::string_view(text).substr(0, i));
    HtmlTag tag;
    size_t count = 0;
    while (scanner.next(tag)) ++count;
    EXPECT_LE(count, 6u);
  }
}

TEST(Html, HiddenFramesOfForeignHosts) {
  EXPECT_EQ(level_of("<iframe src='https://x.invalid/' width=1 height=1></iframe>"), Level::suspicious);
  EXPECT_EQ(level_of("<iframe src='//x.invalid/' style='display: none'></iframe>"), Level::suspicious);
  EXPECT_EQ(
      level_of("<div style='position:absolute; left:-9999px'><iframe src='//x.invalid/'></iframe></div>"),
      Level::suspicious);
  EXPECT_EQ(level_of("<iframe src='https://www.youtube.com/embed/x' width=560 height=315></iframe>"),
            Level::none);
  EXPECT_EQ(level_of("<iframe src='/print.html' width=0 height=0></iframe>"), Level::none);
  EXPECT_EQ(level_of("<noscript><iframe src='https://www.googletagmanager.com/ns.html?id=1' height=0 width=0 "
                     "style='display:none;visibility:hidden'></iframe></noscript>"),
            Level::none);
}

std::string links(int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += "<a href='https://s" + std::to_string(i) + ".invalid/'>x</a> ";
  return out;
}

TEST(Html, LinksHiddenInNumber) {
  EXPECT_EQ(level_of("<div style='position:absolute;left:-5000px'>" + links(4) + "</div>"),
            Level::suspicious);
  EXPECT_EQ(level_of("<p style='height:0;overflow:hidden'>" + links(4) + "</p>"), Level::suspicious);
  EXPECT_EQ(level_of("<div style='display:none'>" + links(20) + "</div>"), Level::suspicious);
  EXPECT_EQ(level_of("<ul style='display:none'>" + links(4) + "</ul>"), Level::none);  // a menu
  EXPECT_EQ(level_of("<div style='position:absolute;left:-5000px'>skip</div>" + links(20)), Level::none);
  EXPECT_EQ(level_of("<div style='margin-left:-9999px'>" + links(4) + "</div>"), Level::none);
}

TEST(Html, WhatActsIsToldFromWhatIsShown) {
  for (const char* text :
       {"<script>x()</script>", "<p onclick=x()>", "<a href='javascript:x()'>",
        "<iframe srcdoc='&lt;p&gt;'></iframe>", "<iframe src='data:text/html,x'></iframe>",
        "<base href='//x.invalid/'>", "<form action='https://x.invalid/'><input type=password></form>",
        "<form><button formaction='//x.invalid/'>", "<link rel=import href='//x.invalid/'>",
        "<link rel=preload as=script href='//x.invalid/a.js'>",
        "<meta http-equiv=refresh content='0; url=/b'>", "<style>p{width:expression(x())}</style>"})
    EXPECT_TRUE(has_active_content(text)) << text;
  for (const char* text :
       {"<iframe src='https://www.youtube.com/embed/x'></iframe>", "<object data='/plan.pdf'></object>",
        "<embed src='plan.pdf'>", "<base href='/town/'>",
        "<form action='/login'><input type=password></form>",
        "<form action='https://newsletter.invalid/'><input type=email></form>",
        "<link rel=stylesheet href='https://fonts.invalid/a.css'>", "<style>p{color:red}</style>"})
    EXPECT_FALSE(has_active_content(text)) << text;
}

TEST(Html, RefreshesAndCodeInAddresses) {
  EXPECT_EQ(level_of("<meta http-equiv='Refresh' content='0; URL=https://x.invalid/'>"), Level::suspicious);
  EXPECT_EQ(level_of("<meta http-equiv='refresh' content='5; url=/new/'>"), Level::none);
  EXPECT_EQ(level_of("<script src='data:text/javascript;base64,YWxlcnQoMSk='></script>"), Level::suspicious);
  EXPECT_EQ(level_of("<img src=x onerror=\"eval(atob('YWxlcnQoMSk='))\">"), Level::suspicious);
  EXPECT_EQ(level_of("<a href=\"javascript:eval(atob('YWxlcnQoMSk='))\">x</a>"), Level::suspicious);
  EXPECT_EQ(level_of("<a href='javascript:history.back()'>back</a>"), Level::none);
}

TEST(Html, LinesOfScriptsAreThoseOfThePage) {
  ReportBuilder report;
  analyse_html("<p>\n<script>\n\neval(atob('YWxlcnQoMSk='))</script>", Layer{}, report);
  ASSERT_EQ(report.findings().size(), 1u);
  EXPECT_EQ(report.findings()[0].line, 4u);
}

TEST(Html, MarkupThatWasHiddenCondemnsWhatItLoads) {
  ReportBuilder report;
  analyse_html("<script src='https://x.invalid/a.js'></script>", Layer{}.inside(Veil::hidden, 7), report);
  ASSERT_EQ(report.findings().size(), 1u);
  EXPECT_EQ(report.findings()[0].level, Level::malicious);
  EXPECT_EQ(report.findings()[0].line, 7u);
}

}  // namespace
}  // namespace aplomb::scan
