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
  enum class Kind : uint8_t { file, link, copy };
  Kind kind = Kind::file;
  std::string path;  // relative, without "." and ".."
  uint32_t mode = 0;
  int64_t mtime_ns = 0;
  Bytes content;  // of a link: where it points; of a copy (a hard link): the path of an earlier file
};

class PackedFiles {
 public:
  static constexpr uint64_t kArchiveMax = 512ULL << 20, kFileMax = 256ULL << 20;
  // Code::corrupt when it is no archive that we read; Code::limit over kArchiveMax.
  enum class Links : uint8_t { passed_over, given };
  static Result<PackedFiles> open(ByteView archive, Links links = Links::passed_over);
  // The next; nullopt at the end. Folders and devices are passed over. Code::corrupt on a path
  // that leaves the archive and on damaged bytes, Code::limit when the whole is a bomb.
  Result<std::optional<PackedFile>> next();

 private:
  PackedFiles(proc::Child child, Links links) : child_(std::move(child)), links_(links) {}
  Result<std::optional<PackedFile>> next_of_any_kind();
  proc::Child child_;
  Links links_;
};

}  // namespace aplomb::site
