// Content-defined chunking with a keyed Gear hash: where a chunk ends depends on the 64 bytes before its end
// and on a secret table, so an insertion moves few boundaries, and the sizes of the chunks of a known file
// cannot be looked up by who sees the vault but not the key. Pure: the caller owns the buffer and reads
// ahead. docs/format/chunking.md says the same in words.
//
// Not FastCDC: no normalised chunk sizes and no two bytes a step, which would make the page longer than the
// gain.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.h"

namespace aplomb::chunk {

enum class Cut : uint8_t {
  anywhere,    // where the hash says
  after_line,  // there, or just after the next newline within kLineReach
};

// min <= average <= max, average - min >= 2, min >= kGearWindow.
struct Params {
  uint32_t min, average, max;
  Cut cut = Cut::anywhere;
};

constexpr size_t kGearWindow = 64;       // a 64-bit hash forgets a byte after 64 shifts
constexpr size_t kGearKeySize = 2048;    // 256 words
constexpr size_t kLineReach = 4 * 1024;  // how far a newline is looked for
// A file of at most this is one chunk: most files of a site, and a second chunk would cost more than it
// saves.
constexpr uint64_t kWholeFile = 256 * 1024;
constexpr Params kFileParams{32 * 1024, 128 * 1024, 512 * 1024};
// SQL and other lines: small chunks, because a table changes in single rows.
constexpr Params kTextParams{4 * 1024, 8 * 1024, 64 * 1024, Cut::after_line};
// Photographs and archives change as a whole or not at all; a file that is one chunk is hashed once.
constexpr uint64_t kWholePacked = 1024 * 1024;
constexpr Params kPackedParams{384 * 1024, 768 * 1024, 1024 * 1024};

// One random word for each byte value. The key bytes come from HKDF (crypto); whoever has the table can test
// whether a known file was cut so, nothing more.
class GearTable {
 public:
  explicit GearTable(std::span<const uint8_t, kGearKeySize> key);
  const std::array<uint64_t, 256>& words() const { return words_; }

 private:
  std::array<uint64_t, 256> words_;
};

// The length of the chunk that `window` begins with; window.size() at most. 0 means "need more data": the
// window is shorter than params.max and more follows it (at_end is false); or it is empty. The answer is the
// same however long the window is beyond params.max.
size_t next_cut(ByteView window, bool at_end, const GearTable& table, const Params& params);

}  // namespace aplomb::chunk
