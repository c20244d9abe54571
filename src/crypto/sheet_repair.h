// What one slip in the words of a sheet was: the checksum of 33 bits tells which of all sheets that differ by
// one word is the true one. There are 55,000 of them, so it errs once in 150,000. Pure. Internal to crypto.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "crypto/sheet_words.h"

namespace aplomb::crypto {

constexpr uint16_t kNoWord = 0xffff;  // stands for a word that is not on the list

using SheetNumbers = std::array<uint16_t, kSheetWords>;

SheetNumbers pack_sheet(const SheetBytes& bytes);
// nullopt when the checksum does not fit.
std::optional<SheetBytes> unpack_sheet(const SheetNumbers& numbers);

struct SheetSlip {
  enum class Kind { wrong, missing, extra, swapped } kind;
  size_t place;       // 0 to 26; of `extra`, in what was given
  uint16_t word = 0;  // that stands there on the sheet; of wrong and missing
  size_t other = 0;   // the second place of swapped
};

// `given` does not fit; the one slip that explains it, if one does.
std::optional<SheetSlip> find_slip(std::span<const uint16_t> given);

}  // namespace aplomb::crypto
