#include "judge/surroundings.h"

#include <algorithm>
#include <array>

namespace aplomb::judge {
namespace {

constexpr uint64_t kHtaccessMax = 1024 * 1024;

// Names that web servers show for a folder before, or instead of, the program
// that answers for it (Apache's DirectoryIndex as Debian ships it, nginx's and
// IIS's defaults).
constexpr auto kPages = std::to_array<std::string_view>(
    {"index.html", "index.htm", "index.xhtml", "default.html", "default.htm"});
constexpr auto kPrograms = std::to_array<std::string_view>(
    {"index.php", "index.php5", "index.php7", "index.php8", "index.phtml", "index.cgi", "index.pl",
     "index.py", "index.shtml", "index.jsp", "index.asp", "index.aspx", "default.php", "default.asp",
     "default.aspx"});

bool is_one_of(const auto& names, const std::string& path) {
  return std::ranges::find(names, fs::split_path(path).second) != names.end();
}

// The paths of one root, without its label; nullopt for those of another.
std::optional<std::string> below(const std::string& label, const std::string& path) {
  if (label.empty()) return path;
  if (path.size() > label.size() && path.starts_with(label) && path[label.size()] == '/')
    return path.substr(label.size() + 1);
  return std::nullopt;
}

class Looker {
 public:
  Looker(archive::SnapshotView& snapshot, const Trust& trust, const SiteKnowledge& site,
         scan::Scanner& scanner)
      : snapshot_(snapshot), trust_(trust), site_(site), scanner_(scanner), count_(trust) {}

  Result<Surroundings> run() {
    for (const site::Recogniser& recogniser : site_.recognisers)
      for (const std::string& marker : recogniser.markers)
        marker_names_.insert(fs::split_path(marker).second);
    TRY(snapshot_.for_each(
        [&](const std::string& path, const vault::Node& node) -> Status { return look(path, node); }));
    out_.installed = count_.installed();
    approved_ = trust_.approved_paths(snapshot_.received());
    for (const std::string& path : approved_)
      if (is_one_of(kPrograms, path)) out_.indexes.insert(path);
    recognise();
    return std::move(out_);
  }

 private:
  Status look(const std::string& path, const vault::Node& node) {
    auto [folder, file] = fs::split_path(path);
    if (node.is_dir() && std::ranges::count(path, '/') <= 1) folders_.push_back(path);
    if (!node.is_file()) return {};
    count_.add(path, node.hash);
    if (is_one_of(kPrograms, path)) out_.indexes.insert(path);
    if (marker_names_.contains(file)) markers_[path] = {path, node.hash, node.mode};
    if (file != ".htaccess" || node.size > kHtaccessMax) return {};
    auto content = snapshot_.read(path, node, 0, kHtaccessMax);
    if (!content) return {};  // judging the files says so
    scan::FileReport report = TRY(scanner_.analyse(path, node.mode, *content, {}));
    if (!report.handlers.empty()) out_.handlers[folder] = report.handlers;
    return {};
  }

  // A marker counts when somebody answered for a file at its place: an intruder
  // who plants the files of some software must not get its caches. Before
  // anything was approved there is nobody to ask.
  bool believed(const std::string& path) const {
    auto marker = markers_.find(path);
    if (marker == markers_.end()) return false;
    if (!trust_.has_baseline() || approved_.contains(path)) return true;
    return trust_.explain(marker->second, out_.installed).provenance == Provenance::vendor;
  }

  void recognise() {
    const archive::Manifest& manifest = snapshot_.manifest();
    std::vector<site::Recognised> all;
    for (const archive::RootEntry& root : manifest.roots) {
      site::Places places;
      places.has_marker = [&](const std::string& path) {
        return believed(archive::object_path(root.label, path));
      };
      places.text = [](const std::string&) { return std::string(); };  // the version decides nothing here
      for (const std::string& folder : folders_)
        if (auto path = below(root.label, folder); path && path->find('/') == std::string::npos)
          places.folders.push_back(*path);
      all.push_back(site::recognise(places, site_.recognisers));
      site::add_configured(all.back(), site_.config);
    }
    out_.recognised = RecognisedRoots(manifest, std::move(all));
  }

  archive::SnapshotView& snapshot_;
  const Trust& trust_;
  const SiteKnowledge& site_;
  scan::Scanner& scanner_;
  Trust::InstallCount count_;
  std::set<std::string> marker_names_, approved_;
  std::map<std::string, Identity> markers_;
  std::vector<std::string> folders_;
  Surroundings out_;
};

}  // namespace

RecognisedRoots::RecognisedRoots(const archive::Manifest& manifest,
                                 std::vector<site::Recognised> recognised) {
  for (size_t i = 0; i < manifest.roots.size() && i < recognised.size(); ++i)
    roots_.emplace_back(manifest.roots[i].label, std::move(recognised[i]));
}

std::pair<const site::Recognised*, std::string> RecognisedRoots::find(const std::string& path) const {
  for (const auto& [label, recognised] : roots_)
    if (auto relative = below(label, path)) return {&recognised, *relative};
  return {nullptr, path};
}

bool RecognisedRoots::is_generated(const std::string& path) const {
  auto [recognised, relative] = find(path);
  return recognised && recognised->is_generated(relative);
}

bool RecognisedRoots::is_upload(const std::string& path) const {
  auto [recognised, relative] = find(path);
  return recognised && recognised->is_upload(relative);
}

scan::Handlers Surroundings::handlers_for(const std::string& path) const {
  scan::Handlers all;
  if (handlers.empty()) return all;
  for (std::string folder = fs::split_path(path).first;; folder = fs::split_path(folder).first) {
    if (auto own = handlers.find(folder); own != handlers.end()) all.add(own->second);
    if (folder.empty()) return all;
  }
}

std::string Surroundings::shadowed_by(const std::string& path) const {
  if (!is_one_of(kPages, path)) return "";
  std::string folder = fs::split_path(path).first;
  for (std::string_view program : kPrograms)
    if (std::string place = fs::join_path(folder, program); indexes.contains(place)) return place;
  return "";
}

Result<Surroundings> look_around(archive::SnapshotView& snapshot, const Trust& trust,
                                 const SiteKnowledge& site, scan::Scanner& scanner) {
  return Looker(snapshot, trust, site, scanner).run();
}

}  // namespace aplomb::judge
