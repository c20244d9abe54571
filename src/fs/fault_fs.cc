#include "fs/fault_fs.h"

namespace aplomb::fs {

namespace {

std::unexpected<Error> fault_error(int code, std::string_view path) {
  return fail(os_error(code, "injected fault", path));
}

// Every wrapped call starts with this.
Status gate(FaultPlan& plan, Op op, std::string_view path) {
  FaultPlan::Verdict verdict = plan.next(op, path);
  if (verdict.sys_errno != 0) return fault_error(verdict.sys_errno, path);
  return {};
}

class FaultFile final : public File {
 public:
  FaultFile(std::unique_ptr<File> inner, FaultPlan& plan, std::string_view path)
      : inner_(std::move(inner)), plan_(plan), path_(path) {}

  Result<size_t> read_at(uint64_t offset, std::span<uint8_t> out) override {
    FaultPlan::Verdict verdict = plan_.next(Op::read, path_);
    if (verdict.sys_errno != 0) return fault_error(verdict.sys_errno, path_);
    size_t got = TRY(inner_->read_at(offset, out));
    return verdict.shorten ? got / 2 : got;
  }
  Status write_at(uint64_t offset, ByteView data) override {
    FaultPlan::Verdict verdict = plan_.next(Op::write, path_);
    if (verdict.sys_errno == 0) return inner_->write_at(offset, data);
    if (!verdict.dead) TRY(inner_->write_at(offset, data.first(data.size() / 2)));
    return fault_error(verdict.sys_errno, path_);
  }
  Status truncate(uint64_t size) override {
    TRY(gate(plan_, Op::truncate, path_));
    return inner_->truncate(size);
  }
  Status sync() override {
    Status passed = gate(plan_, Op::sync_file, path_);
    if (!passed) {
      lies_ = true;
      return passed;
    }
    if (lies_) return {};
    return inner_->sync();
  }
  Result<Stat> stat() override {
    TRY(gate(plan_, Op::stat, path_));
    return inner_->stat();
  }
  Result<std::vector<Extent>> data_extents() override {
    TRY(gate(plan_, Op::extents, path_));
    return inner_->data_extents();
  }
  Result<std::vector<Xattr>> xattrs() override {
    TRY(gate(plan_, Op::read_xattrs, path_));
    return inner_->xattrs();
  }
  Status set_xattr(const Xattr& xattr) override {
    TRY(gate(plan_, Op::attributes, path_));
    return inner_->set_xattr(xattr);
  }
  Status remove_xattr(std::string_view name) override {
    TRY(gate(plan_, Op::attributes, path_));
    return inner_->remove_xattr(name);
  }
  Status set_mode(uint32_t mode) override {
    TRY(gate(plan_, Op::attributes, path_));
    return inner_->set_mode(mode);
  }
  Status set_owner(uint32_t uid, uint32_t gid) override {
    TRY(gate(plan_, Op::attributes, path_));
    return inner_->set_owner(uid, gid);
  }
  Status set_mtime(int64_t mtime_ns) override {
    TRY(gate(plan_, Op::attributes, path_));
    return inner_->set_mtime(mtime_ns);
  }
  Status try_lock() override {
    TRY(gate(plan_, Op::lock, path_));
    return inner_->try_lock();
  }

 private:
  std::unique_ptr<File> inner_;
  FaultPlan& plan_;
  std::string path_;
  bool lies_ = false;  // a sync failed: the kernel has dropped the pages and forgotten the error
};

class FaultDir final : public Dir {
 public:
  FaultDir(std::unique_ptr<Dir> inner, FaultPlan& plan, std::string path)
      : inner_(std::move(inner)), plan_(plan), path_(std::move(path)) {}

