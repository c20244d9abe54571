#include "vault/pack_file.h"

#include <gtest/gtest.h>

#include "vault/test_vault.h"

namespace aplomb::vault {
namespace {

// A small pack on disk: one sealed-looking frame and one plain frame.
struct PackOnDisk {
  fs::MemoryFs memory;
  std::unique_ptr<fs::Dir> dir = std::move(*memory.make_dirs("/vault", 0700));
  PackTable table;
  PackId id;
  Bytes bytes;

  PackOnDisk() {
    table.domain.bytes[0] = 1;
    table.origins.resize(1);
    for (uint32_t i = 0; i < 2; ++i) {
      FrameEntry frame;
      frame.offset = i * 50;
      frame.stored_length = frame.raw_length = 50;
      frame.number = i;
      frame.flags = i == 1 ? kFramePlain : 0;
      frame.chunks = {{ChunkId(), 50}};
      table.frames.push_back(frame);
    }
    auto sink = make_pack_sink(*dir, table.domain, "one");
    EXPECT_TRUE(sink);
    EXPECT_TRUE((*sink)->append(random_bytes(1, 50)));
    EXPECT_TRUE((*sink)->append(random_bytes(2, 50)));
    auto finished = (*sink)->finish(table);
    EXPECT_TRUE(finished);
    id = finished.value_or(PackId());
    bytes = fs::read_file(*dir, pack_path(id), kPackMax).value_or(Bytes());
  }
};

Result<OpenPack> read_table(const Bytes& bytes) {
  return read_pack_table(bytes.size(), [&](uint64_t offset, uint64_t length) -> Result<Bytes> {
    if (offset > bytes.size() || length > bytes.size() - offset) return fail(Code::corrupt, "too short");
    auto first = bytes.begin() + static_cast<ptrdiff_t>(offset);
    return Bytes(first, first + static_cast<ptrdiff_t>(length));
  });
}

TEST(PackSink, NamesThePackByItsContent) {
  PackOnDisk pack;
  EXPECT_EQ(crypto::sha256(pack.bytes).bytes, pack.id.bytes);
  EXPECT_EQ(pack_path(pack.id), "packs/" + pack.id.hex().substr(0, 2) + "/" + pack.id.hex() + ".pack");
  EXPECT_EQ(files_in(*pack.dir), std::vector<std::string>{pack_path(pack.id)});
  auto opened = read_table(pack.bytes);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->table, pack.table);
  EXPECT_EQ(opened->frames_end, 100u);
}

TEST(PackSink, LeavesNothingWhenItIsGivenUp) {
  PackOnDisk pack;
  {
    auto sink = make_pack_sink(*pack.dir, pack.table.domain, "two");
    ASSERT_TRUE(sink);
    ASSERT_TRUE((*sink)->append(random_bytes(3, 5000)));
    EXPECT_EQ(files_in(*pack.dir, "packs/tmp/").size(), 1u);
  }
  EXPECT_TRUE(files_in(*pack.dir, "packs/tmp/").empty());
}

TEST(PackSink, RefusesAnotherDomainAndFramesThatAreNotThere) {
  PackOnDisk pack;
  DomainId other;
  other.bytes[0] = 2;
  auto foreign = make_pack_sink(*pack.dir, other, "two");
  ASSERT_TRUE((*foreign)->append(Bytes(100)));
  EXPECT_EQ((*foreign)->finish(pack.table).error().code, Code::refused);
  auto shorter = make_pack_sink(*pack.dir, pack.table.domain, "three");
  ASSERT_TRUE((*shorter)->append(Bytes(99)));
  EXPECT_EQ((*shorter)->finish(pack.table).error().code, Code::corrupt);
}

TEST(PackSink, RefusesToGrowBeyondTheFormat) {
  PackOnDisk pack;
  auto sink = make_pack_sink(*pack.dir, pack.table.domain, "two");
  Bytes large(kPackMax / 2);
  ASSERT_TRUE((*sink)->append(large));
  ASSERT_TRUE((*sink)->append(large));
  EXPECT_EQ((*sink)->append(ByteView(large).first(1)).error().code, Code::limit);
}

TEST(PackSink, IsGivenUpForGoodAfterAFailedSync) {
  fs::MemoryFs memory;
  ASSERT_TRUE(memory.make_dirs("/vault", 0700));
  fs::FaultPlan plan;
  fs::FaultFs fault(memory, plan);
  auto dir = *fault.open_dir("/vault");
  auto sink = make_pack_sink(*dir, DomainId(), "one");
  ASSERT_TRUE((*sink)->append(Bytes(10)));
  plan.set_filter([](fs::Op op, std::string_view) { return op == fs::Op::sync_file; });
  plan.fail_at(1, EIO);
  EXPECT_EQ((*sink)->finish(PackTable()).error().code, Code::io);
  plan.clear();
  EXPECT_FALSE((*sink)->finish(PackTable())) << "a second sync would lie";
  EXPECT_FALSE((*sink)->append(Bytes(1)));
  sink->reset();
  EXPECT_TRUE(files_in(**memory.open_dir("/vault")).empty());
}

TEST(AbandonedPacks, AreRemovedUnlessSomebodyHoldsThem) {
  PackOnDisk pack;
  ASSERT_TRUE(fs::write_file_durably(*pack.dir, "packs/tmp/left", Bytes(10)));
  auto living = make_pack_sink(*pack.dir, pack.table.domain, "living");
  ASSERT_TRUE(living);
  ASSERT_TRUE(remove_abandoned_packs(*pack.dir));
  EXPECT_EQ(files_in(*pack.dir, "packs/tmp/"), std::vector<std::string>{"packs/tmp/living"});
  EXPECT_EQ(make_pack_sink(*pack.dir, pack.table.domain, "living").error().sys_errno, EEXIST);
}

TEST(PackTableOnDisk, EveryFlippedBitLeavesTheTrueTable) {
  PackOnDisk pack;
  for (size_t bit = 0; bit < pack.bytes.size() * 8; ++bit) {
    Bytes damaged = pack.bytes;
    damaged[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    auto opened = read_table(damaged);
    ASSERT_TRUE(opened) << "bit " << bit << ": " << opened.error().what;
    EXPECT_EQ(opened->table, pack.table) << bit;
  }
}

TEST(PackTableOnDisk, SurvivesTruncationUpToTheFirstFooter) {
  PackOnDisk pack;
  const size_t first_copy = 100 + encode(pack.table).size() + kFooterSize;
  for (size_t size = 0; size < pack.bytes.size(); ++size) {
    auto opened = read_table(Bytes(pack.bytes.begin(), pack.bytes.begin() + static_cast<ptrdiff_t>(size)));
    EXPECT_EQ(opened.has_value(), size >= first_copy) << size;
    if (opened) {
      EXPECT_EQ(opened->table, pack.table);
    }
  }
}

TEST(PackTableOnDisk, SurvivesASectorThatCannotBeRead) {
  PackOnDisk pack;
  const uint64_t last = pack.bytes.size() - 1;
  auto opened = read_pack_table(pack.bytes.size(), [&](uint64_t offset, uint64_t length) -> Result<Bytes> {
    if (offset + length > last && length < pack.bytes.size()) return fail(Code::io, "unreadable sector");
    auto first = pack.bytes.begin() + static_cast<ptrdiff_t>(offset);
    return Bytes(first, first + static_cast<ptrdiff_t>(length));
  });
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->table, pack.table);
}

TEST(PackTableOnDisk, OfANewerFormatIsUnsupported) {
  PackTable table;
  Bytes tail = encode_pack_tail(table, 0);
  const size_t half = tail.size() / 2;
  ByteWriter newer;
  for (int copy = 0; copy < 2; ++copy) {
    Bytes encoded = encode(table);
    encoded[0] = kFormat + 1;
    uint64_t offset = newer.size();
    newer.bytes(encoded);
    newer.u64(offset);
    newer.u32(static_cast<uint32_t>(encoded.size()));
    newer.id(crypto::sha256(encoded));
    newer.bytes(as_bytes({kPackMagic, kMagicSize}));
  }
  ASSERT_EQ(newer.size(), 2 * half);
  EXPECT_EQ(read_table(newer.take()).error().code, Code::unsupported);
}

TEST(PackTableOnDisk, IsNotFoundInForeignBytes) {
  for (size_t size : {0, 51, 104, 5000})
    EXPECT_EQ(read_table(random_bytes(8, size)).error().code, Code::corrupt);
  Bytes magics;
  for (int i = 0; i < 10'000; ++i) magics.insert(magics.end(), kPackMagic, kPackMagic + kMagicSize);
  EXPECT_EQ(read_table(magics).error().code, Code::corrupt);
}

}  // namespace
}  // namespace aplomb::vault
