#include "crypto/key_file.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/base64.h"
#include "crypto/key_file_format.h"

namespace aplomb::crypto {
namespace {

constexpr ScryptCost kCheap{4, 1, 1};
constexpr const char* kPassphrase = "le marché du samedi";

KeyFile make_key(KeyKind kind, Random& random) {
  BoxKeyPair recovery = make_box_key(random);
  SigningKey owner = make_signing_key(random);
  KeyFile key;
  key.kind = kind;
  random.fill(key.vault.bytes);
  key.recovery_public = recovery.public_key;
  key.owner_verify = owner.verify_key;
  key.secret = kind == KeyKind::owner ? std::move(owner.seed) : std::move(recovery.secret);
  return key;
}

Bytes bytes_of(std::string_view text) {
  std::string body(text.substr(text.find('\n') + 1));
  body.resize(body.find("END"));
  std::erase(body, '\n');
  return from_base64(body).value();
}

// What an attacker would do who knows the format: the check made to fit again.
std::string text_of(Bytes bytes, std::string_view title = "APLOMB RECOVERY KEY") {
  const Sha256 check = sha256(ByteView(bytes).first(bytes.size() - kKeyFileCheckSize));
  std::copy_n(check.bytes.begin(), kKeyFileCheckSize, bytes.end() - kKeyFileCheckSize);
  return std::string(title) + "\n" + to_base64(bytes) + "\nEND\n";
}

Code code_of(std::string_view text, std::string_view passphrase = kPassphrase) {
  return decode_key_file(text, KeyKind::recovery, passphrase).error().code;
}

class KeyFiles : public testing::Test {
 protected:
  SeededRandom random{5};
  KeyFile key = make_key(KeyKind::recovery, random);
  std::string text = encode_key_file(random, key, kPassphrase, kCheap).value();
};

TEST_F(KeyFiles, ReadBackWhatWasWritten) {
  for (KeyKind kind : {KeyKind::owner, KeyKind::recovery}) {
    const KeyFile original = make_key(kind, random);
    const std::string file = encode_key_file(random, original, kPassphrase, kCheap).value();
    auto read = decode_key_file(file, kind, kPassphrase);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->kind, kind);
    EXPECT_EQ(read->vault, original.vault);
    EXPECT_EQ(read->recovery_public, original.recovery_public);
    EXPECT_EQ(read->owner_verify, original.owner_verify);
    EXPECT_TRUE(equal_constant_time(read->secret.view(), original.secret.view()));
  }
}

TEST_F(KeyFiles, LetThePublicPartBeReadWithoutThePassphrase) {
  auto peeked = peek_key_file(text);
  ASSERT_TRUE(peeked);
  EXPECT_EQ(peeked->vault, key.vault);
  EXPECT_EQ(peeked->owner_verify, key.owner_verify);
  EXPECT_TRUE(peeked->secret.empty());
}

TEST_F(KeyFiles, TellAWrongPassphraseAndWhatToDoNext) {
  auto read = decode_key_file(text, KeyKind::recovery, "le marché du dimanche");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::key);
  EXPECT_NE(read.error().next.find("type it again"), std::string::npos);
  EXPECT_EQ(code_of(text, ""), Code::key);
}

TEST_F(KeyFiles, TellTheOwnerKeyFromTheRecoveryKey) {
  auto read = decode_key_file(text, KeyKind::owner, kPassphrase);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::key);
  EXPECT_NE(read.error().next.find("--owner-key"), std::string::npos);
  const std::string owner =
      encode_key_file(random, make_key(KeyKind::owner, random), kPassphrase, kCheap).value();
  auto other = decode_key_file(owner, KeyKind::recovery, kPassphrase);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, Code::key);
  EXPECT_NE(other.error().next.find("--recovery-key"), std::string::npos);
}

TEST_F(KeyFiles, RefuseEverySingleFlippedBit) {
  for (size_t bit = 0; bit < text.size() * 8; ++bit) {
    std::string damaged = text;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
    auto read = decode_key_file(damaged, KeyKind::recovery, kPassphrase);
    ASSERT_FALSE(read) << bit;
    EXPECT_EQ(read.error().code, Code::corrupt) << bit;
    EXPECT_FALSE(read.error().next.empty());
  }
}

