#include "archive/restore.h"

#include <unistd.h>

#include <algorithm>
#include <deque>
#include <map>
#include <tuple>

#include "archive/file_writers.h"
#include "base/messages.h"
#include "vault/format.h"

namespace aplomb::archive {
namespace {

constexpr int kTemporaryTries = 1000;
// What the walk is ahead of the writing: enough that frames are opened and files compared meanwhile. A folder
// that waits is an open descriptor.
constexpr size_t kTasks = 200, kFolders = 100;
constexpr unsigned kComparers = 2;

// One step that waits for its turn. Steps are done in the order of the walk.
struct Task {
  enum class Kind : uint8_t { file, attributes };
  Kind kind = Kind::file;
  std::shared_ptr<fs::Dir> dir;  // what `name` is in
  std::string name;              // empty: the folder itself
  std::string path;              // from the target
  vault::Node node;
  bool absent = false;               // nothing bears the name
  bool wanted = false;               // its chunks were asked for
  bool compared = false;             // … or it is compared with what is there,
  std::optional<Sameness> sameness;  // which is known some time later
};

// Compares files with what is there, in two threads: reading and hashing is all there is to do where a
// restore finds a tree that is mostly right.
class Comparers {
 public:
  Comparers() : tasks_(kTasks + 1) {
    for (unsigned i = 0; i < kComparers; ++i) threads_.emplace_back([this] { work(); });
  }
  ~Comparers() {
    tasks_.abort();
    threads_.clear();  // joins, while the tasks are still there
  }

  void add(Task& task) {
    task.compared = true;
    tasks_.put(&task);
  }

  Sameness result(const Task& task) {
    std::unique_lock lock(mutex_);
    known_.wait(lock, [&] { return task.sameness.has_value(); });
    return *task.sameness;
  }

 private:
  void work() {
    while (auto task = tasks_.take()) {
      Sameness sameness = compare(*(*task)->dir, (*task)->name, (*task)->node);
      std::lock_guard lock(mutex_);
      (*task)->sameness = sameness;
      known_.notify_one();
    }
  }

  Channel<Task*> tasks_;
  std::mutex mutex_;
  std::condition_variable known_;
  std::vector<std::jthread> threads_;
};

// A chunk that is nowhere, or that the vault's disk does not give, is damage like one that lies; a connection
// that breaks is not.
template <typename T>
Result<T> from_vault(Result<T> read) {
  if (!read && (read.error().code == Code::not_found || read.error().code == Code::io))
    read.error().code = Code::corrupt;
  return read;
}

TakeChunk take_from(VaultSnapshot& snapshot) {
  return [&snapshot](const vault::ChunkRef& ref) -> Result<vault::ReadAhead::Piece> {
    auto bytes =
        std::make_shared<Bytes>(TRY(from_vault(snapshot.reader().chunk(snapshot.info().domain, ref))));
    ByteView view = *bytes;
    return vault::ReadAhead::Piece{std::move(bytes), view};
  };
}

// Restores nodes below `target`. Paths are relative to it. The walk makes folders and links at once; files
// and the attributes of folders wait in a queue, so that what they need is fetched meanwhile; new files are
// filled by other threads, and the attributes of a folder wait until those in it are.
class Restorer {
 public:
  Restorer(VaultSnapshot& snapshot, fs::Dir& target, Progress& progress, RestoreCounts& counts)
      : snapshot_(snapshot),
        target_(target),
        progress_(progress),
        counts_(counts),
        ahead_(snapshot.reader()),
        take_ahead_([this](const vault::ChunkRef& ref) {
          return from_vault(ahead_.take(snapshot_.info().domain, ref));
        }),
        take_now_(take_from(snapshot)) {}

