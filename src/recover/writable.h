// Whether the user who recovers may write where the plan moves things: a folder that an intruder made
// read-only would stop the switch in the middle. Judged by mode, owner and groups as the sealed state has
// them; root may everything. Pure. (Access lists are not looked at: what they forbid is found at the switch.)
#pragma once

#include <set>
#include <string>
#include <vector>

#include "recover/file_plan.h"

namespace aplomb::recover {

struct Who {
  uint32_t uid = 0;
  std::set<uint32_t> groups;
  static Who current();  // of this process
};

bool may_write_into(const vault::Node& folder, const Who& who);

// Folders of `now` in which the plan puts or takes away something, and `who` may not. Sorted.
std::vector<std::string> unwritable_folders(const FilePlan& plan, const Listing& now, const Who& who);

}  // namespace aplomb::recover
