#include "vault/id_set.h"

#include <gtest/gtest.h>

#include <set>

#include "base/random.h"

namespace aplomb::vault {
namespace {

TEST(IdSet, HoldsWhatWasPutInAndNothingElse) {
  SeededRandom random(9);
  IdSet set;
  std::set<ChunkId> held;
  EXPECT_FALSE(set.contains(ChunkId()));
  for (int i = 0; i < 5000; ++i) {
    ChunkId id;
    random.fill(id.bytes);
    EXPECT_FALSE(set.contains(id));
    if (i % 2 == 0) continue;
    set.insert(id);
    set.insert(id);
    held.insert(id);
  }
  EXPECT_EQ(set.size(), held.size());
  for (const ChunkId& id : held) EXPECT_TRUE(set.contains(id));
}

TEST(IdSet, TakesTheIdOfZeros) {
  IdSet set;
  ChunkId other;
  other.bytes[31] = 1;
  set.insert(ChunkId());
  EXPECT_TRUE(set.contains(ChunkId()));
  set.clear();
  EXPECT_FALSE(set.contains(ChunkId()));
}

}  // namespace
}  // namespace aplomb::vault
