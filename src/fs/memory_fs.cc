// The handles of MemoryFs. Each call takes the mutex, checks that no crash happened since the handle was
// opened, and leaves the work to MemoryTree.
#include "fs/memory_fs.h"

#include <mutex>

#include "base/messages.h"
#include "fs/memory_tree.h"

namespace aplomb::fs {

struct MemoryState {
  explicit MemoryState(const Clock* clock) : tree(clock) {}
  std::mutex mutex;
  MemoryTree tree;
};

namespace {

using StatePtr = std::shared_ptr<MemoryState>;

// What both kinds of handle hold.
class Handle {
 public:
  Handle(StatePtr state, InodePtr inode)
      : state_(std::move(state)), inode_(std::move(inode)), generation_(state_->tree.generation()) {}

 protected:
  Status alive() const {
    if (generation_ != state_->tree.generation()) return memory_error(EIO, "a handle from before the crash");
    return {};
  }
  MemoryTree& tree() const { return state_->tree; }
  std::unique_lock<std::mutex> lock() const { return std::unique_lock(state_->mutex); }

  StatePtr state_;
  InodePtr inode_;
  uint64_t generation_;
};

std::vector<Xattr> to_list(const MemoryInode& inode) {
  std::vector<Xattr> out;
  for (const auto& [name, value] : inode.attributes.xattrs) out.push_back({name, value});
  return out;
}

class MemoryFile final : public File, Handle {
 public:
  // With the mutex held.
  MemoryFile(const StatePtr& state, const InodePtr& inode, Open how)
      : Handle(state, inode), writable_(how != Open::read) {
    ++inode_->handles;
  }
  ~MemoryFile() override {
    auto held = lock();
    if (alive()) tree().close(inode_, this);
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  Result<size_t> read_at(uint64_t offset, std::span<uint8_t> out) override {
    auto held = lock();
    TRY(alive());
    return inode_->content.read(offset, out);
  }
  Status write_at(uint64_t offset, ByteView data) override {
    auto held = lock();
    TRY(alive());
    if (!writable_) return memory_error(EBADF, "");
    return tree().write(*inode_, offset, data);
  }
  Status truncate(uint64_t size) override {
    auto held = lock();
    TRY(alive());
    if (!writable_) return memory_error(EINVAL, "");
    return tree().truncate(*inode_, size);
  }
  Status sync() override {
    auto held = lock();
    TRY(alive());
    tree().sync_file(*inode_);
    return {};
  }
  Result<Stat> stat() override {
    auto held = lock();
    TRY(alive());
    return inode_->stat();
  }
  Result<std::vector<Extent>> data_extents() override {
    auto held = lock();
    TRY(alive());
    return inode_->content.extents();
  }
  Result<std::vector<Xattr>> xattrs() override {
    auto held = lock();
    TRY(alive());
    return to_list(*inode_);
  }
  Status set_xattr(const Xattr& xattr) override {
    auto held = lock();
    TRY(alive());
    return tree().set_xattr(*inode_, xattr);
  }
  Status remove_xattr(std::string_view name) override {
    auto held = lock();
    TRY(alive());
    return tree().remove_xattr(*inode_, name);
  }
  Status set_mode(uint32_t mode) override {
    auto held = lock();
    TRY(alive());
    tree().set_mode(*inode_, mode);
    return {};
  }
  Status set_owner(uint32_t uid, uint32_t gid) override {
    auto held = lock();
    TRY(alive());
    tree().set_owner(*inode_, uid, gid);
    return {};
  }
  Status set_mtime(int64_t mtime_ns) override {
    auto held = lock();
    TRY(alive());
    tree().set_mtime(*inode_, mtime_ns);
    return {};
  }
  Status try_lock() override {
    auto held = lock();
    TRY(alive());
    if (inode_->lock_owner != nullptr && inode_->lock_owner != this)
      return fail(Code::busy, tr("another run holds the lock"));
    inode_->lock_owner = this;
    return {};
  }

 private:
  const bool writable_;
};

class MemoryDir final : public Dir, Handle {
 public:
  using Handle::Handle;  // with the mutex held

