// The layout of a key file, in the words of docs/format/keys.md, with which a test compares it. Internal to
// crypto.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace aplomb::crypto {

constexpr std::string_view kKeyFileMagic = "aplomkey";
constexpr uint16_t kKeyFileFormat = 1;
constexpr size_t kKeySecretSize = 32;
constexpr size_t kScryptSaltSize = 16;
constexpr size_t kKeyFileCheckSize = 16;   // SHA-256 of all before, its first bytes
constexpr size_t kKeyFileClearSize = 128;  // all before the sealed secret
constexpr size_t kKeyFileSize = 192;       // a multiple of three: base64 without padding
constexpr size_t kKeyFileLineSize = 64;    // characters of base64 a line
constexpr size_t kKeyFileTextMax = 4096;   // read no further

}  // namespace aplomb::crypto
