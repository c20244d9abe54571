#include "fs/posix_dir.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <optional>

#include "base/messages.h"
#include "fs/posix_file.h"
#include "fs/posix_xattr.h"

namespace aplomb::fs {

namespace {

struct CloseStream {
  void operator()(DIR* stream) const { closedir(stream); }
};

// -1 and errno when it fails. mkdir and mknod take bits away by the umask, and a parent may add setgid.
int settle_mode(int dir, const char* name, uint32_t mode) {
  struct stat st;
  if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0) return -1;
  if ((st.st_mode & 07777) == (mode & 07777)) return 0;
  return fchmodat(dir, name, mode & 07777, AT_SYMLINK_NOFOLLOW);
}

int open_flags(Open how) {
  switch (how) {
    case Open::read:
      return O_RDONLY;
    case Open::write:
      return O_RDWR;
    case Open::create_new:
      return O_RDWR | O_CREAT | O_EXCL;
    case Open::create:
      return O_RDWR | O_CREAT;
  }
  return O_RDONLY;
}

// O_NOATIME is for the owner and CAP_FOWNER; others read with the access time changing.
UniqueFd open_quietly(int dir, const std::string& path, int flags, Kernel kernel) {
  UniqueFd fd = open_beneath(dir, path, flags | O_NOATIME, 0, kernel);
  if (!fd && errno == EPERM) fd = open_beneath(dir, path, flags, 0, kernel);
  return fd;
}

// The descriptor of the stream is a new one: list() has no position that calls could share.
UniqueFd open_self(int dir) {
  constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  UniqueFd fd(openat(dir, ".", kFlags | O_NOATIME));
  if (!fd && errno == EPERM) fd = UniqueFd(openat(dir, ".", kFlags));
  return fd;
}

std::optional<FileType> entry_type(int dir, const struct dirent& entry) {
  if (entry.d_type != DT_UNKNOWN) return to_type(static_cast<mode_t>(DTTOIF(entry.d_type)));
  struct stat st;
  if (fstatat(dir, entry.d_name, &st, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;  // removed meanwhile
  return to_type(st.st_mode);
}

}  // namespace

std::unexpected<Error> PosixDir::error(int code, const char* doing, std::string_view path) const {
  return fail(os_error(code, translate(doing), join_path(path_, path)));
}

Result<PosixDir::Spot> PosixDir::find(std::string_view path, Self self, const char* doing) const {
  if (!valid_path(path) || (path.empty() && self == Self::refused)) return error(EINVAL, doing, path);
  auto [parent, name] = split_path(path);
  if (parent.empty()) return Spot{UniqueFd(), fd_.get(), name};
  UniqueFd fd = open_beneath(fd_.get(), parent, O_PATH | O_DIRECTORY, 0, kernel_);
  if (!fd) return error(errno, doing, path);
  int raw = fd.get();
  return Spot{std::move(fd), raw, name};
}

Result<UniqueFd> PosixDir::open_fd(std::string_view path, int flags, mode_t mode, const char* doing) const {
  if (!valid_path(path) || path.empty()) return error(EINVAL, doing, path);
  UniqueFd fd = (flags & O_ACCMODE) == O_RDONLY && (flags & O_PATH) == 0
                    ? open_quietly(fd_.get(), std::string(path), flags, kernel_)
                    : open_beneath(fd_.get(), std::string(path), flags, mode, kernel_);
  if (!fd) return error(errno, doing, path);
  return fd;
}

Result<std::unique_ptr<File>> PosixDir::open(std::string_view path, Open how) {
  constexpr const char* kDoing = tr_later("cannot open");
  int flags = open_flags(how) | O_NONBLOCK | O_NOCTTY;
  UniqueFd fd = TRY(open_fd(path, flags, 0600, kDoing));
  struct stat st;
  if (fstat(fd.get(), &st) != 0) return error(errno, kDoing, path);
  if (S_ISDIR(st.st_mode)) return error(EISDIR, kDoing, path);
  if (!S_ISREG(st.st_mode)) return error(ENXIO, kDoing, path);
  return std::make_unique<PosixFile>(std::move(fd), join_path(path_, path));
}

Result<std::unique_ptr<Dir>> PosixDir::open_dir(std::string_view path) {
  constexpr const char* kDoing = tr_later("cannot open the directory");
  UniqueFd fd;
  if (path.empty()) {
    fd = UniqueFd(fcntl(fd_.get(), F_DUPFD_CLOEXEC, 0));
    if (!fd) return error(errno, kDoing, path);
  } else {
    fd = TRY(open_fd(path, O_RDONLY | O_DIRECTORY, 0, kDoing));
  }
  return std::make_unique<PosixDir>(std::move(fd), join_path(path_, path), kernel_);
}

Result<std::vector<Entry>> PosixDir::list() {
  constexpr const char* kDoing = tr_later("cannot list the directory");
  UniqueFd fd = open_self(fd_.get());
  if (!fd) return error(errno, kDoing, "");
  std::unique_ptr<DIR, CloseStream> stream(fdopendir(fd.get()));
  if (!stream) return error(errno, kDoing, "");
  fd.release();
  std::vector<Entry> entries;
  for (;;) {
    errno = 0;
    const struct dirent* entry = readdir(stream.get());
    if (entry == nullptr) break;
    std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (auto type = entry_type(fd_.get(), *entry)) entries.push_back({std::string(name), *type});
  }
  if (errno != 0) return error(errno, kDoing, "");
  std::ranges::sort(entries, {}, &Entry::name);
  return entries;
}

Result<Stat> PosixDir::stat_self() {
  return stat("");
}

Result<Stat> PosixDir::stat(std::string_view path) {
  constexpr const char* kDoing = tr_later("cannot read attributes");
  Spot spot = TRY(find(path, Self::allowed, kDoing));
  struct stat st;
  if (fstatat(spot.fd, spot.c_str(), &st, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) != 0)
    return error(errno, kDoing, path);
  return to_stat(st);
}

Result<std::string> PosixDir::read_link(std::string_view path) {
  constexpr const char* kDoing = tr_later("cannot read the link");
  Spot spot = TRY(find(path, Self::refused, kDoing));
  std::string target(256, '\0');
  for (;;) {
    ssize_t size = readlinkat(spot.fd, spot.c_str(), target.data(), target.size());
    if (size < 0) return error(errno, kDoing, path);
    if (static_cast<size_t>(size) < target.size()) {
      target.resize(static_cast<size_t>(size));
      return target;
    }
    target.resize(target.size() * 2);  // it may be cut; the kernel's own limit is PATH_MAX
  }
}

Status PosixDir::make_dir(std::string_view path, uint32_t mode) {
  constexpr const char* kDoing = tr_later("cannot make the directory");
  Spot spot = TRY(find(path, Self::refused, kDoing));
  if (mkdirat(spot.fd, spot.c_str(), mode & 07777) != 0) return error(errno, kDoing, path);
  if (settle_mode(spot.fd, spot.c_str(), mode) != 0) return error(errno, kDoing, path);
  return {};
}

Status PosixDir::make_symlink(std::string_view target, std::string_view path) {
  constexpr const char* kDoing = tr_later("cannot make the link");
  Spot spot = TRY(find(path, Self::refused, kDoing));
  if (target.find('\0') != std::string_view::npos) return error(EINVAL, kDoing, path);
  if (symlinkat(std::string(target).c_str(), spot.fd, spot.c_str()) != 0) return error(errno, kDoing, path);
  return {};
}

Status PosixDir::make_node(std::string_view path, FileType type, uint32_t mode, uint64_t rdev) {
  constexpr const char* kDoing = tr_later("cannot make the special file");
  Spot spot = TRY(find(path, Self::refused, kDoing));
  mode_t kind = 0;
  if (type == FileType::fifo) kind = S_IFIFO;
  if (type == FileType::socket) kind = S_IFSOCK;
  if (type == FileType::block_device) kind = S_IFBLK;
  if (type == FileType::char_device) kind = S_IFCHR;
  if (kind == 0) return error(EINVAL, kDoing, path);
  if (mknodat(spot.fd, spot.c_str(), kind | (mode & 07777), rdev) != 0) return error(errno, kDoing, path);
  if (settle_mode(spot.fd, spot.c_str(), mode) != 0) return error(errno, kDoing, path);
  return {};
}

Status PosixDir::link(std::string_view from, std::string_view to) {
  constexpr const char* kDoing = tr_later("cannot add a second name");
  Spot source = TRY(find(from, Self::refused, kDoing));
  Spot target = TRY(find(to, Self::refused, kDoing));
  if (linkat(source.fd, source.c_str(), target.fd, target.c_str(), 0) != 0) return error(errno, kDoing, to);
  return {};
}

Status PosixDir::rename(std::string_view from, Dir& target, std::string_view to, Replace replace) {
  constexpr const char* kDoing = tr_later("cannot rename");
  auto* other = dynamic_cast<PosixDir*>(&target);
  if (other == nullptr) return error(EXDEV, kDoing, from);
  Spot source = TRY(find(from, Self::refused, kDoing));
  Spot goal = TRY(other->find(to, Self::refused, kDoing));
  int done = replace == Replace::yes
                 ? renameat(source.fd, source.c_str(), goal.fd, goal.c_str())
                 : rename_no_replace(source.fd, source.c_str(), goal.fd, goal.c_str(), kernel_);
  if (done == 0) return {};
  int code = errno;
  return code == ENOENT ? error(code, kDoing, from) : other->error(code, kDoing, to);
}

Status PosixDir::remove(std::string_view path) {
  constexpr const char* kDoing = tr_later("cannot remove");
  Spot spot = TRY(find(path, Self::refused, kDoing));
  if (unlinkat(spot.fd, spot.c_str(), 0) != 0) return error(errno, kDoing, path);
  return {};
}

Status PosixDir::remove_dir(std::string_view path) {
  constexpr const char* kDoing = tr_later("cannot remove the directory");
  Spot spot = TRY(find(path, Self::refused, kDoing));
  if (unlinkat(spot.fd, spot.c_str(), AT_REMOVEDIR) != 0) return error(errno, kDoing, path);
  return {};
}

Status PosixDir::set_mode(std::string_view path, uint32_t mode) {
  constexpr const char* kDoing = tr_later("cannot set permissions");
  Spot spot = TRY(find(path, Self::allowed, kDoing));
  int done = spot.name.empty() ? fchmod(spot.fd, mode & 07777)
                               : fchmodat(spot.fd, spot.c_str(), mode & 07777, AT_SYMLINK_NOFOLLOW);
  if (done == 0) return {};
  int code = errno;
  struct stat st;
  bool link = fstatat(spot.fd, spot.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode);
  if (code == EOPNOTSUPP && link) return {};
  return error(code, kDoing, path);
}

Status PosixDir::set_owner(std::string_view path, uint32_t uid, uint32_t gid) {
  constexpr const char* kDoing = tr_later("cannot set the owner");
  Spot spot = TRY(find(path, Self::allowed, kDoing));
  if (fchownat(spot.fd, spot.c_str(), uid, gid, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) != 0)
    return error(errno, kDoing, path);
  return {};
}

Status PosixDir::set_mtime(std::string_view path, int64_t mtime_ns) {
  constexpr const char* kDoing = tr_later("cannot set the time");
  Spot spot = TRY(find(path, Self::allowed, kDoing));
  struct timespec time = to_timespec(mtime_ns);
  struct timespec times[2] = {time, time};
  int done = spot.name.empty() ? futimens(spot.fd, times)
                               : utimensat(spot.fd, spot.c_str(), times, AT_SYMLINK_NOFOLLOW);
  if (done != 0) return error(errno, kDoing, path);
  return {};
}

// An O_PATH descriptor of a directory or regular file; of anything else an empty one.
Result<UniqueFd> PosixDir::open_entry_with_xattrs(std::string_view path, const char* doing) const {
  UniqueFd fd;
  if (path.empty()) {
    fd = UniqueFd(fcntl(fd_.get(), F_DUPFD_CLOEXEC, 0));
    if (!fd) return error(errno, doing, path);
  } else {
    fd = TRY(open_fd(path, O_PATH | O_NOFOLLOW, 0, doing));
  }
  struct stat st;
  if (fstat(fd.get(), &st) != 0) return error(errno, doing, path);
  if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) return UniqueFd();
  return fd;
}

Result<std::vector<Xattr>> PosixDir::xattrs(std::string_view path) {
  if (path.empty()) return read_xattrs({fd_.get(), XattrTarget::Kind::open_file, path_});
  UniqueFd fd = TRY(open_entry_with_xattrs(path, tr_later("cannot list extended attributes")));
  if (!fd) return std::vector<Xattr>();
  return read_xattrs({fd.get(), XattrTarget::Kind::path_only, join_path(path_, path)});
}

Status PosixDir::set_xattr(std::string_view path, const Xattr& xattr) {
  constexpr const char* kDoing = tr_later("cannot set extended attributes");
  UniqueFd fd = TRY(open_entry_with_xattrs(path, kDoing));
  if (!fd) return error(ENOTSUP, kDoing, path);
  return write_xattr({fd.get(), XattrTarget::Kind::path_only, join_path(path_, path)}, xattr);
}

Status PosixDir::remove_xattr(std::string_view path, std::string_view name) {
  constexpr const char* kDoing = tr_later("cannot remove extended attributes");
  UniqueFd fd = TRY(open_entry_with_xattrs(path, kDoing));
  if (!fd) return error(ENOTSUP, kDoing, path);
  return erase_xattr({fd.get(), XattrTarget::Kind::path_only, join_path(path_, path)}, name);
}

Status PosixDir::sync() {
  // EINVAL: this file system cannot sync directories (some network mounts); it offers nothing better.
  if (fsync(fd_.get()) != 0 && errno != EINVAL)
    return error(errno, tr_later("cannot write the directory to disk"), "");
  return {};
}

Result<uint64_t> PosixDir::free_bytes() {
  struct statvfs st;
  if (fstatvfs(fd_.get(), &st) != 0) return error(errno, tr_later("cannot read the free space"), "");
  auto bytes = checked_mul(st.f_bavail, st.f_frsize);
  return bytes.value_or(UINT64_MAX);
}

}  // namespace aplomb::fs
