// A published archive (zip, or tar behind gzip, bzip2, xz or zstd) file by file, over libarchive. Whoever
// made it may be the attacker: it is opened only inside a confined child process, which sends the files back
// one at a time; whatever it does there costs this call and nothing else.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "proc/child.h"
#include "site/worker_answer.h"

namespace aplomb::site {

struct PackedFile {
  std::string path;  // relative, without "." and ".."
  uint32_t mode = 0;
  Bytes content;
};

class PackedFiles {
 public:
  static constexpr uint64_t kArchiveMax = 512ULL << 20, kFileMax = 256ULL << 20;
  // Code::corrupt when it is no archive that we read; Code::limit over kArchiveMax.
  static Result<PackedFiles> open(ByteView archive);
  // The next regular file; nullopt at the end. Links, folders and devices are passed over. Code::corrupt on a
  // path that leaves the archive and on damaged bytes, Code::limit when the whole is a bomb.
  Result<std::optional<PackedFile>> next();

 private:
  explicit PackedFiles(proc::Child child) : child_(std::move(child)) {}
  proc::Child child_;
};

}  // namespace aplomb::site
