// The hashes by which git names its objects: of a short header and the content. SHA-1 is git's older choice;
// it names and proves nothing to anybody who could make two contents of one hash.
#pragma once

#include <array>

#include "base/bytes.h"

namespace aplomb::crypto {

std::array<uint8_t, 20> git_sha1(ByteView header, ByteView content);
std::array<uint8_t, 32> git_sha256(ByteView header, ByteView content);

}  // namespace aplomb::crypto
