#include "vault/index.h"

#include <gtest/gtest.h>

#include "vault/test_vault.h"

namespace aplomb::vault {
namespace {

ChunkId id(uint8_t n) {
  ChunkId made;
  made.bytes[0] = n;
  return made;
}

PackId pack(uint8_t n) {
  PackId made;
  made.bytes[5] = n;
  return made;
}

DomainId domain(uint8_t n) {
  DomainId made;
  made.bytes[3] = n;
  return made;
}

PackTable table(const DomainId& of, std::vector<uint8_t> chunks) {
  PackTable made;
  made.domain = of;
  made.origins.resize(1);
  FrameEntry frame;
  for (uint8_t chunk : chunks) {
    frame.chunks.push_back({id(chunk), 10});
    frame.raw_length += 10;
  }
  made.frames = {FrameEntry(), frame};
  return made;
}

TEST(IndexRun, ReadsBackWhatWasWrittenAndDetectsEveryFlippedBit) {
  Index index;
  index.add_pack(pack(1), table(domain(1), {3, 1, 2}), 100);
  const Bytes encoded = encode(*index.take_new_runs().at(0));
  auto decoded = decode_index_run(encoded);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(encode(*decoded), encoded);
  for (size_t bit = 0; bit < encoded.size() * 8; ++bit) {
    Bytes damaged = encoded;
    damaged[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    EXPECT_FALSE(decode_index_run(damaged)) << bit;
  }
  for (size_t size = 0; size < encoded.size(); ++size)
    EXPECT_FALSE(decode_index_run(ByteView(encoded).first(size)));
}

TEST(IndexRun, RefusesUnsortedEntriesAndUnknownPacks) {
  IndexRun run;
  run.packs = {{pack(1), 100}};
  run.entries = {{id(2), 0, 0, 0, 1}, {id(1), 0, 0, 0, 1}};
  EXPECT_FALSE(decode_index_run(encode(run)));
  run.entries = {{id(1), 1, 0, 0, 1}};
  EXPECT_FALSE(decode_index_run(encode(run)));
  run.entries = {{id(1), 0, 0, 0, 1}, {id(1), 0, 0, 5, 1}};
  EXPECT_TRUE(decode_index_run(encode(run))) << "one id may stand several times";
}

TEST(Index, KnowsChunksOnlyInTheirOwnDomain) {
  Index index;
  index.add_pack(pack(1), table(domain(1), {1}), 100);
  for (int round = 0; round < 2; ++round) {  // fresh, then in a run
    EXPECT_TRUE(index.has(domain(1), id(1), {}));
    EXPECT_FALSE(index.has(domain(2), id(1), {}));
    EXPECT_FALSE(index.has(domain(1), id(2), {}));
    EXPECT_TRUE(index.locate(domain(2), id(1)).empty());
    index.take_new_runs();
  }
}

TEST(Index, LocatesEveryPlaceOfAChunk) {
  Index index;
  index.add_pack(pack(1), table(domain(1), {1, 2}), 100);
  index.take_new_runs();
  index.add_pack(pack(2), table(domain(1), {2, 2}), 100);
  auto places = index.locate(domain(1), id(2));
  ASSERT_EQ(places.size(), 3u);
  std::set<std::pair<PackId, uint32_t>> found;
  for (const Location& place : places) {
    found.emplace(place.pack, place.offset);
    EXPECT_EQ(place.frame, 1u);
    EXPECT_EQ(place.length, 10u);
  }
  EXPECT_EQ(found, (std::set<std::pair<PackId, uint32_t>>{{pack(1), 10}, {pack(2), 0}, {pack(2), 10}}));
}

TEST(Index, TakesAPackOnlyOnce) {
  Index index;
  index.add_pack(pack(1), table(domain(1), {1}), 100);
  index.add_pack(pack(1), table(domain(1), {1}), 100);
  EXPECT_EQ(index.locate(domain(1), id(1)).size(), 1u);
  EXPECT_EQ(index.take_new_runs().size(), 1u);
  EXPECT_TRUE(index.take_new_runs().empty());
  index.add_pack(pack(1), table(domain(1), {1}), 100);
  EXPECT_TRUE(index.take_new_runs().empty());
}

TEST(Index, MakesARunForEachDomain) {
  Index index;
  index.add_pack(pack(1), table(domain(1), {1}), 100);
  index.add_pack(pack(2), table(domain(2), {1}), 100);
  auto runs = index.take_new_runs();
  ASSERT_EQ(runs.size(), 2u);
  Index other;
  for (const auto& run : runs) other.add_run(*run);
  EXPECT_EQ(other.locate(domain(1), id(1)).at(0).pack, pack(1));
  EXPECT_EQ(other.locate(domain(2), id(1)).at(0).pack, pack(2));
  EXPECT_EQ(other.packs(), (std::set<PackId>{pack(1), pack(2)}));
}

// The search guesses by the value of an id; who holds the id key decides about ids, so that they may also be
// crowded.
TEST(Index, FindsEveryIdHoweverTheyAreSpread) {
  SeededRandom random(4);
  for (int crowd = 0; crowd < 3; ++crowd) {
    std::multiset<ChunkId> ids;
    for (int i = 0; i < 500; ++i) {
      ChunkId made;
      random.fill(made.bytes);
      if (crowd == 1) made.bytes[0] = made.bytes[1] = 0xff;
      if (crowd == 2) std::fill(made.bytes.begin(), made.bytes.begin() + 4, uint8_t{0});
      ids.insert(made);
      if (i % 7 == 0) ids.insert(made);
    }
    IndexRun run;
    run.domain = domain(1);
    run.packs.emplace_back();
    for (const ChunkId& each : ids) run.entries.push_back({each, 0, 0, 0, 1});
    Index index;
    index.add_run(run);
    for (const ChunkId& each : ids) {
      EXPECT_EQ(index.locate(domain(1), each).size(), ids.count(each));
      for (size_t at : {0u, 3u, 31u}) {
        ChunkId other = each;
        ++other.bytes[at];
        EXPECT_EQ(index.locate(domain(1), other).size(), ids.count(other));
      }
    }
  }
}

TEST(MergedRuns, AnswerAsTheirPartsDo) {
  Index parts;
  std::vector<IndexRun> runs;
  for (uint8_t n = 1; n <= 4; ++n) {
    parts.add_pack(pack(n), table(domain(1), {n, static_cast<uint8_t>(n + 1), 9}), 100);
    for (const auto& run : parts.take_new_runs()) runs.push_back(*run);
  }
  std::vector<const IndexRun*> pointers;
  for (const IndexRun& run : runs) pointers.push_back(&run);
  auto merged = decode_index_run(encode(merge(pointers)));
  ASSERT_TRUE(merged);
  Index whole;
  whole.add_run(std::move(*merged));
  auto places = [](const Index& index, uint8_t chunk) {
    std::multiset<std::tuple<PackId, uint32_t, uint32_t>> out;
    for (const Location& place : index.locate(domain(1), id(chunk)))
      out.emplace(place.pack, place.frame, place.offset);
    return out;
  };
  for (uint8_t chunk = 0; chunk < 12; ++chunk)
    EXPECT_EQ(places(whole, chunk), places(parts, chunk)) << int{chunk};
  EXPECT_EQ(whole.packs(), parts.packs());
}

TEST(MergedRuns, HoldAPackThatStoodInTwoRunsOnce) {
  Index one, two;
  one.add_pack(pack(1), table(domain(1), {1}), 100);
  two.add_pack(pack(1), table(domain(1), {1}), 100);
  two.add_pack(pack(2), table(domain(1), {2}), 100);
  auto a = one.take_new_runs(), b = two.take_new_runs();
  IndexRun merged = merge({a[0].get(), b[0].get()});
  EXPECT_EQ(merged.packs.size(), 2u);
  EXPECT_EQ(merged.entries.size(), 2u);
}

}  // namespace
}  // namespace aplomb::vault
