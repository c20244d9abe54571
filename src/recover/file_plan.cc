#include "recover/file_plan.h"

#include <algorithm>
#include <tuple>

#include "base/messages.h"

namespace aplomb::recover {
namespace {

// So many deletions at once are damage, not housekeeping.
constexpr size_t kMassDeletion = 10;
constexpr size_t kMassShareOneIn = 5;
constexpr size_t kAllOf = 3;      // a site's whole content, however small
constexpr size_t kFolderMin = 6;  // four fifths of a folder's content, and so many files

class Planner {
 public:
  explicit Planner(const FilePlanInput& input) : in_(input) {
    for (const judge::JudgedObject& object : input.hacked_judgement.open)
      open_.emplace(object.identity.path, &object);
    for (const judge::JudgedObject& object : input.clean_judgement.open)
      if (object.verdict == judge::ObjectVerdict::infected) clean_infected_.insert(object.identity.path);
    for (const judge::Identity& identity : input.clean_judgement.to_approve)
      clean_objects_.insert(identity.path);
    for (const std::string& path : input.clean_judgement.protections) clean_objects_.insert(path);
    hacked_generated_.insert(input.hacked_judgement.generated.begin(),
                             input.hacked_judgement.generated.end());
    clean_generated_.insert(input.clean_judgement.generated.begin(), input.clean_judgement.generated.end());
  }

  FilePlan plan() {
    for (const auto& [path, node] : in_.hacked)
      if (!node.is_dir()) plan_present(path, node);
    plan_missing();
    std::set<std::string> needed = needed_folders();
    clear_the_way(needed);
    for (auto& [path, step] : files_) plan_.steps.push_back(step);
    for (const std::string& folder : needed)
      plan_.steps.push_back(
          {FileStep::make_dir, folder, {tr_later("a folder of the clean point"), {}}, false});
    if (in_.have_clean_point) plan_folders();
    std::ranges::stable_sort(plan_.steps, {}, rank);
    for (auto& [path, reason] : kept_) plan_.kept.push_back({path, reason});
    return std::move(plan_);
  }

 private:
  // What goes makes room for what comes: files, then the folders that held them, deepest first; then folders,
  // and what lies in them.
  static std::tuple<int, ptrdiff_t, std::string> rank(const PlannedFile& step) {
    ptrdiff_t depth = std::ranges::count(step.path, '/');
    switch (step.step) {
      case FileStep::remove:
        return {0, 0, step.path};
      case FileStep::remove_dir:
        return {1, -depth, step.path};
      case FileStep::make_dir:
        return {2, depth, step.path};
      case FileStep::restore:
        return {3, 0, step.path};
      case FileStep::attributes:
        return {4, 0, step.path};
    }
    return {5, 0, step.path};
  }

  void add(FileStep step, const std::string& path, Reason reason, bool quarantine) {
    files_[path] = {step, path, std::move(reason), quarantine};
  }

  // What of the clean point can take the place: never something malicious, whoever named that point.
  const vault::Node* clean_file(const std::string& path) const {
    auto clean = in_.clean.find(path);
    bool usable = clean != in_.clean.end() && !clean->second.is_dir() && !clean_infected_.contains(path);
    return usable ? &clean->second : nullptr;
  }

  void plan_present(const std::string& path, const vault::Node& node) {
    const vault::Node* clean = clean_file(path);
    auto open = open_.find(path);
    bool bad = open != open_.end() && rejected(*open->second);
    if (hacked_generated_.contains(path) && !in_.whole) {
      add(FileStep::remove, path,
          bad ? open->second->reason() : Reason{tr_later("a cache: emptied, the site fills it anew"), {}},
          bad);
      return;
    }
    bool same = clean && vault::same(*clean, node, vault::Times::ignore);
    // The same as in the point that was chosen: there is nothing better to put in its place, and the gate
    // speaks of it.
    if (same && !(bad && open->second->verdict == judge::ObjectVerdict::infected)) return keep(path, node);
    if (bad) {
      bool take_clean = clean && !same;
      add(take_clean ? FileStep::restore : FileStep::remove, path, open->second->reason(), true);
      if (!take_clean) encrypted_twin(path);
      return;
    }
    if (clean && attributes_lost(path, *clean, node)) {
      add(FileStep::restore, path, {tr_later("its mode or owner as at the clean point"), {}}, false);
      return;
    }
    if (clean && in_.component.contains(path)) {
      add(FileStep::restore, path,
          {tr_later("it belongs to the site's code and changed since the clean "
                    "point; your own change, if it is "
                    "yours, is in the quarantine"),
           {}},
          true);
      return;
    }
    if (in_.whole && in_.have_clean_point) {
      Reason reason{tr_later("not in the clean point; the whole site is rolled back"), {}};
      add(clean ? FileStep::restore : FileStep::remove, path, reason, !hacked_generated_.contains(path));
      return;
    }
    keep(path, node);
  }

