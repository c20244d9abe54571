#include "crypto/word_list.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/text.h"

namespace aplomb::crypto {
namespace {

TEST(WordList, Has2048SortedWordsOfFourToEightPlainLetters) {
  auto words = word_list();
  ASSERT_EQ(words.size(), 2048u);
  EXPECT_TRUE(std::ranges::is_sorted(words, std::less_equal()));
  for (std::string_view word : words) {
    EXPECT_TRUE(word.size() >= 4 && word.size() <= 8) << word;
    EXPECT_TRUE(std::ranges::all_of(word, [](char c) { return c >= 'a' && c <= 'z'; })) << word;
  }
}

TEST(WordList, TellsEveryWordByItsFirstFourLetters) {
  std::set<std::string_view> starts;
  for (std::string_view word : word_list()) EXPECT_TRUE(starts.insert(word.substr(0, 4)).second) << word;
}

// Pairs such as "balise" and "valise" could not all be avoided.
TEST(WordList, HasFewWordsThatOneLetterMakesIntoAnother) {
  auto words = word_list();
  size_t pairs = 0;
  for (size_t i = 0; i < words.size(); ++i)
    for (size_t j = i + 1; j < words.size(); ++j) pairs += edit_distance(words[i], words[j]) == 1;
  EXPECT_EQ(pairs, 119u);  // as docs/format/recovery-sheet.md says
}

TEST(WordList, FindsAWordByItselfAndByItsFirstFourLettersAndByNothingElse) {
  auto words = word_list();
  for (size_t i = 0; i < words.size(); ++i) {
    EXPECT_EQ(find_word(words[i]), i);
    EXPECT_EQ(find_word(words[i].substr(0, 4)), i);
    EXPECT_FALSE(find_word(words[i].substr(0, 3)));
    EXPECT_FALSE(find_word(std::string(words[i]) + "q"));
    EXPECT_EQ(find_word(words[i].substr(0, 5)).has_value(), words[i].size() <= 5);
  }
  EXPECT_FALSE(find_word(""));
  EXPECT_FALSE(find_word("zzzzz"));
}

TEST(WordList, NamesTheWordThatWasMeant) {
  auto nearest = [](std::string_view word) {
    auto words = nearest_words(word, 3);
    return words.empty() ? std::string_view() : words.front();
  };
  EXPECT_EQ(nearest("abeilles"), "abeille");
  EXPECT_EQ(nearest("fromaje"), "fromage");
  EXPECT_EQ(nearest("frmage"), "fromage");
  EXPECT_EQ(nearest("xxxxxxxx"), "");
  EXPECT_EQ(nearest(std::string(100'000, 'a')), "");
  EXPECT_LE(nearest_words("pole", 3).size(), 3u);
}

}  // namespace
}  // namespace aplomb::crypto
