// Unpacking in a confined child: who wrote the log may be the attacker, and an unpacker is where such files
// do harm. A child is given one file after another; what happens to it costs that file.
#pragma once

#include <mutex>
#include <vector>

#include "proc/child.h"
#include "trace/inflater.h"

namespace aplomb::trace {

// Thread-safe. As many children as there are files at once, kept for the next ones.
class UnpackChildren {
 public:
  Result<std::unique_ptr<Unpack>> begin();
  // What is begun must end before this.
  BeginUnpack beginner() {
    return [this] { return begin(); };
  }

 private:
  class Session;
  std::mutex mutex_;
  std::vector<proc::Child> idle_;  // guarded by mutex_
};

}  // namespace aplomb::trace
