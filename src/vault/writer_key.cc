#include "vault/writer_key.h"

#include "base/messages.h"
#include "vault/format.h"

namespace aplomb::vault {
namespace {
constexpr uint64_t kSiteMax = 255;
}

WriterKey make_writer_key(Random& random, VaultId vault, std::string site, uint32_t epoch,
                          const crypto::BoxPublicKey& recovery_public) {
  WriterKey key;
  key.vault = vault;
  random.fill(key.domain.bytes);
  key.site = std::move(site);
  key.epoch = epoch;
  key.recovery_public = recovery_public;
  key.id_key = crypto::Secret(32);
  random.fill(key.id_key.writable());
  key.signing = crypto::make_signing_key(random);
  key.cut_key = crypto::Secret(32);
  random.fill(key.cut_key.writable());
  return key;
}

Bytes encode(const WriterKey& key) {
  ByteWriter writer;
  writer.bytes(as_bytes({kWriterKeyMagic, kMagicSize}));
  writer.id(key.vault);
  writer.id(key.domain);
  writer.text(key.site);
  writer.u32(key.epoch);
  writer.id(key.recovery_public);
  writer.bytes(key.id_key.view());
  writer.bytes(key.cut_key.view());
  writer.bytes(key.signing.seed.view());
  writer.id(crypto::sha256(writer.view()));
  return writer.take();
}

Result<WriterKey> decode_writer_key(ByteView bytes) {
  ByteReader reader(bytes);
  ByteView magic = TRY(reader.bytes(kMagicSize));
  if (as_text(magic) != std::string_view(kWriterKeyMagic, kMagicSize))
    return fail(Code::key, tr("this is not a writer key"));
  WriterKey key;
  key.vault = TRY(reader.id<VaultId>());
  key.domain = TRY(reader.id<DomainId>());
  key.site = TRY(reader.text(kSiteMax));
  key.epoch = TRY(reader.u32());
  key.recovery_public = TRY(reader.id<crypto::BoxPublicKey>());
  TRY(crypto::check_box_public(key.recovery_public));
  key.id_key = crypto::Secret(TRY(reader.bytes(32)));
  key.cut_key = crypto::Secret(TRY(reader.bytes(32)));
  ByteView seed = TRY(reader.bytes(32));
  size_t covered = reader.offset();
  auto hash = TRY(reader.id<Sha256>());
  TRY(reader.finish());
  if (hash != crypto::sha256(bytes.first(covered))) return fail(Code::key, tr("the writer key is damaged"));
  key.signing = TRY(crypto::signing_key_from_seed(seed));
  return key;
}

ChunkId chunk_id(const crypto::Secret& id_key, const Sha256& hash) {
  ChunkId id;
  id.bytes = crypto::hmac_sha256(id_key.view(), hash.view());
  return id;
}

Bytes encode(const DomainBody& body) {
  ByteWriter writer;
  writer.text(body.site);
  writer.u32(body.epoch);
  writer.bytes(body.id_key.view());
  writer.bytes(body.cut_key.view());
  return writer.take();
}

Result<DomainBody> decode_domain_body(ByteView bytes) {
  ByteReader reader(bytes);
  DomainBody body;
  body.site = TRY(reader.text(kSiteMax));
  body.epoch = TRY(reader.u32());
  body.id_key = crypto::Secret(TRY(reader.bytes(32)));
  body.cut_key = crypto::Secret(TRY(reader.bytes(32)));
  TRY(reader.finish());
  return body;
}

}  // namespace aplomb::vault
