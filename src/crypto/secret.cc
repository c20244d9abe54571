// Secret: wiped with OPENSSL_cleanse, which the compiler may not remove, before its memory is given back.
#include <openssl/crypto.h>

#include <utility>

#include "crypto/crypto.h"

namespace aplomb::crypto {

Secret::~Secret() {
  if (!bytes_.empty()) OPENSSL_cleanse(bytes_.data(), bytes_.size());
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this == &other) return *this;
  if (!bytes_.empty()) OPENSSL_cleanse(bytes_.data(), bytes_.size());
  bytes_ = std::move(other.bytes_);  // steals the buffer: the allocator is always equal
  return *this;
}

bool equal_constant_time(ByteView a, ByteView b) {
  return a.size() == b.size() && (a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0);
}

}  // namespace aplomb::crypto
