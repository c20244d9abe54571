#include "scan/sample.h"

#include <algorithm>
#include <cmath>

namespace aplomb::scan {
namespace {

constexpr size_t kTextHead = 64 * 1024, kTextTail = 4096;

using Histogram = std::array<uint32_t, 256>;

Histogram histogram(ByteView bytes) {
  Histogram counts{};
  for (uint8_t byte : bytes) ++counts[byte];
  return counts;
}

bool is_utf16(ByteView bytes) {
  return bytes.size() >= 2 &&
         ((bytes[0] == 0xff && bytes[1] == 0xfe) || (bytes[0] == 0xfe && bytes[1] == 0xff));
}

// Random bytes hold a tenth of control characters; text in any encoding holds next to none.
bool few_controls(ByteView bytes) {
  size_t controls = 0;
  for (uint8_t byte : bytes) {
    if (byte == 0) return false;
    bool ordinary =
        byte >= 0x20 || byte == '\t' || byte == '\n' || byte == '\r' || byte == '\f' || byte == 0x1b;
    controls += ordinary ? 0 : 1;
  }
  return controls * 50 <= bytes.size();
}

}  // namespace

uint16_t entropy_milli(ByteView bytes) {
  if (bytes.empty()) return 0;
  double total = static_cast<double>(bytes.size()), sum = 0;
  for (uint32_t count : histogram(bytes))
    if (count > 0) sum -= count / total * std::log2(count / total);
  return static_cast<uint16_t>(std::lround(sum * 1000));
}

bool passes_for_random(ByteView bytes) {
  if (bytes.size() < kRandomSampleMin) return false;
  double expected = static_cast<double>(bytes.size()) / 256, chi = 0;
  for (uint32_t count : histogram(bytes)) chi += (count - expected) * (count - expected) / expected;
  // 255 degrees of freedom: mean 255, standard deviation 22.6.
  return chi < 255 + 5 * 22.6;
}

bool reads_as_text(ByteView bytes) {
  if (is_utf16(bytes)) return true;
  return few_controls(bytes.first(std::min(bytes.size(), kTextHead))) &&
         few_controls(bytes.last(std::min(bytes.size(), kTextTail)));
}

Samples take_samples(ByteView content) {
  size_t length = std::min(content.size(), kSampleSize);
  return {
      {content.first(length), content.subspan((content.size() - length) / 2, length), content.last(length)}};
}

}  // namespace aplomb::scan
