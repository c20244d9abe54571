// Takes back what a command made, unless it is kept: a failed `init` leaves the disk as it found it. Paths
// are noted before they are made; what was there already is never removed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fs/fs.h"

namespace aplomb::cli {

class Rollback {
 public:
  explicit Rollback(fs::Fs& fs) : fs_(fs) {}
  Rollback(const Rollback&) = delete;
  Rollback& operator=(const Rollback&) = delete;
  ~Rollback();  // takes everything back, the newest first; errors are left to the person who sees what is
                // left

  // `path` (absolute, normal) is about to be made, with its missing parents.
  void making(const std::string& path);
  // The file is about to be replaced.
  Status replacing(const std::string& path);
  void keep() { steps_.clear(); }

 private:
  struct Step {
    std::string path;
    std::optional<Bytes> before;  // unset: it was not there
  };
  bool exists(const std::string& path);

  fs::Fs& fs_;
  std::vector<Step> steps_;
};

}  // namespace aplomb::cli
