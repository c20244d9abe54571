#include "recover/staged_view.h"

#include <algorithm>

namespace aplomb::recover {

StagedView::StagedView(archive::VaultSnapshot& hacked, const Listing& hacked_listing, const Listing& good,
                       const Source& source, const FilePlan& plan,
                       const std::vector<StagedDatabase>& databases)
    : databases_(databases), manifest_(hacked.manifest()) {
  for (const auto& [path, node] : hacked_listing) entries_[path] = {node, &hacked};
  for (const PlannedFile& step : plan.steps) {
    switch (step.step) {
      case FileStep::remove:
      case FileStep::remove_dir:
        entries_.erase(step.path);
        break;
      case FileStep::restore:
      case FileStep::make_dir:
      case FileStep::attributes: {
        auto node = good.find(step.path);
        if (node != good.end()) entries_[step.path] = {node->second, source(step.path)};
        break;
      }
    }
  }
  manifest_.databases.clear();
  for (const StagedDatabase& database : databases) manifest_.databases.push_back(database.entry);
  // Of what could only be saved in part, the part that stays is no better known
  // than before.
  std::erase_if(manifest_.skipped, [&](const archive::Skipped& skipped) {
    if (skipped.path.starts_with("db:")) return !stays(skipped.path.substr(3));
    auto entry = entries_.find(skipped.path);
    return entry == entries_.end() || entry->second.from != &hacked;
  });
  manifest_.alerts.clear();
}

bool StagedView::stays(const std::string& database) const {
  return std::ranges::any_of(databases_, [&](const StagedDatabase& staged) {
    return staged.entry.name == database && !staged.changed;
  });
}

Status StagedView::for_each(const Visit& visit) {
  for (const auto& [path, entry] : entries_) TRY(visit(path, entry.node));
  return {};
}

Result<Bytes> StagedView::read(const std::string& path, const vault::Node& node, uint64_t offset,
                               uint64_t limit) {
  for (const StagedDatabase& database : databases_) {
    if (path != "db:" + database.entry.name) continue;
    size_t from = static_cast<size_t>(std::min<uint64_t>(offset, database.image.size()));
    size_t count = static_cast<size_t>(std::min<uint64_t>(limit, database.image.size() - from));
    auto begin = database.image.begin() + static_cast<ptrdiff_t>(from);
    return Bytes(begin, begin + static_cast<ptrdiff_t>(count));
  }
  return entries_.at(path).from->read(path, node, offset, limit);
}

Status StagedView::check_hash(const std::string& path, const vault::Node& node) {
  return entries_.at(path).from->check_hash(path, node);
}

Result<Listing> list_snapshot(archive::SnapshotView& snapshot) {
  Listing listing;
  TRY(snapshot.for_each([&](const std::string& path, const vault::Node& node) -> Status {
    listing.emplace(path, node);
    return {};
  }));
  return listing;
}

}  // namespace aplomb::recover
