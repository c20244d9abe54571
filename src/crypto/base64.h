// Base64 (RFC 4648, section 4) of whole groups of three bytes, so without padding: every text of the alphabet
// stands for exactly one value, and one value for exactly one text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace aplomb::crypto {

std::string to_base64(ByteView bytes);                    // the size must be a multiple of three
std::optional<Bytes> from_base64(std::string_view text);  // nullopt on anything but groups of four characters

}  // namespace aplomb::crypto