  Status roots() {
    for (const RootEntry& root : snapshot_.manifest().roots) {
      if (!root.label.empty()) {
        TRY(path(root.label));
        continue;
      }
      std::shared_ptr<fs::Dir> top = TRY(target_.open_dir(""));
      TRY(children(root.node, top, "", 0, Folder::was_there));
      TRY(attributes_last(root.node, top, ""));
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
    return entry(std::move(node), dir, path, 0, Folder::was_there);
  }

  // What SQLite keeps beside a database belongs to the one that is replaced; played into another, it destroys
  // it.
  Status database(const DatabaseEntry& database) {
    std::string path = database.object_path.empty() ? "databases/" + database.name : database.object_path;
    vault::Node node = database.node;
    node.name = fs::split_path(path).second;
    auto dir = TRY(parent_of(path));
    for (const char* beside : {"-wal", "-shm", "-journal"}) TRY(fs::remove_tree(*dir, node.name + beside));
    return entry(std::move(node), dir, path, 0, Folder::was_there);
  }

  Status finish() {
    while (!tasks_.empty()) TRY(do_next());
    TRY(writers_.wait_for(writers_.added()));
    take_problems();
    while (!folders_.empty()) TRY(folder_done());
    return {};
  }

 private:
  enum class Folder : uint8_t { was_there, is_new };

  // Files before folders: a large one is then read or compared while smaller ones go on beside it.
  Status children(const vault::Node& node, const std::shared_ptr<fs::Dir>& dir, const std::string& path,
                  unsigned depth, Folder folder) {
    if (depth > vault::kDepthMax)
      return fail(make_error(Code::corrupt, tr("folders are nested too deeply")).at(path));
    auto listed = from_vault(snapshot_.tree(node));
    if (!listed && listed.error().code == Code::corrupt) {
      damaged(path, listed.error());
      return {};
    }
    vault::Tree tree = TRY(std::move(listed));
    for (bool folders : {false, true})
      for (vault::Node& child : tree.nodes)
        if (child.is_dir() == folders) {
          std::string child_path = fs::join_path(path, child.name);
          TRY(entry(std::move(child), dir, child_path, depth, folder));
        }
    return {};
  }

  Status entry(vault::Node node, const std::shared_ptr<fs::Dir>& dir, const std::string& path, unsigned depth,
               Folder folder) {
    switch (node.type) {
      case fs::FileType::regular:
        return regular(std::move(node), dir, path, folder);
      case fs::FileType::directory:
        return subdirectory(node, dir, path, depth, folder);
      case fs::FileType::symlink:
        return symlink(node, *dir, path);
      default:
        return special(node, *dir, path);
    }
  }

  // The open parent of `path`. Where a folder is missing it is made, with its attributes in the snapshot; a
  // link in its place is removed, never followed.
  Result<std::shared_ptr<fs::Dir>> parent_of(const std::string& path) {
    std::shared_ptr<fs::Dir> dir = TRY(target_.open_dir(""));
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

  Status subdirectory(const vault::Node& node, const std::shared_ptr<fs::Dir>& dir, const std::string& path,
                      unsigned depth, Folder parent) {
    bool is_new = parent == Folder::is_new;
    if (!is_new) {
      auto stat = dir->stat(node.name);
      is_new = !stat || stat->type != fs::FileType::directory;
      if (is_new) TRY(fs::remove_tree(*dir, node.name));
    }
    if (is_new) TRY(dir->make_dir(node.name, 0700));
    std::shared_ptr<fs::Dir> child = TRY(dir->open_dir(node.name));
    TRY(children(node, child, path, depth + 1, is_new ? Folder::is_new : Folder::was_there));
    return attributes_last(node, dir, node.name);  // its time must survive its children
  }

  Status attributes_last(const vault::Node& node, const std::shared_ptr<fs::Dir>& dir,
                         const std::string& name) {
    Task task;
    task.kind = Task::Kind::attributes;
    task.dir = dir;
    task.name = name;
    task.node = node;
    TRY(add(std::move(task)));
    return {};
  }

  static bool is_folder(fs::Dir& dir, const std::string& name) {
    auto stat = dir.stat(name);
    return stat && stat->type == fs::FileType::directory;
  }

  // What a folder holds that the snapshot does not have is nobody's to delete here: it stays, and is named.
  Result<bool> make_room(fs::Dir& dir, const std::string& name, const std::string& path) {
    auto old = dir.stat(name);
    if (!old) return true;
    Status removed = old->type == fs::FileType::directory ? dir.remove_dir(name) : dir.remove(name);
    if (removed) return true;
    if (removed.error().sys_errno != ENOTEMPTY) return fail(std::move(removed).error());
    counts_.problems.push_back(
        {path, tr("a folder that is not empty stands in its place: move it away and restore again")});
    return false;
  }

  Status symlink(const vault::Node& node, fs::Dir& dir, const std::string& path) {
    auto old = dir.read_link(node.name);
    if (!old || *old != node.target) {
      if (!TRY(make_room(dir, node.name, path))) return {};
      TRY(dir.make_symlink(node.target, node.name));
    }
    return apply_attributes(dir, node.name, node, counts_.problems);
  }

  Status regular(vault::Node node, const std::shared_ptr<fs::Dir>& dir, const std::string& path,
                 Folder folder) {
    Task made;
    made.dir = dir;
    made.name = node.name;
    made.path = path;
    made.node = std::move(node);
    Task& task = *TRY(add(std::move(made)));
    if (task.node.links > 1) return {};  // it may become a second name of what is written by then
    std::optional<fs::Stat> there;
    if (folder == Folder::was_there)
      if (auto stat = dir->stat(task.name)) there = *stat;
    task.absent = !there;
    if (there && there->type == fs::FileType::regular && there->size == task.node.size) {
      comparers_.add(task);
    } else {
      ahead_.want(snapshot_.info().domain, task.node.content);
      task.wanted = true;
    }
    return {};
  }

  // The task stays where it is until it is done.
  Result<Task*> add(Task task) {
    while (tasks_.size() >= kTasks) TRY(do_next());
    tasks_.push_back(std::move(task));
    return &tasks_.back();
  }

  Status do_next() {
    Task& task = tasks_.front();
    if (task.kind == Task::Kind::file) {
      TRY(file(task));
      progress_.advance(task.node.size);
    } else {
      folders_.push_back({writers_.added(), std::move(task)});
    }
    tasks_.pop_front();
    while (!folders_.empty() && (folders_.size() > kFolders || writers_.done(folders_.front().after)))
      TRY(folder_done());
    return {};
  }

  Status folder_done() {
    Waiting waiting = std::move(folders_.front());
    folders_.pop_front();
    TRY(writers_.wait_for(waiting.after));
    take_problems();
    Task& task = waiting.task;
    return apply_attributes(*task.dir, task.name, task.node, counts_.problems);
  }

  void take_problems() {
    for (Skipped& problem : writers_.take_problems()) counts_.problems.push_back(std::move(problem));
    const size_t damaged = writers_.take_damaged();
    counts_.damaged += damaged;
    counts_.files -= damaged;
    counts_.written -= damaged;
  }

  Status file(Task& task) {
    const vault::Node& node = task.node;
    fs::Dir& dir = *task.dir;
    ++counts_.files;
    counts_.bytes += node.size;
    if (node.links > 1) {
      if (TRY(link_again(node, dir, task.path))) return {};
      task.sameness = compare(dir, node.name, node);
    }
    if (task.compared) task.sameness = comparers_.result(task);
    if (task.sameness == Sameness::same) return {};
    if (task.sameness == Sameness::same_bytes)
      return apply_attributes(dir, node.name, node, counts_.problems);
    if (!task.absent && is_folder(dir, node.name))
      if (!TRY(make_room(dir, node.name, task.path))) {
        --counts_.files;
        return {};
      }
    Status written = write(task);
    if (!written && written.error().code == Code::corrupt) {
      if (task.wanted) ahead_.pass_over(snapshot_.info().domain, node.content);
      damaged(task.path, written.error());
      --counts_.files;
      return {};
    }
    ++counts_.written;
    return written;
  }

  void damaged(const std::string& path, const Error& error) {
    counts_.problems.push_back({path, error.what});
    ++counts_.damaged;
  }

  Status write(Task& task) {
    const vault::Node& node = task.node;
    fs::Dir& dir = *task.dir;
    const TakeChunk& take = task.wanted ? take_ahead_ : take_now_;
    if (task.absent && node.size <= FileWriters::kSizeMax) {
      FileWriters::Job job{
          task.dir, node.name, task.path, nullptr, node, {}, TRY(is_proven(snapshot_, node))};
      for (const vault::ChunkRef& ref : node.content) job.pieces.push_back(TRY(take(ref)));
      auto file = dir.open(node.name, fs::Open::create_new);
      if (!file && file.error().sys_errno == EEXIST) return replace(take_now_, node, dir);  // made meanwhile
      job.file = TRY(std::move(file));
      return writers_.add(std::move(job));
    }
    if (task.absent || !dir.stat(node.name)) {
      Status written =
          write_new(take, node, TRY(is_proven(snapshot_, node)), dir, node.name, &counts_.problems);
      if (written || written.error().sys_errno != EEXIST) return written;
    }
    return replace(take, node, dir);
  }

  Status replace(const TakeChunk& take, const vault::Node& node, fs::Dir& dir) {
    std::string temporary = TRY(write_beside(take, node, dir));
    Status placed = dir.rename(temporary, dir, node.name, fs::Replace::yes);
    if (!placed) {
      (void)dir.remove(temporary);
      return placed;
    }
    // Only now, so that what a crash leaves under the temporary name is readable by nobody: it may hold
    // passwords.
    return apply_attributes(dir, node.name, node, counts_.problems);
  }

  // The snapshot may hold files of any name, also of these.
  Result<std::string> write_beside(const TakeChunk& take, const vault::Node& node, fs::Dir& dir) {
    for (int tries = 1;; ++tries) {
      std::string name = ".aplomb-restore-" + std::to_string(getpid()) + "-" + std::to_string(++serial_);
      Status written = write_new(take, node, TRY(is_proven(snapshot_, node)), dir, name, nullptr);
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
    if (!TRY(make_room(dir, node.name, path))) return true;
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
    if (!TRY(make_room(dir, node.name, path))) return {};
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
  vault::ReadAhead ahead_;
  const TakeChunk take_ahead_, take_now_;
  std::map<FileKey, std::string> links_;
  uint64_t serial_ = 0;
  std::deque<Task> tasks_;
  struct Waiting {
    uint64_t after;  // so many files of writers_
    Task task;
  };
  std::deque<Waiting> folders_;
  Comparers comparers_;
  FileWriters writers_;
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
  return write_new(take_from(snapshot), node, TRY(is_proven(snapshot, node)), dir, name, &problems);
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
    if (geteuid() == 0) note(owned);
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
  progress.stage(tr("restoring"),
                 paths.empty() ? manifest.bytes : 0);  // how much a folder holds, a walk tells
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
  TRY(restorer.finish());
  progress.done();
  return counts;
}

}  // namespace aplomb::archive
