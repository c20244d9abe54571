#include "vault/snapshot_writer.h"

#include <gtest/gtest.h>

#include "vault/references.h"
#include "vault/test_vault.h"

namespace aplomb::vault {
namespace {

TEST(SnapshotWriter, StoresWhatCanBeReadBack) {
  TestVault vault;
  auto keeper = vault.ready();
  Files files{{"empty", {}},
              {"small", text_bytes("x")},
              {"whole", random_bytes(1, 256 * 1024)},
              {"cut", random_bytes(2, 256 * 1024 + 1)},
              {"large", random_bytes(3, 3 << 20)},
              {"zeros", Bytes(1 << 20)}};
  auto saved = vault.backup(*keeper, files);
  ASSERT_TRUE(saved);
  auto reader = *vault.reader(*keeper);
  ASSERT_EQ(reader->snapshots().size(), 1u);
  const SnapshotInfo& info = reader->snapshots()[0];
  EXPECT_EQ(info.id, saved->id);
  EXPECT_EQ(info.site, "mairie");
  EXPECT_EQ(info.epoch, 1u);
  EXPECT_EQ(info.claimed, vault.clock.now());
  EXPECT_EQ(*load(*reader, info), files);
  EXPECT_TRUE(vault.verified(*keeper, reader.get()).ok());
}

TEST(SnapshotWriter, StoresNothingTwice) {
  TestVault vault;
  auto keeper = vault.ready();
  Files files{
      {"a", random_bytes(1, 200'000)}, {"b", random_bytes(1, 200'000)}, {"c", random_bytes(2, 2'000'000)}};
  auto first = vault.backup(*keeper, files);
  ASSERT_TRUE(first);
  EXPECT_LT(first->bytes_stored, 2'300'000u) << "a and b are the same bytes";
  auto second = vault.backup(*keeper, files);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->bytes_stored, 0u);
  files["d"] = text_bytes("new");
  auto third = vault.backup(*keeper, files);
  ASSERT_TRUE(third);
  EXPECT_LT(third->bytes_stored, 5000u);
  auto reader = *vault.reader(*keeper);
  for (const SnapshotInfo& info : reader->snapshots()) EXPECT_TRUE(load(*reader, info));
}

TEST(SnapshotWriter, IsVisibleOnlyAfterItsCommit) {
  TestVault vault;
  auto keeper = vault.ready();
  auto writer = *SnapshotWriter::create(*keeper, vault.writer, vault.random);
  ASSERT_TRUE(writer->put_object(random_bytes(1, 100)));
  writer.reset();
  EXPECT_EQ(keeper->log()->size(), 1u);
  EXPECT_TRUE(files_in(*vault.folder(), "packs/").empty());
}

TEST(SnapshotWriter, ReusesAnObjectOnlyWhenAllOfItIsThere) {
  TestVault vault;
  auto keeper = vault.ready();
  Files files{{"a", random_bytes(1, 1 << 20)}};
  ASSERT_TRUE(vault.backup(*keeper, files));
  auto writer = *SnapshotWriter::create(*keeper, vault.writer, vault.random);
  ObjectRef object = *writer->put_object(files["a"]);
  ASSERT_GT(object.size(), 2u);
  EXPECT_TRUE(*writer->reuse(object));
  ObjectRef partly = object;
  partly.back().id.bytes[0] ^= 1;
  EXPECT_FALSE(*writer->reuse(partly));
  EXPECT_TRUE(writer->commit(object, {})) << "what was not reused is not referred to either";
}

TEST(SnapshotWriter, ListsEverythingItRefersToInSegmentsThatNeedNoKey) {
  TestVault vault;
  auto keeper = vault.ready();
  Files files;
  for (int i = 0; i < 3000; ++i)
    files["file" + std::to_string(i)] = text_bytes("content " + std::to_string(i));
  ASSERT_TRUE(vault.backup(*keeper, files));
  std::set<ChunkId> listed;
  References references(*keeper, [&](const DomainId&, std::span<const ChunkId> ids) -> Result<uint64_t> {
    EXPECT_LE(ids.size(), kSegmentMax);
    listed.insert(ids.begin(), ids.end());
    return uint64_t{0};
  });
  Commit commit = decode_commit(keeper->log_entry(keeper->log()->back())->content)->commit;
  ASSERT_TRUE(references.missing(commit));
  for (const auto& [name, bytes] : files)
    EXPECT_TRUE(listed.contains(chunk_id(vault.writer.id_key, crypto::sha256(bytes)))) << name;
  EXPECT_GE(commit.chunk_count, 3001u);
}

TEST(SnapshotWriter, SharesTheSegmentsOfWhatDidNotChange) {
  TestVault vault;
  auto keeper = vault.ready();
  Files files;
  for (int i = 0; i < 20'000; ++i)
    files["file" + std::to_string(i)] = text_bytes("content " + std::to_string(i));
  ASSERT_TRUE(vault.backup(*keeper, files));
  files["file5"] = text_bytes("changed");
  auto second = vault.backup(*keeper, files);
  ASSERT_TRUE(second);
  uint64_t plain = 0;
  const std::vector<PackId> packs = *keeper->packs();
  for (const PackId& pack : packs) {
    auto opened = *read_pack_table(*keeper->pack_size(pack), [&](uint64_t offset, uint64_t length) {
      return keeper->pack_range(pack, offset, length);
    });
    for (const FrameEntry& frame : opened.table.frames)
      if ((frame.flags & kFramePlain) != 0) plain += frame.stored_length;
  }
  EXPECT_GT(plain, 20'000u * 32) << "every id once";
  EXPECT_LT(plain, 20'000u * 32 * 3 / 2) << "and few of them twice";
}

TEST(SnapshotWriter, GivesUpWhenTheStoreFails) {
  TestVault vault;
  auto keeper = vault.ready();
  vault.plan.set_filter([](fs::Op op, std::string_view) { return op == fs::Op::write; });
  vault.plan.fail_at(1, ENOSPC, fs::FaultPlan::Span::from_then_on);
  Files files;
  for (uint64_t i = 0; i < 40; ++i) files["f" + std::to_string(i)] = random_bytes(i, 250'000);
  auto failed = vault.backup(*keeper, files);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::io);
  EXPECT_EQ(failed.error().sys_errno, ENOSPC);
  vault.plan.clear();
  EXPECT_TRUE(files_in(*vault.folder(), "packs/").empty());
  EXPECT_TRUE(vault.backup(*keeper, files));
}

TEST(SnapshotWriter, CutsBySecretsOfItsDomain) {
  TestVault vault;
  auto keeper = vault.ready();
  WriterKey other = make_writer_key(vault.random, vault.header.id, "museum", 1, vault.recovery.public_key);
  Bytes bytes = random_bytes(1, 2 << 20);
  auto one = *SnapshotWriter::create(*keeper, vault.writer, vault.random);
  auto two = *SnapshotWriter::create(*keeper, other, vault.random);
  EXPECT_EQ(one->gear().words(), one->gear().words());
  EXPECT_NE(one->gear().words(), two->gear().words());
  EXPECT_NE(one->put_object(bytes)->at(0).length, two->put_object(bytes)->at(0).length);
}

TEST(SnapshotWriter, NeverUsesAKeyTwice) {
  TestVault vault;
  auto keeper = vault.ready();
  Files files;
  for (uint64_t i = 0; i < 60; ++i) files["f" + std::to_string(i)] = random_bytes(i, 500'000);
  ASSERT_TRUE(vault.backup(*keeper, files));
  ASSERT_TRUE(vault.backup(*keeper, {{"other", text_bytes("other")}}));
  std::set<std::pair<std::array<uint8_t, 32>, uint32_t>> used;
  const std::vector<PackId> packs = *keeper->packs();
  for (const PackId& pack : packs) {
    auto opened = *read_pack_table(*keeper->pack_size(pack), [&](uint64_t offset, uint64_t length) {
      return keeper->pack_range(pack, offset, length);
    });
    for (const FrameEntry& frame : opened.table.frames)
      EXPECT_TRUE(used.emplace(opened.table.origins[frame.origin].salt, frame.number).second);
  }
  EXPECT_GT(keeper->packs()->size(), 2u);
}

}  // namespace
}  // namespace aplomb::vault
