#include <gtest/gtest.h>

#include <thread>

#include "crypto/crypto.h"

namespace aplomb::crypto {
namespace {

struct Vector {
  const char *key, *nonce, *associated, *plain, *sealed;
};

// McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 13 to 16; sealed = ciphertext || tag.
constexpr const char* kKey16 = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
constexpr Vector kVectors[] = {
    {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000", "", "",
     "530f8afbc74536b9a963b4f1c4cb738b"},
    {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000", "",
     "00000000000000000000000000000000", "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"},
    {kKey16, "cafebabefacedbaddecaf888", "",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad"
     "b094dac5d93471bdec1a502270e3cc6c"},
    {kKey16, "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
     "76fc6ece0f4e1768cddf8853bb2d551b"}};

Bytes unhex(std::string_view text) {
  return from_hex(text).value();
}

Nonce nonce_of(std::string_view text) {
  Nonce nonce;
  std::memcpy(nonce.data(), unhex(text).data(), nonce.size());
  return nonce;
}

TEST(Seal, MatchesThePublishedVectors) {
  for (const Vector& vector : kVectors) {
    const Bytes key = unhex(vector.key), associated = unhex(vector.associated), plain = unhex(vector.plain);
    const Nonce nonce = nonce_of(vector.nonce);
    EXPECT_EQ(to_hex(seal(key, nonce, associated, plain)), vector.sealed);
    auto opened = open_sealed(key, nonce, associated, unhex(vector.sealed));
    ASSERT_TRUE(opened);
    EXPECT_EQ(*opened, plain);
  }
}

class SealRefuses : public testing::Test {
 protected:
  Bytes key = unhex(kKey16);
  Nonce nonce = counter_nonce(7);
  Bytes associated{1, 2, 3};
  Bytes sealed = seal(key, nonce, associated, as_bytes("registre des délibérations"));

  void expect_corrupt(ByteView k, const Nonce& n, ByteView a, ByteView s) {
    auto opened = open_sealed(k, n, a, s);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Code::corrupt);
  }
};

TEST_F(SealRefuses, EverySingleFlippedBit) {
  ASSERT_TRUE(open_sealed(key, nonce, associated, sealed));
  for (size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    sealed[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    expect_corrupt(key, nonce, associated, sealed);
    sealed[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
  }
}

TEST_F(SealRefuses, EveryTruncation) {
  for (size_t size = 0; size < sealed.size(); ++size)
    expect_corrupt(key, nonce, associated, ByteView(sealed).first(size));
}

TEST_F(SealRefuses, AnotherKeyNonceOrContext) {
  Bytes other = key;
  other[31] ^= 1;
  expect_corrupt(other, nonce, associated, sealed);
  expect_corrupt(key, counter_nonce(8), associated, sealed);
  expect_corrupt(key, nonce, ByteView(associated).first(2), sealed);
  expect_corrupt(key, nonce, {}, sealed);
}

TEST(Seal, AppendsBehindWhatIsThere) {
  const Bytes key(kSealKeySize, 9);
  Bytes out{0xaa, 0xbb};
  seal_into(out, key, counter_nonce(1), {}, as_bytes("a"));
  seal_into(out, key, counter_nonce(2), {}, as_bytes(""));
  ASSERT_EQ(out.size(), 2 + (1 + kTagSize) + kTagSize);
  EXPECT_EQ(out[0], 0xaa);
  EXPECT_EQ(as_text(*open_sealed(key, counter_nonce(1), {}, ByteView(out).subspan(2, 17))), "a");
  EXPECT_TRUE(open_sealed(key, counter_nonce(2), {}, ByteView(out).subspan(19))->empty());
}

TEST(Seal, KeepsThreadsApart) {
  auto work = [](uint8_t number) {
    const Bytes key(kSealKeySize, number), plain(1000, number);
    for (uint64_t i = 0; i < 200; ++i) {
      auto opened = open_sealed(key, counter_nonce(i), {}, seal(key, counter_nonce(i), {}, plain));
      if (!opened || *opened != plain) return false;
    }
    return true;
  };
  std::array<bool, 4> ok{};
  {
    std::vector<std::jthread> threads;
    for (size_t i = 0; i < ok.size(); ++i)
      threads.emplace_back([&, i] { ok[i] = work(static_cast<uint8_t>(i + 1)); });
  }
  for (bool one : ok) EXPECT_TRUE(one);
}

TEST(CounterNonce, IsTheCounterBigEndianBehindFourZeros) {
  EXPECT_EQ(to_hex(counter_nonce(0x0102030405060708)), "000000000102030405060708");
  EXPECT_EQ(to_hex(counter_nonce(0)), "000000000000000000000000");
}

}  // namespace
}  // namespace aplomb::crypto
