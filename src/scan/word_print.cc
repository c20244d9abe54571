#include "scan/word_print.h"

#include <algorithm>
#include <set>

#include "base/messages.h"

namespace aplomb::scan {
namespace {

constexpr size_t kWordMin = 2;  // bytes; shorter ones say nothing
constexpr size_t kTagMax = 2048;

constexpr std::array<bool, 256> kLetters = [] {
  std::array<bool, 256> table{};
  for (unsigned c = 0; c < 26; ++c) table['a' + c] = table['A' + c] = true;
  for (unsigned c = 0x80; c < 256; ++c) table[c] = true;
  return table;
}();

bool is_letter(char c) {
  return kLetters[static_cast<unsigned char>(c)];
}

char small(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// FNV-1a, then mixed: the smallest must be a fair draw.
uint32_t hash_word(std::string_view word) {
  uint64_t hash = 0xcbf29ce484222325ULL;
  for (char c : word) hash = (hash ^ static_cast<unsigned char>(small(c))) * 0x100000001b3ULL;
  hash ^= hash >> 32;
  hash *= 0x9e3779b97f4a7c15ULL;
  return std::min(static_cast<uint32_t>(hash >> 32), WordPrint::kNone - 1);
}

// Where the tag that opens at `at` ends; `at` when it is only a sign for "less
// than".
size_t end_of_tag(std::string_view text, size_t at) {
  bool opens =
      at + 1 < text.size() && (is_letter(text[at + 1]) || text[at + 1] == '/' || text[at + 1] == '!');
  size_t close =
      opens ? text.substr(0, std::min(text.size(), at + kTagMax)).find('>', at) : std::string_view::npos;
  return close == std::string_view::npos ? at : close;
}

// Nearly every word of a long text is greater than the eight smallest so far.
void keep_smallest(std::array<uint32_t, WordPrint::kSize>& smallest, uint32_t hash) {
  if (hash >= smallest.back()) return;
  auto place = std::lower_bound(smallest.begin(), smallest.end(), hash);
  if (*place == hash) return;
  std::move_backward(place, smallest.end() - 1, smallest.end());
  *place = hash;
}

}  // namespace

WordPrint word_print(std::string_view text) {
  WordPrint print;
  uint64_t letters = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '<') i = end_of_tag(text, i);
    if (!is_letter(text[i])) continue;
    size_t end = i;
    while (end < text.size() && is_letter(text[end])) ++end;
    if (end - i >= kWordMin) {
      letters += end - i;
      keep_smallest(print.smallest, hash_word(text.substr(i, end - i)));
    }
    i = end - 1;
  }
  print.letters = static_cast<uint32_t>(std::min<uint64_t>(letters, UINT32_MAX));
  return print;
}

unsigned percent_alike(const WordPrint& a, const WordPrint& b) {
  std::set<uint32_t> both;
  for (const WordPrint* print : {&a, &b})
    for (uint32_t hash : print->smallest)
      if (hash != WordPrint::kNone) both.insert(hash);
  if (a.empty() || b.empty()) return 0;
  unsigned looked = 0, common = 0;
  for (uint32_t hash : both) {
    if (++looked > WordPrint::kSize) break;
    if (std::ranges::binary_search(a.smallest, hash) && std::ranges::binary_search(b.smallest, hash))
      ++common;
  }
  return common * 100 / std::min<unsigned>(static_cast<unsigned>(both.size()), WordPrint::kSize);
}

void encode(ByteWriter& writer, const WordPrint& print) {
  for (uint32_t hash : print.smallest) writer.u32(hash);
  writer.u32(print.letters);
}

Result<WordPrint> decode_word_print(ByteReader& reader) {
  WordPrint print;
  for (uint32_t& hash : print.smallest) hash = TRY(reader.u32());
  print.letters = TRY(reader.u32());
  if (!std::ranges::is_sorted(print.smallest)) return fail(Code::corrupt, tr("a report is damaged"));
  return print;
}

}  // namespace aplomb::scan
