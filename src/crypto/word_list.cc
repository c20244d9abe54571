#include "crypto/word_list.h"

#include <algorithm>
#include <array>

#include "base/result.h"
#include "base/text.h"

namespace aplomb::crypto {
namespace {

constexpr std::string_view kLines =
#include <sheet_words.inc>  // made of sheet_words.txt by CMake
    ;

using List = std::array<std::string_view, kWordListSize>;

List split() {
  List words;
  size_t at = 0;
  for (std::string_view& word : words) {
    size_t end = kLines.find('\n', at);
    APLOMB_CHECK(end != kLines.npos);
    word = kLines.substr(at, end - at);
    at = end + 1;
  }
  APLOMB_CHECK(at == kLines.size());
  return words;
}

}  // namespace

std::span<const std::string_view> word_list() {
  static const List words = split();
  return words;
}

std::optional<uint16_t> find_word(std::string_view word) {
  if (word.size() < kWordStart) return std::nullopt;
  auto words = word_list();
  std::string_view start = word.substr(0, kWordStart);
  auto found = std::ranges::lower_bound(words, start, {}, [](auto w) { return w.substr(0, kWordStart); });
  if (found == words.end() || !found->starts_with(start)) return std::nullopt;
  if (word.size() > kWordStart && word != *found) return std::nullopt;
  return static_cast<uint16_t>(found - words.begin());
}

std::vector<std::string_view> nearest_words(std::string_view word, size_t count) {
  constexpr size_t kNear = 2, kLongest = 16;
  std::vector<std::pair<size_t, std::string_view>> near;
  if (word.size() > kLongest) return {};
  for (std::string_view candidate : word_list()) {
    size_t distance = edit_distance(word, candidate);
    // Whoever writes the first four letters only can still slip in one of them.
    if (word.size() == kWordStart)
      distance = std::min(distance, edit_distance(word, candidate.substr(0, kWordStart)));
    // A word written on: "abeilles".
    if (word.starts_with(candidate.substr(0, kWordStart))) distance = std::min(distance, size_t{1});
    if (distance <= kNear) near.emplace_back(distance, candidate);
  }
  std::ranges::sort(near);
  std::vector<std::string_view> words;
  for (size_t i = 0; i < std::min(count, near.size()); ++i) words.push_back(near[i].second);
  return words;
}

}  // namespace aplomb::crypto
