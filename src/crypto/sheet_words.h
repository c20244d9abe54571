// The 27 words of a recovery sheet: 33 bytes and 33 bits of checksum, 11 bits a word.
// docs/format/recovery-sheet.md is the page. Here they are only words and bytes; what the bytes are is for
// sheet_key.h. Pure.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace aplomb::crypto {

constexpr size_t kSheetWords = 27;
constexpr size_t kSheetCheckBits = 33;
// The lines around the words in a longer text.
constexpr std::string_view kSheetTitle = "APLOMB RECOVERY WORDS";
constexpr std::string_view kSheetEnd = "END";
constexpr char kInfoSheetCheck[] = "aplomb words 1";

// The format number, then the masked secret.
using SheetBytes = std::array<uint8_t, 33>;

std::vector<std::string> encode_sheet(const SheetBytes& bytes);

// Is this text words rather than a key file?
bool holds_sheet_words(std::string_view text);

// Code::corrupt names what is wrong: the word, its place, and where the checksum can tell, the word that
// stands there on the sheet. Nothing is mended in silence.
Result<SheetBytes> decode_sheet(std::string_view text);

}  // namespace aplomb::crypto
