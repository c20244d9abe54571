#include "vault/s3_log.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "vault/test_vault.h"

namespace aplomb::vault {
namespace {

S3LogItem item(uint8_t name, int64_t date, uint8_t previous = 0) {
  S3LogItem made;
  made.name.bytes[0] = name;
  made.previous.bytes[0] = previous;
  made.date = Time{date};
  return made;
}

TEST(S3LogObject, ComesBackAndNoTruncationDoes) {
  S3LogObject object;
  object.kind = EntryKind::record;
  object.previous.bytes[3] = 7;
  object.content = text_bytes("content");
  Bytes bytes = encode(object);
  auto back = decode_s3_log_object(bytes);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->name, object.name);
  EXPECT_EQ(back->kind, EntryKind::record);
  EXPECT_EQ(back->previous, object.previous);
  EXPECT_EQ(back->content, object.content);
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(decode_s3_log_object(ByteView(bytes).first(size))) << size;
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    Bytes flipped = bytes;
    flipped[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    auto other = decode_s3_log_object(flipped);
    EXPECT_TRUE(!other || other->name != object.name) << bit;
  }
}

TEST(S3LogObject, HasANameThatIsReadInOneSpelling) {
  LogHash name;
  name.bytes.fill(0xab);
  std::string text = s3_log_name(name, EntryKind::commit);
  EXPECT_EQ(parse_s3_log_name(text), std::pair(name, EntryKind::commit));
  for (std::string wrong : {text + "x", text.substr(1), std::string("log/ab.commit"),
                            std::string("log/.record"), "log/x/" + text.substr(4)})
    EXPECT_FALSE(parse_s3_log_name(wrong)) << wrong;
  std::string capitals = text;
  capitals[6] = 'A';
  EXPECT_FALSE(parse_s3_log_name(capitals));
}

// Every forest of up to five objects, with every way to give them two dates: dates rule, then the chain, and
// the order in which they were listed does not matter.
TEST(S3LogOrder, FollowsTheDatesThenTheChainHoweverItWasListed) {
  for (uint8_t count = 1; count <= 5; ++count) {
    uint32_t forests = 1;
    for (uint8_t i = 0; i < count; ++i) forests *= count + 1u;
    for (uint32_t forest = 0; forest < forests; ++forest) {
      for (uint32_t dates = 0; dates < (1u << count); ++dates) {
        std::vector<S3LogItem> items;
        bool circle = false;
        uint32_t rest = forest;
        for (uint8_t i = 0; i < count; ++i, rest /= count + 1u) {
          auto previous = static_cast<uint8_t>(rest % (count + 1u));  // 0: none; hashes allow no circle
          circle = circle || previous > i;
          items.push_back(item(static_cast<uint8_t>(i + 1), dates >> i & 1, previous));
        }
        if (circle) continue;
        std::vector<S3LogItem*> order;
        for (S3LogItem& one : items) order.push_back(&one);
        std::ranges::rotate(order, order.begin() + forest % count);
        put_in_order(order);
        std::set<LogHash> seen;
        ASSERT_EQ(order.size(), count);
        for (size_t i = 0; i < order.size(); ++i) {
          ASSERT_TRUE(i == 0 || order[i - 1]->date <= order[i]->date);
          for (S3LogItem& other : items)
            ASSERT_TRUE(other.name != order[i]->previous || other.date != order[i]->date ||
                        seen.contains(other.name));
          ASSERT_TRUE(seen.insert(order[i]->name).second);
        }
      }
    }
  }
}

struct S3LogTest : testing::Test {
  TestVault vault;
  std::vector<S3LogItem> items;
  S3LogTest() { items.reserve(20); }

  LogHash add(EntryKind kind, Bytes content, int64_t date, LogHash previous = {}) {
    S3LogObject object{{}, kind, previous, std::move(content), Time{date}};
    (void)encode(object);
    items.push_back(understand(object, vault.header.owner_verify));
    return object.name;
  }
  Bytes commit(const WriterKey& key, uint8_t number) {
    Commit made;
    made.domain = key.domain;
    made.references.bytes[0] = number;
    return encode_signed(made, key.signing);
  }
  S3Log log() {
    std::vector<S3LogItem*> order;
    for (S3LogItem& one : items) order.push_back(&one);
    put_in_order(order);
    return S3Log(order);
  }
};

using S3LogAdmits = S3LogTest;

TEST_F(S3LogAdmits, WhatAKeeperWouldHaveAndNothingElse) {
  WriterKey other = make_writer_key(vault.random, vault.header.id, "autre", 1, vault.recovery.public_key);
  auto thief = crypto::make_signing_key(vault.random);
  add(EntryKind::commit, commit(vault.writer, 1), 5);  // before its domain was registered
  add(EntryKind::record, vault.domain_record(vault.writer), 10);
  add(EntryKind::commit, commit(vault.writer, 2), 20);
  add(EntryKind::commit, commit(other, 3), 21);  // not registered
  WriterKey forged = make_writer_key(vault.random, vault.header.id, "mairie", 1, vault.recovery.public_key);
  forged.domain = vault.writer.domain;
  add(EntryKind::commit, commit(forged, 4), 22);
  add(EntryKind::record, vault.record(RecordKind::approval, vault.writer.domain, text_bytes("x"), thief), 23);
  add(EntryKind::record, text_bytes("junk"), 24);
  add(EntryKind::commit, Bytes(), 25);
  S3Log found = log();
  ASSERT_EQ(found.entries().size(), 2u);
  EXPECT_EQ(found.ignored(), 6u);
  EXPECT_EQ(found.entries()[1].receipt.sequence, 2u);
  EXPECT_EQ(found.entries()[1].receipt.received, Time{20});
  EXPECT_EQ(found.entries()[1].references.bytes[0], 2);
}

TEST_F(S3LogAdmits, AReplayedContentOnceAndAtItsFirstDate) {
  LogHash domain = add(EntryKind::record, vault.domain_record(vault.writer), 10);
  Bytes content = commit(vault.writer, 1);
  LogHash first = add(EntryKind::commit, content, 20, domain);
  add(EntryKind::commit, content, 30, first);
  LogHash nowhere;
  nowhere.bytes[0] = 9;
  add(EntryKind::commit, content, 40, nowhere);  // raises no alarm either
  S3Log found = log();
  ASSERT_EQ(found.entries().size(), 2u);
  EXPECT_EQ(found.entries()[1].receipt.received, Time{20});
  EXPECT_EQ(found.entries()[1].previous, domain);
}

// Eight snapshots in two hours: retention lets all go but the first of each hour, once they are old enough.
struct S3LogRemovals : S3LogTest {
  std::vector<SnapshotId> ids;

