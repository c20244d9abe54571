// What the files of this part share of OpenSSL: owners for its objects, and the algorithms, fetched once for
// the life of the process (a fetch by name costs more than hashing a kilobyte). Internal to crypto: no other
// part includes this. A call that can only fail for want of memory, or because OpenSSL's default provider is
// not there, is a CHECK.
#pragma once

#include <openssl/evp.h>
#include <openssl/kdf.h>

#include <memory>

#include "base/result.h"

namespace aplomb::crypto {

template <auto release>
struct Release {
  template <typename T>
  void operator()(T* object) const {
    release(object);
  }
};

using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Release<EVP_CIPHER_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Release<EVP_MD_CTX_free>>;
using MacContext = std::unique_ptr<EVP_MAC_CTX, Release<EVP_MAC_CTX_free>>;
using KdfContext = std::unique_ptr<EVP_KDF_CTX, Release<EVP_KDF_CTX_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Release<EVP_PKEY_CTX_free>>;
using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;

// Never freed: they are shared by all threads until the process ends.
inline const EVP_MD* sha256_algorithm() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  APLOMB_CHECK(algorithm);
  return algorithm;
}

inline const EVP_CIPHER* aes256gcm_algorithm() {
  static const EVP_CIPHER* const algorithm = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  APLOMB_CHECK(algorithm);
  return algorithm;
}

}  // namespace aplomb::crypto
