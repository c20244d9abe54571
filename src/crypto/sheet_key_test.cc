#include "crypto/sheet_key.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace aplomb::crypto {
namespace {

constexpr ScryptCost kCheap{4, 1, 1};
constexpr const char* kPassphrase = "le marché du samedi";

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += word + "\n";
  return text;
}

class SheetKey : public testing::Test {
 protected:
  SheetKey() {
    SeededRandom random(5);
    BoxKeyPair recovery = make_box_key(random);
    random.fill(vault.vault.bytes);
    vault.recovery_public = recovery.public_key;
    vault.owner_verify = make_signing_key(random).verify_key;
    key = {KeyKind::recovery, vault.vault, vault.recovery_public, vault.owner_verify,
           std::move(recovery.secret)};
    bytes = decode_sheet(joined(sheet_of(key, kPassphrase, kCheap).value())).value();
  }
  Code code_of(const SheetVault& other, std::string_view passphrase = kPassphrase) {
    auto opened = open_sheet(bytes, other, passphrase, kCheap);
    EXPECT_FALSE(opened);
    return opened ? Code::io : opened.error().code;
  }
  SheetVault vault;
  KeyFile key;
  SheetBytes bytes;
};

TEST_F(SheetKey, IsTheWholeRecoveryKey) {
  auto opened = open_sheet(bytes, vault, kPassphrase, kCheap);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->kind, KeyKind::recovery);
  EXPECT_EQ(opened->vault, key.vault);
  EXPECT_EQ(opened->recovery_public, key.recovery_public);
  EXPECT_EQ(opened->owner_verify, key.owner_verify);
  EXPECT_TRUE(equal_constant_time(opened->secret.view(), key.secret.view()));
}

TEST_F(SheetKey, OpensWithTheCostOfItsFormatToo) {
  auto words = sheet_of(key, kPassphrase);
  ASSERT_TRUE(words);
  EXPECT_TRUE(open_sheet(decode_sheet(joined(*words)).value(), vault, kPassphrase));
}

TEST_F(SheetKey, IsTheSameEveryTimeAndAnotherWithAnotherPassphrase) {
  EXPECT_EQ(sheet_of(key, kPassphrase, kCheap).value(), sheet_of(key, kPassphrase, kCheap).value());
  EXPECT_NE(sheet_of(key, kPassphrase, kCheap).value(), sheet_of(key, "autre", kCheap).value());
}

TEST_F(SheetKey, DoesNotHoldTheSecretInClear) {
  EXPECT_FALSE(std::ranges::equal(ByteView(bytes).subspan(1), key.secret.view()));
}

TEST_F(SheetKey, IsRefusedWithAWrongPassphrase) {
  EXPECT_EQ(code_of(vault, "le marché du dimanche"), Code::key);
  EXPECT_EQ(code_of(vault, ""), Code::key);
}

// A header in which anything was replaced, the owner's key for example, does not open with the true words.
TEST_F(SheetKey, IsRefusedByEveryVaultThatDiffersInOneBit) {
  for (size_t i = 0; i < 8 * vault.vault.bytes.size(); ++i) {
    SheetVault other = vault;
    other.vault.bytes[i / 8] ^= static_cast<uint8_t>(1 << i % 8);
    EXPECT_EQ(code_of(other), Code::key);
    EXPECT_NE(sheet_mark(other), sheet_mark(vault));
  }
  for (size_t i = 0; i < 256; ++i) {
    SheetVault other = vault;
    other.owner_verify.bytes[i / 8] ^= static_cast<uint8_t>(1 << i % 8);
    EXPECT_EQ(code_of(other), Code::key);
    other = vault;
    other.recovery_public.bytes[i / 8] ^= static_cast<uint8_t>(1 << i % 8);
    EXPECT_EQ(code_of(other), Code::key);
  }
}

TEST_F(SheetKey, RefusesAPublicKeyOfLowOrderAndANewerFormat) {
  SheetVault low = vault;
  low.recovery_public = {};
  EXPECT_EQ(code_of(low), Code::corrupt);
  bytes[0] = 2;
  EXPECT_EQ(code_of(vault), Code::unsupported);
}

TEST_F(SheetKey, TellsThePersonWhichVaultThisIs) {
  const std::string mark = sheet_mark(vault);
  EXPECT_EQ(mark.size(), 9u);
  auto opened = open_sheet(bytes, vault, "x", kCheap);
  EXPECT_NE(opened.error().next.find(mark), std::string::npos);
}

}  // namespace
}  // namespace aplomb::crypto
