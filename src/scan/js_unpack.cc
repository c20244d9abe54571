#include "scan/js_unpack.h"

#include <charconv>

namespace aplomb::scan {
namespace {

constexpr size_t kUnpackedMax = 4u << 20;

bool is_word_char(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}

// A word as a number in the packer's digits 0-9 a-z A-Z.
std::optional<size_t> word_index(std::string_view word, uint32_t radix) {
  size_t index = 0;
  for (char c : word) {
    uint32_t digit = c >= '0' && c <= '9'   ? static_cast<uint32_t>(c - '0')
                     : c >= 'a' && c <= 'z' ? static_cast<uint32_t>(c - 'a' + 10)
                     : c >= 'A' && c <= 'Z' ? static_cast<uint32_t>(c - 'A' + 36)
                                            : 99;
    if (digit >= radix || index > 1'000'000) return std::nullopt;
    index = index * radix + digit;
  }
  return index;
}

std::vector<std::string_view> split_words(std::string_view table) {
  std::vector<std::string_view> words;
  for (size_t at = 0; at <= table.size();) {
    size_t end = std::min(table.find('|', at), table.size());
    words.push_back(table.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

std::string substitute(std::string_view payload, uint32_t radix, const std::vector<std::string_view>& words) {
  std::string out;
  for (size_t at = 0; at < payload.size() && out.size() < kUnpackedMax;) {
    size_t end = at;
    while (end < payload.size() && is_word_char(payload[end])) ++end;
    if (end == at) {
      out.push_back(payload[at++]);
      continue;
    }
    std::string_view word = payload.substr(at, end - at);
    std::optional<size_t> index = word_index(word, radix);
    bool replaced = index && *index < words.size() && !words[*index].empty();
    out.append(replaced ? words[*index] : word);
    at = end;
  }
  return out;
}

}  // namespace

std::optional<std::string> unpack_word_table(const JsTokens& tokens, size_t at) {
  if (!tokens.is(at + 1, "(") || !tokens.is(at + 2, "function") || !tokens.is(at + 4, "p") ||
      !tokens.is(at + 6, "a") || !tokens.is(at + 8, "c") || !tokens.is(at + 10, "k"))
    return std::nullopt;
  // '…', radix, count, '…' . split
  for (size_t i = at + 12; i + 8 < tokens.size() && i < at + 2000; ++i) {
    if (!tokens.is(i, "(") || !tokens.is(i + 1, JsType::string) || !tokens.is(i + 3, JsType::number) ||
        !tokens.is(i + 5, JsType::number) || !tokens.is(i + 7, JsType::string) || !tokens.is(i + 9, "split"))
      continue;
    uint32_t radix = 0;
    std::string_view digits = tokens.text(i + 3);
    std::from_chars(digits.data(), digits.data() + digits.size(), radix);
    if (radix < 2 || radix > 62) return std::nullopt;
    std::string payload = js_string_value(tokens.text(i + 1)).value;
    std::string table = js_string_value(tokens.text(i + 7)).value;
    return substitute(payload, radix, split_words(table));
  }
  return std::nullopt;
}

}  // namespace aplomb::scan
