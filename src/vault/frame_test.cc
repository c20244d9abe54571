#include "vault/frame.h"

#include <gtest/gtest.h>

#include "vault/test_vault.h"

namespace aplomb::vault {
namespace {

struct SealedFrame {
  crypto::Secret key{crypto::kSealKeySize};
  DomainId domain;
  std::array<uint8_t, 32> salt{};
  FrameEntry entry;
  Bytes stored;

  explicit SealedFrame(ByteView raw, uint8_t flags = 0) {
    SeededRandom random(7);
    random.fill(key.writable());
    random.fill(domain.bytes);
    random.fill(salt);
    entry.number = 3;
    entry.flags = flags;
    seal_frame(stored, entry, key, domain, salt, raw);
  }
  Result<Bytes> open() const { return open_frame(entry, key, domain, salt, stored); }
};

TEST(Frame, GivesBackWhatWasSealed) {
  for (const Bytes& raw : {text_bytes(std::string(5000, 'a')), random_bytes(1, 5000), text_bytes("x")}) {
    SealedFrame frame(raw);
    EXPECT_EQ(frame.entry.raw_length, raw.size());
    EXPECT_EQ(frame.entry.stored_length, frame.stored.size());
    auto opened = frame.open();
    ASSERT_TRUE(opened);
    EXPECT_EQ(*opened, raw);
  }
}

TEST(Frame, IsCompressedOnlyWhenThatGains) {
  EXPECT_EQ(SealedFrame(text_bytes(std::string(5000, 'a'))).entry.flags, kFrameZstd);
  EXPECT_EQ(SealedFrame(random_bytes(1, 5000)).entry.flags, 0);
}

TEST(Frame, DetectsEveryFlippedBit) {
  SealedFrame frame(text_bytes("the quick brown fox jumps over the lazy dog, the quick brown fox"));
  for (size_t bit = 0; bit < frame.stored.size() * 8; ++bit) {
    frame.stored[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    auto opened = frame.open();
    ASSERT_FALSE(opened) << bit;
    EXPECT_EQ(opened.error().code, Code::corrupt);
    frame.stored[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
  }
  EXPECT_TRUE(frame.open());
}

TEST(Frame, IsBoundToItsPlaceAndDescription) {
  SealedFrame frame(random_bytes(1, 100));
  auto fails = [&](auto change) {
    SealedFrame other(random_bytes(1, 100));
    EXPECT_EQ(other.stored, frame.stored);
    change(other);
    return !other.open();
  };
  EXPECT_TRUE(fails([](SealedFrame& other) { ++other.entry.number; }));
  EXPECT_TRUE(fails([](SealedFrame& other) { other.entry.flags = kFrameZstd; }));
  EXPECT_TRUE(fails([](SealedFrame& other) { ++other.entry.raw_length; }));
  EXPECT_TRUE(fails([](SealedFrame& other) { other.salt[0] ^= 1; }));
  EXPECT_TRUE(fails([](SealedFrame& other) { other.domain.bytes[0] ^= 1; }));
  EXPECT_TRUE(fails([](SealedFrame& other) { other.key.writable()[0] ^= 1; }));
  EXPECT_FALSE(fails([](SealedFrame& other) { other.entry.offset = 12345; })) << "a keeper may move it";
  EXPECT_FALSE(fails([](SealedFrame& other) { other.entry.origin = 5; }))
      << "and give its origin another number";
}

TEST(Frame, PlainIsStoredAsItIsAndNeedsNoKey) {
  Bytes raw = random_bytes(2, 64);
  SealedFrame frame(raw, kFramePlain);
  EXPECT_EQ(frame.stored, raw);
  auto opened = open_plain_frame(frame.entry, frame.stored);
  ASSERT_TRUE(opened);
  EXPECT_EQ(*opened, raw);
  EXPECT_FALSE(open_plain_frame(frame.entry, ByteView(frame.stored).first(63)));
  frame.entry.flags = 0;
  EXPECT_FALSE(open_plain_frame(frame.entry, frame.stored))
      << "a sealed frame is never taken for a plain one";
}

TEST(Decompress, RefusesMoreThanItsLimitBeforeMakingRoom) {
  Bytes bomb = compress(Bytes(8 << 20), 3);
  EXPECT_LT(bomb.size(), 2000u);
  EXPECT_EQ(decompress(bomb, 1 << 20).error().code, Code::corrupt);
  EXPECT_TRUE(decompress(bomb, 8 << 20));
}

TEST(Decompress, RefusesTruncatedAndForeignBytes) {
  Bytes packed = compress(random_bytes(3, 300), 3);
  for (size_t size = 0; size < packed.size(); ++size)
    EXPECT_FALSE(decompress(ByteView(packed).first(size), 1000)) << size;
  EXPECT_FALSE(decompress(text_bytes("not zstd at all"), 1000));
}

}  // namespace
}  // namespace aplomb::vault
