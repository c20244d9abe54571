// The ids that a backup has sent: a million of them in 32 MiB, a third of what a set of nodes takes. Half of
// each id is kept: 128 bits of a keyed hash, which meet by chance never, and on purpose only for who has the
// writer's key and could as well store a lie.
#pragma once

#include <array>
#include <cstring>
#include <vector>

#include "vault/ids.h"

namespace aplomb::vault {

class IdSet {
 public:
  bool contains(const ChunkId& id) const { return !slots_.empty() && slots_[place_of(key_of(id))] != Key(); }

  void insert(const ChunkId& id) {
    if (4 * (size_ + 1) > 3 * slots_.size()) grow();
    Key key = key_of(id);
    Key& slot = slots_[place_of(key)];
    if (slot == Key()) ++size_;
    slot = key;
  }

  void clear() {
    slots_ = {};
    size_ = 0;
  }
  size_t size() const { return size_; }

 private:
  using Key = std::array<uint64_t, 2>;  // zero: a free slot

  static Key key_of(const ChunkId& id) {
    Key key;
    std::memcpy(key.data(), id.bytes.data(), sizeof key);
    if (key == Key()) key[0] = 1;
    return key;
  }

  // Where it is, or the free slot where it would be. Ids are hashes: their first bytes serve as one.
  size_t place_of(const Key& key) const {
    size_t mask = slots_.size() - 1, place = key[0] & mask;
    while (slots_[place] != Key() && slots_[place] != key) place = (place + 1) & mask;
    return place;
  }

  void grow() {
    std::vector<Key> old(slots_.empty() ? 1024 : 2 * slots_.size());
    old.swap(slots_);
    for (const Key& key : old)
      if (key != Key()) slots_[place_of(key)] = key;
  }

  std::vector<Key> slots_;  // a power of two
  size_t size_ = 0;
};

}  // namespace aplomb::vault
