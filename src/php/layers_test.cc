// Code that code decodes and runs: it is opened and judged itself, and what cannot be opened is said to be
// so.
#include <gtest/gtest.h>
#include <zlib.h>

#include <string>
#include <vector>

#include "php/codecs.h"
#include "php/fixtures.h"

namespace aplomb::php {
namespace {

using test::find;
using test::listed;
using test::php;

std::string deflated(std::string_view text) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string out(text.size() + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string wrapped(std::string_view code) {
  return "eval(base64_decode('" + encode_base64(code) + "'));";
}

TEST(Layers, JudgesWhatADecodedLayerDoes) {
  Analysis analysis = php("<?php\n" + wrapped("eval($_POST['x']);"));
  const Finding* inner = find(analysis, "php-request-to-eval", Level::malicious);
  ASSERT_NE(inner, nullptr);
  EXPECT_EQ(inner->line, 2U);
  EXPECT_EQ(inner->reason.text(),
            "in the code that line 2 decodes and runs: line 1: request data ($_POST['x']) reach eval at line "
            "1, which runs them as PHP");
}

TEST(Layers, OnlySuspectsAnEncodedLayerThatDoesNothing) {
  Analysis analysis = php("<?php " + wrapped("echo 'token';"));
  EXPECT_EQ(worst(analysis.findings), Level::suspicious) << listed(analysis);
  EXPECT_NE(find(analysis, "php-decoded-layer", Level::suspicious), nullptr);
  EXPECT_EQ(analysis.layers, 1U);
}

TEST(Layers, OpensLayerBehindLayer) {
  std::string code = "system($_GET['c']);";
  for (int i = 0; i < 10; ++i) code = wrapped(code);
  EXPECT_NE(find(php("<?php " + code), "php-request-to-command", Level::malicious), nullptr);
}

TEST(Layers, OpensChainsOfDecoders) {
  std::string blob = encode_base64(deflated("eval($_POST['x']);"));
  std::string rotated = rotate13(blob);
  std::string reversed(blob.rbegin(), blob.rend());
  for (const std::string& code : std::vector<std::string>{
           "eval(gzinflate(base64_decode('" + blob + "')));",
           "eval(gzinflate(base64_decode(str_rot13('" + rotated + "'))));",
           "$f = 'base64_decode'; $g = 'gz' . 'inflate'; eval($g($f(strrev('" + reversed + "'))));",
           "function d($s) { return gzinflate(base64_decode($s)); } eval(d('" + blob + "'));",
           "function a($s) { return base64_decode($s); } function b($s) { return gzinflate(a($s)); } "
           "eval(b('" +
               blob + "'));",
           "class D { static function o($s) { return gzinflate(base64_decode($s)); } } eval(D::o('" + blob +
               "'));",
           "$x = '" + blob.substr(0, 9) + "'; $x .= '" + blob.substr(9) +
               "'; eval(gzinflate(base64_decode($x)));",
           "$x = <<<T\n" + blob + "\nT;\neval(gzinflate(base64_decode($x)));",
           "$x = <<<'T'\n  " + blob + "\n  T;\n$c = base64_decode($x); $c = gzinflate($c); eval($c);",
           "preg_replace('/x/e', 'eval(gzinflate(base64_decode(\"" + blob + "\")))', 'x');",
           "$f = create_function('', gzinflate(base64_decode('" + blob + "'))); $f();",
           "call_user_func('assert', gzinflate(base64_decode('" + blob + "')));",
           "include 'data://text/plain;base64," + encode_base64("<?php eval($_POST['x']);") + "';",
           "eval('?>' . base64_decode('" + encode_base64("<p><?php eval($_POST['x']); ?>") + "'));",
           "eval(hex2bin('6576616c28245f504f53545b2778275d293b'));",
           "eval(urldecode('eval%28%24_POST%5B%27x%27%5D%29%3B'));",
           std::string(
               "eval(\"\\x65\\x76\\x61\\x6c\\x28\\x24\\x5f\\x50\\x4f\\x53\\x54\\x5b\\x31\\x5d\\x29\\x3b\");"),
       }) {
    Analysis analysis = php("<?php " + code);
    EXPECT_NE(find(analysis, "php-request-to-eval", Level::malicious), nullptr) << code << "\n"
                                                                                << listed(analysis);
  }
}

TEST(Layers, SaysNothingOfPlainCodeInAString) {
  EXPECT_TRUE(php("<?php $c = 'return 1 + 1;'; eval($c);").findings.empty());
  EXPECT_TRUE(php("<?php eval('class A extends ' . 'B {}');").findings.empty());
}

TEST(Layers, CallsUndecodableExecutionOpaque) {
  for (std::string_view code :
       {"<?php eval(base64_decode($unknown));", "<?php eval(gzinflate(get_it()));",
        "<?php for ($i = 0; $i < 9; $i++) { $o .= chr(ord($d[$i]) ^ 7); } eval($o);",
        "<?php eval(openssl_decrypt('QUJD', 'aes-128-cbc', $key));", "<?php assert($a ^ $b);"})
    EXPECT_NE(find(php(code), "php-opaque-execution", Level::opaque), nullptr) << code;
}

TEST(Layers, StopsAtTheBudgetAndSaysSo) {
  std::string code = "echo 'token';";
  for (int i = 0; i < 8; ++i) code = wrapped(code);
  Budget budget;
  budget.layers = 3;
  Analysis analysis = php("<?php " + code, budget);
  EXPECT_TRUE(analysis.hit_limit);
  EXPECT_NE(find(analysis, "php-opaque-execution", Level::opaque), nullptr);
  budget = {};
  budget.bytes = 100;
  EXPECT_TRUE(php("<?php " + code, budget).hit_limit);
  budget = {};
  budget.steps = 3;
  EXPECT_TRUE(php("<?php " + code, budget).hit_limit);
}

TEST(Layers, SurvivesCodeThatRunsItself) {
  EXPECT_FALSE(php("<?php $c = 'eval($c);'; eval($c);").hit_limit);
  EXPECT_FALSE(php("<?php function f($a) { return f($a . 'x'); } eval(f('a'));").hit_limit);
}

}  // namespace
}  // namespace aplomb::php
