// The bytes of small files that the site was writing while it was saved, kept in memory for the judge of the
// same run: a busy site writes such a file again before the judge comes to it, and the judge must see the
// bytes that are in the vault or say that it saw none. Values by the SHA-256 of their content; not
// thread-safe.
#pragma once

#include <map>

#include "base/bytes.h"
#include "base/clock.h"
#include "crypto/crypto.h"

namespace aplomb::archive {

class RecentBytes {
 public:
  // A file changed in the hour before the run is likely to change again. The limits bound memory alone:
  // beyond them the judge reads the live file, and calls one that changed unknown.
  static constexpr int64_t kRecent = 3600 * kSecond;
  static constexpr size_t kFileMax = 256 * 1024, kTotalMax = 16 * 1024 * 1024;

  explicit RecentBytes(Time run_start) : run_start_(run_start) {}

  void offer(int64_t ctime_ns, const Sha256& hash, ByteView bytes) {
    if (ctime_ns < run_start_.ns - kRecent || bytes.size() > kFileMax) return;
    if (total_ + bytes.size() > kTotalMax || kept_.contains(hash)) return;
    kept_.emplace(hash, Bytes(bytes.begin(), bytes.end()));
    total_ += bytes.size();
  }
  const Bytes* find(const Sha256& hash) const {
    auto found = kept_.find(hash);
    return found == kept_.end() ? nullptr : &found->second;
  }

 private:
  Time run_start_;
  std::map<Sha256, Bytes> kept_;
  size_t total_ = 0;
};

}  // namespace aplomb::archive
