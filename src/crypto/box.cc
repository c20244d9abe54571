// X25519 and the anonymous box made of it: anyone can seal to the recovery key, its holder alone can open.
#include <algorithm>
#include <cstring>

#include "base/messages.h"
#include "crypto/box_raw.h"
#include "crypto/crypto.h"
#include "crypto/openssl.h"

namespace aplomb::crypto {
namespace {

constexpr size_t kSecretSize = 32;

Key private_key(ByteView secret) {
  Key key(EVP_PKEY_new_raw_private_key_ex(nullptr, "X25519", nullptr, secret.data(), secret.size()));
  APLOMB_CHECK(key);
  return key;
}

Error bad_secret_size() {
  return make_error(Code::corrupt, tr("a secret key must have {} bytes", kSecretSize));
}

}  // namespace

Secret shared_point(ByteView own_secret, const BoxPublicKey& peer) {
  Key own = private_key(own_secret);
  Key other(EVP_PKEY_new_raw_public_key_ex(nullptr, "X25519", nullptr, peer.bytes.data(), peer.bytes.size()));
  KeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, own.get(), nullptr));
  APLOMB_CHECK(other && context && EVP_PKEY_derive_init(context.get()) == 1 &&
               EVP_PKEY_derive_set_peer(context.get(), other.get()) == 1);
  Secret point(kSecretSize);
  size_t size = point.size();
  if (EVP_PKEY_derive(context.get(), point.writable().data(), &size) != 1) return Secret();
  APLOMB_CHECK(size == kSecretSize);
  const uint8_t zeros[kSecretSize] = {};
  return equal_constant_time(point.view(), zeros) ? Secret() : std::move(point);
}

Result<BoxPublicKey> box_public(ByteView secret) {
  if (secret.size() != kSecretSize) return fail(bad_secret_size());
  BoxPublicKey key;
  size_t size = key.bytes.size();
  APLOMB_CHECK(EVP_PKEY_get_raw_public_key(private_key(secret).get(), key.bytes.data(), &size) == 1);
  return key;
}

BoxKeyPair make_box_key(Random& random) {
  BoxKeyPair pair{{}, Secret(kSecretSize)};
  random.fill(pair.secret.writable());
  pair.public_key = *box_public(pair.secret.view());
  return pair;
}

Result<Secret> agree(ByteView own_secret, const BoxPublicKey& peer, const BoxPublicKey& sender,
                     const BoxPublicKey& recipient, std::string_view info) {
  if (own_secret.size() != kSecretSize) return fail(bad_secret_size());
  Secret point = shared_point(own_secret, peer);
  if (point.empty()) return fail(Code::corrupt, tr("a public key is not a usable one"));
  uint8_t salt[2 * BoxPublicKey::kSize];
  std::memcpy(salt, sender.bytes.data(), BoxPublicKey::kSize);
  std::memcpy(salt + BoxPublicKey::kSize, recipient.bytes.data(), BoxPublicKey::kSize);
  return hkdf_sha256(point.view(), salt, info, kSealKeySize);
}

Status check_box_public(const BoxPublicKey& key) {
  // A point of low order gives zero with every secret, any other point with none (RFC 7748, section 7).
  static constexpr std::array<uint8_t, kSecretSize> any_secret = {8};
  if (shared_point(any_secret, key).empty())
    return fail(Code::corrupt, tr("a public key is not a usable one"));
  return {};
}

Bytes box_seal(Random& random, const BoxPublicKey& recipient, std::string_view info, ByteView plain) {
  BoxKeyPair ephemeral = make_box_key(random);
  auto key = agree(ephemeral.secret.view(), recipient, ephemeral.public_key, recipient, info);
  APLOMB_CHECK(key);  // check_box_public, when the recipient was read
  Bytes out(ephemeral.public_key.bytes.begin(), ephemeral.public_key.bytes.end());
  seal_into(out, key->view(), counter_nonce(0), as_bytes(info), plain);
  return out;
}

Result<Bytes> box_open(const BoxKeyPair& recipient, std::string_view info, ByteView sealed) {
  ByteReader reader(sealed);
  auto ephemeral = TRY(reader.id<BoxPublicKey>());
  Secret key = TRY(agree(recipient.secret.view(), ephemeral, ephemeral, recipient.public_key, info));
  return open_sealed(key.view(), counter_nonce(0), as_bytes(info), sealed.subspan(reader.offset()));
}

}  // namespace aplomb::crypto
