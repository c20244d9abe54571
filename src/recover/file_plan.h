// Which files a recovery puts back, takes away, or keeps: the hacked state and the clean point side by side,
// judged. Code comes from the clean point; content that was written since and passes the judge stays; what
// does not pass is set aside with its reason. Pure: file_plan_test.cc goes through the cases one by one.
#pragma once

#include <map>
#include <set>

#include "judge/judgement.h"
#include "vault/tree.h"

namespace aplomb::recover {

// Every entry below the roots of a snapshot, by object path.
using Listing = std::map<std::string, vault::Node>;

enum class FileStep : uint8_t {
  restore,     // the clean point's version, in place of what is there or where nothing is
  remove,      // what is there goes
  make_dir,    // a folder of the clean point that a restored file needs
  attributes,  // a folder's mode or owner as at the clean point
  remove_dir,  // a folder that the intruder made, once it is empty
};

struct PlannedFile {
  FileStep step = FileStep::restore;
  std::string path;
  Reason reason;
  bool quarantine = false;  // what is there is set aside, with the reason, before it goes
  bool operator==(const PlannedFile&) const = default;
};

struct Kept {
  std::string path;
  Reason reason;
  bool operator==(const Kept&) const = default;
};

struct FilePlan {
  std::vector<PlannedFile> steps;    // in an order in which they can be carried out
  std::vector<Kept> kept;            // written or changed after the clean point, and kept
  std::vector<std::string> deleted;  // content of the clean point that is gone since; not brought back
};

struct FilePlanInput {
  const Listing& hacked;
  // What can be put back: the clean point's entries, and the last good version of each file that later
  // snapshots had (see later_versions.h). Empty when no point is proven.
  const Listing& clean;
  const judge::Judgement& hacked_judgement;
  const judge::Judgement& clean_judgement;
  bool whole = false;  // everything as at the clean point
  bool have_clean_point = true;
  const Listing* point = nullptr;          // the clean point alone, to tell what was
                                           // written since; null: the same as clean
  std::vector<std::string> arriving = {};  // paths of databases that will be put
                                           // into place: they need their folders
  // What is there and could not be read: not in `hacked`, but not gone either.
  std::set<std::string> unread = {};
  // Inert files that belong to code and changed since the clean point
  // (component_files.h). `clean` has the clean point's version of them.
  std::set<std::string> component = {};
};

FilePlan plan_files(const FilePlanInput& input);

}  // namespace aplomb::recover
