#include "judge/seen.h"

#include <gtest/gtest.h>

#include "crypto/crypto.h"

namespace aplomb::judge {
namespace {

const Bytes kKey(32, 7);

Sha256 hash(std::string_view text) {
  return crypto::sha256(as_bytes(text));
}

TEST(SeenList, KnowsEveryContentSinceItsFirstBackup) {
  SeenList list(kKey);
  EXPECT_TRUE(list.add({1 * kDay}, {{"b.php", hash("1")}, {"a.php", hash("1")}}));
  EXPECT_TRUE(list.add({2 * kDay}, {{"a.php", hash("2")}, {"b.php", hash("1")}}));
  EXPECT_FALSE(list.add({3 * kDay}, {{"a.php", hash("1")}}));
  EXPECT_EQ(find_sightings(list.bytes(), {hash("1"), hash("3")}),
            (std::vector<Sighting>{{hash("1"), "a.php", {1 * kDay}}, {hash("1"), "b.php", {1 * kDay}}}));
  EXPECT_EQ(find_sightings(list.bytes(), {hash("2")}),
            (std::vector<Sighting>{{hash("2"), "a.php", {2 * kDay}}}));
}

TEST(SeenList, GoesOnFromItsBytes) {
  SeenList list(kKey);
  list.add({1}, {{"a.php", hash("1")}});
  SeenList again = SeenList::decode(list.bytes(), kKey);
  EXPECT_EQ(again.size(), 1u);
  EXPECT_FALSE(again.add({2}, {{"a.php", hash("1")}}));
  EXPECT_TRUE(again.add({2}, {{"a.php", hash("2")}}));
  EXPECT_EQ(find_sightings(again.bytes(), {hash("1"), hash("2")}).size(), 2u);
}

TEST(SeenList, CutAnywhereKeepsItsWholeBlocksAndGoesOn) {
  SeenList list(kKey);
  list.add({1}, {{"a.php", hash("1")}});
  size_t first = list.bytes().size();
  list.add({2}, {{"a.php", hash("2")}});
  Bytes all(list.bytes().begin(), list.bytes().end());
  for (size_t size = 0; size < all.size(); ++size) {
    SeenList cut = SeenList::decode(ByteView(all).first(size), kKey);
    EXPECT_EQ(cut.size(), size < first ? 0u : 1u) << size;
    cut.add({3}, {{"c.php", hash("3")}});
    EXPECT_EQ(find_sightings(cut.bytes(), {hash("3")}).size(), 1u) << size;
  }
  for (size_t i = 0; i < all.size(); ++i) {
    Bytes damaged = all;
    damaged[i] ^= 1;
    SeenList::decode(damaged, kKey);
  }
}

}  // namespace
}  // namespace aplomb::judge
