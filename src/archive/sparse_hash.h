// The hash of a file's whole content where holes count as zeros, without reading them. At most kHashHolesMax
// zeros count, so that an empty file of many terabytes, which costs its maker nothing, costs the backup
// little. Backup and restore must agree on it: what a snapshot says of a file is believed only by this hash.
#pragma once

#include <algorithm>

#include "crypto/crypto.h"
#include "vault/format.h"

namespace aplomb::archive {

class SparseHash {
 public:
  void data(ByteView bytes) {
    hash_.update(bytes);
    position_ += bytes.size();
  }
  // Everything from the current position to `end` is a hole.
  void hole(uint64_t end) {
    static const Bytes zeros(1024 * 1024);
    while (position_ < end && zeros_left_ > 0) {
      uint64_t step = std::min({end - position_, uint64_t{zeros.size()}, zeros_left_});
      hash_.update(ByteView(zeros).first(static_cast<size_t>(step)));
      position_ += step;
      zeros_left_ -= step;
    }
    position_ = std::max(position_, end);
  }
  Sha256 finish() { return hash_.finish(); }

 private:
  crypto::Sha256Stream hash_;
  uint64_t position_ = 0;
  uint64_t zeros_left_ = vault::kHashHolesMax;
};

}  // namespace aplomb::archive
