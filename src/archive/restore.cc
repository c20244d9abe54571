#include "archive/restore.h"

#include <unistd.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "archive/sparse_hash.h"
#include "base/messages.h"
#include "vault/format.h"

namespace aplomb::archive {
namespace {

constexpr uint64_t kStep = 4 * 1024 * 1024;
constexpr int kTemporaryTries = 1000;

bool privileged() {
  return geteuid() == 0;
}

uint64_t bytes_in_holes(const vault::Node& node) {
  if (node.extents.empty()) return 0;
  uint64_t data = 0;
  for (const fs::Extent& extent : node.extents) data += extent.length;
  return node.size - data;
}

// Bytes of the file at `name` hash to what the node says? A second name may lie outside the target, and what
// is done to the file would be done there too: such a file is never taken over.
bool holds(fs::Dir& dir, const std::string& name, const vault::Node& node) {
  if (bytes_in_holes(node) > vault::kHashHolesMax) return false;  // its hash does not cover all of it
  auto file = dir.open(name, fs::Open::read);
  if (!file) return false;
  auto stat = (*file)->stat();
  if (!stat || stat->size != node.size || stat->links > 1) return false;
  crypto::Sha256Stream hash;
  Bytes buffer(static_cast<size_t>(std::min<uint64_t>(kStep, node.size)));
  for (uint64_t position = 0; position < node.size;) {
    auto got = (*file)->read_at(position, buffer);
    if (!got || *got == 0) return false;
    hash.update(ByteView(buffer).first(*got));
    position += *got;
  }
  return hash.finish() == node.hash;
}

// Whoever wrote the snapshot also wrote the hash; the judge went by the hash, so the bytes must fit it.
Status write_content(VaultSnapshot& snapshot, const vault::Node& node, fs::File& file) {
  SparseHash hash;
  bool sparse = !node.extents.empty();
  std::vector<fs::Extent> extents = sparse ? node.extents : std::vector<fs::Extent>{{0, node.size}};
  for (const fs::Extent& extent : extents) {
    hash.hole(extent.offset);
    for (uint64_t done = 0; done < extent.length;) {
      Bytes bytes =
          TRY(snapshot.read(node.name, node, extent.offset + done, std::min(kStep, extent.length - done)));
      if (bytes.empty())
        return fail(make_error(Code::corrupt, tr("a file ends too early in the snapshot")).at(node.name));
      hash.data(bytes);
      TRY(file.write_at(extent.offset + done, bytes));
      done += bytes.size();
    }
  }
  if (sparse) {
    hash.hole(node.size);
    TRY(file.truncate(node.size));
  }
  if (node.hash == hash.finish()) return {};
  return fail(make_error(Code::corrupt, tr("a file does not hash to what its snapshot says")).at(node.name));
}

// A new file of mode 0600 with the node's bytes; nothing when it fails.
Status write_new(VaultSnapshot& snapshot, const vault::Node& node, fs::Dir& dir, const std::string& name) {
  auto file = TRY(dir.open(name, fs::Open::create_new));
  Status written = write_content(snapshot, node, *file);
  file.reset();
  if (!written) (void)dir.remove(name);
  return written;
}

// Restores nodes below `target`. Paths are relative to it; `dir` is the open parent of what is restored.
class Restorer {
 public:
  Restorer(VaultSnapshot& snapshot, fs::Dir& target, Progress& progress, RestoreCounts& counts)
      : snapshot_(snapshot), target_(target), progress_(progress), counts_(counts) {}

  Status roots() {
    for (const RootEntry& root : snapshot_.manifest().roots) {
      if (!root.label.empty()) {
        TRY(path(root.label));
        continue;
      }
      TRY(children(root.node, target_, "", 0));
      TRY(apply_attributes(target_, "", root.node, counts_.problems));
    }
    return {};
  }

  // An object path goes where it says: for a site of one root its root is the target itself, for several each
  // has its label as first component.
  Status path(const std::string& path) {
    if (path.empty()) return roots();
    vault::Node node = TRY(snapshot_.find(path));
    node.name = fs::split_path(path).second;  // a root calls itself otherwise
    auto dir = TRY(parent_of(path));
    return entry(node, *dir, path, 0);
  }

  // What SQLite keeps beside a database belongs to the one that is replaced; played into another, it destroys
  // it.
  Status database(const DatabaseEntry& database) {
    std::string path = database.object_path.empty() ? "databases/" + database.name : database.object_path;
    vault::Node node = database.node;
    node.name = fs::split_path(path).second;
    auto dir = TRY(parent_of(path));
    for (const char* beside : {"-wal", "-shm", "-journal"}) TRY(fs::remove_tree(*dir, node.name + beside));
    return entry(node, *dir, path, 0);
  }

