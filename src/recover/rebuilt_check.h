// Is what was rebuilt what was meant? Every file is read back from the disk and hashed, every link compared,
// every database of SQLite checked by its own integrity check, every dump of a server read, in a confined
// child. Reads, and changes nothing.
#pragma once

#include "recover/case.h"

namespace aplomb::recover {

struct RebuiltCheck {
  uint64_t files = 0, bytes = 0, databases = 0;
  std::vector<std::string> problems;  // sentences
};

// `target` is the folder that rebuild() filled.
Result<RebuiltCheck> check_rebuilt(const Case& incident, fs::Dir& target);

}  // namespace aplomb::recover
