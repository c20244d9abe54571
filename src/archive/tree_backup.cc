#include "archive/tree_backup.h"

#include <grp.h>
#include <pwd.h>

#include "base/messages.h"
#include "vault/format.h"

namespace aplomb::archive {
namespace {

constexpr unsigned kDepthMax = 400;           // each level holds a descriptor open
constexpr unsigned kAttempts = 3;             // readings of a file that changes meanwhile
constexpr uint64_t kRereadOneIn = 30;         // about a month for a full sweep of nightly backups
constexpr int64_t kRacyWindow = 2 * kSecond;  // a ctime this close to the last run proves nothing
constexpr size_t kWindow =
    3 * 1024 * 1024;  // at most a third of it is moved to the front before each reading
static_assert(kWindow > chunk::kHead);
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

TreeBackup::TreeBackup(vault::SnapshotWriter& writer, FileListReader& previous, FileListReader& interrupted,
                       FileListWriter& next, Random& random, Progress& progress, BackupOptions options)
    : writer_(writer),
      previous_(previous),
      interrupted_(interrupted),
      next_(next),
      random_(random),
      progress_(progress),
      options_(std::move(options)) {}

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
  node.content = TRY(store_dir(dir, label, 0));
  return node;
}

Result<vault::ObjectRef> TreeBackup::store_dir(fs::Dir& dir, const std::string& path, unsigned depth) {
  vault::TreeEncoder tree;
  auto entries = dir.list();
  if (!entries) {
    if (depth == 0)
      return fail(std::move(entries).error());  // the site itself: a snapshot without it says nothing
    skip(path, entries.error());
    return writer_.put_object(tree.finish(), vault::SnapshotWriter::Holds::ids);
  }
  for (const fs::Entry& entry : *entries) {
    std::string entry_path = object_path(path, entry.name);
    if (!options_.excluded(entry_path)) TRY(store_entry(dir, entry, entry_path, depth, tree));
  }
  return writer_.put_object(tree.finish(), vault::SnapshotWriter::Holds::ids);
}

Status TreeBackup::store_entry(fs::Dir& dir, const fs::Entry& entry, const std::string& path, unsigned depth,
                               vault::TreeEncoder& tree) {
  auto stat = dir.stat(entry.name);
  if (!stat) {
    if (stat.error().code != Code::not_found) skip(path, stat.error());  // gone meanwhile: as if never there
    return {};
  }
  if (stat->type == fs::FileType::regular) return store_file(dir, entry.name, path, *stat, tree);
  vault::Node node = describe(entry.name, *stat);
  if (stat->type == fs::FileType::symlink) {
    auto target = dir.read_link(entry.name);
    if (!target) {
      skip(path, target.error());
      return {};
    }
    node.target = std::move(*target);
  } else if (stat->type == fs::FileType::directory) {
    if (depth >= kDepthMax) {
      skip(path, make_error(Code::limit, tr("folders are nested too deeply")));
      return {};
    }
    auto child = dir.open_dir(entry.name);
    if (!child) {
      if (child.error().code != Code::not_found) skip(path, child.error());
      return {};
    }
    node.content = TRY(store_dir(**child, path, depth + 1));
    node.links = 1;
    if (auto xattrs = (*child)->xattrs("")) take_xattrs(node, path, std::move(*xattrs));
    tree.add(node);
    return {};
  }
  // Links and special files are in the list too: the judge on the machine must see what the judge of the
  // vault sees.
  TRY(next_.add(path, node));
  tree.add(node);
  return {};
}

bool TreeBackup::unchanged(const vault::NodeView& node, const fs::Stat& stat) const {
  return !options_.read_everything && !node.unstable && node.is_file() && node.inode == stat.inode &&
         node.device == stat.device && node.size == stat.size && node.mode == stat.mode &&
         node.uid == stat.uid && node.gid == stat.gid && node.mtime_ns == stat.mtime_ns &&
         node.ctime_ns == stat.ctime_ns && node.links == stat.links &&
         (node.size > 0 || node.hash == crypto::sha256({}));  // no chunk of it tells that the record is whole
}

std::optional<TreeBackup::Known> TreeBackup::find_known(const std::string& path, const fs::Stat& stat) {
  std::optional<Known> found;
  for (FileListReader* list : {&interrupted_, &previous_}) {
    auto record = list->seek(path);
    if (!record || !unchanged(record->node, stat)) continue;
    bool racy = stat.ctime_ns >= list->run_start().ns - kRacyWindow;
    if (!found || (found->racy && !racy)) found = Known{*record, racy};
  }
  return found;
}

void TreeBackup::count(uint64_t size) {
  ++counts_.files;
  counts_.bytes += size;
  progress_.advance(size);
}

Status TreeBackup::store_file(fs::Dir& dir, const std::string& name, const std::string& path,
                              const fs::Stat& stat, vault::TreeEncoder& tree) {
  auto known = find_known(path, stat);
  if (known && !known->racy && random_.below(kRereadOneIn) != 0) {
    const vault::NodeView& node = known->record.node;
    uint64_t xattr_bytes = node.xattrs.size();
    bool fits =
        xattr_bytes_ + xattr_bytes <= kXattrsOfSnapshot;  // else it is read again, and what is too much named
    if (fits && TRY(writer_.reuse(node.object()))) {
      xattr_bytes_ += xattr_bytes;
      count(stat.size);
      tree.add(node);
      return next_.add_record(known->record.bytes);
    }
  }
  auto node = TRY(read_file(dir, name, path));
  if (!node) return {};
  ++counts_.files_read;
  if (known && !known->racy && node->hash != known->record.node.hash)
    counts_.alerts.push_back(
        {path, tr("its bytes changed, but its size, times and inode did not: somebody hides a change")});
  count(node->size);
  tree.add(*node);
  return next_.add(path, *node);
}

// nullopt when it is gone, or cannot be read: the site's file, not the vault, and the rest is still worth
// saving.
Result<std::optional<vault::Node>> TreeBackup::read_file(fs::Dir& dir, const std::string& name,
                                                         const std::string& path) {
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
    if (read_error_) {
      skip(path, *read_error_);
      return std::optional<vault::Node>();
    }
    node.unstable = !same_version(*before, *after) || node.size != after->size;
    if (!node.unstable) break;
  }
  node.unstable = node.unstable || !whole;  // so that it is read, and named, each time
  return std::optional(std::move(node));
}

