#include "archive/tree_backup.h"

#include <grp.h>
#include <pwd.h>

#include "archive/sparse_hash.h"
#include "base/messages.h"
#include "vault/format.h"

namespace aplomb::archive {
namespace {

constexpr unsigned kDepthMax = 400;           // each level holds a descriptor open
constexpr unsigned kAttempts = 3;             // readings of a file that changes meanwhile
constexpr uint64_t kRereadOneIn = 30;         // about a month for a full sweep of nightly backups
constexpr int64_t kRacyWindow = 2 * kSecond;  // a ctime this close to the last run proves nothing
constexpr size_t kWindow = 1024 * 1024;
// Bytes of extended attributes: of one value, of one file, of a snapshot. ACLs
// and labels take some hundred.
constexpr uint64_t kXattrValueMax = 64 * 1024, kXattrsOfNode = 128 * 1024, kXattrsOfSnapshot = 128ull << 20;

bool same_version(const fs::Stat& a, const fs::Stat& b) {
  return a.size == b.size && a.mtime_ns == b.mtime_ns && a.ctime_ns == b.ctime_ns;
}

}  // namespace

const std::string& OwnerNames::user(uint32_t uid) {
  auto [place, fresh] = users_.try_emplace(uid);
  if (fresh)
    if (const passwd* entry = getpwuid(uid)) place->second = entry->pw_name;
  return place->second;
}

const std::string& OwnerNames::group(uint32_t gid) {
  auto [place, fresh] = groups_.try_emplace(gid);
  if (fresh)
    if (const struct group* entry = getgrgid(gid)) place->second = entry->gr_name;
  return place->second;
}

TreeBackup::TreeBackup(vault::SnapshotWriter& writer, FileListReader& previous, FileListWriter& next,
                       Random& random, Progress& progress, BackupOptions options)
    : writer_(writer),
      previous_(previous),
      next_(next),
      random_(random),
      progress_(progress),
      options_(std::move(options)),
      gear_material_(writer.gear_material()),
      gear_(std::span<const uint8_t, 2048>(gear_material_)) {}

// A decoder refuses more attributes than the format allows, and a folder of
// files with many large ones would be a tree that nobody can read again. What
// is too much is left out and named; the site decides how much there is.
bool TreeBackup::take_xattrs(vault::Node& node, const std::string& path, std::vector<fs::Xattr> xattrs) {
  size_t found = xattrs.size();
  uint64_t bytes = 0;
  std::erase_if(xattrs, [&](const fs::Xattr& xattr) {
    uint64_t size = xattr.name.size() + xattr.value.size();
    bool fits = xattr.name.size() <= kTextMax && xattr.value.size() <= kXattrValueMax &&
                bytes + size <= kXattrsOfNode && xattr_bytes_ + bytes + size <= kXattrsOfSnapshot;
    if (fits) bytes += size;
    return !fits;
  });
  if (xattrs.size() > vault::kXattrsMax) xattrs.resize(vault::kXattrsMax);
  xattr_bytes_ += bytes;
  bool whole = xattrs.size() == found;
  if (!whole)
    skip(path, make_error(Code::limit, tr("of its {} extended attributes only {} are "
                                          "saved: they are too many or too "
                                          "large",
                                          found, xattrs.size())));
  node.xattrs = std::move(xattrs);
  return whole;
}

void TreeBackup::skip(const std::string& path, const Error& error) {
  counts_.skipped.push_back({path, error.what});
}

vault::Node TreeBackup::describe(const std::string& name, const fs::Stat& stat) {
  vault::Node node;
  node.name = name;
  node.type = stat.type;
  node.mode = stat.mode;
  node.uid = stat.uid;
  node.gid = stat.gid;
  node.user = owners_.user(stat.uid);
  node.group = owners_.group(stat.gid);
  node.mtime_ns = stat.mtime_ns;
  node.ctime_ns = stat.ctime_ns;
  node.inode = stat.inode;
  node.device = stat.device;
  node.links = stat.links;
  node.rdev = stat.rdev;
  return node;
}

Result<vault::Node> TreeBackup::store_root(fs::Dir& dir, const std::string& name, const std::string& label) {
  vault::Node node = describe(name, TRY(dir.stat_self()));
  node.links = 1;
  if (auto xattrs = dir.xattrs("")) take_xattrs(node, label, std::move(*xattrs));
  vault::Tree tree = TRY(store_dir(dir, label, 0));
  node.content = TRY(writer_.put_object(encode(tree)));
  return node;
}

Result<vault::Tree> TreeBackup::store_dir(fs::Dir& dir, const std::string& path, unsigned depth) {
  vault::Tree tree;
  auto entries = dir.list();
  if (!entries) {
    if (depth == 0)
      return fail(std::move(entries).error());  // the site itself: a snapshot without it says nothing
    skip(path, entries.error());
    return tree;
  }
  for (const fs::Entry& entry : *entries) {
    std::string entry_path = object_path(path, entry.name);
    if (options_.excluded(entry_path)) continue;
    auto node = TRY(store_entry(dir, entry, entry_path, depth));
    if (node) tree.nodes.push_back(std::move(*node));
  }
  return tree;
}

Result<std::optional<vault::Node>> TreeBackup::store_entry(fs::Dir& dir, const fs::Entry& entry,
                                                           const std::string& path, unsigned depth) {
  auto stat = dir.stat(entry.name);
  if (!stat) {
    if (stat.error().code != Code::not_found) skip(path, stat.error());  // gone meanwhile: as if never there
    return std::optional<vault::Node>();
  }
  if (stat->type == fs::FileType::regular) return store_file(dir, entry.name, path, *stat);
  vault::Node node = describe(entry.name, *stat);
  if (stat->type == fs::FileType::symlink) {
    auto target = dir.read_link(entry.name);
    if (!target) {
      skip(path, target.error());
      return std::optional<vault::Node>();
    }
    node.target = std::move(*target);
  } else if (stat->type == fs::FileType::directory) {
    if (depth >= kDepthMax) {
      skip(path, make_error(Code::limit, tr("folders are nested too deeply")));
      return std::optional<vault::Node>();
    }
    auto child = dir.open_dir(entry.name);
    if (!child) {
      if (child.error().code != Code::not_found) skip(path, child.error());
      return std::optional<vault::Node>();
    }
    vault::Tree tree = TRY(store_dir(**child, path, depth + 1));
    node.content = TRY(writer_.put_object(encode(tree)));
    node.links = 1;
    if (auto xattrs = dir.xattrs(entry.name)) take_xattrs(node, path, std::move(*xattrs));
    return std::optional(std::move(node));
  }
  // Links and special files are in the list too: the judge on the machine must see what the judge of the
  // vault sees.
  TRY(next_.add({path, node}));
  return std::optional(std::move(node));
}

bool TreeBackup::unchanged(const ListedFile& listed, const fs::Stat& stat) const {
  const vault::Node& node = listed.node;
  return !options_.read_everything && !node.unstable && node.is_file() && node.inode == stat.inode &&
         node.device == stat.device && node.size == stat.size && node.mode == stat.mode &&
         node.uid == stat.uid && node.gid == stat.gid && node.mtime_ns == stat.mtime_ns &&
         node.ctime_ns == stat.ctime_ns && node.links == stat.links;
}

Result<std::optional<vault::Node>> TreeBackup::store_file(fs::Dir& dir, const std::string& name,
                                                          const std::string& path, const fs::Stat& stat) {
  auto listed = previous_.seek(path);
  bool same_times = listed && unchanged(*listed, stat);
  bool racy = stat.ctime_ns >= previous_.run_start().ns - kRacyWindow;
  bool reread = same_times && (racy || random_.below(kRereadOneIn) == 0);
  auto keep = [&](vault::Node node) -> Result<std::optional<vault::Node>> {
    ++counts_.files;
    counts_.bytes += node.size;
    progress_.advance(node.size);
    TRY(next_.add({path, node}));
    return std::optional(std::move(node));
  };
  if (same_times && !reread) {
    bool there = TRY(writer_.reuse(listed->node.content));
    if (there) {
      std::vector<fs::Xattr> xattrs = std::move(listed->node.xattrs);
      take_xattrs(listed->node, path, std::move(xattrs));
      return keep(std::move(listed->node));
    }
  }
  auto file = dir.open(name, fs::Open::read);
  if (!file) {
    if (file.error().code != Code::not_found) skip(path, file.error());
    return std::optional<vault::Node>();
  }
  vault::Node node;
  bool whole = true;
  for (unsigned attempt = 1; attempt <= kAttempts; ++attempt) {
    read_error_.reset();
    auto before = (*file)->stat();
    if (before) {
      node = describe(name, *before);
      node.size = before->size;
      if (auto xattrs = (*file)->xattrs()) whole = take_xattrs(node, path, std::move(*xattrs));
      TRY(read_content(**file, node));
    }
    auto after = (*file)->stat();
    if (!before || !after) read_error_ = std::move(before ? after : before).error();
    if (read_error_) {  // the site's file, not the vault: the rest of the site is still worth saving
      skip(path, *read_error_);
      return std::optional<vault::Node>();
    }
    node.unstable = !same_version(*before, *after) || node.size != after->size;
    if (!node.unstable) break;
  }
  node.unstable = node.unstable || !whole;  // so that it is read, and named, each time
  ++counts_.files_read;
  if (same_times && !racy && node.hash != listed->node.hash)
    counts_.alerts.push_back(
        {path, tr("its bytes changed, but its size, times and inode did not: somebody hides a change")});
  return keep(std::move(node));
}

Status TreeBackup::read_content(fs::File& file, vault::Node& node) {
  if (node.size == 0) {
    node.hash = crypto::sha256({});
    return {};
  }
  if (node.size <= chunk::kWholeFile) return read_whole(file, node);
  return read_streamed(file, node);
}

Status TreeBackup::read_whole(fs::File& file, vault::Node& node) {
  buffer_.resize(static_cast<size_t>(node.size));
  auto got = file.read_at(0, buffer_);
  if (!got) {
    read_error_ = std::move(got).error();
    return {};
  }
  buffer_.resize(*got);
  node.size = *got;
  node.hash = crypto::sha256(buffer_);
  if (*got > 0) node.content = {TRY(writer_.put(buffer_, node.hash))};
  if (options_.recent) options_.recent->offer(node.ctime_ns, node.hash, buffer_);
  return {};
}

// Cuts by content, window by window; holes of a sparse file are hashed as zeros and not stored.
Status TreeBackup::read_streamed(fs::File& file, vault::Node& node) {
  auto found = file.data_extents();
  if (!found) {
    read_error_ = std::move(found).error();
    return {};
  }
  std::vector<fs::Extent> extents = std::move(*found);
  bool sparse = extents.size() != 1 || extents[0].offset != 0 || extents[0].length < node.size;
  if (extents.size() > vault::kExtentsMax)
    sparse = false;  // its holes are read as zeros, which cost one chunk
  if (!sparse) extents = {{0, node.size}};
  SparseHash hash;
  uint64_t end = 0;
  for (const fs::Extent& extent : extents) {
    hash.hole(extent.offset);
    Bytes window;
    uint64_t position = extent.offset, extent_end = extent.offset + extent.length;
    bool at_end = false;
    while (!at_end || !window.empty()) {
      if (!at_end && window.size() < kWindow) {
        size_t old = window.size();
        size_t wanted = static_cast<size_t>(std::min<uint64_t>(kWindow, extent_end - position));
        window.resize(old + wanted);
        auto got = file.read_at(position, std::span(window).subspan(old));
        if (!got) {
          read_error_ = std::move(got).error();
          return {};
        }
        window.resize(old + *got);
        hash.data(ByteView(window).subspan(old));
        position += *got;
        at_end = position >= extent_end || *got < wanted;
      }
      size_t used = 0;
      while (size_t length =
                 chunk::next_cut(ByteView(window).subspan(used), at_end, gear_, chunk::kFileParams)) {
        node.content.push_back(TRY(writer_.put(ByteView(window).subspan(used, length))));
        used += length;
      }
      window.erase(window.begin(), window.begin() + static_cast<ptrdiff_t>(used));
    }
    end = std::max(end, position);
    if (sparse && position > extent.offset) node.extents.push_back({extent.offset, position - extent.offset});
  }
  if (sparse) {
    hash.hole(node.size);
    if (node.extents.empty()) node.extents = {{0, 0}};  // nothing but a hole: no extents would mean all data
  } else {
    node.size = end;  // it shrank while it was read
  }
  node.hash = hash.finish();
  return {};
}

Result<vault::Node> TreeBackup::store_single(fs::File& file, const std::string& name, const fs::Stat& like) {
  vault::Node node = describe(name, like);
  node.size = TRY(file.stat()).size;
  node.links = 1;
  read_error_.reset();
  TRY(read_content(file, node));
  if (read_error_) return fail(std::move(*read_error_));
  ++counts_.files;
  counts_.bytes += node.size;
  return node;
}

}  // namespace aplomb::archive
