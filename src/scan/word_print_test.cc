#include "scan/word_print.h"

#include <gtest/gtest.h>

namespace aplomb::scan {
namespace {

unsigned alike(std::string_view a, std::string_view b) {
  return percent_alike(word_print(a), word_print(b));
}

TEST(WordPrint, SaysHowMuchTwoTextsHaveInCommon) {
  EXPECT_EQ(alike("Le marché a lieu samedi", "Le marché a lieu samedi"), 100u);
  EXPECT_EQ(alike("Le marché a lieu samedi", "<p>le MARCHÉ</p>, a lieu: samedi!"), 60u)
      << "accents keep their case";
  EXPECT_EQ(alike("Le marché", "completely other words"), 0u);
  EXPECT_EQ(alike("", "words"), 0u);
  EXPECT_GE(alike("one two three four five six seven eight nine ten",
                  "one two three four five six seven eight nine"),
            70u);
}

TEST(WordPrint, TakesMarkupAndDigitsForNothing) {
  EXPECT_TRUE(word_print("2026-11-27 <b class=\"x\"></b> 12 a").empty());
  EXPECT_FALSE(word_print("a < b and c").empty());
  EXPECT_EQ(word_print("<b>ab</b>cd").letters, 4u);
}

TEST(WordPrint, TravelsAsBytes) {
  WordPrint print = word_print("some words that travel");
  ByteWriter writer;
  encode(writer, print);
  ByteReader reader(writer.view());
  EXPECT_EQ(decode_word_print(reader).value_or(WordPrint()), print);
}

}  // namespace
}  // namespace aplomb::scan
