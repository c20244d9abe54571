// Resolving a relative path beneath an open directory, following no symbolic link in any component. The
// kernel does it in one call where it has openat2; elsewhere a walk opens one component after another. Both
// give ELOOP for a link. The functions are thin over system calls: -1 or an empty UniqueFd, and errno.
#pragma once

#include <sys/types.h>

#include <string>

#include "fs/unique_fd.h"

namespace aplomb::fs {

// `old` does without openat2 (Linux 5.6) and without RENAME_NOREPLACE (missing on NFS and old ZFS).
enum class Kernel { current, old };

// What this machine has: openat2 may be missing, or forbidden by a container's seccomp filter.
Kernel probe_kernel();

// open(2) of `path`, which must be valid_path and not empty. `flags` gets O_CLOEXEC, and O_NOFOLLOW in
// effect.
UniqueFd open_beneath(int dir, const std::string& path, int flags, mode_t mode, Kernel kernel);

// renameat2(RENAME_NOREPLACE), or two steps that never replace anything either: a second name and then the
// end of the first; for a directory, an empty one that the rename may take the place of.
int rename_no_replace(int from_dir, const char* from, int to_dir, const char* to, Kernel kernel);

}  // namespace aplomb::fs
