// Is this nearly a file that is known to be bad? The code as a set of five tokens in a row, without comments,
// names of variables and the content of texts; of that set a sketch of a few numbers (one-permutation
// MinHash), whose common share estimates the common share of the sets. The sketches of known malware stand in
// known_shapes.cc: numbers from which no text comes back. A neighbour is suspicious, never more: somebody may
// have written an honest file from a bad one, or the other way round.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "php/lexer.h"

namespace aplomb::php {

struct CodeSketch {
  static constexpr size_t kSize = 32;
  static constexpr uint16_t kEmpty = UINT16_MAX;
  std::array<uint16_t, kSize> least;  // by bin; kEmpty when nothing fell into it
  uint32_t shingles = 0;

  CodeSketch() { least.fill(kEmpty); }
};

CodeSketch sketch(std::string_view source, Dialect dialect);

constexpr uint32_t kShinglesMin = 80;  // shorter code is alike by chance
constexpr unsigned kAlikePercent = 45;

// The share of parts in common with the nearest known-bad file, in percent; 0 below kAlikePercent.
unsigned likeness_to_known_bad(const CodeSketch& sketch);

// Four hexadecimal digits a number, one row a file.
std::string_view known_shapes();

}  // namespace aplomb::php
