// Which contents a site ever had, and since when: every (path, content) is noted at its first backup and
// stays noted when retention has let the snapshot go. So a bad hash that becomes known years later is
// answered without the data. A small append-only list in the site's state, of which each snapshot also keeps
// a copy.
//
//   magic "APLMSEE0", then blocks: u32 size, zstd of { i64 time, varint count, entries }
//   an entry: varint bytes shared with the path before, text of the rest, the first 10 bytes of the SHA-256
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"

namespace aplomb::judge {

constexpr size_t kSeenPrefix = 10;  // 80 bits: nobody meets a given one by chance or by trying

struct Sighting {
  Sha256 hash;  // the one that was asked for
  std::string path;
  Time first;
  auto operator<=>(const Sighting&) const = default;
};

class SeenList {
 public:
  // `key` makes the identities of pairs unpredictable, so that nobody hides a file behind another one's.
  explicit SeenList(ByteView key) : key_(key.begin(), key.end()) {}
  // Of a list that is cut or damaged, the blocks before that count.
  static SeenList decode(ByteView bytes, ByteView key);

  // Notes those of the files that are new; in any order. False when none is.
  bool add(Time time, std::vector<std::pair<std::string, Sha256>> files);
  ByteView bytes() const { return bytes_; }
  size_t size() const { return known_.size(); }

 private:
  uint64_t identity(const std::string& path, ByteView prefix) const;
  Bytes key_, bytes_;
  std::vector<uint64_t> known_;  // identities, sorted
};

// Where contents were first seen, for those of `hashes` that ever were.
std::vector<Sighting> find_sightings(ByteView list, const std::set<Sha256>& hashes);

}  // namespace aplomb::judge