TEST_F(KeyFiles, RefuseEverySingleFlippedBitOfTheContentsEvenWithTheCheckMadeToFit) {
  const Bytes bytes = bytes_of(text);
  for (size_t bit = 0; bit < (kKeyFileSize - kKeyFileCheckSize) * 8; ++bit) {
    Bytes damaged = bytes;
    damaged[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    EXPECT_FALSE(decode_key_file(text_of(damaged), KeyKind::recovery, kPassphrase)) << bit;
  }
  EXPECT_TRUE(decode_key_file(text_of(bytes), KeyKind::recovery, kPassphrase));
}

TEST_F(KeyFiles, RefuseEveryTruncation) {
  // Only the very last line break may be missing: an editor or the clipboard took it, and it says nothing.
  for (size_t size = 0; size + 1 < text.size(); ++size)
    EXPECT_EQ(code_of(text.substr(0, size)), Code::corrupt);
  EXPECT_TRUE(decode_key_file(text.substr(0, text.size() - 1), KeyKind::recovery, kPassphrase));
}

TEST_F(KeyFiles, RefuseContentsThatAreTooShortOrTooLong) {
  const Bytes bytes = bytes_of(text);
  for (size_t size = 0; size < bytes.size() + 6; size += 3) {
    if (size == bytes.size()) continue;
    Bytes other = bytes;
    other.resize(size);
    if (size >= kKeyFileCheckSize) {
      EXPECT_EQ(code_of(text_of(other)), Code::corrupt) << size;
    } else {
      EXPECT_EQ(code_of("APLOMB RECOVERY KEY\n" + to_base64(other) + "\nEND\n"), Code::corrupt) << size;
    }
  }
}

TEST_F(KeyFiles, SurvivePastingFromAPrintedSheet) {
  std::string pasted = "\r\n  ";
  for (char c : text) pasted += c == '\n' ? "  \r\n\t" : std::string(1, c);
  EXPECT_TRUE(decode_key_file(pasted + "\r\n", KeyKind::recovery, kPassphrase));
}

TEST_F(KeyFiles, RefuseStrangersAroundTheKey) {
  EXPECT_EQ(code_of(text + "x"), Code::corrupt);
  EXPECT_EQ(code_of("x\n" + text), Code::corrupt);
  EXPECT_EQ(code_of(text + text), Code::corrupt);
  EXPECT_EQ(code_of(text + std::string(kKeyFileTextMax, '\n')), Code::corrupt);
  EXPECT_EQ(code_of(text_of(bytes_of(text), "APLOMB OWNER KEY")), Code::corrupt);
}

TEST_F(KeyFiles, NameANewerFormatAsSuch) {
  Bytes bytes = bytes_of(text);
  bytes[kKeyFileMagic.size()] = kKeyFileFormat + 1;
  EXPECT_EQ(code_of(text_of(bytes)), Code::unsupported);
  bytes.resize(bytes.size() + 30);
  EXPECT_EQ(code_of(text_of(bytes)), Code::unsupported);
}

TEST_F(KeyFiles, RefuseAHostileCost) {
  Bytes bytes = bytes_of(text);
  bytes[91] = 30;  // log2 N, with r = 255
  bytes[92] = 255;
  EXPECT_EQ(code_of(text_of(bytes)), Code::limit);
}

TEST_F(KeyFiles, RefuseARecipientThatAnyoneCouldOpenFor) {
  Bytes bytes = bytes_of(text);
  std::fill_n(bytes.begin() + 27, BoxPublicKey::kSize, uint8_t{0});
  EXPECT_EQ(peek_key_file(text_of(bytes)).error().code, Code::corrupt);
  KeyFile owner = make_key(KeyKind::owner, random);
  owner.recovery_public = {};
  EXPECT_FALSE(encode_key_file(random, owner, kPassphrase, kCheap));
}

TEST_F(KeyFiles, AreNotWrittenForASecretThatIsNotTheirs) {
  KeyFile other = make_key(KeyKind::recovery, random);
  key.secret = std::move(other.secret);
  EXPECT_FALSE(encode_key_file(random, key, kPassphrase, kCheap));
  key.secret = Secret(size_t{31});
  EXPECT_FALSE(encode_key_file(random, key, kPassphrase, kCheap));
}

TEST_F(KeyFiles, AreDifferentEachTimeAndHideTheSecret) {
  const std::string again = encode_key_file(random, key, kPassphrase, kCheap).value();
  EXPECT_NE(again, text);
  const Bytes bytes = bytes_of(text);
  EXPECT_TRUE(std::ranges::search(bytes, key.secret.view().first(8)).empty());
}

TEST(Base64, MatchesRfc4648AndRefusesTheRest) {
  EXPECT_EQ(to_base64(as_bytes("")), "");
  EXPECT_EQ(to_base64(as_bytes("foo")), "Zm9v");
  EXPECT_EQ(to_base64(as_bytes("foobar")), "Zm9vYmFy");
  EXPECT_EQ(as_text(from_base64("Zm9vYmFy").value()), "foobar");
  for (const char* wrong : {"Zg==", "Zm8=", "Zm9", "Zm9vY", " m9v", "Zm9v\n", "Zm9-", "Zm9_"})
    EXPECT_FALSE(from_base64(wrong)) << wrong;
}

}  // namespace
}  // namespace aplomb::crypto
