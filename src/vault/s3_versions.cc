#include "vault/s3_versions.h"

#include <algorithm>

namespace aplomb::vault {

void S3VersionList::add(S3VersionPage page) {
  for (S3Version& version : page.versions) {
    if (version.marker) continue;
    if (!wanted_(version.key)) {
      ++passed_over_;
      continue;
    }
    std::vector<S3Version>& listed = by_key_[version.key];
    if (listed.size() == kVersionsLookedAt) listed.erase(listed.begin());  // the newest of them
    listed.push_back(std::move(version));
  }
}

std::map<std::string, std::vector<S3Version>> S3VersionList::take() {
  for (auto& [key, versions] : by_key_) {
    std::ranges::reverse(versions);
    std::ranges::stable_sort(versions, {}, &S3Version::date);
  }
  return std::move(by_key_);
}

Result<std::optional<S3Version>> first_valid(const std::vector<S3Version>& versions,
                                             const ValidVersion& valid) {
  for (const S3Version& version : versions)
    if (TRY(valid(version))) return version;
  return std::nullopt;
}

}  // namespace aplomb::vault
