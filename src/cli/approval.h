// What a person may sign, chosen from a note: pure selection, so that it can be tested without a vault.
#pragma once

#include <string>
#include <vector>

#include "judge/notes.h"

namespace aplomb::cli {

struct Rejected {
  std::string path;
  Reason reason;
};

struct Selection {
  std::vector<judge::JudgedObject> approved;
  std::vector<judge::JudgedObject> given_up;  // protections that are gone; approving that revokes them
  std::vector<Rejected> rejected;             // malicious, or never read
  std::vector<std::string> unknown;           // names that fit nothing open
};

// `names`: object paths, or folders, components and tables above them; empty: all that is open.
Selection select(const std::vector<judge::JudgedObject>& open, const std::vector<std::string>& names);

// `path` is `name`, or lies below it.
bool is_named(const std::string& path, const std::string& name);

// What belongs together: the first two components of a file's path without its name ("wp-content/plugins"),
// or the table of a row ("db:town.db/users").
std::string component_of(const std::string& path);

}  // namespace aplomb::cli
