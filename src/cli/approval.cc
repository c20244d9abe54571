#include "cli/approval.h"

#include <algorithm>
#include <array>

#include "base/log.h"
#include "base/messages.h"

namespace aplomb::cli {
namespace {

// It stands in the note because it could not be read: there is no hash to sign.
bool was_read(const judge::JudgedObject& object) {
  return object.identity.hash != Sha256();
}

// Findings about many things at once (a redesign, an import) are a question to the person, and this is the
// answer. Others are about this one object.
bool has_objection(const judge::JudgedObject& object) {
  return std::ranges::any_of(object.findings,
                             [](const Finding& finding) { return !finding.rule.starts_with("mass-"); });
}

// Folders whose folders are one piece of software each.
constexpr auto kShelves =
    std::to_array<std::string_view>({"plugins", "themes", "extensions", "skins", "modules", "auto",
                                     "mu-plugins", "components", "templates", "tpl"});

bool is_shelf(std::string_view folder) {
  return std::ranges::find(kShelves, folder) != kShelves.end();
}

std::vector<std::string> folders_of(const std::string& path) {
  std::vector<std::string> folders;
  for (size_t start = 0, slash; (slash = path.find('/', start)) != std::string::npos; start = slash + 1)
    folders.push_back(path.substr(start, slash - start));
  return folders;
}

std::string join(const std::vector<std::string>& folders, size_t count) {
  std::string path;
  for (size_t i = 0; i < count; ++i) path += (i == 0 ? "" : "/") + folders[i];
  return path;
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
    bool wanted = names.empty(), itself = false;
    for (size_t i = 0; i < names.size(); ++i) {
      if (!is_named(path, names[i])) continue;
      wanted = used[i] = true;
      itself = itself || names[i] == path;
    }
    if (!wanted) continue;
    if (object.verdict == judge::ObjectVerdict::infected) {
      selection.rejected.push_back({path, object.reason()});
    } else if (object.kind == judge::ObjectKind::missing) {
      selection.given_up.push_back(object);
    } else if (!was_read(object)) {
      selection.rejected.push_back({path, object.reason()});
    } else if (has_objection(object) && !itself) {
      selection.objected.push_back(object);
    } else {
      selection.approved.push_back(object);
    }
  }
  for (size_t i = 0; i < names.size(); ++i)
    if (!used[i]) selection.unknown.push_back(names[i]);
  return selection;
}

std::string component_of(const std::string& path) {
  if (path.starts_with("db:")) {
    size_t slash = path.find('/');
    return slash == std::string::npos ? path : path.substr(0, path.find('/', slash + 1));
  }
  std::vector<std::string> folders = folders_of(path);
  if (folders.empty()) return path;
  for (size_t i = 0; i < folders.size(); ++i) {
    if (folders[i] == "wp-includes" || folders[i] == "wp-admin") return join(folders, i + 1);
    if (!is_shelf(folders[i])) continue;
    size_t end = i + 1;
    while (end < folders.size() && is_shelf(folders[end])) ++end;
    return end < folders.size() ? join(folders, end + 1) : path;  // a plugin of one file
  }
  return join(folders, std::min<size_t>(folders.size(), 2));
}

std::string component_title(const std::string& component) {
  std::vector<std::string> folders = folders_of(component + "/");
  std::string last = printable(folders.back()), whole = printable(component);
  std::string shelf = folders.size() > 1 ? folders[folders.size() - 2] : "";
  if (component.starts_with("db:")) return tr("rows of {}", whole);
  if (last == "wp-includes" || last == "wp-admin") return tr("WordPress itself ({})", whole);
  if (last == "uploads") return tr("uploads ({})", whole);
  if (last == "languages") return tr("translations ({})", whole);
  if (shelf == "themes" || shelf == "skins" || shelf == "templates" || shelf == "tpl")
    return tr("the theme {} ({})", last, whole);
  if (shelf == "extensions" || shelf == "modules" || shelf == "components")
    return tr("the extension {} ({})", last, whole);
  if (is_shelf(shelf)) return tr("the plugin {} ({})", last, whole);
  return whole;
}

std::map<std::string, Reasons> by_component(const Selection& selection) {
  std::map<std::string, Reasons> components;
  for (const auto* objects : {&selection.approved, &selection.given_up})
    for (const judge::JudgedObject& object : *objects)
      components[component_of(object.identity.path)][printable(object.reason().text())].push_back(&object);
  return components;
}

}  // namespace aplomb::cli
