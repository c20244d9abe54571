// What lies on the web server so that it can add, and nothing else: the recipient's public key, the id key of
// its site and epoch, its signing key. It decrypts nothing. In clear (mode 0600): it must work unattended.
#pragma once

#include "vault/ids.h"

namespace aplomb::vault {

struct WriterKey {
  VaultId vault;
  DomainId domain;
  std::string site;
  uint32_t epoch = 0;
  crypto::BoxPublicKey recovery_public;
  crypto::Secret id_key;  // 32 bytes
  crypto::SigningKey signing;
  crypto::Secret cut_key;  // 32 bytes: where files are cut. An epoch that imports cuts as the one before
};

// A new domain for a site: random domain id and keys.
WriterKey make_writer_key(Random& random, VaultId vault, std::string site, uint32_t epoch,
                          const crypto::BoxPublicKey& recovery_public);
Bytes encode(const WriterKey& key);
Result<WriterKey> decode_writer_key(ByteView bytes);

// HMAC-SHA-256(id key, SHA-256(chunk)).
ChunkId chunk_id(const crypto::Secret& id_key, const Sha256& hash);

// The sealed body of a RecordKind::domain record: what the reader needs to recompute ids.
struct DomainBody {
  std::string site;
  uint32_t epoch = 0;
  crypto::Secret id_key, cut_key;
};
Bytes encode(const DomainBody& body);
Result<DomainBody> decode_domain_body(ByteView bytes);

}  // namespace aplomb::vault
