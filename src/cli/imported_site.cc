#include "cli/imported_site.h"

#include <ctime>

#include "archive/unpack.h"
#include "base/messages.h"
#include "cli/files.h"
#include "site/paths.h"

namespace aplomb::cli {
namespace {

constexpr size_t kPathsMax = 1'000'000;

// Who owns the site's folder today; of a folder that is gone, this process.
archive::Owner owner_of(App& app, const std::string& root) {
  auto folder = app.fs().open_dir(root);
  auto stat = folder ? (*folder)->stat_self() : Result<fs::Stat>(fail(std::move(folder).error()));
  return stat ? archive::Owner{stat->uid, stat->gid} : archive::Owner{};
}

struct Source {
  std::string folder;  // absolute
  std::vector<std::string> paths;
};

Result<Source> unpack_file(App& app, const std::string& path, archive::Owner owner, const std::string& work) {
  auto [folder, name] = fs::split_path(path);
  auto dir = TRY(app.fs().open_dir(folder.empty() ? "/" : folder));
  auto stat = TRY(dir->stat(name));
  if (stat.size > site::PackedFiles::kArchiveMax)
    return fail(make_error(Code::limit, tr("the archive has {} MiB; up to {} MiB are read", stat.size >> 20,
                                           site::PackedFiles::kArchiveMax >> 20))
                    .at(path)
                    .then(tr("unpack it into an empty folder, and give that folder")));
  app.progress().stage(tr("unpacking"), 0);
  auto unpack = [&]() -> Result<archive::Unpacked> {
    const Bytes bytes = TRY(fs::read_file(*dir, name, site::PackedFiles::kArchiveMax));
    auto packed = TRY(site::PackedFiles::open(bytes, site::PackedFiles::Links::given));
    auto target = TRY(app.fs().make_dirs(work + "/files", 0700));
    return archive::unpack(packed, *target, owner);
  };
  auto all = unpack();
  if (!all) return fail(std::move(all).error().at(path));
  return Source{work + "/files", std::move(all->paths)};
}

Result<Source> open_source(App& app, const std::string& path, archive::Owner owner, const std::string& work) {
  auto dir = app.fs().open_dir(path);
  if (!dir && dir.error().sys_errno == ENOTDIR) return unpack_file(app, path, owner, work);
  if (!dir) return fail(std::move(dir).error().in(tr("the backup cannot be read")).at(path));
  const std::set<std::string> found = archive::paths_below(**dir, kPathsMax);
  return Source{path, {found.begin(), found.end()}};
}

Error nothing_there(const std::string& path) {
  return make_error(Code::usage, tr("there is no file in this backup")).at(path).then(tr("give another one"));
}

// A copy of a database that is a file lies in the backup where it lay in the site; --dump names it, or what a
// server had dumped, otherwise.
Status lay_out_databases(App& app, const site::SiteConfig& site, const std::string& dump,
                         ImportedSite& made) {
  if (!dump.empty() && site.databases.size() != 1)
    return fail(
        make_error(Code::usage,
                   tr("--dump is for a site with one database; this one has {}", site.databases.size()))
            .then(
                tr("put the copies of the databases where they lie in the site, into the backup's folder")));
  if (!dump.empty() && !exists(app.fs(), dump))
    return fail(make_error(Code::not_found, tr("the dump is not there")).at(dump).then(tr("check the path")));
  made.config.databases.clear();
  for (site::DatabaseSpec spec : site.databases) {
    bool found = !dump.empty();
    if (spec.on_server()) {
      made.dump = dump;
    } else if (found) {
      made.moved.insert(made.moved.begin(), {dump, spec.path});
      spec.path = dump;
    } else {
      for (const auto& moved : made.moved)
        if (site::is_beneath(spec.path, moved.was_at)) {
          const std::string copy = moved.lies_at + spec.path.substr(moved.was_at.size());
          if ((found = exists(app.fs(), copy))) spec.path = copy;
          break;
        }
    }
    if (found) {
      made.config.databases.push_back(std::move(spec));
    } else {
      made.missing.push_back(spec.place());
    }
  }
  return {};
}

}  // namespace

Result<ImportedSite> lay_out(App& app, const site::SiteConfig& site, const std::string& source,
                             const std::string& dump, const std::string& work) {
  Source from = TRY(open_source(app, source, owner_of(app, site.roots.front()), work));
  if (from.paths.empty()) return fail(nothing_there(source));
  ImportedSite made{site, {}, {}};
  for (std::string& root : made.config.roots) {
    std::set<std::string> known;
    if (auto live = app.fs().open_dir(root)) known = archive::paths_below(**live, kPathsMax);
    auto place = archive::folder_of_site(from.paths, known);
    // Nothing of it is known any more: with one folder, it can only be what the archive holds.
    if (!place && made.config.roots.size() == 1) place = archive::common_folder(from.paths);
    if (!place)
      return fail(make_error(Code::usage, tr("nothing in this backup is of the site's folder {}", root))
                      .at(source)
                      .then(tr("give a backup that holds every folder of the site")));
    const std::string lies_at = fs::join_path(from.folder, *place);
    made.moved.push_back({lies_at, root});
    root = lies_at;
  }
  TRY(lay_out_databases(app, site, dump, made));
  return made;
}

std::optional<Time> parse_when(const std::string& text) {
  if (auto exact = parse_iso(text))
    return to_iso(*exact).substr(0, 19) == text.substr(0, 19) ? exact : std::nullopt;
  for (const char* format : {"%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"}) {
    std::tm parts{};
    parts.tm_isdst = -1;
    const char* end = strptime(text.c_str(), format, &parts);
    if (!end || *end) continue;
    const int day = parts.tm_mday;
    const std::time_t seconds = std::mktime(&parts);
    if (seconds == -1 || parts.tm_mday != day) return std::nullopt;  // the 31st of a month of thirty
    return Time{static_cast<int64_t>(seconds) * kSecond};
  }
  return std::nullopt;
}

}  // namespace aplomb::cli
