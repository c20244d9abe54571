#include "base/word_finder.h"

#include <gtest/gtest.h>

namespace aplomb {
namespace {

constexpr WordClass kWords[] = {
    {"hacked", 1}, {"hack", 2}, {"background", 4}, {"\xd0\xb7\xd0\xbb\xd0\xbe\xd0\xbc", 8}};
constexpr WordFinder kFinder(kWords);

TEST(WordFinder, FindsEveryWordAtEveryPlaceInAnyCase) {
  for (size_t before = 0; before < 9; ++before)
    for (size_t behind = 0; behind < 9; ++behind)
      for (const WordClass& each : kWords)
        for (bool big : {false, true}) {
          std::string word(each.word);
          if (big)
            for (char& c : word)
              if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
          std::string text = std::string(before, '.') + word + std::string(behind, '!');
          EXPECT_TRUE(kFinder.any(text)) << text;
          EXPECT_EQ(kFinder.find(text) & each.classes, each.classes) << text;
        }
}

TEST(WordFinder, SaysNoToTextsWithoutThem) {
  for (std::string_view text : {"", "h", "ha", "hac", "hac ked", "h.a.c.k", "back ground"}) {
    EXPECT_FALSE(kFinder.any(text)) << text;
    EXPECT_EQ(kFinder.find(text), 0u) << text;
  }
  EXPECT_EQ(kFinder.find("background of a hack"), 6u);
}

}  // namespace
}  // namespace aplomb
