#include "cli/find_sites.h"

#include <algorithm>

#include "site/paths.h"

namespace aplomb::cli {
namespace {

constexpr const char* kHomes[] = {"var/www", "srv/www"};
constexpr const char* kStartPages[] = {"index.php", "index.html", "doku.php", "spip.php"};
constexpr const char* kPublicFolders[] = {"public", "htdocs", "public_html", "web", "www"};

bool has_start_page(fs::Dir& dir, const std::string& folder) {
  return std::ranges::any_of(kStartPages, [&](const char* page) {
    auto stat = dir.stat(fs::join_path(folder, page));
    return stat && stat->type == fs::FileType::regular;
  });
}

// A site whose public folder is only a part of it is protected whole: its code lies beside that folder.
bool is_site(fs::Dir& dir, const std::string& folder) {
  if (has_start_page(dir, folder)) return true;
  return std::ranges::any_of(
      kPublicFolders, [&](const char* part) { return has_start_page(dir, fs::join_path(folder, part)); });
}

}  // namespace

std::vector<std::string> find_site_roots(fs::Fs& fs, const std::string& top) {
  std::vector<std::string> roots;
  for (const char* home : kHomes) {
    std::string path = site::normal_path(top + "/" + home);
    auto dir = fs.open_dir(path);
    if (!dir) continue;
    if (has_start_page(**dir, "")) {
      roots.push_back(path);
      continue;
    }
    auto entries = (*dir)->list();
    if (!entries) continue;
    for (const fs::Entry& entry : *entries)
      if (entry.type == fs::FileType::directory && site::is_readable_text(entry.name) &&
          is_site(**dir, entry.name))
        roots.push_back(fs::join_path(path, entry.name));
  }
  return roots;
}

}  // namespace aplomb::cli
