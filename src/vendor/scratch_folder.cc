#include "vendor/scratch_folder.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/messages.h"

namespace aplomb::vendor {

Result<ScratchFolder> ScratchFolder::make() {
  char folder[] = "/tmp/aplomb-proof-XXXXXX";
  if (!mkdtemp(folder)) return fail(os_error(errno, tr("a temporary folder cannot be made"), "/tmp"));
  return ScratchFolder(folder);
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

Result<std::string> ScratchFolder::write(std::string_view name, ByteView content) const {
  std::string path = path_ + "/" + std::string(name);
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(content.data()), static_cast<std::streamsize>(content.size()));
  file.close();
  if (!file) return fail(os_error(errno, tr("a temporary file cannot be written"), path));
  return path;
}

}  // namespace aplomb::vendor
