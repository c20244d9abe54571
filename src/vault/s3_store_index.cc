// The index of a vault on S3: true of the versions that are listed, kept in the cache, merged when it falls
// into many runs.
#include <algorithm>

#include "vault/s3_store.h"

namespace aplomb::vault {
namespace {

constexpr size_t kRunsMax = 8;  // of a domain; more are merged into one

// The entries of a run but those of some packs.
IndexRun without(const IndexRun& run, const std::vector<bool>& keep) {
  IndexRun rest;
  rest.domain = run.domain;
  std::vector<uint32_t> number(run.packs.size());
  for (size_t i = 0; i < run.packs.size(); ++i) {
    if (!keep[i]) continue;
    number[i] = static_cast<uint32_t>(rest.packs.size());
    rest.packs.push_back(run.packs[i]);
  }
  for (IndexRun::Entry entry : run.entries) {
    if (!keep[entry.pack]) continue;
    entry.pack = number[entry.pack];
    rest.entries.push_back(entry);
  }
  return rest;
}

}  // namespace

// The index goes on when every pack it has is listed in the version it was made from; else it is made anew,
// from the tables.
void S3Store::use_versions(std::map<PackId, S3Version> versions, const std::vector<S3CachedRun>& runs) {
  std::lock_guard lock(mutex_);
  bool same = std::ranges::all_of(index_.packs(), [&](const PackId& pack) {
    auto now = versions.find(pack);
    if (now == versions.end()) return false;
    if (own_.contains(pack)) return now->second.size == own_.at(pack);
    return S3VersionMark::of(packs_.at(pack)) == S3VersionMark::of(now->second);
  });
  packs_ = std::move(versions);
  own_.clear();
  if (!same) index_ = Index();
  for (const S3CachedRun& cached : runs) index_.add_run(still_true(cached));
  loaded_ = true;
}

// What a run says of packs that are listed in the version it was made from.
IndexRun S3Store::still_true(const S3CachedRun& cached) const {
  std::vector<bool> keep;
  for (size_t i = 0; i < cached.run.packs.size(); ++i) {
    auto listed = packs_.find(cached.run.packs[i].id);
    keep.push_back(listed != packs_.end() && S3VersionMark::of(listed->second) == cached.versions[i]);
  }
  bool whole = std::ranges::find(keep, false) == keep.end();
  return whole ? cached.run : without(cached.run, keep);
}

// Each run with the versions of its packs; merged into one a domain when they are many.
void S3Store::keep_new_runs() {
  std::lock_guard lock(mutex_);
  auto keep = [&](const IndexRun& run) {
    S3CachedRun kept{run, {}};
    for (const IndexRun::Pack& pack : run.packs) {
      auto listed = packs_.find(pack.id);
      if (listed == packs_.end()) return;  // not listed yet: whoever opens the vault next reads its table
      kept.versions.push_back(S3VersionMark::of(listed->second));
    }
    if (!run.packs.empty()) cache_.keep_run(kept);
  };
  for (const auto& run : index_.take_new_runs()) keep(*run);
  if (cache_.most_runs_of_a_domain() <= kRunsMax) return;
  std::map<DomainId, std::vector<IndexRun>> by_domain;
  for (const S3CachedRun& cached : cache_.runs()) by_domain[cached.run.domain].push_back(still_true(cached));
  cache_.drop_runs();
  for (const auto& [domain, runs] : by_domain) {
    std::vector<const IndexRun*> parts;
    for (const IndexRun& run : runs) parts.push_back(&run);
    keep(merge(parts));
  }
}

}  // namespace aplomb::vault
