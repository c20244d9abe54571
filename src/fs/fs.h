// The seam to the file system: everything that Aplomb stores, reads from a site, or writes back goes through
// these three classes. Implementations: posix_fs (the machine), memory_fs (tests; knows what survives a
// crash), fault_fs (wraps another; fails or crashes at the k-th operation). One conformance suite covers all.
//
// Paths given to a Dir are relative, with '/' between components, and are resolved beneath it: no "..", no
// absolute path, and no symbolic link is followed in any component (openat2 with RESOLVE_BENEATH and
// RESOLVE_NO_SYMLINKS, or a walk with O_NOFOLLOW where the kernel lacks it). Nothing re-resolves a path as
// root. The empty path is the Dir itself, for open_dir, stat, the attributes and the extended attributes.
// Anything else that is not components joined by single slashes ("a//b", "a/", "./a") is refused with EINVAL.
//
// Names are raw bytes. Errors carry errno; ENOENT is Code::not_found, a held lock Code::busy, all else
// Code::io.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace aplomb::fs {

enum class FileType : uint8_t { regular, directory, symlink, fifo, socket, block_device, char_device };

struct Stat {
  FileType type = FileType::regular;
  uint32_t mode = 0;  // permission bits, 07777
  uint32_t uid = 0, gid = 0;
  uint64_t size = 0;
  uint64_t device = 0, inode = 0;
  uint64_t links = 1;
  uint64_t rdev = 0;  // of a device node
  int64_t mtime_ns = 0, ctime_ns = 0;
  uint64_t allocated = 0;  // bytes on disk; less than size when sparse
  bool operator==(const Stat&) const = default;
};

struct Entry {
  std::string name;
  FileType type;
  bool operator==(const Entry&) const = default;
};

struct Xattr {
  std::string name;  // "user.comment", "system.posix_acl_access" (ACLs are extended attributes)
  Bytes value;
  bool operator==(const Xattr&) const = default;
};

struct Extent {
  uint64_t offset, length;
  bool operator==(const Extent&) const = default;
};

// An open file. Not thread-safe, except that read_at may be called from several threads.
class File {
 public:
  virtual ~File() = default;
  // Fills `out` from `offset`; returns the count, less than asked only at the end of the file.
  virtual Result<size_t> read_at(uint64_t offset, std::span<uint8_t> out) = 0;
  // Writes all or fails; the file grows as needed, with holes.
  virtual Status write_at(uint64_t offset, ByteView data) = 0;
  virtual Status truncate(uint64_t size) = 0;
  // Durable once this returns. After a failed sync the file must not be trusted: the caller gives it up.
  virtual Status sync() = 0;
  virtual Result<Stat> stat() = 0;
  // Where data are, in order; the rest are holes. One extent for a file that is not sparse.
  virtual Result<std::vector<Extent>> data_extents() = 0;
  virtual Result<std::vector<Xattr>> xattrs() = 0;  // sorted by name; empty where unsupported
  virtual Status set_xattr(const Xattr& xattr) = 0;
  virtual Status remove_xattr(std::string_view name) = 0;
  virtual Status set_mode(uint32_t mode) = 0;
  virtual Status set_owner(uint32_t uid, uint32_t gid) = 0;
  virtual Status set_mtime(int64_t mtime_ns) = 0;  // atime is set to the same
  // An advisory exclusive lock (flock), held until the File is destroyed. Code::busy when another holds it.
  virtual Status try_lock() = 0;
};

enum class Open {
  read,        // an existing regular file; does not block on a fifo, does not change atime where permitted
  write,       // an existing regular file, for reading and writing
  create_new,  // must not exist; mode 0600
  create,      // made when missing (mode 0600), kept as it is when there
};

enum class Replace { no, yes };