Status TreeBackup::read_content(fs::File& file, vault::Node& node) {
  if (node.size == 0) {
    node.hash = crypto::sha256({});
    return {};
  }
  bool sparse = false;
  auto extents = find_extents(file, node, sparse);
  if (!extents) {
    read_error_ = std::move(extents).error();
    return {};
  }
  Pass pass;
  uint64_t end = 0;
  for (const fs::Extent& extent : *extents) {
    if (sparse) pass.hash.hole(extent.offset);
    end = TRY(read_extent(file, extent, pass, node));
    if (read_error_) return {};
    if (sparse && end > extent.offset) node.extents.push_back({extent.offset, end - extent.offset});
  }
  if (sparse) {
    pass.hash.hole(node.size);
    if (node.extents.empty()) node.extents = {{0, 0}};  // nothing but a hole: no extents would mean all data
  } else {
    node.size = end;  // it shrank while it was read
  }
  if (!pass.whole) node.hash = pass.hash.finish();
  return {};
}

// Holes of a sparse file are hashed as zeros and not stored.
Result<std::vector<fs::Extent>> TreeBackup::find_extents(fs::File& file, vault::Node& node, bool& sparse) {
  const fs::Extent all{0, node.size};
  if (node.size <= chunk::kWholeFile) return std::vector{all};
  std::vector<fs::Extent> extents = TRY(file.data_extents());
  sparse = extents.size() != 1 || extents[0].offset != 0 || extents[0].length < node.size;
  if (extents.size() > vault::kExtentsMax)
    sparse = false;  // its holes are read as zeros, which cost one chunk
  return sparse ? std::move(extents) : std::vector{all};
}

// Reads, hashes and cuts; the answer is where the data ended. One buffer serves all files: new memory for
// each would cost as much as reading it.
Result<uint64_t> TreeBackup::read_extent(fs::File& file, const fs::Extent& extent, Pass& pass,
                                         vault::Node& node) {
  window_.resize(kWindow);
  uint64_t position = extent.offset, extent_end = extent.offset + extent.length;
  pass.begin = pass.end = 0;
  pass.at_end = false;
  while (!pass.at_end || pass.begin < pass.end) {
    if (!pass.at_end && pass.end - pass.begin < chunk::kHead) {
      std::memmove(window_.data(), window_.data() + pass.begin, pass.end - pass.begin);
      pass.end -= std::exchange(pass.begin, 0);
      size_t wanted = static_cast<size_t>(std::min<uint64_t>(kWindow - pass.end, extent_end - position));
      auto got = file.read_at(position, std::span(window_).subspan(pass.end, wanted));
      if (!got) {
        read_error_ = std::move(got).error();
        return position;
      }
      position += *got;
      pass.end += *got;
      pass.at_end = position >= extent_end || *got < wanted;
      if (!pass.content) {
        pass.content = chunk::look_at(ByteView(window_).first(pass.end));
        if (extent.offset == 0 && extent.length == node.size && TRY(store_whole(pass, node))) return position;
      }
      pass.hash.data(ByteView(window_).subspan(pass.end - *got, *got));
    }
    TRY(cut(pass, node));
  }
  return position;
}

// A file that is one chunk is hashed once.
Result<bool> TreeBackup::store_whole(Pass& pass, vault::Node& node) {
  if (!pass.at_end || pass.end == 0 || pass.end > chunk::whole_file(*pass.content)) return false;
  ByteView bytes = ByteView(window_).first(pass.end);
  node.hash = crypto::sha256(bytes);
  auto packing =
      *pass.content == chunk::Content::packed ? vault::Packing::as_it_is : vault::Packing::compress;
  node.content = {TRY(writer_.put(bytes, node.hash, packing))};
  pass.whole = true;
  if (options_.recent) options_.recent->offer(node.ctime_ns, node.hash, bytes);
  return true;
}

Status TreeBackup::cut(Pass& pass, vault::Node& node) {
  auto packing =
      *pass.content == chunk::Content::packed ? vault::Packing::as_it_is : vault::Packing::compress;
  const chunk::Params& params = chunk::params_for(*pass.content);
  while (true) {
    ByteView rest = ByteView(window_).subspan(pass.begin, pass.end - pass.begin);
    size_t length = chunk::next_cut(rest, pass.at_end, writer_.gear(), params);
    if (length == 0) return {};
    node.content.push_back(TRY(writer_.put(rest.first(length), packing)));
    pass.begin += length;
  }
}

Result<vault::Node> TreeBackup::store_single(fs::File& file, const std::string& name, const fs::Stat& like) {
  vault::Node node = describe(name, like);
  node.size = TRY(file.stat()).size;
  node.links = 1;
  read_error_.reset();
  TRY(read_content(file, node));
  if (read_error_) return fail(std::move(*read_error_));
  count(node.size);
  return node;
}

}  // namespace aplomb::archive
