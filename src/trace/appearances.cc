#include "trace/appearances.h"

namespace aplomb::trace {

std::vector<Suspect> suspects_of(const std::vector<Appearance>& appearances, const Changed& changed) {
  std::vector<Suspect> suspects;
  for (const Appearance& appearance : appearances) {
    if (suspects.size() >= kSuspectsMax) break;
    auto found = changed.find({appearance.snapshot, appearance.object});
    if (found == changed.end()) found = changed.find({"", appearance.object});
    const std::optional<Time> at = found == changed.end() ? std::nullopt : std::optional(found->second);
    suspects.push_back(make_suspect(appearance.object, at, appearance.before, appearance.seen));
  }
  return suspects;
}

}  // namespace aplomb::trace
