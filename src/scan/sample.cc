#include "scan/sample.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace aplomb::scan {
namespace {

constexpr size_t kTextHead = 64 * 1024, kTextTail = 4096;

using Histogram = std::array<uint32_t, 256>;

// In four tables at once: the same byte twice in a row would otherwise wait for itself.
Histogram histogram(ByteView bytes) {
  std::array<Histogram, 4> parts{};
  size_t i = 0;
  for (; i + 4 <= bytes.size(); i += 4)
    for (size_t k = 0; k < 4; ++k) ++parts[k][bytes[i + k]];
  for (; i < bytes.size(); ++i) ++parts[0][bytes[i]];
  Histogram counts{};
  for (size_t value = 0; value < 256; ++value)
    counts[value] = parts[0][value] + parts[1][value] + parts[2][value] + parts[3][value];
  return counts;
}

// n·log2(n) for every count that a sample can have.
double n_log_n(uint32_t n) {
  static const std::vector<double> table = [] {
    std::vector<double> made(kSampleSize + 1, 0.0);
    for (uint32_t i = 2; i <= kSampleSize; ++i) made[i] = i * std::log2(i);
    return made;
  }();
  return n < table.size() ? table[n] : n * std::log2(n);
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
  for (uint32_t count : histogram(bytes)) sum += n_log_n(count);
  return static_cast<uint16_t>(std::lround((std::log2(total) - sum / total) * 1000));
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
