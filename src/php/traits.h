// What web shells are made of: functions, words and shapes that are ordinary one by one and that hardly ever
// stand together in honest code. Each has a weight (trait_table.cc), none is negative, so nothing that is
// added to a file lowers its score. The score says "suspicious", never more: it was learned, not understood.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "php/lexer.h"
#include "php/trait_reader.h"

namespace aplomb::php {

struct TraitWeight {
  TraitKind kind;
  std::string_view name;
  uint16_t least;  // of shapes: so often within one portion
  int16_t weight;  // in hundredths of a natural logarithm of odds
};
std::span<const TraitWeight> trait_weights();  // at most kTraitsMax
constexpr size_t kTraitsMax = 256;
constexpr int kTraitThreshold = 1000;  // see docs/detection.md for what it costs and catches

struct TraitScore {
  int score = 0;
  uint32_t line = 0;  // where the portion begins
  std::string named;  // the heaviest traits, as written in the code
  bool is_suspicious() const { return score >= kTraitThreshold; }
};

// Told what a TraitReader sees; keeps the best window of two portions.
class TraitCounter {
 public:
  void function(std::string_view name);
  void variable(std::string_view name);
  void keyword(std::string_view text);
  void word(std::string_view text);
  static bool may_know_word(std::string_view text);  // false for nearly all that have no weight; in any case
  void portion(const std::array<uint16_t, kShapes>& counts, uint32_t line);
  TraitScore best() const;

 private:
  using Set = std::array<uint64_t, kTraitsMax / 64>;
  void see(TraitKind kind, std::string_view name);
  void mark(size_t trait) { now_[trait / 64] |= uint64_t{1} << trait % 64; }

  Set now_{}, before_{}, best_set_{};
  uint32_t line_before_ = 1, best_line_ = 0;
  int best_ = -1;
};

TraitScore traits(std::string_view source, Dialect dialect, Start start);

}  // namespace aplomb::php
