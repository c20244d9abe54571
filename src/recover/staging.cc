#include "recover/staging.h"

#include <set>

#include "base/messages.h"

namespace aplomb::recover {

vault::Node node_of(const std::string& name, const fs::Stat& stat) {
  vault::Node node;
  node.name = name.empty() ? "root" : name;
  node.type = stat.type;
  node.mode = stat.mode;
  node.uid = stat.uid;
  node.gid = stat.gid;
  node.mtime_ns = stat.mtime_ns;
  node.size = stat.size;
  node.inode = stat.inode;
  return node;
}

// First inside our own state, which is private; else beside the target. Never inside a root: the web server
// would see it, and the next backup would store it.
std::vector<std::string> Staging::candidates(const std::string& target) const {
  std::string tag = to_hex(ByteView(crypto::sha256(as_bytes(target)).bytes).first(4));
  std::string parent = fs::split_path(target).first;
  return {site_state_ + "/staging-" + id_ + "-" + tag,
          (parent.empty() ? "" : parent) + "/.aplomb-" + id_ + "-" + tag};
}

Status Staging::clear(const std::vector<std::string>& targets) {
  for (const std::string& target : targets) {
    for (const std::string& path : candidates(target)) {
      auto [parent, name] = fs::split_path(path);
      auto dir = fs_.open_dir(parent.empty() ? "/" : parent);
      if (dir) TRY(fs::remove_tree(**dir, name));
    }
  }
  return {};
}

Status Staging::open(const std::vector<std::string>& targets) {
  TRY(clear(targets));
  for (const std::string& target : targets) {
    auto dir = TRY(fs::open_dir_without_links(fs_, target));
    uint64_t device = TRY(dir->stat_self()).device;
    std::unique_ptr<fs::Dir> staging;
    std::string chosen;
    for (const std::string& path : candidates(target)) {
      auto parent = fs_.open_dir(fs::split_path(path).first);
      if (!parent) continue;
      auto stat = (*parent)->stat_self();
      if (!stat || stat->device != device) continue;
      auto made = fs_.make_dirs(path, 0700);
      if (!made) continue;
      staging = std::move(*made);
      chosen = path;
      break;
    }
    if (!staging)
      return fail(make_error(Code::unsupported,
                             tr("no folder on the same file system as {} can be written to", target))
                      .at(target)
                      .then(tr("run this as root, or give the folder above it to the user who recovers")));
    TRY(fs::make_dirs(*staging, "new", 0700));
    TRY(fs::make_dirs(*staging, "old", 0700));
    plan_.areas.push_back({target, chosen});
    targets_.push_back(std::move(dir));
    staging_.push_back(std::move(staging));
  }
  return {};
}

Status Staging::add(MoveKind kind, uint32_t area, const std::string& path, const vault::Node& node) {
  Move move;
  move.kind = kind;
  move.area = area;
  move.slot = next_slot_++;
  move.path = path;
  move.node = node;
  if (move.node.name.empty()) move.node.name = "entry";
  move.before.name = "none";
  if (auto stat = targets_[area]->stat(path)) {
    move.existed = true;
    move.before = node_of(fs::split_path(path).second, *stat);
    if (auto xattrs = targets_[area]->xattrs(path)) move.before.xattrs = std::move(*xattrs);
  }
  // What a move does not need is not kept: content lies in the staging folder.
  for (vault::Node* kept : {&move.node, &move.before}) kept->content.clear(), kept->extents.clear();
  plan_.moves.push_back(std::move(move));
  return {};
}

Status Staging::restore(uint32_t area, const std::string& path, archive::VaultSnapshot& from,
                        const vault::Node& node) {
  std::string name = std::to_string(next_slot_);
  auto fresh = TRY(staging_[area]->open_dir("new"));
  if (node.is_file()) {
    TRY(archive::write_node(from, node, *fresh, name, problems_));
  } else if (node.type == fs::FileType::symlink) {
    TRY(fresh->make_symlink(node.target, name));
    TRY(archive::apply_attributes(*fresh, name, node, problems_));
  } else {
    TRY(fresh->make_node(name, node.type, node.mode, node.rdev));
    TRY(archive::apply_attributes(*fresh, name, node, problems_));
  }
  return add(MoveKind::put, area, path, node);
}

Status Staging::put_bytes(uint32_t area, const std::string& path, ByteView bytes, const vault::Node& node) {
  std::string name = std::to_string(next_slot_);
  auto fresh = TRY(staging_[area]->open_dir("new"));
  {
    auto file = TRY(fresh->open(name, fs::Open::create_new));
    TRY(file->write_at(0, bytes));
    TRY(file->sync());
  }
  TRY(archive::apply_attributes(*fresh, name, node, problems_));
  return add(MoveKind::put, area, path, node);
}

Status Staging::remove(uint32_t area, const std::string& path) {
  return add(MoveKind::remove, area, path, {});
}
Status Staging::remove_dir(uint32_t area, const std::string& path) {
  return add(MoveKind::remove_dir, area, path, {});
}
Status Staging::make_dir(uint32_t area, const std::string& path, const vault::Node& node) {
  return add(MoveKind::make_dir, area, path, node);
}
Status Staging::attributes(uint32_t area, const std::string& path, const vault::Node& node) {
  return add(MoveKind::attributes, area, path, node);
}

Result<SwitchPlan> Staging::finish() {
  std::set<std::pair<uint32_t, std::string>> folders;
  for (const Move& move : plan_.moves) {
    folders.emplace(move.area, fs::split_path(move.path).first);
    if (move.kind == MoveKind::remove_dir) folders.emplace(move.area, move.path);
  }
  for (const auto& [area, path] : folders)
    if (auto stat = targets_[area]->stat(path)) plan_.folders.push_back({area, path, stat->mtime_ns});
  for (auto& staging : staging_) {
    auto fresh = TRY(staging->open_dir("new"));
    for (const fs::Entry& entry : TRY(fresh->list())) {
      if (entry.type != fs::FileType::regular) continue;
      auto file = TRY(fresh->open(entry.name, fs::Open::read));
      TRY(file->sync());
    }
    TRY(fresh->sync());
    TRY(staging->sync());
  }
  return plan_;
}

}  // namespace aplomb::recover
