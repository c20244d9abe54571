#include "vault/pack_table.h"

#include <gtest/gtest.h>

#include "vault/test_vault.h"

namespace aplomb::vault {
namespace {

PackTable example() {
  SeededRandom random(1);
  PackTable table;
  random.fill(table.domain.bytes);
  for (int i = 0; i < 2; ++i) {
    Origin origin;
    random.fill(origin.salt);
    random.fill(origin.session.bytes);
    table.origins.push_back(origin);
  }
  uint64_t offset = 0;
  for (uint32_t i = 0; i < 3; ++i) {
    FrameEntry frame;
    frame.offset = offset;
    frame.stored_length = 100 + i;
    frame.origin = i % 2;
    frame.number = i;
    frame.flags = i == 2 ? kFramePlain : kFrameZstd;
    for (uint32_t j = 0; j <= i; ++j) {
      ChunkEntry chunk;
      random.fill(chunk.id.bytes);
      chunk.length = 10 * (j + 1);
      frame.raw_length += chunk.length;
      frame.chunks.push_back(chunk);
    }
    offset += frame.stored_length;
    table.frames.push_back(frame);
  }
  return table;
}

bool refused(const PackTable& table) {
  auto decoded = decode_pack_table(encode(table));
  return !decoded && decoded.error().code == Code::corrupt;
}

TEST(PackTable, ReadsBackWhatWasWritten) {
  auto decoded = decode_pack_table(encode(example()));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(*decoded, example());
  EXPECT_EQ(*decode_pack_table(encode(PackTable())), PackTable());
}

TEST(PackTable, RefusesEveryPrefixAndTrailingBytes) {
  Bytes encoded = encode(example());
  for (size_t size = 0; size < encoded.size(); ++size)
    EXPECT_FALSE(decode_pack_table(ByteView(encoded).first(size))) << size;
  encoded.push_back(0);
  EXPECT_FALSE(decode_pack_table(encoded));
}

TEST(PackTable, OfANewerFormatIsUnsupported) {
  Bytes encoded = encode(example());
  encoded[0] = kFormat + 1;
  EXPECT_EQ(decode_pack_table(encoded).error().code, Code::unsupported);
}

TEST(PackTable, RefusesWhatTheFormatForbids) {
  PackTable table = example();
  table.frames[0].origin = 2;
  EXPECT_TRUE(refused(table));
  table = example();
  table.frames[0].flags = 4;
  EXPECT_TRUE(refused(table));
  table = example();
  table.frames[0].raw_length += 1;
  EXPECT_TRUE(refused(table)) << "chunks that do not add up";
  table = example();
  table.frames[0].chunks[0].length = table.frames[0].raw_length = kFrameMax + 1;
  EXPECT_TRUE(refused(table));
  table = example();
  table.frames[0].stored_length = 2 * kFrameMax;
  EXPECT_TRUE(refused(table));
}

TEST(PackTable, ClaimsOfHugeCountsAreRefusedWithoutMakingRoom) {
  ByteWriter writer;
  writer.u8(kFormat);
  writer.id(DomainId());
  writer.varint(UINT64_MAX);
  EXPECT_EQ(decode_pack_table(writer.view()).error().code, Code::corrupt);
  ByteWriter frames;
  frames.u8(kFormat);
  frames.id(DomainId());
  frames.varint(0);
  frames.varint(1ull << 60);
  EXPECT_EQ(decode_pack_table(frames.view()).error().code, Code::corrupt);
}

TEST(PackFooter, ReadsBackFromBothCopies) {
  PackTable table = example();
  Bytes tail = encode_pack_tail(table, 306);
  const size_t copy = encode(table).size() + kFooterSize;
  ASSERT_EQ(tail.size(), 2 * copy);
  for (size_t i = 0; i < 2; ++i) {
    auto footer = decode_pack_footer(ByteView(tail).subspan(i * copy + copy - kFooterSize, kFooterSize));
    ASSERT_TRUE(footer);
    EXPECT_EQ(footer->table_offset, 306 + i * copy);
    EXPECT_EQ(footer->table_length, copy - kFooterSize);
  }
}

TEST(PackFooter, RefusesAnotherSizeMagicOrAHugeTable) {
  Bytes footer = encode_pack_tail(PackTable(), 0);
  footer.erase(footer.begin(), footer.end() - kFooterSize);
  EXPECT_TRUE(decode_pack_footer(footer));
  EXPECT_FALSE(decode_pack_footer(ByteView(footer).first(51)));
  Bytes other = footer;
  other.back() ^= 1;
  EXPECT_FALSE(decode_pack_footer(other));
  other = footer;
  other[11] = 0xff;  // the highest byte of the length
  EXPECT_FALSE(decode_pack_footer(other));
}

TEST(CheckFrames, RefusesOverlapAndWhatLeavesThePack) {
  PackTable table = example();
  EXPECT_TRUE(check_frames(table, 303));
  EXPECT_FALSE(check_frames(table, 302));
  --table.frames[1].offset;
  EXPECT_FALSE(check_frames(table, 303));
  table = example();
  table.frames[2].offset = UINT64_MAX - 10;
  EXPECT_FALSE(check_frames(table, 303)) << "an end beyond 64 bits";
}

}  // namespace
}  // namespace aplomb::vault
