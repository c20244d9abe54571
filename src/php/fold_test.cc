#include "php/fold.h"

#include <gtest/gtest.h>

#include "php/codecs.h"

namespace aplomb::php {
namespace {

Constant text(std::string_view value) {
  return Constant::of(std::string(value));
}

Constant call(std::string_view name, std::vector<Constant> arguments) {
  Meter meter((Budget()));
  return fold_call(name, arguments, meter);
}

TEST(Fold, DecodesEscapesAsTheQuotesSay) {
  Meter meter((Budget()));
  EXPECT_EQ(literal("\"\\x61\\142\\u{63}\\n\\$\\q\"", Quote::double_quote, meter).text(), "abc\n$\\q");
  EXPECT_EQ(literal("'\\x61\\'\\\\'", Quote::single_quote, meter).text(), "\\x61'\\");
  EXPECT_EQ(literal("b'x'", Quote::single_quote, meter).text(), "x");
  EXPECT_EQ(literal("0x1F", Quote::none, meter).to_integer(), 31);
  EXPECT_EQ(literal("1_000", Quote::none, meter).to_integer(), 1000);
  EXPECT_EQ(literal("017", Quote::none, meter).to_integer(), 15);
}

TEST(Fold, ComputesTheFunctionsOfObfuscators) {
  EXPECT_EQ(call("base64_decode", {text("bWFya2Vy")}).text(), "marker");
  EXPECT_EQ(call("base64_decode", {text("bWF ya2\nVy==")}).text(), "marker");
  EXPECT_EQ(call("str_rot13", {text("znexre")}).text(), "marker");
  EXPECT_EQ(call("strrev", {text("rekram")}).text(), "marker");
  EXPECT_EQ(call("hex2bin", {text("6d61")}).text(), "ma");
  EXPECT_EQ(call("pack", {text("H*"), text("6d61")}).text(), "ma");
  EXPECT_EQ(call("urldecode", {text("%6d+a")}).text(), "m a");
  EXPECT_EQ(call("rawurldecode", {text("%6d+a")}).text(), "m+a");
  EXPECT_EQ(call("chr", {Constant::of(int64_t{109})}).text(), "m");
  EXPECT_EQ(call("ord", {text("m")}).to_integer(), 109);
  EXPECT_EQ(call("substr", {text("marker"), Constant::of(int64_t{-3}), Constant::of(int64_t{2})}).text(),
            "ke");
  EXPECT_EQ(call("str_replace", {text("#"), text(""), text("m#a#")}).text(), "ma");
  EXPECT_EQ(call("strtr", {text("abc"), text("abc"), text("xyz")}).text(), "xyz");
  EXPECT_EQ(call("sprintf", {text("%s%c%2$s"), text("a"), Constant::of(int64_t{98})}).text(), "ab98");
  EXPECT_EQ(call("implode", {text("-"), call("explode", {text(","), text("a,b")})}).text(), "a-b");
  EXPECT_EQ(call("convert_uudecode", {text("&;6%R:V5R\n`\n")}).text(), "marker");
}

TEST(Fold, InflatesEveryZlibFormat) {
  // gzdeflate, gzcompress and gzencode of "marker marker marker"
  EXPECT_EQ(call("gzinflate", {text(*decode_base64("y00syk4tUshFpgA="))}).text(), "marker marker marker");
  EXPECT_EQ(call("gzuncompress", {text(*decode_base64("eJzLTSzKTi1SyEWmAFGGB8c="))}).text(),
            "marker marker marker");
  EXPECT_FALSE(call("gzinflate", {text("no deflate data")}).known());
}

TEST(Fold, StopsADecompressionBombAtTheBudget) {
  Budget budget;
  budget.bytes = 10;
  Meter meter(budget);
  std::vector<Constant> arguments = {text(*decode_base64("y00syk4tUshFpgA="))};
  fold_call("gzinflate", arguments, meter);
  EXPECT_TRUE(meter.exhausted());
}

TEST(Fold, CombinesBytesByXorAndNot) {
  Meter meter((Budget()));
  EXPECT_EQ(fold_binary(Op::bit_xor, text("`"), text("\x01"), meter).text(), "a");
  EXPECT_EQ(fold_unary(Op::bit_not, text("\x9e"), meter).text(), "a");
  EXPECT_EQ(fold_unary(Op::increment, text("az"), meter).text(), "ba");
  EXPECT_EQ(fold_unary(Op::increment, text("Zz"), meter).text(), "AAa");
}

TEST(Fold, IndexesTextsAndArraysFromBothEnds) {
  Meter meter((Budget()));
  EXPECT_EQ(fold_index(text("marker"), Constant::of(int64_t{-1}), meter).text(), "r");
  Constant list = Constant::of(Constant::Items());
  list.push_back(text("a"));
  list.put(text("k"), text("b"));
  EXPECT_EQ(fold_index(list, text("0"), meter).text(), "a");
  EXPECT_EQ(fold_index(list, text("k"), meter).text(), "b");
  EXPECT_FALSE(fold_index(list, text("none"), meter).known());
}

TEST(Fold, KnowsNothingFromAnUnknownOperand) {
  Meter meter((Budget()));
  EXPECT_FALSE(fold_binary(Op::dot, Constant(), text("a"), meter).known());
  EXPECT_FALSE(call("base64_decode", {Constant()}).known());
  EXPECT_FALSE(fold_binary(Op::divide, Constant::of(int64_t{1}), Constant::of(int64_t{0}), meter).known());
  EXPECT_FALSE(fold_binary(Op::percent, Constant::of(INT64_MIN), Constant::of(int64_t{-1}), meter).known());
}

TEST(Fold, RefusesToNestArraysWithoutEnd) {
  Constant inner = Constant::of(Constant::Items());
  for (int i = 0; i < 100000; ++i) {
    Constant outer = Constant::of(Constant::Items());
    outer.push_back(inner);
    inner = outer;
  }
  EXPECT_TRUE(inner.is_array());
}

TEST(Fold, PaysForEveryByteOfAProduct) {
  Budget budget;
  budget.bytes = 1000;
  Meter meter(budget);
  Constant grown = text("xxxxxxxxxx");
  for (int i = 0; i < 40 && grown.known(); ++i) {
    Constant copy = grown;
    grown = fold_binary(Op::dot, copy, grown, meter);
  }
  EXPECT_FALSE(grown.known());
  EXPECT_TRUE(meter.exhausted());
}

}  // namespace
}  // namespace aplomb::php
