// The private folder of a drill. It holds the town's data in clear, so it goes at the end in every case: by
// its destructor, and, after a kill or a power cut, by the next drill, which finds its path noted in the
// site's state. The note is durable before the folder is made.
#pragma once

#include <memory>
#include <string>

#include "archive/take_snapshot.h"

namespace aplomb::recover {

class DrillFolder {
 public:
  // A new folder, 0700, in `place`; first what an earlier drill left goes. The caller holds the site's lock.
  static Result<std::unique_ptr<DrillFolder>> create(const archive::Machine& machine,
                                                     const std::string& site_state, const std::string& place);
  DrillFolder(const DrillFolder&) = delete;
  ~DrillFolder();

  const std::string& path() const { return path_; }
  std::string site() const { return path_ + "/site"; }  // what is rebuilt
  std::string root() const { return path_ + "/root"; }  // an empty folder, for proc::PrivateRoot
  Status remove();

 private:
  DrillFolder(fs::Fs& fs, Log& log, std::string site_state, std::string path)
      : fs_(fs), log_(log), site_state_(std::move(site_state)), path_(std::move(path)) {}

  fs::Fs& fs_;
  Log& log_;
  const std::string site_state_, path_;
  bool removed_ = false;
};

// What a drill that was killed left behind. True when there was something.
Result<bool> remove_left_drill(fs::Fs& fs, const std::string& site_state);

}  // namespace aplomb::recover
