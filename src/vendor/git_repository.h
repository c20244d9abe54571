// Reads a commit and its trees out of a repository that may be hostile. Git itself reads the objects, but
// from a folder of our own with no settings in it, so that no hook, filter, helper or remote that the
// repository names is ever started; and, when we are root, as the user who owns the objects. What comes back
// is checked against its name by whoever takes it (vendor/git_object.h).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "fs/fs.h"
#include "vendor/scratch_folder.h"

namespace aplomb::vendor {

class GitRepository {
 public:
  // A working folder with its .git, or a bare repository.
  static Result<GitRepository> open(fs::Fs& fs, const std::string& folder);

  // The name of a commit: of HEAD for "", a branch, a tag, or a whole name.
  Result<std::string> commit_named(std::string_view revision);
  Result<Bytes> object(const std::string& id, std::string_view type);
  // The tree of this name and all below it, each once.
  Result<std::vector<Bytes>> trees(const std::string& root);

 private:
  struct Object {
    std::string id, type;
    Bytes body;
  };
  GitRepository(std::unique_ptr<fs::Dir> dir, std::string path, ScratchFolder scratch, uint32_t owner,
                uint32_t group)
      : dir_(std::move(dir)),
        path_(std::move(path)),
        scratch_(std::move(scratch)),
        owner_(owner),
        group_(group) {}
  Result<std::string> reference(const std::string& name, unsigned depth) const;
  Status prepare(bool sha256);
  // Each wanted object, in order; Code::not_found names the first that is missing.
  Result<std::vector<Object>> read(const std::vector<std::string>& names);

  std::unique_ptr<fs::Dir> dir_;
  std::string path_;  // of the objects' folder's parent
  ScratchFolder scratch_;
  uint32_t owner_, group_;
  bool prepared_ = false;
};

}  // namespace aplomb::vendor