  // The same bytes under a mode that lets more people write or run them; of code, any other mode, owner or
  // attribute.
  bool attributes_lost(const std::string& path, const vault::Node& clean, const vault::Node& node) const {
    if (!clean.is_file() || !node.is_file() || clean.hash != node.hash || clean.size != node.size)
      return false;
    constexpr uint32_t kWider = 07133;  // set-uid and the like, execute, write for others
    return clean_objects_.contains(path) || (node.mode & ~clean.mode & kWider) != 0 ||
           (node.mode & ~clean.mode & 07) != 0;
  }

  void keep(const std::string& path, const vault::Node& node) {
    const Listing& point = in_.point ? *in_.point : in_.clean;
    auto found = point.find(path);
    const vault::Node* then = found != point.end() && !found->second.is_dir() ? &found->second : nullptr;
    bool content_changed = !then || then->hash != node.hash || then->target != node.target;
    if (content_changed)
      kept_[path] = then ? Reason{tr_later("changed after the clean point; it passes the judge"), {}}
                         : Reason{tr_later("new since the clean point; it passes the judge"), {}};
  }

  // Without a proven point nothing is rejected merely for being unexplained: then everything is.
  bool rejected(const judge::JudgedObject& object) const {
    if (object.kind == judge::ObjectKind::missing) return false;
    return in_.have_clean_point || !object.findings.empty();
  }

  // "photo.jpg.locked" stands where photo.jpg was.
  void encrypted_twin(const std::string& path) {
    for (size_t dot = path.rfind('.'); dot != std::string::npos && dot > path.rfind('/') + 1;
         dot = path.rfind('.', dot - 1)) {
      std::string original = path.substr(0, dot);
      if (in_.clean.contains(original) && !in_.hacked.contains(original)) twins_.insert(original);
      if (dot == 0) return;
    }
  }

  // Beneath a folder that could not be read, nothing is known and nothing can
  // be put.
  bool beneath_unread(std::string path) const {
    if (in_.unread.empty()) return false;
    while (!(path = fs::split_path(path).first).empty())
      if (in_.unread.contains(path)) return true;
    return false;
  }

  void plan_missing() {
    std::vector<std::string> content;
    size_t content_total = 0;
    for (const auto& [path, node] : in_.clean) {
      if (!clean_file(path) || clean_generated_.contains(path)) continue;
      bool object = clean_objects_.contains(path);
      if (!object) ++content_total;
      auto now = in_.hacked.find(path);
      if (now != in_.hacked.end() && !now->second.is_dir()) continue;
      if (beneath_unread(path)) continue;
      if (object && in_.unread.contains(path)) {
        add(FileStep::restore, path,
            {tr_later("it cannot be read any more: the clean point's version "
                      "takes its place"),
             {}},
            false);
      } else if (in_.unread.contains(path)) {
        continue;  // it stays, and the gate speaks of it
      } else if (object || in_.component.contains(path)) {
        add(FileStep::restore, path, {tr_later("code of the clean point that is missing now"), {}}, false);
      } else if (twins_.contains(path)) {
        add(FileStep::restore, path, {tr_later("its place was taken by an encrypted file"), {}}, false);
      } else if (in_.whole) {
        add(FileStep::restore, path, {tr_later("missing now; the whole site is rolled back"), {}}, false);
      } else {
        content.push_back(path);
      }
    }
    const std::set<std::string> emptied = emptied_folders(content);
    auto in_emptied = [&](std::string path) {
      while (!(path = fs::split_path(path).first).empty())
        if (emptied.contains(path)) return true;
      return false;
    };
    bool mass = (content.size() >= kMassDeletion && content.size() * kMassShareOneIn >= content_total) ||
                (content.size() >= kAllOf && content.size() == content_total) || site_is_empty();
    mass_deletion_ = mass || !emptied.empty();
    for (const std::string& path : content) {
      if (mass || in_emptied(path)) {
        add(FileStep::restore, path, {tr_later("deleted together with many others"), {}}, false);
      } else {
        plan_.deleted.push_back(path);
      }
    }
  }

