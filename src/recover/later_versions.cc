#include "recover/later_versions.h"

namespace aplomb::recover {

Result<LaterVersions> LaterVersions::collect(vault::VaultReader& reader, const Listing& clean,
                                             const std::vector<vault::SnapshotInfo>& snapshots,
                                             const std::vector<judge::Point>& points, size_t first,
                                             size_t last, const LaterRules& rules) {
  LaterVersions later;
  later.good_ = clean;
  for (size_t i = first; i < last; ++i) {
    auto view = archive::VaultSnapshot::open(reader, snapshots[i]);
    if (!view) continue;  // damaged: the versions of other snapshots remain
    std::set<std::string> open;
    for (const judge::JudgedObject& object : points[i].open) open.insert(object.identity.path);
    Listing folders, files;
    Status listed = (*view)->for_each([&](const std::string& path, const vault::Node& node) -> Status {
      if (node.is_dir()) {
        folders.emplace(path, node);
      } else if (!open.contains(path) && !rules.component.contains(path) &&
                 !rules.recognised.is_generated(path)) {
        files.emplace(path, node);
      }
      return {};
    });
    if (!listed) continue;
    for (const auto& [path, node] : files) {
      auto [place, fresh] = later.good_.try_emplace(path, node);
      // Who and what may write to it is judged with code alone: a later state that is not proven says nothing
      // of that for the same bytes.
      const bool proven = points[i].verdict == judge::Verdict::proven_clean;
      if (!fresh && !proven && place->second.is_file() && node.is_file() && place->second.hash == node.hash)
        continue;
      place->second = node;
      later.sources_[path] = view->get();
      // Its folders too, where the clean point had none; a folder without a good file is not worth having.
      for (std::string folder = fs::split_path(path).first; !folder.empty();
           folder = fs::split_path(folder).first)
        if (auto found = folders.find(folder);
            found != folders.end() && later.good_.try_emplace(folder, found->second).second)
          later.sources_[folder] = view->get();
    }
    later.snapshots_[i] = std::move(*view);
  }
  return later;
}

archive::VaultSnapshot* LaterVersions::source(const std::string& path) const {
  auto found = sources_.find(path);
  return found == sources_.end() ? nullptr : found->second;
}

archive::VaultSnapshot* LaterVersions::snapshot(size_t index) const {
  auto found = snapshots_.find(index);
  return found == snapshots_.end() ? nullptr : found->second.get();
}

}  // namespace aplomb::recover
