// Which version of an object counts: the first valid one by the server's date, whatever was put or marked
// deleted later. Pure: a list of versions and a judge of contents in, one version out.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>

#include "vault/s3_xml.h"

namespace aplomb::vault {

// Of one name only the oldest are kept and looked at: a flood of later ones costs no memory.
constexpr size_t kVersionsLookedAt = 16;

// Collects the pages of a list. Names that `wanted` does not know are dropped at once.
class S3VersionList {
 public:
  using Wanted = std::function<bool(std::string_view key)>;
  explicit S3VersionList(Wanted wanted) : wanted_(std::move(wanted)) {}

  void add(S3VersionPage page);
  uint64_t passed_over() const { return passed_over_; }
  // By key; the oldest version first, without delete markers. A key with markers alone is not in it.
  std::map<std::string, std::vector<S3Version>> take();

 private:
  Wanted wanted_;
  std::map<std::string, std::vector<S3Version>> by_key_;  // as listed: the newest first
  uint64_t passed_over_ = 0;
};

// The first of `versions` (the oldest first) that is valid; nullopt when none is. An error of `valid` ends
// the search: a version that could not be read must not give way to a later one.
using ValidVersion = std::function<Result<bool>(const S3Version&)>;
Result<std::optional<S3Version>> first_valid(const std::vector<S3Version>& versions,
                                             const ValidVersion& valid);

}  // namespace aplomb::vault
