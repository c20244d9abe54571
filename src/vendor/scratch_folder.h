// A folder under /tmp for programs that read files alone (gpgv, ssh-keygen, git); gone with the object.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"

namespace aplomb::vendor {

class ScratchFolder {
 public:
  static Result<ScratchFolder> make();
  ScratchFolder(ScratchFolder&& other) noexcept : path_(std::move(other.path_)) { other.path_.clear(); }
  ScratchFolder& operator=(ScratchFolder&&) = delete;
  ~ScratchFolder();

  const std::string& path() const { return path_; }
  // The path of a new file with this content.
  Result<std::string> write(std::string_view name, ByteView content) const;

 private:
  explicit ScratchFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace aplomb::vendor
