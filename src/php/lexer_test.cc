#include "php/lexer.h"

#include <gtest/gtest.h>

#include <random>

namespace aplomb::php {
namespace {

// A file with a bit of everything that makes PHP hard to lex.
constexpr std::string_view kTricky =
    "#!/usr/bin/php\n<html><?xml version=\"1.0\"?><?php\n"
    "namespace A\\B; use \\C\\{D, E}; # comment ?><b>\n<?= $x ?>\n<?php // end ?>text<?php\n"
    "#[Attr('x')]\n/** doc */ class K { public ?int $p = 0x1F_F + 0b11 + 0o17 + 1_000.5e-3 + .5; }\n"
    "$a = 'it\\'s' . \"dq \\\" $b[key] $b[0] $b[-1] $b[$i] {$b['x']->y(\"in {$z}\")} ${name} ${'a'.'b'} "
    "$o->p $o?->p\";\n"
    "$h = <<<\"EOT\"\n  text $v {$w}\n  EOT . b'bin' . b\"bin $q\";\n"
    "$n = <<<'N'\nraw $v {$w}\nN;\n$e = <<<E\nE;\n"
    "$f = (int)$a + ( string ) $b; $c = `ls $d`; $g ?\?= $h?->i ?? 1 <=> 2 ** 3 ... 4;\n"
    "$x->class; X::list(); fn($a) => $$a; \xc3\xa9t\xc3\xa9(); enum Suit: string {} enum(1);\n"
    "__halt_compiler ();\x00\xff data <?php not code";

std::string joined(std::string_view source, Dialect dialect, Start start = Start::html) {
  Lexer lexer(source, dialect, start);
  std::string out;
  uint32_t offset = 0;
  for (Token token = lexer.next(); token.kind != TokenKind::end; token = lexer.next()) {
    EXPECT_EQ(token.offset, offset);
    EXPECT_GT(token.length, 0U);
    offset += token.length;
    out += token.text(source);
  }
  return out;
}

std::vector<Token> tokens(std::string_view source, Dialect dialect = Dialect::modern) {
  Lexer lexer(source, dialect);
  std::vector<Token> out;
  for (Token token = lexer.next_significant(); token.kind != TokenKind::end; token = lexer.next_significant())
    out.push_back(token);
  return out;
}

std::vector<std::string> texts(std::string_view source, Dialect dialect = Dialect::modern) {
  std::vector<std::string> out;
  for (const Token& token : tokens(source, dialect)) out.emplace_back(token.text(source));
  return out;
}

TEST(Lexer, TokensOfEveryTruncationMakeItsBytes) {
  for (Dialect dialect : {Dialect::modern, Dialect::short_tags, Dialect::legacy})
    for (size_t length = 0; length <= kTricky.size(); ++length) {
      std::string cut(kTricky.substr(0, length));
      ASSERT_EQ(joined(cut, dialect), cut) << length;
    }
}

TEST(Lexer, TokensOfRandomMutationsMakeTheirBytes) {
  std::mt19937 random(7);
  constexpr std::string_view kSpicy =
      "'\"`$<>?{}[]()#/*\\\n\r= -:;%\x00\xff"
      "aE0x_";
  for (int round = 0; round < 4000; ++round) {
    std::string text(kTricky);
    for (int change = 0; change < 6; ++change) {
      size_t place = random() % text.size();
      char c = kSpicy[random() % kSpicy.size()];
      if (random() % 3 == 0)
        text.erase(place, 1 + random() % 20);
      else if (random() % 2 == 0)
        text.insert(place, 1, c);
      else
        text[place] = c;
      if (text.empty()) text = "<?";
    }
    ASSERT_EQ(joined(text, static_cast<Dialect>(round % 3), static_cast<Start>(round % 2)), text);
  }
}

TEST(Lexer, SplitsInterpolationIntoParts) {
  std::vector<std::string> expected = {"<?php ", "\"", "a ", "$b", "[", "key", "]",  " ",
                                       "{",      "$c", "->", "d",  "}", " ",   "$e", "->",
                                       "f",      " ",  "${", "g",  "}", "\"",  ";"};
  EXPECT_EQ(texts("<?php \"a $b[key] {$c->d} $e->f ${g}\";"), expected);
}

TEST(Lexer, KeepsALiteralWithoutInterpolationWhole) {
  EXPECT_EQ(tokens("<?php \"a \\$b { $ 5\"")[1].kind, TokenKind::string);
  EXPECT_EQ(texts("<?php b'it\\'s' . B\"x\"")[1], "b'it\\'s'");
}

TEST(Lexer, ClosesAnIndentedHeredocInsideAnExpression) {
  std::vector<std::string> expected = {"<?php ", "f",   "(", "<<<X\n", "  a ", "$b",
                                       "\n",     "  X", ",", "1",      ")",    ";"};
  EXPECT_EQ(texts("<?php f(<<<X\n  a $b\n  X, 1);"), expected);
  EXPECT_EQ(texts("<?php <<<X\nXY\nX;")[2], "XY\n");
}

TEST(Lexer, TakesNowdocLiterally) {
  std::vector<Token> seen = tokens("<?php <<<'X'\n$a {$b}\nX;");
  ASSERT_EQ(seen.size(), 5U);
  EXPECT_EQ(seen[2].kind, TokenKind::encapsed);
}

TEST(Lexer, OpensPhpOnlyAtRealTags) {
  EXPECT_EQ(tokens("<?xml version='1'?>").size(), 1U);
  EXPECT_EQ(tokens("<? echo 1;", Dialect::modern)[0].kind, TokenKind::inline_html);
  EXPECT_EQ(tokens("<? echo 1;", Dialect::short_tags)[0].kind, TokenKind::open_tag);
  EXPECT_EQ(tokens("<?xml ?>", Dialect::short_tags)[0].kind, TokenKind::inline_html);
  EXPECT_EQ(tokens("<?PHP\n1")[0].kind, TokenKind::open_tag);
  EXPECT_EQ(tokens("<?phpx")[0].kind, TokenKind::inline_html);
  EXPECT_EQ(tokens("<%= 1 %>", Dialect::legacy)[0].kind, TokenKind::open_echo);
  EXPECT_EQ(tokens("<SCRIPT  language = 'php' >1</script >x", Dialect::legacy)[0].kind, TokenKind::open_tag);
  EXPECT_EQ(tokens("<script language=php>1</script>x", Dialect::legacy)[2].kind, TokenKind::close_tag);
  EXPECT_EQ(tokens("<script language=php>1", Dialect::modern)[0].kind, TokenKind::inline_html);
}

TEST(Lexer, EndsALineCommentAtTheCloseTag) {
  std::vector<std::string> expected = {"<?php ", "?>", "x"};
  EXPECT_EQ(texts("<?php // a 'b ?>x"), expected);
}

TEST(Lexer, ReadsAnAttributeAsPhp8AndAsAComment) {
  EXPECT_EQ(tokens("<?php #[A]\n")[1].kind, TokenKind::attribute_open);
  EXPECT_EQ(tokens("<?php #[A]\n", Dialect::legacy).size(), 1U);
}

TEST(Lexer, KnowsNumbersNamesAndCasts) {
  std::vector<Token> seen =
      tokens("<?php 0x1F 0b1 0o7 1_000 1.5 .5 1e3 \\a\\b namespace\\c (int) ( Object ) ->list ::class");
  std::vector<TokenKind> kinds;
  for (const Token& token : seen) kinds.push_back(token.kind);
  using enum TokenKind;
  std::vector<TokenKind> expected = {
      open_tag,       integer,        integer, integer, integer, floating, floating, floating,
      qualified_name, qualified_name, cast,    cast,    op,      name,     op,       name};
  EXPECT_EQ(kinds, expected);
}

TEST(Lexer, LeavesDataBehindHaltCompilerAlone) {
  std::vector<Token> seen = tokens("<?php __HALT_COMPILER();<?php eval(1);");
  EXPECT_EQ(seen.back().kind, TokenKind::data);
  EXPECT_EQ(seen.back().length, 14U);
}

TEST(Lexer, CountsLinesOfEveryNewline) {
  std::vector<Token> seen = tokens("<?php\n'a\nb'\r\n/*\n*/ $x\r;");
  EXPECT_EQ(seen[1].line, 2U);
  EXPECT_EQ(seen[2].line, 5U);
  EXPECT_EQ(seen[3].line, 6U);
}

TEST(Lexer, StopsNestingAtALimitWithoutLosingBytes) {
  std::string deep = "<?php ";
  for (int i = 0; i < 10000; ++i) deep += "\"{$a[";
  EXPECT_EQ(joined(deep, Dialect::modern), deep);
  Lexer lexer(deep);
  while (lexer.next().kind != TokenKind::end) {
  }
  EXPECT_TRUE(lexer.nested_too_deep());
}

}  // namespace
}  // namespace aplomb::php
