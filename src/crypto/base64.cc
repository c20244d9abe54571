#include "crypto/base64.h"

#include <openssl/evp.h>

#include <algorithm>

namespace aplomb::crypto {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string to_base64(ByteView bytes) {
  APLOMB_CHECK(bytes.size() % 3 == 0 && bytes.size() < (1u << 20));
  std::string text(bytes.size() / 3 * 4 + 1, '\0');  // EVP_EncodeBlock adds a NUL
  EVP_EncodeBlock(reinterpret_cast<uint8_t*>(text.data()), bytes.data(), static_cast<int>(bytes.size()));
  text.pop_back();
  return text;
}

std::optional<Bytes> from_base64(std::string_view text) {
  // EVP_DecodeBlock skips blanks and takes padding for zeros, hence the check of every character before.
  if (text.size() % 4 != 0 || text.size() > (1u << 20) || text.find_first_not_of(kAlphabet) != text.npos)
    return std::nullopt;
  Bytes bytes(text.size() / 4 * 3);
  int size = EVP_DecodeBlock(bytes.data(), reinterpret_cast<const uint8_t*>(text.data()),
                             static_cast<int>(text.size()));
  APLOMB_CHECK(size == static_cast<int>(bytes.size()));
  return bytes;
}

}  // namespace aplomb::crypto
