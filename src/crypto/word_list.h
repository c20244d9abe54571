// The 2048 words of the recovery sheet, from sheet_words.txt: plain French, 4 to 8 letters of a to z, sorted,
// no two with the same first four letters. A word stands for its place, 0 to 2047. The list is part of the
// format and never changes. Internal to crypto.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aplomb::crypto {

constexpr size_t kWordListSize = 2048;
constexpr size_t kWordBits = 11;
constexpr size_t kWordStart = 4;  // so many letters tell a word from all others

std::span<const std::string_view> word_list();

// `word` in small letters: the whole word, or its first four letters.
std::optional<uint16_t> find_word(std::string_view word);

// Those that `word` was probably meant for, the nearest first; at most `count`, none when none is near.
std::vector<std::string_view> nearest_words(std::string_view word, size_t count);

}  // namespace aplomb::crypto