  Result<std::unique_ptr<File>> open(std::string_view path, Open how) override {
    bool may_make = how == Open::create || how == Open::create_new;
    TRY(pass(may_make ? Op::create : Op::open, path));
    return std::make_unique<FaultFile>(TRY(inner_->open(path, how)), plan_, join_path(path_, path));
  }
  Result<std::unique_ptr<Dir>> open_dir(std::string_view path) override {
    TRY(pass(Op::open_dir, path));
    return std::make_unique<FaultDir>(TRY(inner_->open_dir(path)), plan_, join_path(path_, path));
  }
  Result<std::vector<Entry>> list() override {
    TRY(pass(Op::list, ""));
    return inner_->list();
  }
  Result<Stat> stat_self() override {
    TRY(pass(Op::stat, ""));
    return inner_->stat_self();
  }
  Result<Stat> stat(std::string_view path) override {
    TRY(pass(Op::stat, path));
    return inner_->stat(path);
  }
  Result<std::string> read_link(std::string_view path) override {
    TRY(pass(Op::read_link, path));
    return inner_->read_link(path);
  }
  Status make_dir(std::string_view path, uint32_t mode) override {
    TRY(pass(Op::make, path));
    return inner_->make_dir(path, mode);
  }
  Status make_symlink(std::string_view target, std::string_view path) override {
    TRY(pass(Op::make, path));
    return inner_->make_symlink(target, path);
  }
  Status make_node(std::string_view path, FileType type, uint32_t mode, uint64_t rdev) override {
    TRY(pass(Op::make, path));
    return inner_->make_node(path, type, mode, rdev);
  }
  Status link(std::string_view from, std::string_view to) override {
    TRY(pass(Op::link, to));
    return inner_->link(from, to);
  }
  Status rename(std::string_view from, Dir& target, std::string_view to, Replace replace) override {
    auto* other = dynamic_cast<FaultDir*>(&target);
    TRY(other != nullptr ? other->pass(Op::rename, to) : pass(Op::rename, from));
    if (other == nullptr) return fault_error(EXDEV, from);
    return inner_->rename(from, *other->inner_, to, replace);
  }
  Status remove(std::string_view path) override {
    TRY(pass(Op::remove, path));
    return inner_->remove(path);
  }
  Status remove_dir(std::string_view path) override {
    TRY(pass(Op::remove, path));
    return inner_->remove_dir(path);
  }
  Status set_mode(std::string_view path, uint32_t mode) override {
    TRY(pass(Op::attributes, path));
    return inner_->set_mode(path, mode);
  }
  Status set_owner(std::string_view path, uint32_t uid, uint32_t gid) override {
    TRY(pass(Op::attributes, path));
    return inner_->set_owner(path, uid, gid);
  }
  Status set_mtime(std::string_view path, int64_t mtime_ns) override {
    TRY(pass(Op::attributes, path));
    return inner_->set_mtime(path, mtime_ns);
  }
  Result<std::vector<Xattr>> xattrs(std::string_view path) override {
    TRY(pass(Op::read_xattrs, path));
    return inner_->xattrs(path);
  }
  Status set_xattr(std::string_view path, const Xattr& xattr) override {
    TRY(pass(Op::attributes, path));
    return inner_->set_xattr(path, xattr);
  }
  Status remove_xattr(std::string_view path, std::string_view name) override {
    TRY(pass(Op::attributes, path));
    return inner_->remove_xattr(path, name);
  }
  Status sync() override {
    TRY(pass(Op::sync_dir, ""));
    return inner_->sync();
  }
  Result<uint64_t> free_bytes() override {
    TRY(pass(Op::free_bytes, ""));
    return inner_->free_bytes();
  }

 private:
  Status pass(Op op, std::string_view path) const { return gate(plan_, op, join_path(path_, path)); }

  std::unique_ptr<Dir> inner_;
  FaultPlan& plan_;
  std::string path_;
};

}  // namespace

Result<std::unique_ptr<Dir>> FaultFs::open_dir(std::string_view path) {
  TRY(gate(plan_, Op::open_dir, path));
  return std::make_unique<FaultDir>(TRY(inner_.open_dir(path)), plan_, std::string(path));
}

Result<std::unique_ptr<Dir>> FaultFs::make_dirs(std::string_view path, uint32_t mode) {
  TRY(gate(plan_, Op::make, path));
  return std::make_unique<FaultDir>(TRY(inner_.make_dirs(path, mode)), plan_, std::string(path));
}

}  // namespace aplomb::fs
