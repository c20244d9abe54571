// Numbers about bytes that need no knowledge of their format: how surprising they are, whether they read as
// text, whether they pass for uniformly random ones (encrypted; compressed data usually do too, which is why
// the magic number is asked first). Pure.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace aplomb::scan {

constexpr size_t kSampleSize = 4096;
constexpr size_t kRandomSampleMin = 128;  // below this the test cannot tell random bytes from others

// Shannon entropy of the bytes in thousandths of a bit per byte: 0 … 8000.
uint16_t entropy_milli(ByteView bytes);

// Chi-square against the uniform distribution over 256 values, with five standard deviations of tolerance.
bool passes_for_random(ByteView bytes);

// Mostly printable text in any encoding that editors use: no NUL (unless UTF-16 with its mark) and hardly a
// control character. An empty file is text.
bool reads_as_text(ByteView bytes);

struct Samples {
  std::array<ByteView, 3> parts;  // head, middle, tail; fewer bytes when the file is small, then overlapping
};
Samples take_samples(ByteView content);

}  // namespace aplomb::scan
