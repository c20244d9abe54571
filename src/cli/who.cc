#include "cli/who.h"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <vector>

#include "base/version.h"
#include "crypto/crypto.h"

namespace aplomb::cli {

std::string who_runs_this() {
  if (const char* person = std::getenv("SUDO_USER"); person && *person) return person;
  const passwd* entry = getpwuid(getuid());
  return entry ? entry->pw_name : std::to_string(getuid());
}

std::string machine_name() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 ? name : "";
}

std::string tool_name() {
  return kToolName;
}

std::string tool_hash() {
  std::ifstream file("/proc/self/exe", std::ios::binary);
  crypto::Sha256Stream hash;
  std::vector<char> buffer(1 << 20);
  while (file.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || file.gcount() > 0)
    hash.update(as_bytes({buffer.data(), static_cast<size_t>(file.gcount())}));
  return hash.finish().hex();
}

}  // namespace aplomb::cli
