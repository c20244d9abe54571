#include <gtest/gtest.h>

#include "crypto/crypto.h"
#include "crypto/sign_raw.h"

namespace aplomb::crypto {
namespace {

Bytes unhex(std::string_view text) {
  return from_hex(text).value();
}

struct Vector {
  const char *seed, *verify_key, *message, *signature;
};

// RFC 8032, section 7.1, tests 1 to 3.
constexpr Vector kVectors[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
     "d25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
     "387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
     "4a7c15e9716ed28dc027beceea1ec40a"}};

TEST(Ed25519, MatchesRfc8032Section71) {
  for (const Vector& vector : kVectors) {
    const Bytes seed = unhex(vector.seed), message = unhex(vector.message);
    const SigningKey key = *signing_key_from_seed(seed);
    EXPECT_EQ(key.verify_key.hex(), vector.verify_key);
    EXPECT_EQ(to_hex(sign_raw(seed, message)), vector.signature);
    EXPECT_TRUE(verify_raw(key.verify_key, message, unhex(vector.signature)));
  }
}

// S and S + L would both satisfy the equation: RFC 8032, section 5.1.7, wants S below L.
TEST(Ed25519, RefusesTheSecondFormOfASignature) {
  const Vector& vector = kVectors[1];
  Bytes signature = unhex(vector.signature);
  const Bytes order = unhex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  unsigned carry = 0;
  for (size_t i = 0; i < 32; ++i) {
    carry += signature[32 + i] + unsigned{order[i]};
    signature[32 + i] = static_cast<uint8_t>(carry);
    carry >>= 8;
  }
  ASSERT_EQ(carry, 0u);
  EXPECT_FALSE(verify_raw(VerifyKey::parse(vector.verify_key).value(), unhex(vector.message), signature));
}

class Signed : public testing::Test {
 protected:
  SeededRandom random{4};
  SigningKey key = make_signing_key(random);
  Signature signature = sign(key, "aplomb test 0", as_bytes("arrêté n° 12"));
};

TEST_F(Signed, IsTheRawSignatureOfContextZeroMessage) {
  EXPECT_EQ(sign(key, "ab", as_bytes("c")), sign_raw(key.seed.view(), Bytes{'a', 'b', 0, 'c'}));
}

TEST_F(Signed, HoldsForItsKeyContextAndMessageAlone) {
  EXPECT_TRUE(verify(key.verify_key, "aplomb test 0", as_bytes("arrêté n° 12"), signature));
  EXPECT_FALSE(verify(key.verify_key, "aplomb other 0", as_bytes("arrêté n° 12"), signature));
  EXPECT_FALSE(verify(key.verify_key, "aplomb test 0", as_bytes("arrêté n° 13"), signature));
  EXPECT_FALSE(
      verify(make_signing_key(random).verify_key, "aplomb test 0", as_bytes("arrêté n° 12"), signature));
}

TEST_F(Signed, RefusesEverySingleFlippedBitAndEveryTruncation) {
  for (size_t bit = 0; bit < signature.size() * 8; ++bit) {
    Signature damaged = signature;
    damaged[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    EXPECT_FALSE(verify(key.verify_key, "aplomb test 0", as_bytes("arrêté n° 12"), damaged)) << bit;
  }
  for (size_t size = 0; size < signature.size(); ++size)
    EXPECT_FALSE(
        verify(key.verify_key, "aplomb test 0", as_bytes("arrêté n° 12"), ByteView(signature).first(size)));
}

TEST_F(Signed, CannotMoveBytesBetweenContextAndMessage) {
  EXPECT_FALSE(verify(key.verify_key, "aplomb test ", as_bytes("0arrêté n° 12"), signature));
}

TEST_F(Signed, ComesOutTheSameFromTheSeedAlone) {
  const SigningKey again = *signing_key_from_seed(key.seed.view());
  EXPECT_EQ(again.verify_key, key.verify_key);
  EXPECT_EQ(sign(again, "aplomb test 0", as_bytes("arrêté n° 12")), signature);
}

TEST(SigningKey, RefusesASeedOfAnotherSize) {
  EXPECT_EQ(signing_key_from_seed(Bytes(33, 1)).error().code, Code::corrupt);
}

}  // namespace
}  // namespace aplomb::crypto
