// Packs that are in the vault and are counted on no more: the keeper promises none of their chunks to a
// writer, so that the next backup stores them again. A mark is an empty file in DIR/doubtful, durable once
// mark() returns; one that is wrong costs space and nothing else. A pack of a wrong size is doubtful without
// a mark, because each opening sees it.
//
// Not thread-safe; the keeper holds its lock around everything but mark_on_disk and clear_on_disk.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "fs/fs.h"
#include "vault/store.h"

namespace aplomb::vault {

class DoubtfulPacks {
 public:
  // The marks on disk, as they are now: other processes add and remove some.
  static Result<std::vector<DoubtfulPack>> read(fs::Dir& vault);
  static Status mark_on_disk(fs::Dir& vault, const DoubtfulPack& doubtful);
  static Status clear_on_disk(fs::Dir& vault, const DoubtfulPack& doubtful);

  void set_marks(const std::vector<DoubtfulPack>& marks);
  void mark(const DoubtfulPack& doubtful);
  void clear(const DoubtfulPack& doubtful);
  void has_wrong_size(const PackId& pack);

  bool marked(const PackId& pack) const { return marks_.contains(pack); }
  const std::set<PackId>& packs() const { return packs_; }

 private:
  void collect();

  std::map<PackId, std::set<Doubt>> marks_;
  std::set<PackId> wrong_size_;
  std::set<PackId> packs_;  // of both
};

}  // namespace aplomb::vault
