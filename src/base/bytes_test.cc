#include "base/bytes.h"

#include <gtest/gtest.h>

#include "base/log.h"

namespace aplomb {

TEST(ByteReader, ReadsBackWhatByteWriterWrote) {
  ByteWriter writer;
  writer.u8(7);
  writer.u16(0xbeef);
  writer.u32(0xdeadbeef);
  writer.i64(-2);
  for (uint64_t value : {0ull, 127ull, 128ull, 16384ull, ~0ull}) writer.varint(value);
  writer.text("mairie");
  ByteReader reader(writer.view());
  EXPECT_EQ(*reader.u8(), 7);
  EXPECT_EQ(*reader.u16(), 0xbeef);
  EXPECT_EQ(*reader.u32(), 0xdeadbeef);
  EXPECT_EQ(*reader.i64(), -2);
  for (uint64_t value : {0ull, 127ull, 128ull, 16384ull, ~0ull}) EXPECT_EQ(*reader.varint(), value);
  EXPECT_EQ(*reader.text(100), "mairie");
  EXPECT_TRUE(reader.finish());
}

TEST(ByteReader, FailsAsCorruptAtEveryCut) {
  ByteWriter writer;
  writer.u64(1);
  writer.text("abc");
  for (size_t cut = 0; cut < writer.size(); ++cut) {
    ByteReader reader(writer.view().first(cut));
    auto number = reader.u64();
    auto text = number ? reader.text(10) : Result<std::string>(fail(std::move(number).error()));
    ASSERT_FALSE(text);
    EXPECT_EQ(text.error().code, Code::corrupt);
  }
}

TEST(ByteReader, RefusesALengthOverItsLimitBeforeAllocating) {
  ByteWriter writer;
  writer.varint(~0ull);
  ByteReader reader(writer.view());
  EXPECT_FALSE(reader.sized(1 << 20));
}

TEST(ByteReader, RefusesVarintsThatAreLongerThanNeeded) {
  const Bytes longer = {0x80, 0x00}, too_big = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02};
  EXPECT_FALSE(ByteReader(longer).varint());
  EXPECT_FALSE(ByteReader(too_big).varint());
}

TEST(Hex, GoesBothWaysAndRefusesForeignCharacters) {
  EXPECT_EQ(to_hex(as_bytes("\x01\xff")), "01ff");
  EXPECT_EQ(from_hex("01FF"), (Bytes{1, 255}));
  EXPECT_FALSE(from_hex("0"));
  EXPECT_FALSE(from_hex("0g"));
}

TEST(Printable, CannotWriteToTheTerminal) {
  EXPECT_EQ(printable("café.php"), "café.php");
  EXPECT_EQ(printable("a\033[2Jb\n"), "a\\x1b[2Jb\\x0a");
  EXPECT_EQ(printable("\xff"), "\\xff");
  EXPECT_EQ(printable("\xe2\x80\xaegnp.php"), "\\xe2\\x80\\xaegnp.php");
}

}  // namespace aplomb
