// May a text hold one of these words? One pass over the bytes, a table in the first-level cache, no case: a
// look before the work that detectors do for a word. It never misses a word, and may say yes without one:
// bytes are compared without the bit that tells small letters from capitals, which also joins a few signs and
// the halves of the Cyrillic and accented letters. Words have three bytes at least. Pure; built at compile
// time.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace aplomb {

struct WordClass {
  std::string_view word;
  uint32_t classes = 1;  // bits that a text with this word gets
};

template <size_t N>
class WordFinder {
 public:
  constexpr explicit WordFinder(const WordClass (&words)[N]) {
    for (size_t i = 0; i < N; ++i) {
      words_[i] = words[i];
      all_ |= words[i].classes;
      size_t slot = slot_of(first_three(words[i].word));
      next_[i] = head_[slot];
      head_[slot] = static_cast<uint8_t>(i + 1);
    }
  }

  // The classes of all words that may be in the text; stops early once they are `enough`.
  uint32_t find(std::string_view text, uint32_t enough) const {
    uint32_t found = 0;
    if (text.size() < 3) return 0;
    size_t end = text.size() - 3;  // the last place where three bytes stand
    for (size_t i = 0; i < end; ++i) {
      uint32_t four;
      std::memcpy(&four, text.data() + i, 4);
      if (head_[slot_of(four & 0xffffff)] == 0) [[likely]]
        continue;
      found |= classes_at(text.substr(i), four & 0xffffff);
      if ((found & enough) == enough) return found;
    }
    return found | classes_at(text.substr(end), first_three(text.substr(end)));
  }
  uint32_t find(std::string_view text) const { return find(text, all_); }
  bool any(std::string_view text) const {
    if (text.size() < 3) return false;
    size_t end = text.size() - 3;
    for (size_t i = 0; i < end; ++i) {
      uint32_t four;
      std::memcpy(&four, text.data() + i, 4);
      if (head_[slot_of(four & 0xffffff)] != 0 && classes_at(text.substr(i), four & 0xffffff) != 0)
        return true;
    }
    return classes_at(text.substr(end), first_three(text.substr(end))) != 0;
  }

 private:
  static constexpr size_t kSlots = 4096;

  static constexpr uint32_t first_three(std::string_view text) {
    return static_cast<unsigned char>(text[0]) |
           static_cast<uint32_t>(static_cast<unsigned char>(text[1])) << 8 |
           static_cast<uint32_t>(static_cast<unsigned char>(text[2])) << 16;
  }
  static constexpr size_t slot_of(uint32_t three) { return ((three | 0x202020) * 0x9e3779b1u) >> 20; }
  static constexpr char folded(char c) { return static_cast<char>(c | 0x20); }

  uint32_t classes_at(std::string_view text, uint32_t three) const {
    uint32_t found = 0;
    for (uint8_t at = head_[slot_of(three)]; at != 0; at = next_[at - 1]) {
      const WordClass& each = words_[at - 1];
      if (text.size() < each.word.size()) continue;
      size_t same = 0;
      while (same < each.word.size() && folded(text[same]) == folded(each.word[same])) ++same;
      if (same == each.word.size()) found |= each.classes;
    }
    return found;
  }

  static_assert(N < 255);
  std::array<WordClass, N> words_{};
  std::array<uint8_t, N> next_{};
  std::array<uint8_t, kSlots> head_{};
  uint32_t all_ = 0;
};

}  // namespace aplomb
