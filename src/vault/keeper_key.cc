#include "vault/keeper_key.h"

#include "base/messages.h"
#include "vault/format.h"

namespace aplomb::vault {

Bytes encode_keeper_key(const crypto::SigningKey& key) {
  ByteWriter writer;
  writer.bytes(as_bytes({kKeeperKeyMagic, kMagicSize}));
  writer.bytes(key.seed.view());
  writer.id(crypto::sha256(writer.view()));
  return writer.take();
}

Result<crypto::SigningKey> decode_keeper_key(ByteView bytes) {
  ByteReader reader(bytes);
  ByteView magic = TRY(reader.bytes(kMagicSize));
  if (as_text(magic) != std::string_view(kKeeperKeyMagic, kMagicSize))
    return fail(Code::corrupt, tr("this is not a keeper's key"));
  ByteView seed = TRY(reader.bytes(crypto::VerifyKey::kSize));
  auto hash = TRY(reader.id<Sha256>());
  TRY(reader.finish());
  if (hash != crypto::sha256(bytes.first(bytes.size() - Sha256::kSize)))
    return fail(Code::corrupt, tr("the keeper's key is damaged"));
  return crypto::signing_key_from_seed(seed);
}

Result<crypto::SigningKey> read_keeper_key(fs::Dir& folder) {
  auto bytes = fs::read_file(folder, kKeeperKeyFile, 4096);
  auto key = bytes ? decode_keeper_key(*bytes) : Result<crypto::SigningKey>(fail(std::move(bytes).error()));
  if (key) return key;
  Error error = std::move(key).error();
  if (error.code == Code::not_found || error.code == Code::corrupt) error.code = Code::key;
  return fail(std::move(error)
                  .in(tr("the keeper's key cannot be read"))
                  .at(kKeeperKeyFile)
                  .then(tr("put back the keeper's own key file")));
}

Result<crypto::SigningKey> keeper_key(fs::Dir& folder, Random& random) {
  if (folder.stat(kKeeperKeyFile)) return read_keeper_key(folder);
  crypto::SigningKey key = crypto::make_signing_key(random);
  TRY(fs::write_file_durably(folder, kKeeperKeyFile, encode_keeper_key(key), 0600));
  return key;
}

}  // namespace aplomb::vault
