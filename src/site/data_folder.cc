#include "site/data_folder.h"

#include <limits.h>
#include <unistd.h>

namespace aplomb::site {
namespace {

// The folder `part` of the data, known by a file in it.
std::string find_data(const std::string& part, const std::string& known_by) {
  char path[PATH_MAX];
  ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  std::string folder = length > 0 ? std::string(path, static_cast<size_t>(length)) : std::string();
  folder = folder.substr(0, folder.rfind('/'));
  // A test binary lies one folder deeper than the program (build/release/src/site).
  for (const char* place : {"/share/", "/../share/", "/../../share/"}) {
    std::string candidate = folder + place + part;
    if (access((candidate + "/" + known_by).c_str(), R_OK) == 0) return candidate;
  }
  return "/usr/share/aplomb/" + part;
}

}  // namespace

std::string recogniser_folder() {
  return find_data("recognisers", "plain.toml");
}
std::string deadline_folder() {
  return find_data("deadlines", "cnil.toml");
}
std::string demo_folder() {
  return find_data("demo", "setup.sh");
}

}  // namespace aplomb::site
