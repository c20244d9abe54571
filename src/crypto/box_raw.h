// X25519 as RFC 7748 has it, apart so that the standard's vectors can be run against it. Internal to crypto:
// what leaves this part has been through HKDF (agree).
#pragma once

#include "crypto/crypto.h"

namespace aplomb::crypto {

// Empty when `peer` is of low order, so that the point would be zero (RFC 7748, section 6.1).
Secret shared_point(ByteView own_secret, const BoxPublicKey& peer);

}  // namespace aplomb::crypto
