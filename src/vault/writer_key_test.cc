#include "vault/writer_key.h"

#include <gtest/gtest.h>

#include "vault/test_vault.h"

namespace aplomb::vault {
namespace {

WriterKey example() {
  SeededRandom random(1);
  VaultId vault;
  random.fill(vault.bytes);
  return make_writer_key(random, vault, "mairie", 3, crypto::make_box_key(random).public_key);
}

TEST(WriterKey, ReadsBackWhatWasWritten) {
  WriterKey key = example();
  auto decoded = decode_writer_key(encode(key));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->vault, key.vault);
  EXPECT_EQ(decoded->domain, key.domain);
  EXPECT_EQ(decoded->site, "mairie");
  EXPECT_EQ(decoded->epoch, 3u);
  EXPECT_EQ(decoded->recovery_public, key.recovery_public);
  EXPECT_EQ(to_hex(decoded->id_key.view()), to_hex(key.id_key.view()));
  EXPECT_EQ(decoded->signing.verify_key, key.signing.verify_key);
  EXPECT_EQ(to_hex(decoded->cut_key.view()), to_hex(key.cut_key.view()));
}

TEST(WriterKey, DetectsEveryFlippedBitAndEveryPrefix) {
  const Bytes encoded = encode(example());
  for (size_t bit = 0; bit < encoded.size() * 8; ++bit) {
    Bytes damaged = encoded;
    damaged[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    EXPECT_FALSE(decode_writer_key(damaged)) << bit;
  }
  for (size_t size = 0; size < encoded.size(); ++size)
    EXPECT_FALSE(decode_writer_key(ByteView(encoded).first(size)));
}

TEST(WriterKey, RefusesARecipientThatAnyoneCouldOpen) {
  WriterKey key = example();
  key.recovery_public = {};
  EXPECT_FALSE(decode_writer_key(encode(key)));
}

TEST(DomainBody, ReadsBackAndRefusesPrefixes) {
  DomainBody body{"mairie", 2, crypto::Secret(random_bytes(1, 32)), crypto::Secret(random_bytes(2, 32))};
  Bytes encoded = encode(body);
  auto decoded = decode_domain_body(encoded);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->site, "mairie");
  EXPECT_EQ(decoded->epoch, 2u);
  EXPECT_EQ(to_hex(decoded->id_key.view()), to_hex(body.id_key.view()));
  EXPECT_EQ(to_hex(decoded->cut_key.view()), to_hex(body.cut_key.view()));
  for (size_t size = 0; size < encoded.size(); ++size)
    EXPECT_FALSE(decode_domain_body(ByteView(encoded).first(size)));
}

TEST(ChunkIds, DifferByDomainForTheSameBytes) {
  Sha256 hash = crypto::sha256(text_bytes("index.php"));
  crypto::Secret one(random_bytes(1, 32)), two(random_bytes(2, 32));
  EXPECT_EQ(chunk_id(one, hash), chunk_id(one, hash));
  EXPECT_NE(chunk_id(one, hash), chunk_id(two, hash));
  EXPECT_NE(chunk_id(one, hash).bytes, hash.bytes);
}

TEST(ObjectRef, ReadsBackAndRefusesImpossibleLengths) {
  ObjectRef object(3);
  for (size_t i = 0; i < 3; ++i) {
    object[i].id.bytes[0] = static_cast<uint8_t>(i);
    object[i].length = static_cast<uint32_t>(i + 1);
  }
  ByteWriter writer;
  encode(writer, object);
  ByteReader reader(writer.view());
  EXPECT_EQ(*decode_object(reader), object);
  EXPECT_EQ(object_size(object), 6u);
  for (uint32_t length : {0u, kChunkMax + 1}) {
    object[1].length = length;
    ByteWriter wrong;
    encode(wrong, object);
    ByteReader wrong_reader(wrong.view());
    EXPECT_FALSE(decode_object(wrong_reader)) << length;
  }
  ByteWriter huge;
  huge.varint(1ull << 62);
  ByteReader huge_reader(huge.view());
  EXPECT_FALSE(decode_object(huge_reader));
}

}  // namespace
}  // namespace aplomb::vault
