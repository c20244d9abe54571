// Ed25519 as RFC 8032 has it, without a context: what sign() and verify() are made of, apart so that the
// standard's vectors can be run against it. Internal to crypto: nothing else may sign or verify without a
// context.
#pragma once

#include "crypto/crypto.h"

namespace aplomb::crypto {

Signature sign_raw(ByteView seed, ByteView message);
bool verify_raw(const VerifyKey& key, ByteView message, ByteView signature);

}  // namespace aplomb::crypto