  // Folders of the clean point that lost nearly all of their content, and not a little of it.
  std::set<std::string> emptied_folders(const std::vector<std::string>& lost) const {
    std::map<std::string, size_t> had, gone;
    auto count = [](std::map<std::string, size_t>& counts, std::string path) {
      while (!(path = fs::split_path(path).first).empty()) ++counts[path];
    };
    for (const std::string& path : lost) count(gone, path);
    if (gone.empty()) return {};
    for (const auto& [path, node] : in_.clean)
      if (clean_file(path) && !clean_generated_.contains(path) && !clean_objects_.contains(path))
        count(had, path);
    std::set<std::string> emptied;
    for (const auto& [folder, files] : gone)
      if (files >= kFolderMin && files * 5 >= had[folder] * 4) emptied.insert(folder);
    return emptied;
  }

  bool site_is_empty() const {
    return std::ranges::all_of(in_.hacked, [](const auto& entry) { return entry.second.is_dir(); });
  }

  bool folder_now(const std::string& path) const {
    auto now = in_.hacked.find(path);
    return now != in_.hacked.end() && now->second.is_dir();
  }
  bool folder_then(const std::string& path) const {
    auto clean = in_.clean.find(path);
    return clean != in_.clean.end() && clean->second.is_dir();
  }

  // What will be put into place: files of the clean point, and databases.
  std::vector<std::string> arriving() const {
    std::vector<std::string> paths = in_.arriving;
    for (const auto& [path, step] : files_)
      if (step.step == FileStep::restore) paths.push_back(path);
    return paths;
  }

  // Folders of the clean point that are no folders now. (The folders of several roots are in no listing.)
  std::set<std::string> needed_folders() const {
    std::set<std::string> needed;
    for (const std::string& path : arriving())
      for (std::string folder = fs::split_path(path).first; !folder.empty();
           folder = fs::split_path(folder).first)
        if (folder_then(folder) && !folder_now(folder)) needed.insert(folder);
    if (!in_.whole && !mass_deletion_) return needed;
    for (const auto& [path, node] : in_.clean)
      if (node.is_dir() && !folder_now(path) && !in_.unread.contains(path) && !beneath_unread(path))
        needed.insert(path);
    return needed;
  }

  // A file where a folder must be, or a folder where a file must be: both cannot stay.
  void clear_the_way(const std::set<std::string>& needed) {
    for (const std::string& folder : needed)
      if (in_.hacked.contains(folder))
        displace(folder, {tr_later("it stands where the clean point has a folder"), {}});
    for (const std::string& path : arriving()) {
      if (!folder_now(path)) continue;
      going_.insert(path);
      std::string prefix = path + "/";
      for (auto it = in_.hacked.lower_bound(prefix); it != in_.hacked.end() && it->first.starts_with(prefix);
           ++it)
        if (!it->second.is_dir())
          displace(it->first, {tr_later("its folder stands where the clean point has a file"), {}});
    }
  }

  void displace(const std::string& path, Reason reason) {
    if (files_.contains(path)) return;
    kept_.erase(path);
    add(FileStep::remove, path, std::move(reason), true);
  }

  void plan_folders() {
    for (const auto& [path, node] : in_.hacked) {
      if (!node.is_dir()) continue;
      bool goes = going_.contains(path) || going_.contains(fs::split_path(path).first) ||
                  (!in_.clean.contains(path) && (in_.whole || emptied(path)));
      if (goes) {
        going_.insert(path);
        plan_.steps.push_back(
            {FileStep::remove_dir, path, {tr_later("a folder that held nothing else"), {}}, false});
      } else if (folder_then(path) && !vault::same(in_.clean.at(path), node, vault::Times::ignore)) {
        plan_.steps.push_back(
            {FileStep::attributes, path, {tr_later("mode and owner as at the clean point"), {}}, false});
      }
    }
  }

  // A new folder in which something was rejected and nothing is left.
  bool emptied(const std::string& folder) const {
    bool any = false;
    std::string prefix = folder + "/";
    for (auto it = in_.hacked.lower_bound(prefix); it != in_.hacked.end() && it->first.starts_with(prefix);
         ++it) {
      if (it->second.is_dir()) continue;
      auto step = files_.find(it->first);
      if (step == files_.end() || step->second.step != FileStep::remove) return false;
      any = true;
    }
    return any;
  }

  const FilePlanInput& in_;
  std::map<std::string, const judge::JudgedObject*> open_;
  std::set<std::string> clean_objects_, clean_infected_, hacked_generated_, clean_generated_, twins_, going_;
  std::map<std::string, PlannedFile> files_;
  std::map<std::string, Reason> kept_;
  bool mass_deletion_ = false;
  FilePlan plan_;
};

}  // namespace

FilePlan plan_files(const FilePlanInput& input) {
  return Planner(input).plan();
}

}  // namespace aplomb::recover
