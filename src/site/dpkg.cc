#include "site/dpkg.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "base/messages.h"
#include "site/database_model.h"
#include "site/paths.h"

namespace aplomb::site {
namespace {

constexpr uint64_t kInfoFileMax = 64 << 20;
// A copy of a packaged tree: at least three of its files, and at least half of them, lie at the same places.
constexpr size_t kMatchesMin = 3;

void for_each_line(std::string_view text, auto&& take) {
  while (!text.empty()) {
    size_t end = text.find('\n');
    take(text.substr(0, end));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

// "usr/share/dokuwiki/inc/a.php" is inc/a.php of dokuwiki. Debian keeps what an administrator may replace
// (themes, extensions) under var/lib and links it into the tree: both are one.
std::optional<std::pair<std::string, std::string>> split_packaged(std::string_view path) {
  for (std::string_view top : {"usr/share/", "var/lib/"}) {
    if (!path.starts_with(top)) continue;
    std::string_view rest = path.substr(top.size());
    size_t slash = rest.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    return std::pair(std::string(rest.substr(0, slash)), std::string(rest.substr(slash + 1)));
  }
  return std::nullopt;
}

struct SharedFile {
  std::string package, md5, path;
};

// One packaged tree: those of its files whose name the site has too, by their path below the folder.
struct SharedTree {
  size_t files = 0;  // all of them
  std::map<std::string, SharedFile> candidates;
};

// Where in the site a packaged tree may have been copied: for each of its files that the site has under some
// folder, that folder gets a vote.
std::map<std::string, size_t> votes_for_bases(
    const SharedTree& tree, const std::unordered_map<std::string, std::vector<std::string>>& by_name) {
  std::map<std::string, size_t> votes;
  for (const auto& [path, file] : tree.candidates) {
    auto named = by_name.find(path.substr(path.rfind('/') + 1));
    if (named == by_name.end()) continue;
    for (const std::string& candidate : named->second) {
      if (!candidate.ends_with(path)) continue;
      std::string_view base = std::string_view(candidate).substr(0, candidate.size() - path.size());
      if (base.empty() || base.ends_with('/')) ++votes[std::string(base)];
    }
  }
  return votes;
}

class VendorSearch {
 public:
  VendorSearch(const std::string& root, const std::vector<std::string>& paths) : root_(root) {
    for (const std::string& path : paths) {
      paths_.insert(path);
      by_name_[path.substr(path.rfind('/') + 1)].push_back(path);
    }
  }

  void add_sums(const std::string& package, std::string_view text) {
    for (PackageFile& file : parse_md5sums(text)) {
      if (std::optional<std::string> relative = below_root("/" + file.path))
        found_[*relative] = {package, file.md5, file.path};
      std::optional<std::pair<std::string, std::string>> place = split_packaged(file.path);
      if (!place) continue;
      const auto& [folder, below] = *place;
      SharedTree& tree = trees_[folder];
      ++tree.files;
      if (by_name_.contains(below.substr(below.rfind('/') + 1)))
        tree.candidates[below] = {package, file.md5, file.path};
    }
  }

  void add_list(const std::string& package, std::string_view text) {
    for (const std::string& path : parse_file_list(text))
      if (std::optional<std::string> relative = below_root(path))
        found_.try_emplace(*relative, VendorFile{package, std::nullopt, path.substr(1)});
  }

  std::map<std::string, VendorFile> result() {
    for (const auto& [folder, tree] : trees_)
      for (const auto& [base, votes] : votes_for_bases(tree, by_name_)) {
        if (votes < kMatchesMin || votes * 2 < tree.files) continue;
        for (const auto& [below, file] : tree.candidates)
          if (std::string path = base + below; paths_.contains(path))
            found_.try_emplace(path, VendorFile{file.package, file.md5, file.path});
      }
    return std::move(found_);
  }

 private:
  std::optional<std::string> below_root(const std::string& absolute) const {
    if (!is_beneath(absolute, root_)) return std::nullopt;
    std::string relative(relative_to(absolute, root_));
    if (!paths_.contains(relative)) return std::nullopt;
    return relative;
  }

  std::string root_;
  std::unordered_set<std::string> paths_;
  std::unordered_map<std::string, std::vector<std::string>> by_name_;
  std::map<std::string, SharedTree> trees_;
  std::map<std::string, VendorFile> found_;
};

}  // namespace

std::vector<PackageFile> parse_md5sums(std::string_view text) {
  std::vector<PackageFile> files;
  for_each_line(text, [&](std::string_view line) {
    if (line.size() < 35 || line[32] != ' ' || (line[33] != ' ' && line[33] != '*')) return;
    std::string md5 = fold_case(line.substr(0, 32));
    std::string_view path = line.substr(34);
    if (path.starts_with("./")) path.remove_prefix(2);
    if (path.starts_with('/')) path.remove_prefix(1);
    bool sane = md5.find_first_not_of("0123456789abcdef") == std::string::npos && !path.empty() &&
                path.back() != '/' && normal_path(path) == path && !path.starts_with("..");
    if (sane) files.push_back({std::string(path), std::move(md5)});
  });
  return files;
}

std::vector<std::string> parse_file_list(std::string_view text) {
  std::vector<std::string> paths;
  for_each_line(text, [&](std::string_view line) {
    if (line.starts_with('/') && line.size() > 1 && line != "/." && normal_path(line) == line)
      paths.emplace_back(line);
  });
  return paths;
}

std::string package_of(std::string_view info_name) {
  std::string_view name = info_name.substr(0, info_name.rfind('.'));
  return std::string(name.substr(0, name.find(':')));
}

Result<std::map<std::string, VendorFile>> vendor_files(fs::Dir& info, const std::string& root,
                                                       const std::vector<std::string>& paths) {
  VendorSearch search(normal_path(root), paths);
  std::vector<fs::Entry> entries = TRY_IN(info.list(), tr("cannot read the package manager's lists"));
  // Sums first: a list only fills in what no sum is known for.
  for (std::string_view ending : {".md5sums", ".list"})
    for (const fs::Entry& entry : entries) {
      if (entry.type != fs::FileType::regular || !entry.name.ends_with(ending)) continue;
      Result<Bytes> text = fs::read_file(info, entry.name, kInfoFileMax);
      if (!text) continue;  // a package is removed while we read
      if (ending == ".list")
        search.add_list(package_of(entry.name), as_text(*text));
      else
        search.add_sums(package_of(entry.name), as_text(*text));
    }
  return search.result();
}

std::map<std::string, std::string> parse_dpkg_status(std::string_view text) {
  std::map<std::string, std::string> installed;
  std::string package, version;
  bool is_installed = false;
  auto end_paragraph = [&] {
    if (is_installed && !package.empty()) installed[package] = version;
    package.clear();
    version.clear();
    is_installed = false;
  };
  for_each_line(text, [&](std::string_view line) {
    if (line.empty())
      end_paragraph();
    else if (line.starts_with("Package: "))
      package = line.substr(9);
    else if (line.starts_with("Version: "))
      version = line.substr(9);
    else if (line.starts_with("Status: "))
      is_installed = line.ends_with(" installed");
  });
  end_paragraph();
  return installed;
}

}  // namespace aplomb::site
