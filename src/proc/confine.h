// Takes from the calling process everything that hostile bytes could misuse, for good: it keeps memory, the
// clock and the descriptors it already holds. Three fences, each enough alone for the common case: resource
// limits, a landlock ruleset without a single allowed path (where the kernel has it), and a seccomp list of
// allowed calls; all else fails with EPERM. A process of root becomes nobody. Not a container: the process
// still shares the kernel, and what it was given through a descriptor it may read and write.
// Call it before the first thread: landlock binds the calling thread and those it starts.
#pragma once

#include <cstdint>

#include "base/result.h"

namespace aplomb::proc {

enum class Role : uint8_t {
  worker,           // reads and writes the descriptors it holds
  threaded_worker,  // the same, and may start threads
  web_server,       // also accepts connections on a socket that already listens; cannot connect or bind
};

struct Confinement {
  Role role = Role::worker;
  uint64_t memory_bytes_max = 512ULL << 20;  // address space, the program itself included
  uint32_t cpu_seconds_max = 60;             // 0: no limit
  uint32_t open_files_max = 16;
};

// Fails with Code::unsupported when the kernel cannot do seccomp; the caller must then not go on.
Status confine(const Confinement& confinement);

// The landlock fence alone, a part of confine(): no file may be opened any more. No effect on a kernel that
// lacks landlock.
Status deny_all_files();

// Whether this kernel has landlock (for `status` and the tests): its version, or 0.
int landlock_version();

}  // namespace aplomb::proc
