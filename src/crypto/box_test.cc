#include <gtest/gtest.h>

#include "crypto/box_raw.h"
#include "crypto/crypto.h"

namespace aplomb::crypto {
namespace {

BoxPublicKey public_key(std::string_view hex) {
  return BoxPublicKey::parse(hex).value();
}
Bytes unhex(std::string_view text) {
  return from_hex(text).value();
}

TEST(X25519, MatchesRfc7748Section52) {
  EXPECT_EQ(
      to_hex(shared_point(unhex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"),
                          public_key("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"))
                 .view()),
      "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
  EXPECT_EQ(
      to_hex(shared_point(unhex("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d"),
                          public_key("e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493"))
                 .view()),
      "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957");
}

TEST(X25519, MatchesRfc7748Section52Iterated) {
  Bytes scalar(32, 0);
  scalar[0] = 9;
  BoxPublicKey point;
  point.bytes[0] = 9;
  for (int i = 1; i <= 1000; ++i) {
    Secret next = shared_point(scalar, point);
    std::memcpy(point.bytes.data(), scalar.data(), 32);
    scalar.assign(next.view().begin(), next.view().end());
    if (i == 1) {
      EXPECT_EQ(to_hex(scalar), "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
    }
  }
  EXPECT_EQ(to_hex(scalar), "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
}

TEST(X25519, MatchesRfc7748Section61) {
  const Bytes alice = unhex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
  const Bytes bob = unhex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
  const BoxPublicKey alice_public = *box_public(alice), bob_public = *box_public(bob);
  EXPECT_EQ(alice_public.hex(), "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
  EXPECT_EQ(bob_public.hex(), "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
  const char* shared = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
  EXPECT_EQ(to_hex(shared_point(alice, bob_public).view()), shared);
  EXPECT_EQ(to_hex(shared_point(bob, alice_public).view()), shared);
}

TEST(Agree, GivesBothSidesOneKeyBoundToEverything) {
  SeededRandom random(1);
  const BoxKeyPair sender = make_box_key(random), recipient = make_box_key(random);
  auto key = [&](const BoxKeyPair& own, const BoxKeyPair& peer, const BoxPublicKey& from,
                 const BoxPublicKey& to, std::string_view info) {
    return to_hex(agree(own.secret.view(), peer.public_key, from, to, info)->view());
  };
  const std::string one = key(sender, recipient, sender.public_key, recipient.public_key, "a");
  EXPECT_EQ(one.size(), 64u);
  EXPECT_EQ(key(recipient, sender, sender.public_key, recipient.public_key, "a"), one);
  EXPECT_NE(key(sender, recipient, recipient.public_key, sender.public_key, "a"), one);
  EXPECT_NE(key(sender, recipient, sender.public_key, recipient.public_key, "b"), one);
}

// All encodings of points whose order divides 8: RFC 7748, section 7, and its non-canonical forms.
TEST(Agree, RefusesPointsOfLowOrder) {
  const char* points[] = {"0000000000000000000000000000000000000000000000000000000000000000",
                          "0100000000000000000000000000000000000000000000000000000000000000",
                          "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                          "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
                          "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                          "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                          "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                          "0000000000000000000000000000000000000000000000000000000000000080"};
  SeededRandom random(2);
  const BoxKeyPair own = make_box_key(random);
  for (const char* point : points) {
    const BoxPublicKey peer = public_key(point);
    auto key = agree(own.secret.view(), peer, own.public_key, peer, "x");
    ASSERT_FALSE(key) << point;
    EXPECT_EQ(key.error().code, Code::corrupt);
    EXPECT_FALSE(check_box_public(peer)) << point;
  }
  EXPECT_TRUE(check_box_public(own.public_key));
}

TEST(BoxKey, RefusesASecretOfAnotherSize) {
  const Bytes secret(31, 1);
  EXPECT_EQ(box_public(secret).error().code, Code::corrupt);
  EXPECT_EQ(agree(secret, {}, {}, {}, "x").error().code, Code::corrupt);
}

class Box : public testing::Test {
 protected:
  SeededRandom random{3};
  BoxKeyPair recipient = make_box_key(random);
  Bytes sealed = box_seal(random, recipient.public_key, "purpose", as_bytes("état civil"));
};

TEST_F(Box, OpensForItsRecipientAlone) {
  EXPECT_EQ(sealed.size(), kBoxOverhead + as_bytes("état civil").size());
  auto opened = box_open(recipient, "purpose", sealed);
  ASSERT_TRUE(opened);
  EXPECT_EQ(as_text(*opened), "état civil");
  EXPECT_EQ(box_open(make_box_key(random), "purpose", sealed).error().code, Code::corrupt);
  EXPECT_EQ(box_open(recipient, "another purpose", sealed).error().code, Code::corrupt);
}

TEST_F(Box, IsDifferentEachTime) {
  EXPECT_NE(box_seal(random, recipient.public_key, "purpose", as_bytes("état civil")), sealed);
}

TEST_F(Box, RefusesEverySingleFlippedBit) {
  for (size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    Bytes damaged = sealed;
    damaged[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    auto opened = box_open(recipient, "purpose", damaged);
    ASSERT_FALSE(opened) << bit;
    EXPECT_EQ(opened.error().code, Code::corrupt);
  }
}

TEST_F(Box, RefusesEveryTruncation) {
  for (size_t size = 0; size < sealed.size(); ++size)
    EXPECT_FALSE(box_open(recipient, "purpose", ByteView(sealed).first(size))) << size;
}

}  // namespace
}  // namespace aplomb::crypto
