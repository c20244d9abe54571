// What a person may sign, chosen from a note: pure selection, so that it can be tested without a vault.
#pragma once

#include <map>
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
  std::vector<judge::JudgedObject>
      objected;  // a detector objects: signed only by its own name, or asked one by one
  std::vector<judge::JudgedObject> given_up;  // protections that are gone; approving that revokes them
  std::vector<Rejected> rejected;             // malicious, or never read
  std::vector<std::string> unknown;           // names that fit nothing open
};

// `names`: object paths, or folders, components and tables above them; empty: all that is open. Whoever signs
// a folder, or everything, does not sign along what a detector objects to in it.
Selection select(const std::vector<judge::JudgedObject>& open, const std::vector<std::string>& names);

// `path` is `name`, or lies below it.
bool is_named(const std::string& path, const std::string& name);

// What belongs together: one plugin, theme, extension or skin ("wp-content/plugins/agenda"), the core of
// WordPress
// ("wp-includes"), else the first two folders of a path, or the table of a row ("db:town.db/users"). Can be
// given to `approve` as a name, except for files that stand alone.
std::string component_of(const std::string& path);
// "the plugin agenda (wp-content/plugins/agenda)", in the person's language.
std::string component_title(const std::string& component);

// The objects to sign, by component and then by the reason that they have in common.
using Reasons = std::map<std::string, std::vector<const judge::JudgedObject*>>;
std::map<std::string, Reasons> by_component(const Selection& selection);

}  // namespace aplomb::cli
