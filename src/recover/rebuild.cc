#include "recover/rebuild.h"

#include <set>

#include "archive/restore.h"
#include "base/messages.h"

namespace aplomb::recover {
namespace {

class Rebuilder {
 public:
  Rebuilder(const Case& incident, fs::Dir& target) : case_(incident), target_(target) {
    for (const PlannedFile& step : incident.files().steps)
      if (step.step != FileStep::remove && step.step != FileStep::remove_dir) restored_.insert(step.path);
  }

  Status run() {
    StagedView future = case_.future();
    TRY(future.for_each([&](const std::string& path, const vault::Node& node) { return write(path, node); }));
    for (const StagedDatabase& database : case_.databases()) TRY(write(database));
    // Last, because what is written into a folder changes its times.
    for (auto folder = folders_.rbegin(); folder != folders_.rend(); ++folder)
      TRY(archive::apply_attributes(target_, folder->first, folder->second, problems_));
    return {};
  }

  const std::vector<archive::Skipped>& problems() const { return problems_; }

 private:
  Status write(const std::string& path, const vault::Node& node) {
    auto [parent, file] = fs::split_path(path);
    if (!parent.empty()) TRY(fs::make_dirs(target_, parent, 0755));
    if (node.is_dir()) {
      TRY(fs::make_dirs(target_, path, 0755));
      folders_.emplace_back(path, node);
      return {};
    }
    auto dir = TRY(target_.open_dir(parent));
    archive::VaultSnapshot& from = restored_.contains(path) ? case_.source(path) : case_.hacked();
    if (node.is_file()) return archive::write_node(from, node, *dir, file, problems_);
    if (node.type == fs::FileType::symlink) return dir->make_symlink(node.target, file);
    return {};
  }

  Status write(const StagedDatabase& database) {
    std::string path = place_in_rebuilt(database.entry);
    if (auto parent = fs::split_path(path).first; !parent.empty()) TRY(fs::make_dirs(target_, parent, 0755));
    if (!database.changed) {  // also one that was too large to be looked into
      auto [folder, name] = fs::split_path(path);
      auto dir = TRY(target_.open_dir(folder));
      return archive::write_node(case_.hacked(), database.entry.node, *dir, name, problems_);
    }
    TRY(fs::write_file_durably(target_, path, database.image));
    return archive::apply_attributes(target_, path, database.entry.node, problems_);
  }

  const Case& case_;
  fs::Dir& target_;
  std::set<std::string> restored_;
  std::vector<std::pair<std::string, vault::Node>> folders_;
  std::vector<archive::Skipped> problems_;
};

}  // namespace

std::string place_in_rebuilt(const archive::DatabaseEntry& entry) {
  return entry.object_path.empty() ? "databases/" + entry.name : entry.object_path;
}

Status rebuild(const archive::Machine& machine, const Case& incident, const std::string& folder) {
  auto target = TRY(machine.fs.make_dirs(folder, 0755));
  auto entries = TRY(target->list());
  if (!entries.empty())
    return fail(make_error(Code::exists, tr("the folder to rebuild into is not empty"))
                    .at(folder)
                    .then(tr("name an empty folder")));
  Rebuilder rebuilder(incident, *target);
  TRY(rebuilder.run());
  for (const archive::Skipped& problem : rebuilder.problems())
    machine.log.warn(tr("{}: {}", printable(problem.path), problem.reason));
  return {};
}

}  // namespace aplomb::recover
