#include "fs/posix_beneath.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <climits>
#include <cstdio>

namespace aplomb::fs {

namespace {

int openat2_beneath(int dir, const char* path, int flags, mode_t mode) {
  // With O_NOFOLLOW a link in the last place gives ENOTDIR when O_DIRECTORY is asked too; RESOLVE_NO_SYMLINKS
  // alone says ELOOP. Only O_PATH needs it, to open the link itself.
  if ((flags & O_PATH) == 0) flags &= ~O_NOFOLLOW;
  struct open_how how = {};
  how.flags = static_cast<uint64_t>(flags);
  how.mode = (flags & O_CREAT) != 0 ? mode : 0;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
  long fd = syscall(SYS_openat2, dir, path, &how, sizeof how);
  return static_cast<int>(fd);
}

bool is_link(int dir, const char* name) {
  struct stat st;
  return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode);
}

// One step of the walk. O_DIRECTORY with O_NOFOLLOW calls a link "not a directory": say ELOOP, as openat2
// does.
UniqueFd open_component(int dir, const std::string& name, int flags, mode_t mode) {
  UniqueFd fd(openat(dir, name.c_str(), flags | O_NOFOLLOW, mode));
  if (!fd && errno == ENOTDIR) errno = is_link(dir, name.c_str()) ? ELOOP : ENOTDIR;
  return fd;
}

UniqueFd walk_beneath(int dir, const std::string& path, int flags, mode_t mode) {
  UniqueFd here;
  size_t start = 0;
  for (;;) {
    int at = here ? here.get() : dir;
    size_t slash = path.find('/', start);
    if (slash == std::string::npos) return open_component(at, path.substr(start), flags, mode);
    here = open_component(at, path.substr(start, slash - start), O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
    if (!here) return here;
    start = slash + 1;
  }
}

int rename_in_steps(int from_dir, const char* from, int to_dir, const char* to) {
  struct stat st;
  if (fstatat(from_dir, from, &st, AT_SYMLINK_NOFOLLOW) != 0) return -1;
  if (!S_ISDIR(st.st_mode)) {
    if (linkat(from_dir, from, to_dir, to, 0) != 0) return -1;
    return unlinkat(from_dir, from, 0);
  }
  if (mkdirat(to_dir, to, 0700) != 0) return -1;
  if (renameat(from_dir, from, to_dir, to) == 0) return 0;
  int saved = errno;
  unlinkat(to_dir, to, AT_REMOVEDIR);
  errno = saved;
  return -1;
}

}  // namespace

Kernel probe_kernel() {
  UniqueFd root(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  UniqueFd probe(openat2_beneath(root.get(), ".", O_PATH | O_DIRECTORY | O_CLOEXEC, 0));
  return probe ? Kernel::current : Kernel::old;
}

UniqueFd open_beneath(int dir, const std::string& path, int flags, mode_t mode, Kernel kernel) {
  flags |= O_CLOEXEC;
  if (kernel == Kernel::current && path.size() < PATH_MAX) {
    UniqueFd fd(openat2_beneath(dir, path.c_str(), flags, mode));
    return fd;
  }
  return walk_beneath(dir, path, flags, mode);  // also for a path that is too long for one call
}

int rename_no_replace(int from_dir, const char* from, int to_dir, const char* to, Kernel kernel) {
  if (kernel == Kernel::current) {
    if (renameat2(from_dir, from, to_dir, to, RENAME_NOREPLACE) == 0) return 0;
    if (errno != EINVAL && errno != ENOSYS) return -1;  // EINVAL: this file system lacks the flag
  }
  return rename_in_steps(from_dir, from, to_dir, to);
}

}  // namespace aplomb::fs
