// All of Aplomb's cryptography, over OpenSSL 3; no other part includes its headers. Choices, within ANSSI's
// guides: AES-256-GCM (NIST SP 800-38D), SHA-256 (FIPS 180-4), HMAC (RFC 2104), HKDF (RFC 5869), X25519
// (RFC 7748), Ed25519 (RFC 8032), scrypt (RFC 7914). docs/format/keys.md has the layouts.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"

namespace aplomb::crypto {

// Bytes that must not linger: not copyable, wiped at the end, not printable.
class Secret {
 public:
  Secret() = default;
  explicit Secret(size_t size) : bytes_(size) {}
  explicit Secret(ByteView copy) : bytes_(copy.begin(), copy.end()) {}
  explicit Secret(Bytes&& taken) : bytes_(std::move(taken)) {}  // no copy stays behind
  Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) {}
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();
  Secret clone() const { return Secret(view()); }
  ByteView view() const { return bytes_; }
  std::span<uint8_t> writable() { return bytes_; }
  size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }

 private:
  Bytes bytes_;
};

// ---- hashes ----
Sha256 sha256(ByteView data);
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(Sha256Stream&&) noexcept;
  Sha256Stream& operator=(Sha256Stream&&) noexcept;
  void update(ByteView data);
  Sha256 finish();  // and starts anew

 private:
  struct State;
  std::unique_ptr<State> state_;
};
std::array<uint8_t, 16> md5(ByteView data);  // only to compare with dpkg's lists; proves nothing alone
std::array<uint8_t, 32> hmac_sha256(ByteView key, ByteView data);
Secret hkdf_sha256(ByteView input_key, ByteView salt, std::string_view info, size_t size);
bool equal_constant_time(ByteView a, ByteView b);

// ---- sealing: AES-256-GCM, 12-byte nonce, 16-byte tag behind the ciphertext ----
constexpr size_t kSealKeySize = 32, kNonceSize = 12, kTagSize = 16;
using Nonce = std::array<uint8_t, kNonceSize>;
Nonce counter_nonce(uint64_t counter);  // 4 zero bytes, then the counter, big-endian
// The caller never uses a (key, nonce) pair twice. `out` grows, so `plain` and the rest must not point into
// it.
void seal_into(Bytes& out, ByteView key, const Nonce& nonce, ByteView associated, ByteView plain);  // appends
Bytes seal(ByteView key, const Nonce& nonce, ByteView associated, ByteView plain);
// Code::corrupt when the tag does not fit.
Result<Bytes> open_sealed(ByteView key, const Nonce& nonce, ByteView associated, ByteView sealed);

// ---- X25519 ----
struct BoxTag;
using BoxPublicKey = Id<BoxTag>;
struct BoxKeyPair {
  BoxPublicKey public_key;
  Secret secret;  // 32 bytes
};
BoxKeyPair make_box_key(Random& random);
Result<BoxPublicKey> box_public(ByteView secret);
// HKDF-SHA-256(ECDH(secret, peer), salt = sender's public || recipient's public, info), 32 bytes. `sender` is
// the ephemeral side. Fails with Code::corrupt on a low-order point.
Result<Secret> agree(ByteView own_secret, const BoxPublicKey& peer, const BoxPublicKey& sender,
                     const BoxPublicKey& recipient, std::string_view info);
// To be called wherever a public key is read from outside: Code::corrupt when it is of low order, so that
// whatever is sealed to it could be opened by anyone.
Status check_box_public(const BoxPublicKey& key);
// Anonymous box: ephemeral public (32) || seal(agree(…), nonce 0, associated = info, plain). The recipient
// has passed check_box_public.
constexpr size_t kBoxOverhead = BoxPublicKey::kSize + kTagSize;
Bytes box_seal(Random& random, const BoxPublicKey& recipient, std::string_view info, ByteView plain);
Result<Bytes> box_open(const BoxKeyPair& recipient, std::string_view info, ByteView sealed);

// ---- Ed25519 ----
struct VerifyTag;
using VerifyKey = Id<VerifyTag>;
using Signature = std::array<uint8_t, 64>;
struct SigningKey {
  VerifyKey verify_key;
  Secret seed;  // 32 bytes
};
SigningKey make_signing_key(Random& random);
Result<SigningKey> signing_key_from_seed(ByteView seed);
// The context is signed too (context || 0x00 || message), so that a signature cannot be used elsewhere:
// "aplomb PURPOSE FORMAT", never empty, no zero byte, and listed in docs/format/keys.md.
Signature sign(const SigningKey& key, std::string_view context, ByteView message);
bool verify(const VerifyKey& key, std::string_view context, ByteView message, ByteView signature);

// ---- passphrases ----
struct ScryptCost {
  uint8_t log2_n = 16;  // 64 MiB with r = 8
  uint32_t r = 8, p = 1;
};
// Code::limit, before anything is allocated, when the cost asks for more than this: the author of a key file
// may be the attacker. Memory is 128 r (N + p) bytes, work is N r p.
constexpr uint32_t kScryptRMax = 32, kScryptPMax = 16;
constexpr uint64_t kScryptMemoryMax = uint64_t{1} << 30, kScryptWorkMax = uint64_t{1} << 24;
Result<Secret> scrypt(std::string_view passphrase, ByteView salt, const ScryptCost& cost, size_t size);

}  // namespace aplomb::crypto
