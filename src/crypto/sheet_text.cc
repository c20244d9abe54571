#include "crypto/sheet_text.h"

#include <algorithm>
#include <optional>

#include "crypto/sheet_words.h"

namespace aplomb::crypto {
namespace {

// U+00C0 to U+00FF without their accents; a blank where there is no plain letter.
constexpr std::string_view kLatin1 = "aaaaaaaceeeeiiii nooooo ouuuuy  aaaaaaaceeeeiiii nooooo ouuuuy y";
static_assert(kLatin1.size() == 64);

struct Character {
  size_t size = 1;                   // bytes of UTF-8
  std::optional<std::string> plain;  // small letters; empty: an accent that stands alone; unset: no letter
};

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

Character two_bytes(uint8_t first, uint8_t second) {
  if (first == 0xc3) {
    if (second == 0x86 || second == 0xa6) return {2, "ae"};
    char plain = kLatin1[second & 0x3f];
    return plain == ' ' ? Character{2, {}} : Character{2, std::string(1, plain)};
  }
  if (first == 0xc5 && (second == 0x92 || second == 0x93)) return {2, "oe"};
  if (first == 0xc5 && second == 0xb8) return {2, "y"};
  // U+0300 to U+036F: accents behind their letter, as macOS writes them.
  if (first == 0xcc || (first == 0xcd && second < 0xb0)) return {2, ""};
  return {2, {}};
}

Character next_character(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  if (is_letter(text[0])) return {1, std::string(1, static_cast<char>(text[0] | 0x20))};
  if (byte(0) >= 0xc2 && byte(0) <= 0xdf && text.size() > 1 && (byte(1) & 0xc0) == 0x80)
    return two_bytes(byte(0), byte(1));
  return {};
}

std::string_view take_line(std::string_view& rest) {
  size_t end = std::min(rest.find('\n'), rest.size());
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  size_t first = line.find_first_not_of(" \t\r");
  if (first == line.npos) return {};
  return line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
}

// What stands between the title and END; the whole text when there is no title.
std::string_view framed(std::string_view text) {
  std::string_view rest = text;
  while (!rest.empty()) {
    if (take_line(rest) != kSheetTitle) continue;
    const std::string_view body = rest;
    while (!rest.empty()) {
      const size_t before = rest.size();
      if (take_line(rest) == kSheetEnd) return body.substr(0, body.size() - before);
    }
    return body;
  }
  return text;
}

}  // namespace

bool has_sheet_title(std::string_view text) {
  while (!text.empty())
    if (take_line(text) == kSheetTitle) return true;
  return false;
}

std::vector<std::string> sheet_tokens(std::string_view text) {
  std::vector<std::string> tokens;
  std::string word;
  auto end_word = [&] {
    if (!word.empty()) tokens.push_back(std::move(word));
    word.clear();
  };
  for (std::string_view rest = framed(text); !rest.empty() && tokens.size() < kSheetTokensMax;) {
    Character character = next_character(rest);
    if (character.plain)
      word += *character.plain;
    else if (is_digit(rest[0]) && !word.empty())
      word += rest[0];  // "p1age" is one wrong word; "1plage" and "1. plage" are a number and a word
    else
      end_word();
    rest.remove_prefix(std::min(character.size, rest.size()));
  }
  end_word();
  return tokens;
}

}  // namespace aplomb::crypto
