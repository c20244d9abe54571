// Extended attributes over system calls, of an open file or of an entry known by an O_PATH descriptor. The
// latter goes through /proc/self/fd, because the f*xattr calls refuse O_PATH and opening it for reading may
// not be permitted or have effects.
#pragma once

#include <vector>

#include "fs/fs.h"

namespace aplomb::fs {

struct XattrTarget {
  enum class Kind { open_file, path_only };
  int fd;
  Kind kind;
  std::string_view place;  // for the error
};

Result<std::vector<Xattr>> read_xattrs(const XattrTarget& target);
Status write_xattr(const XattrTarget& target, const Xattr& xattr);
Status erase_xattr(const XattrTarget& target, std::string_view name);

}  // namespace aplomb::fs