 private:
  Status children(const vault::Node& node, fs::Dir& dir, const std::string& path, unsigned depth) {
    if (depth > vault::kDepthMax)
      return fail(make_error(Code::corrupt, tr("folders are nested too deeply")).at(path));
    vault::Tree tree = TRY(snapshot_.tree(node));
    for (const vault::Node& child : tree.nodes)
      TRY(entry(child, dir, fs::join_path(path, child.name), depth));
    return {};
  }

  Status entry(const vault::Node& node, fs::Dir& dir, const std::string& path, unsigned depth) {
    switch (node.type) {
      case fs::FileType::regular:
        return regular(node, dir, path);
      case fs::FileType::directory:
        return subdirectory(node, dir, path, depth);
      case fs::FileType::symlink:
        return symlink(node, dir);
      default:
        return special(node, dir, path);
    }
  }

  // The open parent of `path`. Where a folder is missing it is made, with its attributes in the snapshot; a
  // link in its place is removed, never followed.
  Result<std::unique_ptr<fs::Dir>> parent_of(const std::string& path) {
    auto dir = TRY(target_.open_dir(""));
    for (size_t slash = path.find('/'), start = 0; slash != std::string::npos;
         slash = path.find('/', start)) {
      std::string name = path.substr(start, slash - start);
      auto stat = dir->stat(name);
      if (!stat || stat->type != fs::FileType::directory) {
        TRY(fs::remove_tree(*dir, name));
        TRY(dir->make_dir(name, 0700));
        auto node = snapshot_.find(path.substr(0, slash));
        if (node && node->is_dir()) TRY(apply_attributes(*dir, name, *node, counts_.problems));
      }
      dir = TRY(dir->open_dir(name));
      start = slash + 1;
    }
    return dir;
  }

  Status subdirectory(const vault::Node& node, fs::Dir& dir, const std::string& path, unsigned depth) {
    auto stat = dir.stat(node.name);
    if (!stat || stat->type != fs::FileType::directory) {
      TRY(fs::remove_tree(dir, node.name));
      TRY(dir.make_dir(node.name, 0700));
    }
    auto child = TRY(dir.open_dir(node.name));
    TRY(children(node, *child, path, depth + 1));
    return apply_attributes(dir, node.name, node,
                            counts_.problems);  // last: its time must survive its children
  }

  Status symlink(const vault::Node& node, fs::Dir& dir) {
    auto old = dir.read_link(node.name);
    if (!old || *old != node.target) {
      TRY(fs::remove_tree(dir, node.name));
      TRY(dir.make_symlink(node.target, node.name));
    }
    return apply_attributes(dir, node.name, node, counts_.problems);
  }

  Status regular(const vault::Node& node, fs::Dir& dir, const std::string& path) {
    ++counts_.files;
    counts_.bytes += node.size;
    progress_.advance(node.size);
    if (node.links > 1 && TRY(link_again(node, dir, path))) return {};
    if (holds(dir, node.name, node)) return apply_attributes(dir, node.name, node, counts_.problems);
    ++counts_.written;
    auto old = dir.stat(node.name);
    if (!old) return write_node(snapshot_, node, dir, node.name, counts_.problems);
    std::string temporary = TRY(write_beside(node, dir));
    Status placed = old->type == fs::FileType::directory ? fs::remove_tree(dir, node.name) : Status();
    if (placed) placed = dir.rename(temporary, dir, node.name, fs::Replace::yes);
    if (!placed) {
      (void)dir.remove(temporary);
      return placed;
    }
    // Only now, so that what a crash leaves under the temporary name is readable by nobody: it may hold
    // passwords.
    return apply_attributes(dir, node.name, node, counts_.problems);
  }

  // The snapshot may hold files of any name, also of these.
  Result<std::string> write_beside(const vault::Node& node, fs::Dir& dir) {
    for (int tries = 1;; ++tries) {
      std::string name = ".aplomb-restore-" + std::to_string(getpid()) + "-" + std::to_string(++serial_);
      Status written = write_new(snapshot_, node, dir, name);
      if (written) return name;
      if (written.error().sys_errno != EEXIST || tries == kTemporaryTries)
        return fail(std::move(written).error());
    }
  }

  // Hard links of one file within the snapshot become hard links again. True when this one was linked. Only
  // names that say the same of the file are one: otherwise a name that was judged by its hash would get
  // another's bytes.
  Result<bool> link_again(const vault::Node& node, fs::Dir& dir, const std::string& path) {
    auto [first, fresh] = links_.try_emplace(
        {node.device, node.inode, node.hash, node.size, node.mode, node.uid, node.gid}, path);
    if (fresh) return false;
    TRY(fs::remove_tree(dir, node.name));
    Status linked = target_.link(first->second, path);
    if (!linked) counts_.problems.push_back({path, linked.error().what});
    return linked.has_value();
  }

