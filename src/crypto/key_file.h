// Key files: what a key is for, whom it belongs to, and its secret behind a passphrase. docs/format/keys.md
// is the page; this file only encodes, decodes, seals and opens. Text, so that it can be printed and pasted:
//
//   APLOMB RECOVERY KEY                    (or OWNER KEY)
//   <base64 lines of 64 characters>
//   END
//
// The recovery key file also pins the vault id and the owner's verify key: whoever holds it can tell a
// replaced vault, or records signed by another owner, from the true ones.
#pragma once

#include <optional>

#include "crypto/crypto.h"

namespace aplomb::crypto {

struct VaultTag;
using VaultId = Id<VaultTag, 16>;

enum class KeyKind : uint8_t { owner = 1, recovery = 2 };

struct KeyFile {
  KeyKind kind = KeyKind::recovery;
  VaultId vault;
  BoxPublicKey recovery_public;  // the recipient of everything in the vault
  VerifyKey owner_verify;
  Secret secret;  // owner: Ed25519 seed; recovery: X25519 secret
};

// Seals with scrypt(passphrase) and AES-256-GCM; the public part is the associated data. An empty passphrase
// is allowed only for tests and is still scrypt'ed.
Result<std::string> encode_key_file(Random& random, const KeyFile& key, std::string_view passphrase,
                                    const ScryptCost& cost = {});
// Code::key: wrong passphrase or wrong kind; Code::corrupt: damaged; Code::unsupported: a newer format.
Result<KeyFile> decode_key_file(std::string_view text, KeyKind expected, std::string_view passphrase);
// The public part alone, without the passphrase (and so unproven).
Result<KeyFile> peek_key_file(std::string_view text);

}  // namespace aplomb::crypto
