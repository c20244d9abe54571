// What lies in the folders where anyone may write: names, sizes, times and owners, and no content. Breadth
// first, so that a bound cuts the deep end off. No link is followed, no mount is entered, no access time is
// changed where the kernel permits that.
#pragma once

#include "evidence/collector.h"

namespace aplomb::evidence {

constexpr size_t kTemporaryEntriesMax = 20'000, kTemporaryBytesMax = 256 << 10;

// [{"path" (below the folder), "type", "mode", "uid", "gid", "size", "modified", "changed", "target" of a
// link}]
nlohmann::json list_temporary(Collector& collector, const std::string& folder,
                              size_t bytes_max = kTemporaryBytesMax,
                              size_t entries_max = kTemporaryEntriesMax);

}  // namespace aplomb::evidence
