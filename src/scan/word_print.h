// The words of a text in a few numbers: enough to say, a snapshot later and
// without the text, that two texts are nearly the same or have nothing in
// common. The smallest hashes of the distinct words (a bottom-k sketch); their
// common share estimates the share of common words. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace aplomb::scan {

struct WordPrint {
  static constexpr size_t kSize = 8;
  static constexpr uint32_t kNone = UINT32_MAX;
  std::array<uint32_t, kSize> smallest;  // ascending; kNone behind the last
  uint32_t letters = 0;                  // bytes of words, also of repeated ones

  WordPrint() { smallest.fill(kNone); }
  bool operator==(const WordPrint&) const = default;
  bool empty() const { return smallest[0] == kNone; }
};

// Words are runs of letters (ASCII, or bytes of other alphabets), without case;
// digits and markup between < and > are no words.
WordPrint word_print(std::string_view text);

// The share of words that both have, in percent; 0 when either has none.
unsigned percent_alike(const WordPrint& a, const WordPrint& b);

void encode(ByteWriter& writer, const WordPrint& print);
Result<WordPrint> decode_word_print(ByteReader& reader);

}  // namespace aplomb::scan
