#include "cli/find_sites.h"

#include <algorithm>

#include "site/paths.h"
#include "site/virtual_hosts.h"

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

std::string home_of(const std::string& root, const std::string& top) {
  for (const char* home : kHomes)
    if (std::string path = site::normal_path(top + "/" + home); root != path && site::is_beneath(root, path))
      return path;
  return "";
}

// The served folder of an application in /var/www is a part of it: its code lies beside.
std::string whole_site(const std::string& root, const std::string& top) {
  auto [parent, name] = fs::split_path(root);
  bool part = std::ranges::find(kPublicFolders, name) != std::end(kPublicFolders);
  return part && fs::split_path(parent).first == home_of(parent, top) ? parent : root;
}

void find_below_homes(fs::Fs& fs, const std::string& top, std::vector<FoundSite>& found) {
  for (const char* home : kHomes) {
    std::string path = site::normal_path(top + "/" + home);
    auto dir = fs.open_dir(path);
    if (!dir) continue;
    if (has_start_page(**dir, "")) {
      found.push_back({path, ""});
      continue;
    }
    auto entries = (*dir)->list();
    if (!entries) continue;
    for (const fs::Entry& entry : *entries)
      if (entry.type == fs::FileType::directory && site::is_readable_text(entry.name) &&
          is_site(**dir, entry.name))
        found.push_back({fs::join_path(path, entry.name), ""});
  }
}

}  // namespace

std::vector<FoundSite> find_sites(fs::Fs& fs, const std::string& top) {
  std::vector<FoundSite> found;
  for (const site::VirtualHost& host : site::find_virtual_hosts(fs, top)) {
    auto dir = fs.open_dir(host.root);
    if (dir && has_start_page(**dir, "")) found.push_back({whole_site(host.root, top), host.url});
  }
  find_below_homes(fs, top, found);
  // Of one folder twice, the one with a name; of two, one in the other, the outer one.
  std::ranges::stable_sort(found, {}, &FoundSite::root);
  std::vector<FoundSite> sites;
  for (FoundSite& site : found) {
    auto outer = std::ranges::find_if(
        sites, [&](const FoundSite& other) { return site::is_beneath(site.root, other.root); });
    if (outer == sites.end())
      sites.push_back(std::move(site));
    else if (outer->url.empty())
      outer->url = site.url;
  }
  return sites;
}

}  // namespace aplomb::cli
