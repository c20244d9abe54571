#include "crypto/sheet_repair.h"

#include <algorithm>

#include "crypto/crypto.h"
#include "crypto/word_list.h"

namespace aplomb::crypto {
namespace {

constexpr size_t kBits = kSheetWords * kWordBits;
static_assert(kBits == 8 * std::tuple_size_v<SheetBytes> + kSheetCheckBits);

// Bits in the order in which the page counts them: of each byte the highest first.
using Bits = std::array<uint8_t, (kBits + 7) / 8>;

bool bit(const Bits& bits, size_t at) {
  return (bits[at / 8] >> (7 - at % 8) & 1) != 0;
}

Bits with_check(const SheetBytes& bytes) {
  Sha256Stream stream;
  stream.update(as_bytes(kInfoSheetCheck));
  stream.update(bytes);
  const Sha256 hash = stream.finish();
  Bits bits;
  std::ranges::copy(bytes, bits.begin());
  std::copy_n(hash.bytes.begin(), bits.size() - bytes.size(), bits.begin() + bytes.size());
  bits.back() &= 0x80;  // 33 bits are four bytes and one bit
  return bits;
}

using Kind = SheetSlip::Kind;

std::optional<SheetSlip> find_wrong(SheetNumbers numbers) {
  const size_t unknown = static_cast<size_t>(std::ranges::count(numbers, kNoWord));
  if (unknown > 1) return std::nullopt;
  for (size_t place = 0; place < numbers.size(); ++place) {
    if (unknown == 1 && numbers[place] != kNoWord) continue;
    const uint16_t before = numbers[place];
    for (uint16_t word = 0; word < kWordListSize; ++word) {
      numbers[place] = word;
      if (unpack_sheet(numbers)) return SheetSlip{Kind::wrong, place, word};
    }
    numbers[place] = before;
  }
  return std::nullopt;
}

std::optional<SheetSlip> find_swapped(SheetNumbers numbers) {
  for (size_t a = 0; a < numbers.size(); ++a)
    for (size_t b = a + 1; b < numbers.size(); ++b) {
      std::swap(numbers[a], numbers[b]);
      if (unpack_sheet(numbers)) return SheetSlip{Kind::swapped, a, 0, b};
      std::swap(numbers[a], numbers[b]);
    }
  return std::nullopt;
}

std::optional<SheetSlip> find_missing(std::span<const uint16_t> given) {
  SheetNumbers numbers;
  for (size_t place = 0; place < numbers.size(); ++place) {
    std::ranges::copy(given.first(place), numbers.begin());
    std::ranges::copy(given.subspan(place), numbers.begin() + static_cast<ptrdiff_t>(place) + 1);
    for (uint16_t word = 0; word < kWordListSize; ++word) {
      numbers[place] = word;
      if (unpack_sheet(numbers)) return SheetSlip{Kind::missing, place, word};
    }
  }
  return std::nullopt;
}

std::optional<SheetSlip> find_extra(std::span<const uint16_t> given) {
  SheetNumbers numbers;
  for (size_t place = 0; place < given.size(); ++place) {
    std::ranges::copy(given.first(place), numbers.begin());
    std::ranges::copy(given.subspan(place + 1), numbers.begin() + static_cast<ptrdiff_t>(place));
    if (unpack_sheet(numbers)) return SheetSlip{Kind::extra, place};
  }
  return std::nullopt;
}

}  // namespace

SheetNumbers pack_sheet(const SheetBytes& bytes) {
  const Bits bits = with_check(bytes);
  SheetNumbers numbers{};
  for (size_t at = 0; at < kBits; ++at)
    numbers[at / kWordBits] = static_cast<uint16_t>(numbers[at / kWordBits] << 1 | bit(bits, at));
  return numbers;
}

std::optional<SheetBytes> unpack_sheet(const SheetNumbers& numbers) {
  Bits bits{};
  for (size_t at = 0; at < kBits; ++at) {
    const uint16_t number = numbers[at / kWordBits];
    if (number >= kWordListSize) return std::nullopt;
    const auto value = number >> (kWordBits - 1 - at % kWordBits) & 1;
    bits[at / 8] = static_cast<uint8_t>(bits[at / 8] | value << (7 - at % 8));
  }
  SheetBytes bytes;
  std::copy_n(bits.begin(), bytes.size(), bytes.begin());
  if (with_check(bytes) != bits) return std::nullopt;
  return bytes;
}

std::optional<SheetSlip> find_slip(std::span<const uint16_t> given) {
  const bool known = std::ranges::find(given, kNoWord) == given.end();
  if (given.size() == kSheetWords) {
    SheetNumbers numbers;
    std::ranges::copy(given, numbers.begin());
    if (known)
      if (auto swapped = find_swapped(numbers)) return swapped;
    return find_wrong(numbers);
  }
  if (given.size() == kSheetWords - 1 && known) return find_missing(given);
  if (given.size() == kSheetWords + 1) return find_extra(given);
  return std::nullopt;
}

}  // namespace aplomb::crypto
