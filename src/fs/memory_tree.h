// The state behind MemoryFs: inodes, names, and for each what would survive the loss of power. The crash
// model stands in memory_fs.h. Not thread-safe: MemoryFs holds its mutex around every call.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "fs/fs.h"
#include "fs/memory_content.h"

namespace aplomb::fs {

struct MemoryInode;
using InodePtr = std::shared_ptr<MemoryInode>;
using MemoryNames = std::map<std::string, InodePtr, std::less<>>;

struct MemoryAttributes {
  uint32_t mode = 0, uid = 0, gid = 0;
  int64_t mtime_ns = 0;
  std::map<std::string, Bytes, std::less<>> xattrs;
};

struct UnsyncedWrite {
  enum class Kind { write, truncate } kind;
  uint64_t offset;  // of a truncation: the size
  Bytes data;
};

struct MemoryInode {
  uint64_t number = 0;
  FileType type = FileType::regular;
  uint64_t rdev = 0;
  std::string target;  // of a symlink
  int64_t ctime_ns = 0;
  uint64_t names = 0;    // in the current tree; the root has one
  uint64_t handles = 0;  // open Files
  const void* lock_owner = nullptr;

  MemoryAttributes attributes, durable_attributes;
  MemoryContent content, durable_content;  // of a regular file
  std::vector<UnsyncedWrite> unsynced;     // what leads from durable_content to content
  MemoryNames entries, durable_entries;    // of a directory

  Stat stat() const;
};

class MemoryTree {
 public:
  explicit MemoryTree(const Clock* clock);

  struct Spot {
    InodePtr dir;
    std::string name;
  };
  // One name set to an inode, or to none. A change is one or more edits that survive together or not at all.
  struct Edit {
    InodePtr dir;
    std::string name;
    InodePtr inode;
  };

  const InodePtr& root() const { return root_; }
  uint64_t generation() const { return generation_; }
  uint64_t free_bytes() const { return capacity_ > used_ ? capacity_ - used_ : 0; }
  void set_capacity(uint64_t bytes) { capacity_ = bytes; }

  // Resolution beneath `from`; links are not followed. `spot` wants a last component.
  Result<InodePtr> find(const InodePtr& from, std::string_view path) const;
  Result<Spot> spot(const InodePtr& from, std::string_view path) const;
  // Resolution of an absolute path, following links; makes missing directories when `make_mode` is given.
  Result<InodePtr> follow(std::string_view path, std::optional<uint32_t> make_mode);

  Result<InodePtr> create(const Spot& spot, FileType type, uint32_t mode);
  Status link(const InodePtr& inode, const Spot& to);
  Status rename(const Spot& from, const Spot& to, Replace replace);
  Status remove(const Spot& spot);
  Status remove_dir(const Spot& spot);

  Status write(MemoryInode& inode, uint64_t offset, ByteView data);
  Status truncate(MemoryInode& inode, uint64_t size);
  void set_mode(MemoryInode& inode, uint32_t mode);
  void set_owner(MemoryInode& inode, uint32_t uid, uint32_t gid);
  void set_mtime(MemoryInode& inode, int64_t mtime_ns);
  Status set_xattr(MemoryInode& inode, const Xattr& xattr);
  Status remove_xattr(MemoryInode& inode, std::string_view name);

  void sync_file(MemoryInode& inode);
  void sync_dir(const InodePtr& dir);
  void close(const InodePtr& inode, const void* owner);

  void crash(Random& random);

 private:
  struct Change {
    std::vector<Edit> edits;
    InodePtr removed_dir;  // a directory whose last name goes away
  };

  int64_t tick();
  void change(Change change);
  void forget_if_unused(const MemoryInode& inode);
  void settle_names(Random& random);

  const Clock* clock_;
  int64_t last_tick_ns_;
  uint64_t next_number_ = 1;
  uint64_t generation_ = 0;  // of handles: those from before a crash are dead
  uint64_t capacity_ = uint64_t{1} << 40;
  uint64_t used_ = 0;
  InodePtr root_;
  std::vector<Change> unsynced_;  // of all directories, oldest first
};

// The error of every operation in memory; its text is for developers, not for an administrator.
std::unexpected<Error> memory_error(int code, std::string_view path);

}  // namespace aplomb::fs
