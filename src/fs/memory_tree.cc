#include "fs/memory_tree.h"

#include <sys/stat.h>

#include <algorithm>
#include <deque>

namespace aplomb::fs {

namespace {

constexpr size_t kNameMax = 255;
constexpr size_t kXattrMax = 65536;
constexpr uint64_t kSizeMax = uint64_t{1} << 44;  // as ext4 with 4 KiB blocks
constexpr int kLinksMax = 40;

std::deque<std::string> split(std::string_view path) {
  std::deque<std::string> out;
  while (!path.empty()) {
    size_t slash = std::min(path.find('/'), path.size());
    out.emplace_back(path.substr(0, slash));
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return out;
}

InodePtr lookup(const MemoryNames& names, std::string_view name) {
  auto found = names.find(name);
  return found == names.end() ? nullptr : found->second;
}

bool is_dir(const InodePtr& inode) {
  return inode->type == FileType::directory;
}

// Whether `below` is `top` or anywhere beneath it.
bool contains(const InodePtr& top, const InodePtr& below) {
  std::vector<InodePtr> todo{top};
  while (!todo.empty()) {
    InodePtr inode = todo.back();
    todo.pop_back();
    if (inode == below) return true;
    for (const auto& [name, child] : inode->entries)
      if (is_dir(child)) todo.push_back(child);
  }
  return false;
}

}  // namespace

std::unexpected<Error> memory_error(int code, std::string_view path) {
  return fail(os_error(code, "in-memory file system", path));
}

Stat MemoryInode::stat() const {
  Stat out;
  out.type = type;
  out.mode = attributes.mode;
  out.uid = attributes.uid;
  out.gid = attributes.gid;
  out.size = type == FileType::symlink ? target.size() : content.size();
  out.device = 1;
  out.inode = number;
  out.links = names;
  out.rdev = rdev;
  out.mtime_ns = attributes.mtime_ns;
  out.ctime_ns = ctime_ns;
  out.allocated = content.allocated();
  return out;
}

MemoryTree::MemoryTree(const Clock* clock)
    : clock_(clock), last_tick_ns_(clock ? clock->now().ns : 1'700'000'000 * kSecond) {
  root_ = std::make_shared<MemoryInode>();
  root_->number = next_number_++;
  root_->type = FileType::directory;
  root_->names = 1;
  root_->attributes.mode = 0755;
  root_->attributes.mtime_ns = root_->ctime_ns = last_tick_ns_;
  root_->durable_attributes = root_->attributes;
}

// Strictly increasing, also while a ManualClock stands still: a change never goes without a new ctime.
int64_t MemoryTree::tick() {
  last_tick_ns_ = std::max(last_tick_ns_ + 1, clock_ ? clock_->now().ns : 0);
  return last_tick_ns_;
}

Result<InodePtr> MemoryTree::find(const InodePtr& from, std::string_view path) const {
  if (!valid_path(path)) return memory_error(EINVAL, path);
  InodePtr here = from;
  for (const std::string& name : split(path)) {
    if (here->type == FileType::symlink) return memory_error(ELOOP, path);
    if (!is_dir(here)) return memory_error(ENOTDIR, path);
    if (name.size() > kNameMax) return memory_error(ENAMETOOLONG, path);
    here = lookup(here->entries, name);
    if (!here) return memory_error(ENOENT, path);
  }
  return here;
}

Result<MemoryTree::Spot> MemoryTree::spot(const InodePtr& from, std::string_view path) const {
  if (!valid_path(path) || path.empty()) return memory_error(EINVAL, path);
  auto [parent, name] = split_path(path);
  auto found = find(from, parent);
  if (!found) return memory_error(found.error().sys_errno, path);
  InodePtr dir = *found;
  if (dir->type == FileType::symlink) return memory_error(ELOOP, path);
  if (!is_dir(dir)) return memory_error(ENOTDIR, path);
  if (name.size() > kNameMax) return memory_error(ENAMETOOLONG, path);
  return Spot{dir, name};
}

Result<InodePtr> MemoryTree::follow(std::string_view path, std::optional<uint32_t> make_mode) {
  if (!path.starts_with('/') || path.find('\0') != std::string_view::npos) return memory_error(EINVAL, path);
  std::deque<std::string> todo = split(path);
  std::vector<InodePtr> trail{root_};
  for (int links = 0; !todo.empty();) {
    std::string name = todo.front();
    todo.pop_front();
    if (name.empty() || name == ".") continue;
    if (name == "..") {
      if (trail.size() > 1) trail.pop_back();
      continue;
    }
    Spot here{trail.back(), name};
    InodePtr next = lookup(here.dir->entries, name);
    if (!next && !make_mode) return memory_error(ENOENT, path);
    if (!next) {
      uint32_t parent_mode = (*make_mode & 077) == 0 ? 0700 : 0755;
      next = TRY(create(here, FileType::directory, todo.empty() ? *make_mode : parent_mode));
      sync_dir(here.dir);
    }
    if (next->type == FileType::symlink) {
      if (++links > kLinksMax) return memory_error(ELOOP, path);
      if (next->target.starts_with('/')) trail = {root_};
      std::deque<std::string> inserted = split(next->target);
      todo.insert(todo.begin(), inserted.begin(), inserted.end());
    } else if (is_dir(next)) {
      trail.push_back(next);
    } else {
      return memory_error(ENOTDIR, path);
    }
  }
  return trail.back();
}

Result<InodePtr> MemoryTree::create(const Spot& spot, FileType type, uint32_t mode) {
  if (lookup(spot.dir->entries, spot.name)) return memory_error(EEXIST, spot.name);
  if (spot.dir->names == 0) return memory_error(ENOENT, spot.name);  // the directory was removed
  if (free_bytes() == 0) return memory_error(ENOSPC, spot.name);
  auto inode = std::make_shared<MemoryInode>();
  inode->number = next_number_++;
  inode->type = type;
  inode->attributes.mode = mode & 07777;
  inode->attributes.mtime_ns = inode->ctime_ns = tick();
  inode->durable_attributes = inode->attributes;
  change({{{spot.dir, spot.name, inode}}, nullptr});
  return inode;
}

Status MemoryTree::link(const InodePtr& inode, const Spot& to) {
  if (is_dir(inode)) return memory_error(EPERM, to.name);
  if (lookup(to.dir->entries, to.name)) return memory_error(EEXIST, to.name);
  if (to.dir->names == 0) return memory_error(ENOENT, to.name);
  inode->ctime_ns = tick();
  change({{{to.dir, to.name, inode}}, nullptr});
  return {};
}

Status MemoryTree::rename(const Spot& from, const Spot& to, Replace replace) {
  InodePtr moved = lookup(from.dir->entries, from.name);
  InodePtr replaced = lookup(to.dir->entries, to.name);
  if (!moved || to.dir->names == 0) return memory_error(ENOENT, from.name);
  if (replaced && replace == Replace::no) return memory_error(EEXIST, to.name);
  if (is_dir(moved) && contains(moved, to.dir)) return memory_error(EINVAL, to.name);
  if (replaced == moved) return {};  // rename(2): two names of one file stay as they are
  if (replaced && is_dir(replaced) && !is_dir(moved)) return memory_error(EISDIR, to.name);
  if (replaced && !is_dir(replaced) && is_dir(moved)) return memory_error(ENOTDIR, to.name);
  if (replaced && !replaced->entries.empty()) return memory_error(ENOTEMPTY, to.name);
  moved->ctime_ns = tick();
  change({{{to.dir, to.name, moved}, {from.dir, from.name, nullptr}},
          replaced && is_dir(replaced) ? replaced : nullptr});
  return {};
}

Status MemoryTree::remove(const Spot& spot) {
  InodePtr inode = lookup(spot.dir->entries, spot.name);
  if (!inode) return memory_error(ENOENT, spot.name);
  if (is_dir(inode)) return memory_error(EISDIR, spot.name);
  inode->ctime_ns = tick();
  change({{{spot.dir, spot.name, nullptr}}, nullptr});
  return {};
}

Status MemoryTree::remove_dir(const Spot& spot) {
  InodePtr inode = lookup(spot.dir->entries, spot.name);
  if (!inode) return memory_error(ENOENT, spot.name);
  if (!is_dir(inode)) return memory_error(ENOTDIR, spot.name);
  if (!inode->entries.empty()) return memory_error(ENOTEMPTY, spot.name);
  change({{{spot.dir, spot.name, nullptr}}, inode});
  return {};
}

// A file without names and handles is gone: its space is free, whatever a crash may bring back.
void MemoryTree::forget_if_unused(const MemoryInode& inode) {
  if (inode.names == 0 && inode.handles == 0) used_ -= inode.content.allocated();
}

// A new name comes before the end of an old one in `edits`, so that a rename never counts down to nothing.
void MemoryTree::change(Change change) {
  for (const Edit& edit : change.edits) {
    if (edit.inode) ++edit.inode->names;
    InodePtr old = lookup(edit.dir->entries, edit.name);
    if (edit.inode) {
      edit.dir->entries[edit.name] = edit.inode;
    } else {
      edit.dir->entries.erase(edit.name);
    }
    if (old) {
      --old->names;
      forget_if_unused(*old);
    }
    edit.dir->attributes.mtime_ns = edit.dir->ctime_ns = tick();
  }
  unsynced_.push_back(std::move(change));
}

// A full disk takes what fits and then fails, as the kernel's write does.
Status MemoryTree::write(MemoryInode& inode, uint64_t offset, ByteView data) {
  constexpr uint64_t kPage = MemoryContent::kPageSize;
  if (offset > kSizeMax || data.size() > kSizeMax - offset) return memory_error(EFBIG, "");
  size_t done = 0;
  while (done < data.size()) {
    uint64_t at = offset + done;
    if (!inode.content.has_page_at(at) && free_bytes() < kPage) break;
    size_t count = std::min<uint64_t>(data.size() - done, kPage - at % kPage);
    uint64_t before = inode.content.allocated();
    inode.content.write(at, data.subspan(done, count));
    used_ += inode.content.allocated() - before;
    done += count;
  }
  ByteView written = data.first(done);
  if (done > 0)
    inode.unsynced.push_back({UnsyncedWrite::Kind::write, offset, Bytes(written.begin(), written.end())});
  if (done > 0) inode.attributes.mtime_ns = inode.ctime_ns = tick();
  if (done < data.size()) return memory_error(ENOSPC, "");
  return {};
}

Status MemoryTree::truncate(MemoryInode& inode, uint64_t size) {
  if (size > kSizeMax) return memory_error(EFBIG, "");
  uint64_t before = inode.content.allocated();
  inode.content.truncate(size);
  used_ -= before - inode.content.allocated();
  inode.unsynced.push_back({UnsyncedWrite::Kind::truncate, size, {}});
  inode.attributes.mtime_ns = inode.ctime_ns = tick();
  return {};
}

void MemoryTree::set_mode(MemoryInode& inode, uint32_t mode) {
  if (inode.type == FileType::symlink) return;
  inode.attributes.mode = mode & 07777;
  inode.ctime_ns = tick();
}

// chown(2) takes setuid away from a file, and setgid where the group may execute it.
void MemoryTree::set_owner(MemoryInode& inode, uint32_t uid, uint32_t gid) {
  MemoryAttributes& attributes = inode.attributes;
  attributes.uid = uid;
  attributes.gid = gid;
  if (inode.type == FileType::regular) {
    attributes.mode &= ~uint32_t{S_ISUID};
    if ((attributes.mode & S_IXGRP) != 0) attributes.mode &= ~uint32_t{S_ISGID};
  }
  inode.ctime_ns = tick();
}

void MemoryTree::set_mtime(MemoryInode& inode, int64_t mtime_ns) {
  inode.attributes.mtime_ns = mtime_ns;
  inode.ctime_ns = tick();
}

Status MemoryTree::set_xattr(MemoryInode& inode, const Xattr& xattr) {
  constexpr std::string_view kNamespaces[] = {"user.", "trusted.", "security.", "system."};
  bool known =
      std::ranges::any_of(kNamespaces, [&](std::string_view space) { return xattr.name.starts_with(space); });
  bool has_any = inode.type == FileType::regular || inode.type == FileType::directory;
  if (!known || !has_any) return memory_error(ENOTSUP, xattr.name);
  if (xattr.name.size() > kNameMax) return memory_error(ERANGE, xattr.name);
  if (xattr.value.size() > kXattrMax) return memory_error(E2BIG, xattr.name);
  inode.attributes.xattrs[xattr.name] = xattr.value;
  inode.ctime_ns = tick();
  return {};
}

Status MemoryTree::remove_xattr(MemoryInode& inode, std::string_view name) {
  auto& xattrs = inode.attributes.xattrs;
  auto found = xattrs.find(name);
  if (found == xattrs.end()) return memory_error(ENODATA, name);
  xattrs.erase(found);
  inode.ctime_ns = tick();
  return {};
}

void MemoryTree::close(const InodePtr& inode, const void* owner) {
  if (inode->lock_owner == owner) inode->lock_owner = nullptr;
  --inode->handles;
  forget_if_unused(*inode);
}

}  // namespace aplomb::fs
