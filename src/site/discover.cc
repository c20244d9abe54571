#include "site/discover.h"

#include <algorithm>
#include <array>

#include "base/messages.h"
#include "site/cms_config.h"
#include "site/paths.h"

namespace aplomb::site {
namespace {

// File format, section 1.2. An SQLite file that is not empty has at least one page of 512 bytes.
constexpr std::string_view kMagic{"SQLite format 3\0", 16};
constexpr uint64_t kPageMin = 512;

class Search {
 public:
  Search(const std::string& root, const DiscoverLimits& limits, Discovered& found)
      : root_(root), limits_(limits), found_(found) {}

  // Caches in SQLite (a plugin's search index) are made anew by the site and are no suggestion.
  void walk(fs::Dir& dir, const std::string& path, size_t depth) {
    Result<std::vector<fs::Entry>> entries = dir.list();
    if (!entries || depth > limits_.depth) {
      found_.complete = false;
      return;
    }
    for (const fs::Entry& entry : *entries) {
      if (++seen_ > limits_.entries) {
        found_.complete = false;
        return;
      }
      std::string below = fs::join_path(path, entry.name);
      if (entry.type == fs::FileType::directory) {
        Result<std::unique_ptr<fs::Dir>> folder = dir.open_dir(entry.name);
        if (folder)
          walk(**folder, below, depth + 1);
        else
          found_.complete = false;
      } else if (entry.type == fs::FileType::regular && is_sqlite(dir, entry.name)) {
        suggest(below);
      }
    }
  }

 private:
  void suggest(const std::string& below) {
    if (found_.recognised.is_generated(below)) return;
    if (!is_readable_text(below)) {
      found_.complete = false;  // the configuration cannot name it
      return;
    }
    found_.databases.push_back({DatabaseKind::sqlite, fs::join_path(root_, below)});
  }

  const std::string& root_;
  const DiscoverLimits& limits_;
  Discovered& found_;
  uint64_t seen_ = 0;
};

}  // namespace

bool is_sqlite(fs::Dir& dir, const std::string& name) {
  Result<fs::Stat> stat = dir.stat(name);
  if (!stat || stat->type != fs::FileType::regular || stat->size < kPageMin) return false;
  Result<std::unique_ptr<fs::File>> file = dir.open(name, fs::Open::read);
  if (!file) return false;
  std::array<uint8_t, kMagic.size()> head{};
  Result<size_t> read = (*file)->read_at(0, head);
  return read && *read == head.size() && as_text(head) == kMagic;
}

std::string name_from_root(std::string_view root) {
  static constexpr auto silent =
      std::to_array<std::string_view>({"html", "htdocs", "www", "web", "public", "public_html", "httpdocs",
                                       "current", "webroot", "docroot", "var", "srv", "home", "root"});
  std::string path = normal_path(root);
  std::string fallback = site_name_from(std::string_view(path).substr(path.rfind('/') + 1));
  for (std::string_view rest = path; !rest.empty() && rest != "/";) {
    size_t slash = rest.rfind('/');
    std::string name = site_name_from(slash == std::string_view::npos ? rest : rest.substr(slash + 1));
    if (std::ranges::find(silent, name) == silent.end()) return name;
    if (slash == std::string_view::npos) break;
    rest = rest.substr(0, slash);
  }
  return fallback;
}

Result<Discovered> discover(fs::Fs& fs, const std::string& root, const std::vector<Recogniser>& recognisers,
                            const DiscoverLimits& limits) {
  std::string normal = normal_path(root);
  Result<std::unique_ptr<fs::Dir>> dir = fs.open_dir(normal);
  if (!dir) {
    Error error = std::move(dir).error().in(tr("cannot look into the site's folder"));
    return fail(std::move(error).then(tr("name the folder of an existing website with --root")));
  }
  Discovered found;
  found.name = name_from_root(normal);
  found.recognised = TRY(recognise(**dir, recognisers));
  Search(normal, limits, found).walk(**dir, "", 0);
  std::ranges::sort(found.databases, {}, &DatabaseSpec::path);
  if (auto server = complete_spec(fs, DatabaseSpec{DatabaseKind::mariadb}, {normal}))
    found.server = std::move(*server);
  return found;
}

}  // namespace aplomb::site
