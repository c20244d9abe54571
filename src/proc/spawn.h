// Starts a program: the one place of Aplomb that does. Nothing leaks into it: every descriptor that is not
// named is closed, signals are at their defaults, the environment is exactly the list given. posix_spawn and
// not fork, because the parent has threads, and because an exec that fails is then an error of the call.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace aplomb::proc {

constexpr const char* kDefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

enum class Grouping {
  inherit,        // stays in the parent's process group
  process_group,  // leads its own group, so that the whole group can be killed
  session,        // leads its own session, without a terminal: outlives the parent
};

struct GivenFd {
  int from;  // here
  int as;    // there; 0, 1 and 2 that are not given are /dev/null
};

struct SpawnPlan {
  std::string program;  // a path, or a name looked up in the PATH of `environment` (else kDefaultPath)
  std::vector<std::string> argv;
  std::vector<std::string> environment;  // "NAME=value"
  std::string folder;                    // the working directory; empty: the parent's
  std::vector<GivenFd> fds;
  Grouping grouping = Grouping::process_group;
};

Result<pid_t> spawn(const SpawnPlan& plan);

// Waits until the child `pid` has ended, at most timeout_ms (negative: for ever). False when it still runs.
// Does not reap it.
bool wait_for_exit(pid_t pid, int64_t timeout_ms);

// Reaps a child that has ended or is about to; its wait status, or -1 when it is not ours to reap.
int reap(pid_t pid);

}  // namespace aplomb::proc