  Result<std::unique_ptr<File>> open(std::string_view path, Open how) override {
    auto held = lock();
    TRY(alive());
    InodePtr inode = TRY(find_or_create(path, how));
    if (inode->type == FileType::symlink) return memory_error(ELOOP, path);
    if (inode->type == FileType::directory) return memory_error(EISDIR, path);
    if (inode->type != FileType::regular) return memory_error(ENXIO, path);
    return std::make_unique<MemoryFile>(state_, inode, how);
  }
  Result<std::unique_ptr<Dir>> open_dir(std::string_view path) override {
    auto held = lock();
    InodePtr inode = TRY(entry(path));
    if (inode->type == FileType::symlink) return memory_error(ELOOP, path);
    if (inode->type != FileType::directory) return memory_error(ENOTDIR, path);
    return std::make_unique<MemoryDir>(state_, inode);
  }
  Result<std::vector<Entry>> list() override {
    auto held = lock();
    TRY(alive());
    std::vector<Entry> out;
    for (const auto& [name, child] : inode_->entries) out.push_back({name, child->type});
    return out;
  }
  Result<Stat> stat_self() override { return stat(""); }
  Result<Stat> stat(std::string_view path) override {
    auto held = lock();
    return TRY(entry(path))->stat();
  }
  Result<std::string> read_link(std::string_view path) override {
    auto held = lock();
    InodePtr inode = TRY(entry(path));
    if (inode->type != FileType::symlink) return memory_error(EINVAL, path);
    return inode->target;
  }
  Status make_dir(std::string_view path, uint32_t mode) override {
    auto held = lock();
    auto place = TRY(spot(path));
    TRY(tree().create(place, FileType::directory, mode));
    return {};
  }
  Status make_symlink(std::string_view target, std::string_view path) override {
    auto held = lock();
    auto place = TRY(spot(path));
    if (target.empty()) return memory_error(ENOENT, path);
    if (target.find('\0') != std::string_view::npos) return memory_error(EINVAL, path);
    TRY(tree().create(place, FileType::symlink, 0777))->target = target;
    return {};
  }
  Status make_node(std::string_view path, FileType type, uint32_t mode, uint64_t rdev) override {
    auto held = lock();
    auto place = TRY(spot(path));
    if (type == FileType::regular || type == FileType::directory || type == FileType::symlink)
      return memory_error(EINVAL, path);
    InodePtr inode = TRY(tree().create(place, type, mode));
    if (type == FileType::block_device || type == FileType::char_device) inode->rdev = rdev;
    return {};
  }
  Status link(std::string_view from, std::string_view to) override {
    auto held = lock();
    TRY(spot(from));
    InodePtr inode = TRY(entry(from));
    return tree().link(inode, TRY(spot(to)));
  }
  Status rename(std::string_view from, Dir& target, std::string_view to, Replace replace) override {
    auto* other = dynamic_cast<MemoryDir*>(&target);
    if (other == nullptr || other->state_ != state_) return memory_error(EXDEV, from);
    auto held = lock();
    auto source = TRY(spot(from));
    return tree().rename(source, TRY(other->spot(to)), replace);
  }
  Status remove(std::string_view path) override {
    auto held = lock();
    return tree().remove(TRY(spot(path)));
  }
  Status remove_dir(std::string_view path) override {
    auto held = lock();
    return tree().remove_dir(TRY(spot(path)));
  }
  Status set_mode(std::string_view path, uint32_t mode) override {
    auto held = lock();
    tree().set_mode(*TRY(entry(path)), mode);
    return {};
  }
  Status set_owner(std::string_view path, uint32_t uid, uint32_t gid) override {
    auto held = lock();
    tree().set_owner(*TRY(entry(path)), uid, gid);
    return {};
  }
  Status set_mtime(std::string_view path, int64_t mtime_ns) override {
    auto held = lock();
    tree().set_mtime(*TRY(entry(path)), mtime_ns);
    return {};
  }
  Result<std::vector<Xattr>> xattrs(std::string_view path) override {
    auto held = lock();
    return to_list(*TRY(entry(path)));
  }
  Status set_xattr(std::string_view path, const Xattr& xattr) override {
    auto held = lock();
    return tree().set_xattr(*TRY(entry(path)), xattr);
  }
  Status remove_xattr(std::string_view path, std::string_view name) override {
    auto held = lock();
    return tree().remove_xattr(*TRY(entry(path)), name);
  }
  Status sync() override {
    auto held = lock();
    TRY(alive());
    tree().sync_dir(inode_);
    return {};
  }
  Result<uint64_t> free_bytes() override {
    auto held = lock();
    TRY(alive());
    return tree().free_bytes();
  }

 private:
  // All with the mutex held.
  Result<InodePtr> entry(std::string_view path) const {
    TRY(alive());
    return tree().find(inode_, path);
  }
  Result<MemoryTree::Spot> spot(std::string_view path) const {
    TRY(alive());
    return tree().spot(inode_, path);
  }
  Result<InodePtr> find_or_create(std::string_view path, Open how) const {
    auto place = TRY(spot(path));
    auto found = place.dir->entries.find(place.name);
    if (how == Open::create_new || (how == Open::create && found == place.dir->entries.end()))
      return tree().create(place, FileType::regular, 0600);
    if (found == place.dir->entries.end()) return memory_error(ENOENT, path);
    return found->second;
  }
};

}  // namespace

MemoryFs::MemoryFs(const Clock* clock) : state_(std::make_shared<MemoryState>(clock)) {}
MemoryFs::~MemoryFs() = default;

Result<std::unique_ptr<Dir>> MemoryFs::open_dir(std::string_view path) {
  std::unique_lock held(state_->mutex);
  return std::make_unique<MemoryDir>(state_, TRY(state_->tree.follow(path, std::nullopt)));
}

Result<std::unique_ptr<Dir>> MemoryFs::make_dirs(std::string_view path, uint32_t mode) {
  std::unique_lock held(state_->mutex);
  return std::make_unique<MemoryDir>(state_, TRY(state_->tree.follow(path, mode)));
}

void MemoryFs::crash(Random& random) {
  std::unique_lock held(state_->mutex);
  state_->tree.crash(random);
}

void MemoryFs::set_capacity(uint64_t bytes) {
  std::unique_lock held(state_->mutex);
  state_->tree.set_capacity(bytes);
}

}  // namespace aplomb::fs
