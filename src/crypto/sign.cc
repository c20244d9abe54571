// Ed25519 signatures over context || 0x00 || message. No context holds a zero byte, so no two pairs of
// context and message are the same bytes.
#include "base/messages.h"
#include "crypto/crypto.h"
#include "crypto/openssl.h"
#include "crypto/sign_raw.h"

namespace aplomb::crypto {
namespace {

constexpr size_t kSeedSize = 32;

Key private_key(ByteView seed) {
  APLOMB_CHECK(seed.size() == kSeedSize);
  Key key(EVP_PKEY_new_raw_private_key_ex(nullptr, "ED25519", nullptr, seed.data(), seed.size()));
  APLOMB_CHECK(key);
  return key;
}

DigestContext new_context() {
  DigestContext context(EVP_MD_CTX_new());
  APLOMB_CHECK(context);
  return context;
}

Bytes bind(std::string_view context, ByteView message) {
  APLOMB_CHECK(!context.empty() && context.find('\0') == context.npos);
  Bytes bound;
  bound.reserve(context.size() + 1 + message.size());
  bound.insert(bound.end(), context.begin(), context.end());
  bound.push_back(0);
  bound.insert(bound.end(), message.begin(), message.end());
  return bound;
}

}  // namespace

Signature sign_raw(ByteView seed, ByteView message) {
  Key key = private_key(seed);
  DigestContext context = new_context();
  Signature signature;
  size_t size = signature.size();
  APLOMB_CHECK(EVP_DigestSignInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, key.get(), nullptr) ==
                   1 &&
               EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) == 1 &&
               size == signature.size());
  return signature;
}

bool verify_raw(const VerifyKey& verify_key, ByteView message, ByteView signature) {
  if (signature.size() != Signature{}.size()) return false;
  Key key(EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, verify_key.bytes.data(),
                                         verify_key.bytes.size()));
  DigestContext context = new_context();
  APLOMB_CHECK(key && EVP_DigestVerifyInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, key.get(),
                                              nullptr) == 1);
  return EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                          message.size()) == 1;
}

Result<SigningKey> signing_key_from_seed(ByteView seed) {
  if (seed.size() != kSeedSize) return fail(Code::corrupt, tr("a signing key must have {} bytes", kSeedSize));
  SigningKey key{{}, Secret(seed)};
  size_t size = key.verify_key.bytes.size();
  APLOMB_CHECK(EVP_PKEY_get_raw_public_key(private_key(seed).get(), key.verify_key.bytes.data(), &size) == 1);
  return key;
}

SigningKey make_signing_key(Random& random) {
  Secret seed(kSeedSize);
  random.fill(seed.writable());
  return *signing_key_from_seed(seed.view());
}

Signature sign(const SigningKey& key, std::string_view context, ByteView message) {
  return sign_raw(key.seed.view(), bind(context, message));
}

bool verify(const VerifyKey& key, std::string_view context, ByteView message, ByteView signature) {
  return verify_raw(key, bind(context, message), signature);
}

}  // namespace aplomb::crypto