  S3LogRemovals() {
    items.reserve(40);
    add(EntryKind::record, vault.domain_record(vault.writer), 10);
    for (uint8_t i = 0; i < 8; ++i) take(i, i * 15 * kMinute + 20);
  }
  void take(uint8_t number, int64_t date) {
    Bytes content = commit(vault.writer, number);
    SnapshotId id;
    id.bytes = crypto::sha256(content).bytes;
    ids.push_back(id);
    add(EntryKind::commit, content, date);
  }
  void sign(RecordKind kind, const std::vector<SnapshotId>& snapshots, int64_t date) {
    Record made;
    made.kind = kind;
    made.domain = vault.writer.domain;
    made.snapshots = snapshots;
    add(EntryKind::record, encode_signed(made, vault.owner), date);
  }
  void remove(const std::vector<SnapshotId>& snapshots, int64_t date) {
    add(EntryKind::removal, encode(Removal{snapshots}), date);
  }
  std::vector<SnapshotId> removed() {
    std::vector<SnapshotId> found;
    const S3Log read = log();
    for (const SnapshotId& id : ids)
      if (read.removed().contains(id)) found.push_back(id);
    return found;
  }
};

TEST_F(S3LogRemovals, AreBelievedAsFarAsTheRulesLetGo) {
  remove(ids, kDay);  // too early: whoever put it there
  EXPECT_EQ(removed(), std::vector<SnapshotId>());
  EXPECT_EQ(log().entries().size(), 9u) << "and is no entry";
  take(8, 3 * kDay);
  EXPECT_EQ(removed(), std::vector<SnapshotId>());
  const std::vector<SnapshotId> gone{ids[1], ids[2], ids[3], ids[5], ids[6], ids[7]};
  EXPECT_EQ(log().let_go(), gone);
  std::vector<SnapshotId> all = ids;
  all.push_back(SnapshotId());
  remove(all, 3 * kDay + 1);
  EXPECT_EQ(removed(), gone);
  S3Log read = log();
  ASSERT_EQ(read.entries().size(), 11u);
  EXPECT_EQ(read.entries().back().kind, EntryKind::removal);
  EXPECT_EQ(read.entries().back().removed, gone);
  EXPECT_EQ(read.removed().at(ids[1]), Time{3 * kDay + 1});
  EXPECT_EQ(read.let_go(), std::vector<SnapshotId>());
  remove({ids[1]}, 3 * kDay + 2);
  EXPECT_EQ(log().entries().size(), 11u) << "what is gone does not go again";
}

TEST_F(S3LogRemovals, TakeNothingThatTheOwnerHolds) {
  sign(RecordKind::hold, {ids[1], ids[2]}, 2 * kDay);
  sign(RecordKind::release, {ids[2]}, 2 * kDay + 1);
  take(8, 3 * kDay);
  remove(ids, 3 * kDay + 1);
  EXPECT_EQ(removed(), (std::vector<SnapshotId>{ids[2], ids[3], ids[5], ids[6], ids[7]}));
}

TEST_F(S3LogRemovals, WaitForAnAplombThatUnderstandsEveryRecord) {
  EXPECT_FALSE(log().has_later_records());
  Bytes junk = text_bytes("not signed by anybody, and long enough to hold a signature of sixty-four bytes");
  add(EntryKind::record, junk, kDay);
  EXPECT_FALSE(log().has_later_records()) << "anybody can put junk there";
  Record made;
  made.kind = static_cast<RecordKind>(200);
  add(EntryKind::record, encode_signed(made, vault.owner), kDay + 1);
  EXPECT_TRUE(log().has_later_records());
}

TEST_F(S3LogAdmits, AnEntryWhosePredecessorIsGoneAndShowsIt) {
  LogHash domain = add(EntryKind::record, vault.domain_record(vault.writer), 10);
  LogHash gone = add(EntryKind::commit, commit(vault.writer, 1), 20, domain);
  LogHash last = add(EntryKind::commit, commit(vault.writer, 2), 30, gone);
  EXPECT_EQ(log().entries()[2].previous, gone);
  items.erase(items.begin() + 1);
  S3Log found = log();
  ASSERT_EQ(found.entries().size(), 2u);
  EXPECT_EQ(found.entries()[1].name, last);
  EXPECT_NE(found.entries()[1].previous, found.entries()[0].name);
}

}  // namespace
}  // namespace aplomb::vault
