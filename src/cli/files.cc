#include "cli/files.h"

namespace aplomb::cli {

bool exists(fs::Fs& fs, const std::string& path) {
  auto [folder, name] = fs::split_path(path);
  auto dir = fs.open_dir(folder.empty() ? "/" : folder);
  return dir && (*dir)->stat(name);
}

Result<Sha256> hash_file(fs::Dir& dir, const std::string& name) {
  auto file = TRY(dir.open(name, fs::Open::read));
  crypto::Sha256Stream hash;
  Bytes buffer(1 << 20);
  for (uint64_t position = 0;;) {
    size_t got = TRY(file->read_at(position, buffer));
    if (got == 0) return hash.finish();
    hash.update(ByteView(buffer).first(got));
    position += got;
  }
}

}  // namespace aplomb::cli
