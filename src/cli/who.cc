#include "cli/who.h"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>

namespace aplomb::cli {

std::string who_runs_this() {
  if (const char* person = std::getenv("SUDO_USER"); person && *person) return person;
  const passwd* entry = getpwuid(getuid());
  return entry ? entry->pw_name : std::to_string(getuid());
}

}  // namespace aplomb::cli
