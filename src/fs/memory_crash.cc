// What survives: the syncs, and the choice among the states that a loss of power may leave (memory_fs.h).
#include <algorithm>
#include <set>
#include <utility>

#include "fs/memory_tree.h"

namespace aplomb::fs {

namespace {

constexpr uint64_t kSector = 512;

// How likely an unsynced thing survives, in eighths. Drawn per crash and per file, so that "nothing", "all"
// and "all but one" come up often: with independent coins alone, long chains of changes never survive whole.
uint64_t draw_survival(Random& random) {
  constexpr uint64_t kChoices[] = {0, 1, 4, 7, 8};
  return kChoices[random.below(std::size(kChoices))];
}

bool survives(uint64_t survival, Random& random) {
  return random.below(8) < survival;
}

Bytes garbage(size_t size, Random& random) {
  Bytes out(size);
  random.fill(out);
  return out;
}

// Sector by sector: the new bytes, the old ones, zeros, or garbage. Bytes outside the write are not harmed,
// as with SQLite's "powersafe overwrite", which disks with 512-byte sectors or better give.
void tear_sectors(MemoryContent& content, const UnsyncedWrite& write, Random& random) {
  ByteView data = write.data;
  uint64_t end = write.offset + data.size();
  if (random.below(2) == 0) content.truncate(std::max(content.size(), end));  // the size came through
  for (uint64_t at = write.offset; at < end;) {
    size_t count = std::min(end - at, kSector - at % kSector);
    switch (random.below(4)) {
      case 0:
        content.write(at, data.subspan(at - write.offset, count));
        break;
      case 1:
        content.write(at, Bytes(count, 0));
        break;
      case 2:
        content.write(at, garbage(count, random));
        break;
      default:
        break;
    }
    at += count;
  }
}

void settle_write(MemoryContent& content, const UnsyncedWrite& write, uint64_t survival, Random& random) {
  bool whole = survives(survival, random);
  if (write.kind == UnsyncedWrite::Kind::truncate) {
    if (whole) content.truncate(write.offset);
  } else if (whole) {
    content.write(write.offset, write.data);
  } else if (survival > 0) {
    switch (random.below(3)) {
      case 0:
        content.write(write.offset, ByteView(write.data).first(random.below(write.data.size())));
        break;
      case 1:
        tear_sectors(content, write, random);
        break;
      default:
        break;
    }
  }
}

void settle_inode(MemoryInode& inode, Random& random) {
  uint64_t survival = draw_survival(random);
  if (!survives(survival, random)) inode.attributes = inode.durable_attributes;
  inode.durable_attributes = inode.attributes;
  for (const UnsyncedWrite& write : inode.unsynced)
    settle_write(inode.durable_content, write, survival, random);
  inode.unsynced.clear();
  inode.content = inode.durable_content;
  inode.entries = inode.durable_entries;
  inode.names = 0;
  inode.handles = 0;
  inode.lock_owner = nullptr;
}

}  // namespace

void MemoryTree::sync_file(MemoryInode& inode) {
  inode.durable_attributes = inode.attributes;
  inode.durable_content = inode.content;
  inode.unsynced.clear();
}

// Makes every change in `dir` durable, and with it the earlier changes that it stands on: those of a name
// that it also touches (a file made elsewhere and renamed into here), and those within a directory that it
// removes.
void MemoryTree::sync_dir(const InodePtr& dir) {
  std::set<std::pair<const MemoryInode*, std::string>> names;
  std::set<const MemoryInode*> dirs{dir.get()};
  std::vector<bool> durable(unsynced_.size());
  for (size_t i = unsynced_.size(); i-- > 0;) {
    const Change& change = unsynced_[i];
    durable[i] = std::ranges::any_of(change.edits, [&](const Edit& edit) {
      return dirs.contains(edit.dir.get()) || names.contains({edit.dir.get(), edit.name});
    });
    if (!durable[i]) continue;
    for (const Edit& edit : change.edits) names.insert({edit.dir.get(), edit.name});
    if (change.removed_dir) dirs.insert(change.removed_dir.get());
  }
  std::vector<Change> rest;
  for (size_t i = 0; i < unsynced_.size(); ++i) {
    if (!durable[i]) {
      rest.push_back(std::move(unsynced_[i]));
      continue;
    }
    for (const Edit& edit : unsynced_[i].edits) {
      if (edit.inode) {
        edit.dir->durable_entries[edit.name] = edit.inode;
      } else {
        edit.dir->durable_entries.erase(edit.name);
      }
    }
  }
  unsynced_ = std::move(rest);
  dir->durable_attributes = dir->attributes;
}

// Keeps or drops each change. A change goes with the earlier one of the same name that it stands on, and the
// end of a directory with the changes inside it; otherwise the order in which they were made says nothing.
void MemoryTree::settle_names(Random& random) {
  uint64_t survival = draw_survival(random);
  std::set<std::pair<const MemoryInode*, std::string>> lost_names;
  std::set<const MemoryInode*> lost_dirs;
  for (const Change& change : unsynced_) {
    bool lost = !survives(survival, random) || lost_dirs.contains(change.removed_dir.get());
    for (const Edit& edit : change.edits) lost = lost || lost_names.contains({edit.dir.get(), edit.name});
    for (const Edit& edit : change.edits) {
      if (lost) {
        lost_names.insert({edit.dir.get(), edit.name});
        lost_dirs.insert(edit.dir.get());
      } else if (edit.inode) {
        edit.dir->durable_entries[edit.name] = edit.inode;
      } else {
        edit.dir->durable_entries.erase(edit.name);
      }
    }
  }
  unsynced_.clear();
}

void MemoryTree::crash(Random& random) {
  ++generation_;
  settle_names(random);
  used_ = 0;
  std::set<const MemoryInode*> seen{root_.get()};
  std::vector<InodePtr> todo{root_};  // what cannot be reached from the root is gone
  settle_inode(*root_, random);
  root_->names = 1;
  while (!todo.empty()) {
    InodePtr dir = todo.back();
    todo.pop_back();
    for (const auto& [name, child] : dir->entries) {
      if (seen.insert(child.get()).second) {
        settle_inode(*child, random);
        used_ += child->content.allocated();
        if (child->type == FileType::directory) todo.push_back(child);
      }
      ++child->names;
    }
  }
}

}  // namespace aplomb::fs
