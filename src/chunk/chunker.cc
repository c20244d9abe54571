#include "chunk/chunker.h"

#include <algorithm>
#include <cstring>

namespace aplomb::chunk {
namespace {

// A position is a candidate when its hash is below this: hash * (average - min) < 2^64. It looks at the high
// bits, as a mask would, but a mask can only halve: as the search begins at min, log2(average) bits make
// chunks of 157 KiB where 128 KiB are asked for, and one bit less 96 KiB.
uint64_t candidate_below(const Params& params) {
  return UINT64_MAX / (params.average - params.min) + 1;
}

// The first length in [min, size] whose last 64 bytes hash below `limit`; `size` when there is none. The hash
// is warmed up on the 64 bytes before min, so that it depends on nothing else.
size_t first_candidate(const uint8_t* data, size_t size, size_t min, uint64_t limit,
                       const std::array<uint64_t, 256>& words) {
  const uint64_t* const gear = words.data();
  uint64_t hash = 0;
  size_t at = min - kGearWindow;
  while (at < min) hash = (hash << 1) + gear[data[at++]];
  while (hash >= limit && at < size) hash = (hash << 1) + gear[data[at++]];
  return at;
}

// `cut` itself when it is just after a newline already, or when none is near.
size_t after_next_newline(ByteView window, size_t cut) {
  if (cut == window.size() || window[cut - 1] == '\n') return cut;
  size_t reach = std::min(kLineReach, window.size() - cut);
  const void* newline = std::memchr(window.data() + cut, '\n', reach);
  return newline ? static_cast<size_t>(static_cast<const uint8_t*>(newline) - window.data()) + 1 : cut;
}

}  // namespace

GearTable::GearTable(std::span<const uint8_t, kGearKeySize> key) {
  for (size_t i = 0; i < words_.size(); ++i) {
    uint64_t word = 0;
    for (size_t byte = 8; byte-- > 0;) word = word << 8 | key[8 * i + byte];
    words_[i] = word;
  }
}

size_t next_cut(ByteView window, bool at_end, const GearTable& table, const Params& params) {
  APLOMB_CHECK(params.min >= kGearWindow && params.average >= params.min + 2 && params.max >= params.average);
  if (window.size() < params.max && !at_end) return 0;
  window = window.first(std::min<size_t>(window.size(), params.max));
  if (window.size() <= params.min) return window.size();
  size_t cut =
      first_candidate(window.data(), window.size(), params.min, candidate_below(params), table.words());
  return params.cut == Cut::after_line ? after_next_newline(window, cut) : cut;
}

}  // namespace aplomb::chunk
