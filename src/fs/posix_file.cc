#include "fs/posix_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/sysmacros.h>

#include <algorithm>

#include "base/clock.h"
#include "base/messages.h"
#include "fs/posix_xattr.h"

namespace aplomb::fs {

namespace {

constexpr uint64_t kOffsetMax = INT64_MAX;

int64_t to_ns(const struct timespec& time) {
  return time.tv_sec * kSecond + time.tv_nsec;
}

}  // namespace

FileType to_type(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFDIR:
      return FileType::directory;
    case S_IFLNK:
      return FileType::symlink;
    case S_IFIFO:
      return FileType::fifo;
    case S_IFSOCK:
      return FileType::socket;
    case S_IFBLK:
      return FileType::block_device;
    case S_IFCHR:
      return FileType::char_device;
    default:
      return FileType::regular;
  }
}

Stat to_stat(const struct stat& st) {
  Stat out;
  out.type = to_type(st.st_mode);
  out.mode = st.st_mode & 07777;
  out.uid = st.st_uid;
  out.gid = st.st_gid;
  out.size = static_cast<uint64_t>(st.st_size);
  out.device = st.st_dev;
  out.inode = st.st_ino;
  out.links = st.st_nlink;
  out.rdev = st.st_rdev;
  out.mtime_ns = to_ns(st.st_mtim);
  out.ctime_ns = to_ns(st.st_ctim);
  out.allocated = static_cast<uint64_t>(st.st_blocks) * 512;
  return out;
}

struct timespec to_timespec(int64_t ns) {
  int64_t seconds = ns / kSecond;
  int64_t rest = ns % kSecond;
  if (rest < 0) {  // before 1970: tv_nsec is never negative
    seconds -= 1;
    rest += kSecond;
  }
  return {.tv_sec = seconds, .tv_nsec = rest};
}

std::unexpected<Error> PosixFile::error(const char* doing) const {
  int saved = errno;
  return fail(os_error(saved, translate(doing), path_));
}

Result<size_t> PosixFile::read_at(uint64_t offset, std::span<uint8_t> out) {
  size_t done = 0;
  while (done < out.size() && offset <= kOffsetMax - done) {
    size_t count = std::min(out.size() - done, kOffsetMax - offset - done);
    ssize_t got = pread(fd_.get(), out.data() + done, count, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return error(tr_later("cannot read"));
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  return done;
}

Status PosixFile::write_at(uint64_t offset, ByteView data) {
  if (offset > kOffsetMax || data.size() > kOffsetMax - offset) {
    errno = EFBIG;
    return error(tr_later("cannot write"));
  }
  while (!data.empty()) {
    ssize_t put = pwrite(fd_.get(), data.data(), data.size(), static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return error(tr_later("cannot write"));
    data = data.subspan(static_cast<size_t>(put));
    offset += static_cast<uint64_t>(put);
  }
  return {};
}

Status PosixFile::truncate(uint64_t size) {
  if (size > kOffsetMax) {
    errno = EFBIG;
    return error(tr_later("cannot resize"));
  }
  int done;
  do {
    done = ftruncate(fd_.get(), static_cast<off_t>(size));
  } while (done != 0 && errno == EINTR);
  if (done != 0) return error(tr_later("cannot resize"));
  return {};
}

// fsync, not fdatasync: the mode set before the rename of a new secret file must survive with its bytes, and
// for a file that grew both commit the journal anyway.
Status PosixFile::sync() {
  if (fsync(fd_.get()) != 0) return error(tr_later("cannot write to disk"));
  return {};
}

Result<Stat> PosixFile::stat() {
  struct stat st;
  if (fstat(fd_.get(), &st) != 0) return error(tr_later("cannot read attributes"));
  return to_stat(st);
}

Result<std::vector<Extent>> PosixFile::data_extents() {
  std::vector<Extent> extents;
  off_t size = static_cast<off_t>(TRY(stat()).size);
  for (off_t at = 0; at < size;) {
    off_t data = lseek(fd_.get(), at, SEEK_DATA);
    if (data < 0 && errno == ENXIO) break;  // a hole up to the end
    if (data < 0 && errno == EINVAL && at == 0) return std::vector{Extent{0, static_cast<uint64_t>(size)}};
    if (data < 0) return error(tr_later("cannot find the holes"));
    off_t hole = lseek(fd_.get(), data, SEEK_HOLE);
    if (hole < 0 && errno != ENXIO) return error(tr_later("cannot find the holes"));
    at = hole < 0 ? size : std::min(hole, size);  // both move while somebody else truncates or appends
    if (data >= at) break;
    extents.push_back({static_cast<uint64_t>(data), static_cast<uint64_t>(at - data)});
  }
  return extents;
}

Result<std::vector<Xattr>> PosixFile::xattrs() {
  return read_xattrs({fd_.get(), XattrTarget::Kind::open_file, path_});
}

Status PosixFile::set_xattr(const Xattr& xattr) {
  return write_xattr({fd_.get(), XattrTarget::Kind::open_file, path_}, xattr);
}

Status PosixFile::remove_xattr(std::string_view name) {
  return erase_xattr({fd_.get(), XattrTarget::Kind::open_file, path_}, name);
}

Status PosixFile::set_mode(uint32_t mode) {
  if (fchmod(fd_.get(), mode & 07777) != 0) return error(tr_later("cannot set permissions"));
  return {};
}

Status PosixFile::set_owner(uint32_t uid, uint32_t gid) {
  if (fchown(fd_.get(), uid, gid) != 0) return error(tr_later("cannot set the owner"));
  return {};
}

Status PosixFile::set_mtime(int64_t mtime_ns) {
  struct timespec time = to_timespec(mtime_ns);
  struct timespec times[2] = {time, time};
  if (futimens(fd_.get(), times) != 0) return error(tr_later("cannot set the time"));
  return {};
}

Status PosixFile::try_lock() {
  if (flock(fd_.get(), LOCK_EX | LOCK_NB) == 0) return {};
  if (errno == EWOULDBLOCK) return fail(make_error(Code::busy, tr("another run holds the lock")).at(path_));
  return error(tr_later("cannot lock"));
}

}  // namespace aplomb::fs
