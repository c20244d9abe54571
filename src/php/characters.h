// Character classes as PHP's own scanner sees them, independent of the locale: a name may hold any byte from
// 0x80.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace aplomb::php {

enum CharacterClass : uint8_t {
  kNameStart = 1,
  kNameByte = 2,
  kSpace = 4,
  kDigit = 8,
  kHexDigit = 16,
  kCommentStop = 32,  // where a comment of one line may end: a line end, or the first byte of a close tag
  kQuotedStop = 64,   // where a literal in double quotes may end or hold something else than itself
};

constexpr std::array<uint8_t, 256> make_character_table() {
  std::array<uint8_t, 256> table{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
    bool digit = byte >= '0' && byte <= '9';
    uint8_t classes = 0;
    if (letter || byte == '_' || byte >= 0x80) classes |= kNameStart | kNameByte;
    if (digit) classes |= kNameByte | kDigit | kHexDigit;
    if ((byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F')) classes |= kHexDigit;
    if (byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r') classes |= kSpace;
    if (byte == '\n' || byte == '\r' || byte == '?' || byte == '%' || byte == '<') classes |= kCommentStop;
    if (byte == '"' || byte == '\\' || byte == '$' || byte == '{') classes |= kQuotedStop;
    table[byte] = classes;
  }
  return table;
}
inline constexpr std::array<uint8_t, 256> kCharacters = make_character_table();

constexpr bool is(char character, CharacterClass wanted) {
  return (kCharacters[static_cast<unsigned char>(character)] & wanted) != 0;
}

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

inline std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

// `lower_text` must be in lower case already.
constexpr bool equals_ignoring_case(std::string_view text, std::string_view lower_text) {
  if (text.size() != lower_text.size()) return false;
  for (size_t i = 0; i < text.size(); ++i)
    if (lower(text[i]) != lower_text[i]) return false;
  return true;
}
constexpr bool starts_ignoring_case(std::string_view text, std::string_view lower_prefix) {
  return text.size() >= lower_prefix.size() &&
         equals_ignoring_case(text.substr(0, lower_prefix.size()), lower_prefix);
}
constexpr int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

}  // namespace aplomb::php