// An open directory. Thread-safe: it has no position of its own, list() starts afresh each time.
class Dir {
 public:
  virtual ~Dir() = default;
  virtual Result<std::unique_ptr<File>> open(std::string_view path, Open how) = 0;
  virtual Result<std::unique_ptr<Dir>> open_dir(std::string_view path) = 0;
  // Entries of this directory without "." and "..", sorted by the bytes of their names.
  virtual Result<std::vector<Entry>> list() = 0;
  virtual Result<Stat> stat_self() = 0;
  virtual Result<Stat> stat(std::string_view path) = 0;  // of the link itself, never its target
  virtual Result<std::string> read_link(std::string_view path) = 0;
  // Modes are exact, whatever the umask. make_node makes a fifo, a socket or a device, never a file.
  virtual Status make_dir(std::string_view path, uint32_t mode) = 0;
  virtual Status make_symlink(std::string_view target, std::string_view path) = 0;
  virtual Status make_node(std::string_view path, FileType type, uint32_t mode, uint64_t rdev) = 0;
  virtual Status link(std::string_view from, std::string_view to) = 0;
  // Moves `from` (here) to `to` in `target`, which must be of the same file system and implementation.
  // Replace::no fails with EEXIST when `to` exists (renameat2 RENAME_NOREPLACE).
  virtual Status rename(std::string_view from, Dir& target, std::string_view to, Replace replace) = 0;
  virtual Status remove(std::string_view path) = 0;      // anything but a directory
  virtual Status remove_dir(std::string_view path) = 0;  // an empty directory
  // Attributes of any entry, without following a link; mode of a symlink cannot be set and is ignored.
  virtual Status set_mode(std::string_view path, uint32_t mode) = 0;
  virtual Status set_owner(std::string_view path, uint32_t uid, uint32_t gid) = 0;
  virtual Status set_mtime(std::string_view path, int64_t mtime_ns) = 0;
  // Extended attributes of a directory or regular file below this one; of others: empty, and set fails.
  virtual Result<std::vector<Xattr>> xattrs(std::string_view path) = 0;
  virtual Status set_xattr(std::string_view path, const Xattr& xattr) = 0;
  virtual Status remove_xattr(std::string_view path, std::string_view name) = 0;
  // Names made, moved or removed directly in this directory are durable once this returns.
  virtual Status sync() = 0;
  // Bytes an unprivileged writer may still add to this file system.
  virtual Result<uint64_t> free_bytes() = 0;
};

class Fs {
 public:
  virtual ~Fs() = default;
  // An absolute path that the administrator wrote: links in it are followed. Everything beneath is not.
  virtual Result<std::unique_ptr<Dir>> open_dir(std::string_view path) = 0;
  // Makes the directory (mode as given) and its missing parents (0700 when the mode is private, else 0755),
  // each made durable, then opens it.
  virtual Result<std::unique_ptr<Dir>> make_dirs(std::string_view path, uint32_t mode) = 0;
};

// ---- helpers over the seam (fs.cc) ----

// The temporary names of write_file_durably begin so. One that a crash left behind may be removed by whoever
// knows that no other process is writing there.
constexpr std::string_view kTemporaryPrefix = ".aplomb-tmp-";

// An absolute path in which nothing may be a symbolic link. For a site's folders: whoever owns the folder
// above one could put a link in its place.
Result<std::unique_ptr<Dir>> open_dir_without_links(Fs& fs, std::string_view path);
// The whole file; Code::limit when it is larger than `limit` bytes.
Result<Bytes> read_file(Dir& dir, std::string_view path, uint64_t limit);
// Writes path atomically and durably: a temporary name, sync, rename, sync of the directory that holds it.
Status write_file_durably(Dir& dir, std::string_view path, ByteView data, uint32_t mode = 0600);
// Removes a tree of files and directories beneath `path`, without following links. Missing: fine.
Status remove_tree(Dir& dir, std::string_view path);
// make_dir for each missing component of a relative path. Not durable until each parent is synced.
Status make_dirs(Dir& dir, std::string_view path, uint32_t mode);
// The parent ("" at the top) and last component of a relative path.
std::pair<std::string, std::string> split_path(std::string_view path);
std::string join_path(std::string_view parent, std::string_view name);
// What a Dir accepts as a path: empty, or components that are not empty, ".", ".." and hold no NUL byte.
bool valid_path(std::string_view path);

}  // namespace aplomb::fs
