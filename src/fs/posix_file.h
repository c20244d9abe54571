// An open regular file of the machine. Everything goes through the descriptor; the path is only for errors.
#pragma once

#include <sys/stat.h>

#include <string>

#include "fs/fs.h"
#include "fs/unique_fd.h"

namespace aplomb::fs {

Stat to_stat(const struct stat& st);
FileType to_type(mode_t mode);
struct timespec to_timespec(int64_t ns);

class PosixFile final : public File {
 public:
  PosixFile(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Result<size_t> read_at(uint64_t offset, std::span<uint8_t> out) override;
  Status write_at(uint64_t offset, ByteView data) override;
  Status truncate(uint64_t size) override;
  Status sync() override;
  Result<Stat> stat() override;
  Result<std::vector<Extent>> data_extents() override;
  Result<std::vector<Xattr>> xattrs() override;
  Status set_xattr(const Xattr& xattr) override;
  Status remove_xattr(std::string_view name) override;
  Status set_mode(uint32_t mode) override;
  Status set_owner(uint32_t uid, uint32_t gid) override;
  Status set_mtime(int64_t mtime_ns) override;
  Status try_lock() override;

 private:
  std::unexpected<Error> error(const char* doing) const;

  UniqueFd fd_;
  std::string path_;
};

}  // namespace aplomb::fs
