// The memo remembers what was learnt, believes only its own key and rules, and never remembers half a look.
#include "judge/memo.h"

#include <gtest/gtest.h>

#include "fs/memory_fs.h"

namespace aplomb::judge {
namespace {

crypto::Secret key(uint8_t byte) {
  return crypto::Secret(Bytes(32, byte));
}
Sha256 hash(std::string_view text) {
  return crypto::sha256(as_bytes(text));
}

scan::FileReport report(std::string_view rule) {
  scan::FileReport made;
  made.kind = scan::Kind::php;
  made.executable = true;
  made.findings.push_back({Level::suspicious, std::string(rule), {"why", {}}, 2});
  return made;
}

struct State {
  fs::MemoryFs memory;
  std::unique_ptr<fs::Dir> dir = std::move(*memory.make_dirs("/state", 0700));
  Memo load(uint8_t byte = 1) { return Memo::load(*dir, "memo", key(byte)); }
  void save_example() {
    Memo memo = load();
    memo.remember(hash("a"), 1, report("first"));
    memo.remember(hash("a"), 2, report("second"));
    ASSERT_TRUE(memo.save(*dir, "memo"));
  }
};

}  // namespace

TEST(Memo, RemembersByContentAndClassOfTheName) {
  State state;
  state.save_example();
  Memo memo = state.load();
  EXPECT_EQ(memo.size(), 2u);
  ASSERT_TRUE(memo.find(hash("a"), 1) && memo.find(hash("a"), 2));
  EXPECT_EQ(*memo.find(hash("a"), 1), report("first"));
  EXPECT_EQ(*memo.find(hash("a"), 2), report("second"));
  EXPECT_FALSE(memo.find(hash("a"), 3));
  EXPECT_FALSE(memo.find(hash("b"), 1));
}

TEST(Memo, WhatHitALimitIsNotRemembered) {
  State state;
  Memo memo = state.load();
  scan::FileReport half = report("half");
  half.hit_limit = true;
  memo.remember(hash("a"), 1, half);
  EXPECT_FALSE(memo.find(hash("a"), 1));
  EXPECT_EQ(memo.size(), 0u);
}

TEST(Memo, AnotherKeysMemoIsEmpty) {
  State state;
  state.save_example();
  EXPECT_EQ(state.load(2).size(), 0u);
}

TEST(Memo, AMissingOrDamagedMemoIsEmpty) {
  State state;
  EXPECT_EQ(state.load().size(), 0u);
  state.save_example();
  Bytes bytes = *fs::read_file(*state.dir, "memo", 1 << 20);
  for (size_t i = 0; i < bytes.size(); ++i) {
    Bytes flipped = bytes;
    flipped[i] ^= 1;
    ASSERT_TRUE(fs::write_file_durably(*state.dir, "memo", flipped));
    EXPECT_EQ(state.load().size(), 0u) << "flipped at " << i;
    ASSERT_TRUE(fs::write_file_durably(*state.dir, "memo", ByteView(bytes).first(i)));
    EXPECT_EQ(state.load().size(), 0u) << "cut at " << i;
  }
}

TEST(Memo, OtherRulesRememberNothing) {
  State state;
  ByteWriter writer;  // the same layout and key, written by other rules
  writer.bytes(as_bytes("APLMMEM1"));
  writer.text("rules of last year");
  writer.varint(0);
  writer.bytes(crypto::hmac_sha256(key(1).view(), writer.view()));
  ASSERT_TRUE(fs::write_file_durably(*state.dir, "memo", writer.view()));
  Memo memo = state.load();
  EXPECT_EQ(memo.size(), 0u);
  memo.remember(hash("a"), 1, report("new"));
  ASSERT_TRUE(memo.save(*state.dir, "memo"));
  EXPECT_EQ(state.load().size(), 1u);
}

}  // namespace aplomb::judge