  Status special(const vault::Node& node, fs::Dir& dir, const std::string& path) {
    // No website needs a device, and whoever wrote the snapshot could reach the disk through one.
    if (node.type == fs::FileType::block_device || node.type == fs::FileType::char_device) {
      counts_.problems.push_back({path, tr("a device is not restored")});
      return {};
    }
    auto old = dir.stat(node.name);
    if (old && old->type == node.type) return apply_attributes(dir, node.name, node, counts_.problems);
    TRY(fs::remove_tree(dir, node.name));
    Status made = dir.make_node(node.name, node.type, node.mode, node.rdev);
    if (made) return apply_attributes(dir, node.name, node, counts_.problems);
    counts_.problems.push_back({path, made.error().what});
    return {};
  }

  using FileKey = std::tuple<uint64_t, uint64_t, Sha256, uint64_t, uint32_t, uint32_t, uint32_t>;

  VaultSnapshot& snapshot_;
  fs::Dir& target_;
  Progress& progress_;
  RestoreCounts& counts_;
  std::map<FileKey, std::string> links_;
  uint64_t serial_ = 0;
};

// Without empty components and single dots: "./uploads/" as "uploads".
std::string clean(const std::string& path) {
  std::string out;
  for (size_t start = 0; start <= path.size();) {
    size_t slash = std::min(path.find('/', start), path.size());
    std::string name = path.substr(start, slash - start);
    if (!name.empty() && name != ".") out = fs::join_path(out, name);
    start = slash + 1;
  }
  return out;
}

bool asked_for(const std::vector<std::string>& paths, const std::string& path) {
  return paths.empty() || std::ranges::any_of(paths, [&](const std::string& wanted) {
           return wanted == path || wanted.empty() || path.starts_with(wanted + "/");
         });
}

bool is_database(const Manifest& manifest, const std::string& path) {
  return std::ranges::any_of(manifest.databases, [&](const DatabaseEntry& entry) {
    return path == "db:" + entry.name || (!path.empty() && path == entry.object_path);
  });
}

}  // namespace

Status write_node(VaultSnapshot& snapshot, const vault::Node& node, fs::Dir& dir, const std::string& name,
                  std::vector<Skipped>& problems) {
  TRY(write_new(snapshot, node, dir, name));
  Status applied = apply_attributes(dir, name, node, problems);
  if (!applied) (void)dir.remove(name);
  return applied;
}

Status apply_attributes(fs::Dir& dir, const std::string& name, const vault::Node& node,
                        std::vector<Skipped>& problems) {
  auto note = [&](const Status& status) {
    if (!status) problems.push_back({node.name, status.error().what});
  };
  auto now = TRY(dir.stat(name));
  if (now.uid != node.uid || now.gid != node.gid) {
    // An ordinary user may not give files away; that is worth a word only to root.
    Status owned = dir.set_owner(name, node.uid, node.gid);
    if (privileged()) note(owned);
  }
  if (node.type == fs::FileType::regular || node.type == fs::FileType::directory) {
    auto old = dir.xattrs(name);
    if (old && *old != node.xattrs) {
      for (const fs::Xattr& xattr : *old)
        if (std::ranges::find(node.xattrs, xattr.name, &fs::Xattr::name) == node.xattrs.end())
          note(dir.remove_xattr(name, xattr.name));
      for (const fs::Xattr& xattr : node.xattrs) note(dir.set_xattr(name, xattr));
    }
  }
  // After the owner, because a change of owner takes set-uid bits away.
  if (node.type != fs::FileType::symlink && TRY(dir.stat(name)).mode != node.mode)
    note(dir.set_mode(name, node.mode));
  if (now.mtime_ns != node.mtime_ns || node.type == fs::FileType::directory)
    note(dir.set_mtime(name, node.mtime_ns));
  return {};
}

Result<RestoreCounts> restore(VaultSnapshot& snapshot, fs::Dir& target, const std::vector<std::string>& paths,
                              Progress& progress) {
  RestoreCounts counts;
  const Manifest& manifest = snapshot.manifest();
  progress.stage(tr("restoring"), manifest.bytes);
  Restorer restorer(snapshot, target, progress, counts);
  std::vector<std::string> wanted;
  for (const std::string& path : paths) wanted.push_back(clean(path));
  // Databases first: the times of the folders they lie in are set when those are done.
  for (const DatabaseEntry& database : manifest.databases) {
    if (asked_for(wanted, "db:" + database.name) ||
        (!database.object_path.empty() && asked_for(wanted, database.object_path)))
      TRY(restorer.database(database));
  }
  if (wanted.empty()) TRY(restorer.roots());
  for (const std::string& path : wanted)
    if (!is_database(manifest, path)) TRY(restorer.path(path));
  progress.done();
  return counts;
}

}  // namespace aplomb::archive
