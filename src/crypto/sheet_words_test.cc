#include "crypto/sheet_words.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"
#include "crypto/sheet_repair.h"
#include "crypto/sheet_text.h"
#include "crypto/word_list.h"

namespace aplomb::crypto {
namespace {

using Words = std::vector<std::string>;

std::string joined(const Words& words, std::string_view between = " ") {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : std::string(between)) + word;
  return text;
}

std::string error_of(const Words& words) {
  auto read = decode_sheet(joined(words));
  EXPECT_FALSE(read);
  if (read) return {};
  EXPECT_EQ(read.error().code, Code::corrupt);
  return read.error().what;
}

bool says(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

class SheetWords : public testing::Test {
 protected:
  SheetWords() {
    SeededRandom random(7);
    random.fill(bytes);
    bytes[0] = 1;
    words = encode_sheet(bytes);
    numbers = pack_sheet(bytes);
  }
  SheetBytes bytes;
  Words words;
  SheetNumbers numbers;
};

TEST_F(SheetWords, ReadBackWhatWasWritten) {
  SeededRandom random(8);
  for (int i = 0; i < 1000; ++i) {
    random.fill(bytes);
    const Words all = encode_sheet(bytes);
    ASSERT_EQ(all.size(), kSheetWords);
    auto read = decode_sheet(joined(all));
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, bytes);
  }
}

TEST_F(SheetWords, SeeEverySingleWrongWord) {
  for (size_t place = 0; place < kSheetWords; ++place)
    for (uint16_t word = 0; word < kWordListSize; ++word) {
      SheetNumbers other = numbers;
      other[place] = word;
      EXPECT_EQ(unpack_sheet(other).has_value(), word == numbers[place]) << place << " " << word;
    }
}

TEST_F(SheetWords, NameTheWordThatBelongsInThePlaceOfAWrongOne) {
  for (size_t place = 0; place < kSheetWords; ++place) {
    const std::string where = "word " + std::to_string(place + 1) + " ";
    Words other = words;
    other[place] = word_list()[(numbers[place] + 1000u) % kWordListSize];
    EXPECT_TRUE(says(error_of(other), where) && says(error_of(other), "\"" + words[place] + "\""))
        << error_of(other);
    other[place] = "xyzxyz";
    EXPECT_TRUE(says(error_of(other), where) && says(error_of(other), "\"" + words[place] + "\""))
        << error_of(other);
  }
}

TEST_F(SheetWords, NameTheWordThatIsMissingAndTheOneTooMany) {
  for (size_t place = 0; place < kSheetWords; ++place) {
    Words fewer = words;
    fewer.erase(fewer.begin() + static_cast<ptrdiff_t>(place));
    EXPECT_TRUE(says(error_of(fewer), "missing") && says(error_of(fewer), "\"" + words[place] + "\""));
    Words more = words;
    more.insert(more.begin() + static_cast<ptrdiff_t>(place), "oisillon");
    EXPECT_TRUE(says(error_of(more), "one word too many")) << error_of(more);
  }
}

TEST_F(SheetWords, SeeEveryTwoWordsInEachOthersPlace) {
  for (size_t a = 0; a < kSheetWords; ++a)
    for (size_t b = a + 1; b < kSheetWords; ++b) {
      Words other = words;
      std::swap(other[a], other[b]);
      if (other == words) continue;
      const std::string what = error_of(other);
      EXPECT_TRUE(says(what, "in each other's place") && says(what, std::to_string(a + 1)) &&
                  says(what, std::to_string(b + 1)))
          << what;
    }
}

TEST_F(SheetWords, SayWhatTheyCanOfSeveralSlips) {
  Words other = words;
  other[3] = "fromaje";
  other[9] = "xyzxyz";
  EXPECT_TRUE(says(error_of(other), "word 4, \"fromaje\"") && says(error_of(other), "fromage"))
      << error_of(other);
  other = words;
  other[3] = "oisillon";
  other[9] = "fromage";
  EXPECT_TRUE(says(error_of(other), "at least two"));
  other.resize(12);
  EXPECT_TRUE(says(error_of(other), "there are 12 words"));
  EXPECT_TRUE(says(error_of({}), "there are 0 words"));
  EXPECT_TRUE(says(error_of(Words(100'000, "oisillon")), "256 words"));
}

TEST_F(SheetWords, AreReadHoweverTheyAreTyped) {
  auto same = [&](const std::string& text) {
    EXPECT_TRUE(holds_sheet_words(text)) << text;
    auto read = decode_sheet(text);
    EXPECT_TRUE(read && *read == bytes) << text << (read ? "" : read.error().what);
  };
  same(joined(words, "\r\n\t "));
  same(joined(words, ", "));
  same("\xef\xbb\xbf" + joined(words, "\xc2\xa0"));
  Words typed = words;
  for (size_t i = 0; i < typed.size(); ++i)
    typed[i] = std::to_string(i + 1) + (i % 2 == 0 ? ". " : ")") + typed[i];
  same(joined(typed, "\n"));
  typed = words;
  for (std::string& word : typed) word.resize(4);
  same(joined(typed));
  for (std::string& word : typed) std::ranges::transform(word, word.begin(), ::toupper);
  same(joined(typed));
  typed = words;
  for (std::string& word : typed)  // as letters with accents, composed and not, small and capital
    for (size_t at = 0; at < word.size(); ++at)
      if (word[at] == 'e') word.replace(at, 1, at % 3 == 0 ? "é" : at % 3 == 1 ? "È" : "e\xcc\x81");
  same(joined(typed));
}

TEST_F(SheetWords, AreFoundInAWholeSheet) {
  const std::string title(kSheetTitle), text = joined(words);
  const std::string sheet =
      "Fromage: 12 oiseaux.\n  " + title + "\r\n" + text + "\nEND\nRien de plus: fromage.\n";
  EXPECT_TRUE(holds_sheet_words(sheet));
  EXPECT_EQ(decode_sheet(sheet).value(), bytes);
  EXPECT_EQ(decode_sheet(title + "\n" + text).value(), bytes);
}

TEST_F(SheetWords, AreToldFromKeyFilesAndFromAnythingElse) {
  EXPECT_FALSE(holds_sheet_words(""));
  EXPECT_FALSE(holds_sheet_words("\xff\xfe\x00 1 2 3"));
  EXPECT_FALSE(holds_sheet_words("APLOMB RECOVERY KEY\nYXBsb21rZXkAAAKoPX413hgXSZZnYXSOXEPL\nEND\n"));
  EXPECT_FALSE(holds_sheet_words("This is not a list of words at all, is it?"));
}

}  // namespace
}  // namespace aplomb::crypto
