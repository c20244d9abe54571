// The last good version of each file: what an ordinary backup saw after the clean point and the judge has
// nothing against. A photograph that was uploaded on Tuesday and encrypted on Friday comes back from
// Thursday's backup, although the clean point is Monday's; code comes back in the last version that somebody
// explained.
#pragma once

#include <memory>

#include "judge/judge.h"
#include "judge/timeline.h"
#include "recover/file_plan.h"

namespace aplomb::recover {

struct LaterRules {
  const judge::RecognisedRoots& recognised;  // of the clean point: what is a
                                             // cache is no version of anything
  const std::set<std::string>& component;    // these come from the clean point alone
};

class LaterVersions {
 public:
  // `snapshots` and `points` run side by side; the versions of [first, last) override those of `clean`.
  static Result<LaterVersions> collect(vault::VaultReader& reader, const Listing& clean,
                                       const std::vector<vault::SnapshotInfo>& snapshots,
                                       const std::vector<judge::Point>& points, size_t first, size_t last,
                                       const LaterRules& rules);

  const Listing& good() const { return good_; }
  // The snapshot that holds the good version of a path; null when that is the clean point.
  archive::VaultSnapshot* source(const std::string& path) const;
  // Opened again for databases: index as in `snapshots`.
  archive::VaultSnapshot* snapshot(size_t index) const;

 private:
  Listing good_;
  std::map<size_t, std::unique_ptr<archive::VaultSnapshot>> snapshots_;
  std::map<std::string, archive::VaultSnapshot*> sources_;
};

}  // namespace aplomb::recover
