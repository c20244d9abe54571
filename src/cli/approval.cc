#include "cli/approval.h"

#include <algorithm>

#include "base/messages.h"

namespace aplomb::cli {
namespace {

// It stands in the note because it could not be read: there is no hash to sign.
bool was_read(const judge::JudgedObject& object) {
  return object.identity.hash != Sha256();
}

}  // namespace

bool is_named(const std::string& path, const std::string& name) {
  std::string_view folder = name;
  while (folder.ends_with('/')) folder.remove_suffix(1);
  return path == folder ||
         (path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/');
}

Selection select(const std::vector<judge::JudgedObject>& open, const std::vector<std::string>& names) {
  Selection selection;
  std::vector<bool> used(names.size());
  for (const judge::JudgedObject& object : open) {
    const std::string& path = object.identity.path;
    bool wanted = names.empty();
    for (size_t i = 0; i < names.size(); ++i) {
      if (!is_named(path, names[i])) continue;
      wanted = used[i] = true;
    }
    if (!wanted) continue;
    if (object.verdict == judge::ObjectVerdict::infected) {
      selection.rejected.push_back({path, object.reason()});
    } else if (object.kind == judge::ObjectKind::missing) {
      selection.given_up.push_back(object);
    } else if (!was_read(object)) {
      selection.rejected.push_back({path, object.reason()});
    } else {
      selection.approved.push_back(object);
    }
  }
  for (size_t i = 0; i < names.size(); ++i)
    if (!used[i]) selection.unknown.push_back(names[i]);
  return selection;
}

std::string component_of(const std::string& path) {
  size_t slash = path.find('/');
  if (slash == std::string::npos) return path;
  size_t second = path.find('/', slash + 1);
  if (path.starts_with("db:")) return path.substr(0, second);
  return path.substr(0, second == std::string::npos ? slash : second);
}

}  // namespace aplomb::cli
