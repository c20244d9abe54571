// Hashes, HMAC and HKDF. Hashes keep one context a thread, because most of what Aplomb hashes is small; no
// state that depends on a key stays in it: HMAC ends with a hash of what it hands out.
#include <openssl/core_names.h>
#include <openssl/crypto.h>

#include <algorithm>

#include "crypto/crypto.h"
#include "crypto/openssl.h"

namespace aplomb::crypto {
namespace {

DigestContext new_digest() {
  DigestContext context(EVP_MD_CTX_new());
  APLOMB_CHECK(context);
  return context;
}

// Of `data`, with `prefix` before it.
template <size_t N>
std::array<uint8_t, N> digest(const EVP_MD* algorithm, ByteView prefix, ByteView data) {
  thread_local const DigestContext context = new_digest();
  std::array<uint8_t, N> out;
  unsigned size = 0;
  APLOMB_CHECK(EVP_DigestInit_ex2(context.get(), algorithm, nullptr) == 1 &&
               (prefix.empty() || EVP_DigestUpdate(context.get(), prefix.data(), prefix.size()) == 1) &&
               EVP_DigestUpdate(context.get(), data.data(), data.size()) == 1 &&
               EVP_DigestFinal_ex(context.get(), out.data(), &size) == 1 && size == N);
  return out;
}

// OpenSSL reads a null pointer as "no parameter given", which is not the same as an empty one.
uint8_t* present(ByteView bytes) {
  static uint8_t nothing = 0;
  return bytes.empty() ? &nothing : const_cast<uint8_t*>(bytes.data());
}

OSSL_PARAM octets(const char* name, ByteView bytes) {
  return OSSL_PARAM_construct_octet_string(name, present(bytes), bytes.size());
}

OSSL_PARAM use_sha256(const char* name) {
  static char sha256_name[] = "SHA256";
  return OSSL_PARAM_construct_utf8_string(name, sha256_name, 0);
}

}  // namespace

struct Sha256Stream::State {
  DigestContext context = new_digest();
  void begin() { APLOMB_CHECK(EVP_DigestInit_ex2(context.get(), sha256_algorithm(), nullptr) == 1); }
};

Sha256Stream::Sha256Stream() : state_(std::make_unique<State>()) {
  state_->begin();
}
Sha256Stream::~Sha256Stream() = default;
Sha256Stream::Sha256Stream(Sha256Stream&&) noexcept = default;
Sha256Stream& Sha256Stream::operator=(Sha256Stream&&) noexcept = default;

void Sha256Stream::update(ByteView data) {
  APLOMB_CHECK(EVP_DigestUpdate(state_->context.get(), data.data(), data.size()) == 1);
}

Sha256 Sha256Stream::finish() {
  Sha256 hash;
  APLOMB_CHECK(EVP_DigestFinal_ex(state_->context.get(), hash.bytes.data(), nullptr) == 1);
  state_->begin();
  return hash;
}

Sha256 sha256(ByteView data) {
  return {digest<32>(sha256_algorithm(), {}, data)};
}

std::array<uint8_t, 16> md5(ByteView data) {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "MD5", nullptr);
  APLOMB_CHECK(algorithm);
  return digest<16>(algorithm, {}, data);
}

// By its definition (RFC 2104, section 2). OpenSSL's own MAC object takes 2 us to be keyed, and every chunk
// has an id: this takes a quarter of that.
std::array<uint8_t, 32> hmac_sha256(ByteView key, ByteView data) {
  constexpr size_t kBlock = 64;
  std::array<uint8_t, kBlock> inner{}, outer{};
  std::array<uint8_t, 32> short_key;
  if (key.size() > kBlock) {
    short_key = sha256(key).bytes;
    key = short_key;
  }
  std::ranges::copy(key, inner.begin());
  outer = inner;
  for (uint8_t& byte : inner) byte ^= 0x36;
  for (uint8_t& byte : outer) byte ^= 0x5c;
  auto out = digest<32>(sha256_algorithm(), inner, data);
  out = digest<32>(sha256_algorithm(), outer, out);
  OPENSSL_cleanse(inner.data(), inner.size());
  OPENSSL_cleanse(outer.data(), outer.size());
  return out;
}

Secret hkdf_sha256(ByteView input_key, ByteView salt, std::string_view info, size_t size) {
  static EVP_KDF* const algorithm = EVP_KDF_fetch(nullptr, "HKDF", nullptr);
  APLOMB_CHECK(algorithm);
  APLOMB_CHECK(size > 0 && size <= 255 * 32);  // RFC 5869, section 2.3
  KdfContext context(EVP_KDF_CTX_new(algorithm));
  const OSSL_PARAM parameters[] = {use_sha256(OSSL_KDF_PARAM_DIGEST), octets(OSSL_KDF_PARAM_KEY, input_key),
                                   octets(OSSL_KDF_PARAM_SALT, salt),
                                   octets(OSSL_KDF_PARAM_INFO, as_bytes(info)), OSSL_PARAM_construct_end()};
  Secret out(size);
  APLOMB_CHECK(context && EVP_KDF_derive(context.get(), out.writable().data(), size, parameters) == 1);
  return out;
}

}  // namespace aplomb::crypto
