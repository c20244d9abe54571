// The machine's own file system. PosixFs opens directories by the absolute path that the administrator wrote;
// everything else happens beneath them (posix_dir.h, posix_file.h, posix_beneath.h).
#pragma once

#include "fs/fs.h"
#include "fs/posix_beneath.h"

namespace aplomb::fs {

// Stateless and thread-safe.
class PosixFs final : public Fs {
 public:
  PosixFs() : kernel_(probe_kernel()) {}
  explicit PosixFs(Kernel kernel) : kernel_(kernel) {}  // for tests of the old way on a new kernel

  Result<std::unique_ptr<Dir>> open_dir(std::string_view path) override;
  Result<std::unique_ptr<Dir>> make_dirs(std::string_view path, uint32_t mode) override;

 private:
  Kernel kernel_;
};

}  // namespace aplomb::fs
