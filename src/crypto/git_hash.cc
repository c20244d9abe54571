#include "crypto/git_hash.h"

#include "crypto/crypto.h"
#include "crypto/openssl.h"

namespace aplomb::crypto {

std::array<uint8_t, 20> git_sha1(ByteView header, ByteView content) {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA1", nullptr);
  APLOMB_CHECK(algorithm);
  thread_local const DigestContext context(EVP_MD_CTX_new());
  std::array<uint8_t, 20> out;
  unsigned size = 0;
  APLOMB_CHECK(context && EVP_DigestInit_ex2(context.get(), algorithm, nullptr) == 1 &&
               EVP_DigestUpdate(context.get(), header.data(), header.size()) == 1 &&
               EVP_DigestUpdate(context.get(), content.data(), content.size()) == 1 &&
               EVP_DigestFinal_ex(context.get(), out.data(), &size) == 1 && size == out.size());
  return out;
}

std::array<uint8_t, 32> git_sha256(ByteView header, ByteView content) {
  Sha256Stream stream;
  stream.update(header);
  stream.update(content);
  return stream.finish().bytes;
}

}  // namespace aplomb::crypto
