#include "chunk/content.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace aplomb::chunk {
namespace {

// Bytes of evenly spread samples, and the sum of the squares of how often each of the 256 values stands in
// them. Random bytes have 69,600, text a million; at the limit, coding each byte by its frequency alone gains
// 5 %.
constexpr size_t kSamples = 8, kSampleSize = 512;
constexpr uint64_t kSquaresPacked = 90'000;

bool looks_packed(ByteView head) {
  if (head.size() < kSamples * kSampleSize) return false;
  std::array<uint32_t, 256> counts{};
  size_t stride = (head.size() - kSampleSize) / (kSamples - 1);
  for (size_t sample = 0; sample < kSamples; ++sample)
    for (uint8_t byte : head.subspan(sample * stride, kSampleSize)) ++counts[byte];
  uint64_t squares = 0;
  for (uint64_t count : counts) squares += count * count;
  return squares < kSquaresPacked;
}

}  // namespace

Content look_at(ByteView head) {
  head = head.first(std::min(head.size(), kHead));
  if (looks_packed(head)) return Content::packed;
  bool zero = !head.empty() && std::memchr(head.data(), 0, head.size()) != nullptr;
  return zero ? Content::other : Content::text;
}

const Params& params_for(Content content) {
  switch (content) {
    case Content::packed:
      return kPackedParams;
    case Content::text:
      return kTextParams;
    case Content::other:
      return kFileParams;
  }
  return kFileParams;
}

uint64_t whole_file(Content content) {
  return content == Content::packed ? kWholePacked : kWholeFile;
}

}  // namespace aplomb::chunk
