// The key that a keeper signs its log with: DIR/keeper.key, mode 0600, in clear, since the keeper works
// unattended. It proves that an entry came through the keeper, at the time it says; it opens nothing.
#pragma once

#include "fs/fs.h"
#include "vault/ids.h"

namespace aplomb::vault {

constexpr char kKeeperKeyFile[] = "keeper.key";

Bytes encode_keeper_key(const crypto::SigningKey& key);
Result<crypto::SigningKey> decode_keeper_key(ByteView bytes);

// Of a keeper's folder. Code::key, with what to do, when it is missing or damaged.
Result<crypto::SigningKey> read_keeper_key(fs::Dir& folder);
// The same, made when it is missing.
Result<crypto::SigningKey> keeper_key(fs::Dir& folder, Random& random);

}  // namespace aplomb::vault
