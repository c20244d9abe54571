#include "archive/snapshot_view.h"

#include <algorithm>

#include "archive/sparse_hash.h"
#include "base/messages.h"
#include "vault/format.h"

namespace aplomb::archive {
namespace {

constexpr uint64_t kStep = 4ull * 1024 * 1024;
constexpr uint64_t kWholeMax = 32ull * 1024 * 1024;  // what the judge reads in one piece
constexpr uint64_t kManifestMax = 256ull * 1024 * 1024;

// The part of a path behind a root's label; nullopt when it is not in that root.
std::optional<std::string_view> below(std::string_view path, std::string_view label) {
  if (label.empty()) return path;
  if (path == label) return std::string_view();
  if (path.size() > label.size() && path.starts_with(label) && path[label.size()] == '/')
    return path.substr(label.size() + 1);
  return std::nullopt;
}

}  // namespace

Result<std::unique_ptr<VaultSnapshot>> VaultSnapshot::open(vault::VaultReader& reader,
                                                           const vault::SnapshotInfo& info) {
  std::unique_ptr<VaultSnapshot> view(new VaultSnapshot(reader, info));
  std::string what = tr("snapshot {}", info.id.hex().substr(0, 12));
  Bytes bytes = TRY_IN(reader.object(info.domain, info.manifest, kManifestMax), what);
  view->manifest_ = TRY_IN(decode_manifest(bytes), what);
  return view;
}

Result<vault::Tree> VaultSnapshot::tree(const vault::Node& directory) {
  return vault::decode_tree(TRY(reader_.object(info_.domain, directory.content, vault::kTreeMax)));
}

Status VaultSnapshot::for_each(const Visit& visit) {
  for (const RootEntry& root : manifest_.roots) TRY(visit_tree(root.node, root.label, visit, 0));
  return {};
}

Status VaultSnapshot::visit_tree(const vault::Node& directory, const std::string& path, const Visit& visit,
                                 unsigned depth) {
  if (depth > vault::kDepthMax)
    return fail(make_error(Code::corrupt, tr("folders are nested too deeply")).at(path));
  vault::Tree entries = TRY(tree(directory));
  for (const vault::Node& node : entries.nodes) {
    std::string node_path = object_path(path, node.name);
    TRY(visit(node_path, node));
    if (node.is_dir()) TRY(visit_tree(node, node_path, visit, depth + 1));
  }
  return {};
}

Result<vault::Node> VaultSnapshot::find(std::string_view path) {
  Error missing = make_error(Code::not_found, tr("the snapshot does not have it")).at(path);
  for (const RootEntry& root : manifest_.roots) {
    auto rest = below(path, root.label);
    if (!rest) continue;
    vault::Node node = root.node;
    bool found = true;
    while (found && !rest->empty()) {
      size_t slash = rest->find('/');
      std::string_view name = rest->substr(0, slash);
      rest = slash == std::string_view::npos ? std::string_view() : rest->substr(slash + 1);
      if (name.empty()) continue;
      if (!node.is_dir()) return fail(std::move(missing));
      vault::Tree entries = TRY(tree(node));
      const vault::Node* next = entries.find(name);
      found = next != nullptr;
      if (found) node = vault::Node(*next);
    }
    if (found) return node;
  }
  return fail(std::move(missing));
}

Result<Bytes> VaultSnapshot::read(const std::string&, const vault::Node& node, uint64_t offset,
                                  uint64_t limit) {
  uint64_t end = std::min(node.size, checked_add(offset, limit).value_or(node.size));
  if (offset >= end) return Bytes();
  Bytes out(static_cast<size_t>(end - offset));
  // Where each chunk's bytes stand in the file: one after the other, or along the extents of a sparse file.
  std::vector<fs::Extent> extents = node.extents;
  if (extents.empty()) extents = {{0, node.size}};
  size_t extent = 0;
  uint64_t within = 0;
  for (const vault::ChunkRef& ref : node.content) {
    uint64_t left = ref.length, taken = 0;
    std::optional<Bytes> bytes;
    while (left > 0) {
      if (extent >= extents.size())
        return fail(make_error(Code::corrupt, tr("a file has more data than its size says")).at(node.name));
      uint64_t at = extents[extent].offset + within;
      uint64_t step = std::min(left, extents[extent].length - within);
      uint64_t from = std::max(at, offset), to = std::min(at + step, end);
      if (from < to) {
        if (!bytes) bytes = TRY(reader_.chunk(info_.domain, ref));
        std::memcpy(out.data() + (from - offset), bytes->data() + taken + (from - at),
                    static_cast<size_t>(to - from));
      }
      taken += step;
      left -= step;
      within += step;
      if (within == extents[extent].length) {
        ++extent;
        within = 0;
      }
    }
  }
  return out;
}

Status VaultSnapshot::check_sparse(const std::string& path, const vault::Node& node) {
  SparseHash hash;
  for (const fs::Extent& extent : node.extents) {
    hash.hole(extent.offset);
    for (uint64_t done = 0; done < extent.length;) {
      Bytes bytes = TRY(read(path, node, extent.offset + done, std::min(kStep, extent.length - done)));
      if (bytes.empty())
        return fail(make_error(Code::corrupt, tr("a file ends too early in the snapshot")).at(path));
      hash.data(bytes);
      done += bytes.size();
    }
  }
  hash.hole(node.size);
  if (hash.finish() == node.hash) return {};
  return fail(make_error(Code::corrupt, tr("its bytes do not hash to what its snapshot says")).at(path));
}

Status VaultSnapshot::check_hash(const std::string& path, const vault::Node& node) {
  if (!node.extents.empty()) return check_sparse(path, node);
  Status held = reader_.holds(info_.domain, node.content, node.hash);
  if (!held) return fail(std::move(held).error().at(path));
  return {};
}

Result<Bytes> VaultSnapshot::page(const PageEntry& page) {
  Bytes bytes = TRY(reader_.object(info_.domain, page.content, 64ull * 1024 * 1024));
  if (crypto::sha256(bytes) != page.hash)
    return fail(Code::corrupt, tr("a stored page does not hash to its name"));
  return bytes;
}

Result<Bytes> VaultSnapshot::voucher(const VoucherEntry& voucher) {
  Bytes bytes = TRY(reader_.object(info_.domain, voucher.content, kVoucherMax));
  if (crypto::sha256(bytes) != voucher.hash)
    return fail(Code::corrupt, tr("what vouches for a package does not hash to its name"));
  return bytes;
}

Status MachineSnapshot::for_each(const Visit& visit) {
  auto list = FileListReader::open(state_, list_path_, binding_);
  while (auto file = list->next()) TRY(visit(file->path, file->node));
  return {};
}

Result<std::unique_ptr<fs::File>> MachineSnapshot::open_live(const std::string& path) {
  for (const DatabaseEntry& database : manifest_.databases)
    if (path == "db:" + database.name) return open_database_(database.name);
  for (const RootEntry& root : manifest_.roots) {
    auto rest = below(path, root.label);
    if (!rest || rest->empty()) continue;
    auto dir = TRY(fs::open_dir_without_links(fs_, root.path));
    auto file = dir->open(*rest, fs::Open::read);
    if (file || file.error().code != Code::not_found) return file;
  }
  return fail(make_error(Code::not_found, tr("the file is gone")).at(path));
}

Result<Bytes> MachineSnapshot::read(const std::string& path, const vault::Node& node, uint64_t offset,
                                    uint64_t limit) {
  auto file = TRY(open_live(path));
  bool whole = offset == 0 && limit >= node.size;
  Bytes bytes(static_cast<size_t>(std::min(limit, node.size > offset ? node.size - offset : 0)));
  size_t got = TRY(file->read_at(offset, bytes));
  bytes.resize(got);
  if (whole && crypto::sha256(bytes) != node.hash)
    return fail(make_error(Code::corrupt, tr("the file changed since it was backed up")).at(path));
  return bytes;
}

Status MachineSnapshot::check_hash(const std::string& path, const vault::Node& node) {
  if (node.size <= kWholeMax || !node.extents.empty()) return {};
  auto file = TRY(open_live(path));
  crypto::Sha256Stream hash;
  Bytes buffer(kStep);
  for (uint64_t position = 0;;) {
    size_t got = TRY(file->read_at(position, buffer));
    if (got == 0) break;
    hash.update(ByteView(buffer).first(got));
    position += got;
  }
  if (hash.finish() == node.hash) return {};
  return fail(make_error(Code::corrupt, tr("the file changed since it was backed up")).at(path));
}

}  // namespace aplomb::archive
