#include "php/likeness.h"

#include <algorithm>
#include <bit>
#include <vector>

#include "php/characters.h"

namespace aplomb::php {
namespace {

constexpr size_t kShingle = 5;
constexpr size_t kRow = CodeSketch::kSize * 4;

uint64_t mixed(uint64_t value) {
  value = (value ^ value >> 31) * 0x9e3779b97f4a7c15u;
  return (value ^ value >> 29) * 0xbf58476d1ce4e5b9u;
}

// What a token says about the structure: operators and keywords are themselves, names of functions are kept
// in lower case, all variables are alike, and so are all texts and all numbers.
uint64_t normalised(const Token& token, std::string_view source) {
  uint64_t value = static_cast<uint64_t>(token.kind) << 16 | token.id;
  if (token.is_name())
    for (char c : token.text(source)) value = (value ^ static_cast<unsigned char>(lower(c))) * 0x100000001b3u;
  return mixed(value);
}

bool is_skipped(const Token& token) {
  return token.is_trivia() || token.kind == TokenKind::open_tag || token.kind == TokenKind::close_tag ||
         token.kind == TokenKind::inline_html;
}

int digit(char c) {
  return c <= '9' ? c - '0' : c - 'a' + 10;
}

// The numbers of all known files by bin and value, so that a sketch meets only those that share something.
struct Index {
  struct Entry {
    uint32_t key;
    uint16_t file;
    auto operator<=>(const Entry&) const = default;
  };
  std::vector<Entry> entries;
  std::vector<uint16_t> filled;  // by file: bins that hold something

  Index() {
    std::string_view rows = known_shapes();
    filled.resize(rows.size() / kRow);
    for (size_t at = 0; at + 4 <= rows.size(); at += 4) {
      uint32_t value = 0;
      for (size_t i = 0; i < 4; ++i) value = value << 4 | static_cast<uint32_t>(digit(rows[at + i]));
      if (value == CodeSketch::kEmpty) continue;
      auto bin = static_cast<uint32_t>(at % kRow / 4);
      auto file = static_cast<uint16_t>(at / kRow);
      entries.push_back({bin << 16 | value, file});
      ++filled[file];
    }
    std::ranges::sort(entries);
  }
};

}  // namespace

CodeSketch sketch(std::string_view source, Dialect dialect) {
  CodeSketch out;
  Lexer lexer(source, dialect);
  uint64_t rolling = 0;
  size_t seen = 0;
  std::array<uint64_t, kShingle> last{};
  for (Token token = lexer.next(); token.kind != TokenKind::end; token = lexer.next()) {
    if (is_skipped(token)) continue;
    last[seen++ % kShingle] = normalised(token, lexer.source());
    if (seen < kShingle) continue;
    rolling = 0;
    for (size_t i = 0; i < kShingle; ++i) rolling = std::rotl(rolling, 11) + last[(seen + i) % kShingle];
    uint64_t hash = mixed(rolling);
    uint16_t& least = out.least[hash % CodeSketch::kSize];
    least = std::min(least, static_cast<uint16_t>(std::min<uint64_t>(hash >> 48, CodeSketch::kEmpty - 1)));
    ++out.shingles;
  }
  return out;
}

unsigned likeness_to_known_bad(const CodeSketch& sketch) {
  static const Index index;
  if (sketch.shingles < kShinglesMin) return 0;
  std::vector<uint8_t> common(index.filled.size());
  unsigned filled = 0, best = 0;
  for (uint32_t bin = 0; bin < CodeSketch::kSize; ++bin) {
    if (sketch.least[bin] == CodeSketch::kEmpty) continue;
    ++filled;
    uint32_t key = bin << 16 | sketch.least[bin];
    for (auto at = std::ranges::lower_bound(index.entries, key, {}, &Index::Entry::key);
         at != index.entries.end() && at->key == key; ++at)
      ++common[at->file];
  }
  for (size_t file = 0; file < common.size(); ++file)
    if (unsigned of = std::max<unsigned>(filled, index.filled[file]); of != 0)
      best = std::max(best, common[file] * 100u / of);
  return best >= kAlikePercent ? best : 0;
}

}  // namespace aplomb::php
