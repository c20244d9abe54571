#include "fs/posix_fs.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/messages.h"
#include "fs/posix_dir.h"

namespace aplomb::fs {

namespace {

constexpr const char* kOpening = tr_later("cannot open the directory");
constexpr const char* kMaking = tr_later("cannot make the directory");

bool absolute(std::string_view path) {
  return path.starts_with('/') && path.find('\0') == std::string_view::npos;
}

std::unexpected<Error> error(const char* doing, std::string_view path) {
  int saved = errno;
  return fail(os_error(saved, translate(doing), path));
}

// One missing component below `parent`, made, given its exact mode, and made durable.
bool make_component(int parent, const char* name, uint32_t mode) {
  if (mkdirat(parent, name, mode & 07777) != 0) return errno == EEXIST;  // somebody else made it meanwhile
  UniqueFd made(openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!made || fchmod(made.get(), mode & 07777) != 0) return false;
  UniqueFd holder(openat(parent, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!holder) return false;
  return (fsync(made.get()) == 0 && fsync(holder.get()) == 0) || errno == EINVAL;
}

UniqueFd step(int parent, const std::string& name) {
  UniqueFd fd(openat(parent, name.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  return fd;
}

}  // namespace

Result<std::unique_ptr<Dir>> PosixFs::open_dir(std::string_view path) {
  std::string name(path);
  if (!absolute(path)) errno = EINVAL;
  UniqueFd fd(absolute(path) ? open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1);
  if (!fd) return error(kOpening, path);
  return std::make_unique<PosixDir>(std::move(fd), std::move(name), kernel_);
}

Result<std::unique_ptr<Dir>> PosixFs::make_dirs(std::string_view path, uint32_t mode) {
  auto opened = open_dir(path);
  if (opened || opened.error().code != Code::not_found) return opened;
  uint32_t parent_mode = (mode & 077) == 0 ? 0700 : 0755;
  size_t end = path.find_last_not_of('/') + 1;
  UniqueFd here = step(AT_FDCWD, "/");
  for (size_t start = 0; here && start < end;) {
    size_t slash = std::min(path.find('/', start), end);
    std::string name(path.substr(start, slash - start));
    start = slash + 1;
    if (name.empty()) continue;
    UniqueFd next = step(here.get(), name);
    if (!next && errno == ENOENT &&
        make_component(here.get(), name.c_str(), slash == end ? mode : parent_mode))
      next = step(here.get(), name);
    here = std::move(next);
  }
  if (!here) return error(kMaking, path);
  return open_dir(path);
}

}  // namespace aplomb::fs
