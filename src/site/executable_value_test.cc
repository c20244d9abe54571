#include "site/executable_value.h"

#include <gtest/gtest.h>

namespace aplomb::site {
namespace {

std::string kind(std::string_view text) {
  auto found = executable_value(text);
  return found ? found->kind : "nothing";
}

TEST(ExecutableValue, OrdinaryTextAndMarkupAreNothing) {
  for (const char* text : {"",
                           "<",
                           "<b>bold</b>",
                           "2 < 3 and 4 > 1",
                           "a <- b",
                           "x<y",
                           "price < 5 on=3",
                           "<p class=\"intro\">Bonjour</p>",
                           "<a href=\"https://example.org/?on=1\">lien</a>",
                           "<a href='/page'>x</a>",
                           "<img src=\"photo.jpg\" alt=\"a > b\">",
                           "&lt;script&gt;alert(1)&lt;/script&gt;",
                           "&lt;?php echo 1; ?&gt;",
                           "<?xml version=\"1.0\"?><r/>",
                           "what <? is this",
                           "javascript: the good parts",
                           "Learn javascript:",
                           "Le script de la pièce",
                           "<scripture>text</scripture>",
                           "online=yes",
                           "<p>one=two</p>",
                           "<span data-on=\"x\">",
                           "<td once=\"1\">",
                           "onclick=\"x()\"",
                           "<a title=\"javascript: an introduction\" href=\"/b\">",
                           "<!-- wp:paragraph --><p>x</p><!-- /wp:paragraph -->",
                           "a:1:{s:4:\"name\";s:5:\"value\";}",
                           "O:8:\"stdClass\":1:{s:1:\"a\";i:1;}",
                           "Note: O:8 is the grid cell",
                           "O:3:\"abcdef\":0:{}",
                           "See [the page](https://example.org)",
                           "data:image/png;base64,AAAA",
                           "<img src=\"data:image/png;base64,AAAA\">",
                           "<a href=\"javascript:void(0)\">",
                           "<a onclick=\"return false\">",
                           "<meta charset=\"utf-8\">",
                           "{\"a\":\"\\u003cb\\u003e\"}",
                           "<form action=\"/contact\">",
                           "<svg viewBox=\"0 0 1 1\">",
                           "<style>p{color:red}</style>",
                           "use <?php to start",
                           "1 <?= 2"})
    EXPECT_EQ(kind(text), "nothing") << text;
}

TEST(ExecutableValue, FindsScripts) {
  for (const char* text :
       {"<script>x</script>", "text <SCRIPT src=//x></SCRIPT>", "<script\n>", "<script/x>", "<script",
        "<ScRiPt type=\"module\">", "<b <script>x", "<b title=\"><script>x</script>",
        "<b title='<i y=\"<script>x", "\\u003cscript\\u003ex", "\\u003Ciframe src=x"})
    EXPECT_EQ(kind(text), "script") << text;
}

TEST(ExecutableValue, FindsFramesAndObjects) {
  EXPECT_EQ(kind("<iframe src=\"https://maps.example\"></iframe>"), "frame");
  EXPECT_EQ(kind("<p><IFRAME/src=x>"), "frame");
  EXPECT_EQ(kind("<object data=x>"), "embedded-object");
  EXPECT_EQ(kind("<embed src=x>"), "embedded-object");
}

TEST(ExecutableValue, FindsEventHandlersHoweverTheyAreWritten) {
  for (const char* text :
       {"<img src=x onerror=echo(1)>", "<img/src=\"x\"/onerror=echo(1)>", "<svg onload='x()'>",
        "<a\tONCLICK = \"x()\">", "<body onload=x", "<img src=\"a\"onerror=x()>",
        "<input autofocus onfocus=x()>", "<details open ontoggle=x>"})
    EXPECT_EQ(kind(text), "event-handler") << text;
}

TEST(ExecutableValue, FindsScriptAddresses) {
  for (const char* text :
       {"<a href=\"javascript:x()\">", "<a href=JavaScript:x()>", "<a href=\" java\tscript:x()\">",
        "<a href=\"&#106;avascript:x()\">", "<a href=\"&#x6A;avascript&colon;x()\">",
        "<form action=javascript:x()>", "<iframe2 src=\"data:text/html;base64,AAAA\">", "javascript:x()",
        "data:text/html,hello", "[x](javascript:x())", "<a xlink:href=\"javascript:x()\">",
        "<a href=\"vbscript:x()\">"})
    EXPECT_EQ(kind(text), "script-address") << text;
}

TEST(ExecutableValue, WhatOnlyEmbedsOrMentionsHidesNothingBehindIt) {
  for (const char* before :
       {"<iframe src=https://films.example/1></iframe>", "<embed src=x>", "Ask: <?php echo 1; ?>"}) {
    auto alone = executable_value(before);
    ASSERT_TRUE(alone) << before;
    EXPECT_FALSE(alone->acts) << before;
    for (const char* after :
         {"<script src=//x></script>", "<img onerror=x()>", "O:4:\"Evil\":1:{s:1:\"a\";i:1;}",
          "\\u003cscript>", "[x](javascript:x())", "<base href=//x>"}) {
      auto both = executable_value(std::string(before) + " " + after);
      ASSERT_TRUE(both) << before << after;
      EXPECT_TRUE(both->acts) << before << after;
    }
  }
  for (const char* text :
       {"<iframe srcdoc='&lt;script&gt;'>", "<iframe src=javascript:x()>", "<iframe onload=x()>"})
    EXPECT_TRUE(executable_value(text)->acts) << text;
}

TEST(ExecutableValue, FindsWhatActsWithoutAScript) {
  EXPECT_EQ(kind("<base href=//x.example/>"), "base-address");
  EXPECT_EQ(kind("<link rel=\"stylesheet\" href=\"//x.example/a.css\">"), "outer-style");
  EXPECT_EQ(kind("<style>p{} @IMPORT url(//x.example/a.css);</style>"), "outer-style");
  EXPECT_EQ(kind("<form action=//x.example><input name=p type=password></form>"), "password-field");
  EXPECT_EQ(kind("<link rel=canonical href=/a>"), "nothing");
}

TEST(ExecutableValue, FindsRedirects) {
  EXPECT_EQ(kind("<meta http-equiv=\"refresh\" content=\"0;url=https://example.org\">"), "redirect");
  EXPECT_EQ(kind("<META content='1; URL=//x' http-equiv=Refresh>"), "redirect");
}

TEST(ExecutableValue, FindsPhpCode) {
  for (const char* text : {"<?php echo 'token';", "x <?PHP\n$a = 1;", "<?= $x ?>", "<?=date('Y')?>",
                           "<? echo('x') ?>", "<?$x=1?>"})
    EXPECT_EQ(kind(text), "php-code") << text;
}

TEST(ExecutableValue, FindsSerialisedObjects) {
  for (const char* text : {"O:4:\"Evil\":1:{s:1:\"a\";i:1;}", "a:1:{i:0;O:4:\"Evil\":0:{}}",
                           "O:+4:\"Evil\":0:{}", "x|O:4:\"Evil\":0:{}", "C:4:\"Evil\":0:{}",
                           "O:7:\"A\\B_\\C1\":0:{}", "O:8:\"stdClass\":1:{s:1:\"a\";O:4:\"Evil\":0:{}}"})
    EXPECT_EQ(kind(text), "php-object") << text;
}

TEST(ExecutableValue, EveryPieceOfAHostileTextIsReadWithoutHarm) {
  std::string text =
      "<b title='<a x=\"<img/onerror = 'x' <?= [](javascript:O:4:\"Evil\":1:{ &#x6a; &colon; \\u003c";
  for (size_t begin = 0; begin < text.size(); ++begin)
    for (size_t length = 0; begin + length <= text.size(); ++length) {
      auto found = executable_value(std::string_view(text).substr(begin, length));
      EXPECT_TRUE(!found || !found->kind.empty());
    }
}

// Read again from each '<', these would need 10^12 steps.
TEST(ExecutableValue, CostsNoMoreThanTheTextIsLong) {
  for (const char* piece :
       {"<a ", "<a x='", "<a x=\"", "<a x=\"<b y='", "](", "<?php ", "<", "O:9:\"", "\\u003c"}) {
    std::string text;
    while (text.size() < 1'000'000) text += piece;
    EXPECT_EQ(kind(text), "nothing") << piece;
  }
}

}  // namespace
}  // namespace aplomb::site
