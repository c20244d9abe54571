#include "recover/writable.h"

#include <unistd.h>

namespace aplomb::recover {

Who Who::current() {
  Who who{geteuid(), {getegid()}};
  std::vector<gid_t> groups(65536);
  int count = getgroups(static_cast<int>(groups.size()), groups.data());
  for (int i = 0; i < count; ++i) who.groups.insert(groups[static_cast<size_t>(i)]);
  return who;
}

// path_resolution(7): the first class that fits decides, also when a later one would allow more.
bool may_write_into(const vault::Node& folder, const Who& who) {
  if (who.uid == 0) return true;
  unsigned shift = folder.uid == who.uid ? 6 : who.groups.contains(folder.gid) ? 3 : 0;
  return (folder.mode >> shift & 3) == 3;  // write and search
}

std::vector<std::string> unwritable_folders(const FilePlan& plan, const Listing& now, const Who& who) {
  std::set<std::string> found;
  for (const PlannedFile& step : plan.steps) {
    if (step.step == FileStep::attributes) continue;
    std::string folder = fs::split_path(step.path).first;
    auto place = now.find(folder);
    bool there = place != now.end() && place->second.is_dir();  // others are made by the plan itself
    if (there && !may_write_into(place->second, who)) found.insert(folder);
  }
  return {found.begin(), found.end()};
}

}  // namespace aplomb::recover
