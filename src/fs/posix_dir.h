// An open directory of the machine. Every call resolves beneath its descriptor, follows no link, and acts on
// the parent that it found so: an intruder who swaps a directory for a link meanwhile gets an error, not a
// write.
#pragma once

#include <string>

#include "fs/fs.h"
#include "fs/posix_beneath.h"

namespace aplomb::fs {

class PosixDir final : public Dir {
 public:
  // `path` is for errors and is never resolved.
  PosixDir(UniqueFd fd, std::string path, Kernel kernel)
      : fd_(std::move(fd)), path_(std::move(path)), kernel_(kernel) {}

  Result<std::unique_ptr<File>> open(std::string_view path, Open how) override;
  Result<std::unique_ptr<Dir>> open_dir(std::string_view path) override;
  Result<std::vector<Entry>> list() override;
  Result<Stat> stat_self() override;
  Result<Stat> stat(std::string_view path) override;
  Result<std::string> read_link(std::string_view path) override;
  Status make_dir(std::string_view path, uint32_t mode) override;
  Status make_symlink(std::string_view target, std::string_view path) override;
  Status make_node(std::string_view path, FileType type, uint32_t mode, uint64_t rdev) override;
  Status link(std::string_view from, std::string_view to) override;
  Status rename(std::string_view from, Dir& target, std::string_view to, Replace replace) override;
  Status remove(std::string_view path) override;
  Status remove_dir(std::string_view path) override;
  Status set_mode(std::string_view path, uint32_t mode) override;
  Status set_owner(std::string_view path, uint32_t uid, uint32_t gid) override;
  Status set_mtime(std::string_view path, int64_t mtime_ns) override;
  Result<std::vector<Xattr>> xattrs(std::string_view path) override;
  Status set_xattr(std::string_view path, const Xattr& xattr) override;
  Status remove_xattr(std::string_view path, std::string_view name) override;
  Status sync() override;
  Result<uint64_t> free_bytes() override;

 private:
  // The directory that holds a path, and its last component; or the Dir itself, with an empty name.
  struct Spot {
    UniqueFd owned;
    int fd;
    std::string name;
    const char* c_str() const { return name.c_str(); }
  };
  enum class Self { refused, allowed };

  std::unexpected<Error> error(int code, const char* doing, std::string_view path) const;
  Result<Spot> find(std::string_view path, Self self, const char* doing) const;
  Result<UniqueFd> open_fd(std::string_view path, int flags, mode_t mode, const char* doing) const;
  Result<UniqueFd> open_entry_with_xattrs(std::string_view path, const char* doing) const;

  UniqueFd fd_;
  std::string path_;
  Kernel kernel_;
};

}  // namespace aplomb::fs
