#include "archive/affected.h"

#include "archive/snapshot_view.h"
#include "base/messages.h"
#include "vault/format.h"

namespace aplomb::archive {
namespace {

constexpr size_t kTreesKept = 1 << 19;
constexpr size_t kSnapshotsInText = 4;

// A name for the bytes of an object: chunk ids are keyed by their domain, so they do not mix.
Sha256 identity(const vault::ObjectRef& object) {
  ByteWriter ids;
  for (const vault::ChunkRef& ref : object) ids.id(ref.id);
  return crypto::sha256(ids.view());
}

class Search {
 public:
  Search(vault::ReaderStore& store, vault::VaultReader& reader, const vault::BadPlaces& bad)
      : store_(store), reader_(reader), bad_(bad) {}

  Status look_into(const vault::SnapshotInfo& info) {
    snapshot_ = &info;
    broken_here_.clear();
    auto view = VaultSnapshot::open(reader_, info);
    if (!view) {
      affected("", info.manifest, tr("nothing of it can be read: {}", view.error().what));
      return {};
    }
    const Manifest& manifest = (*view)->manifest();
    for (const RootEntry& root : manifest.roots)
      TRY(look_into_tree(**view, root.node, root.label.empty() ? root.path : root.label, root.label, 0));
    for (const DatabaseEntry& database : manifest.databases)
      TRY(check("db:" + database.name, database.node.content));
    for (const PageEntry& page : manifest.pages) TRY(check("page:" + page.url_path, page.content));
    for (const VoucherEntry& voucher : manifest.vouchers)
      TRY(check("voucher:" + voucher.name, voucher.content));
    return {};
  }

  Affected take() {
    for (vault::Damage& file : affected_.files) file.what = describe(file);
    return std::move(affected_);
  }

 private:
  // Returns whether all of it is there.
  Result<bool> look_into_tree(VaultSnapshot& view, const vault::Node& directory, const std::string& shown,
                              const std::string& path, unsigned depth) {
    const Sha256 tree_name = identity(directory.content);
    if (whole_.contains(tree_name)) return true;
    if (!broken_here_.insert(tree_name).second) {  // a hostile author nests one folder in itself many times
      affected(shown, directory.content, tr("a part of this folder is lost"));
      return false;
    }
    auto tree = depth <= vault::kDepthMax ? view.tree(directory)
                                          : fail(Code::corrupt, tr("folders are nested too deeply"));
    if (!tree) {
      affected(shown, directory.content, tr("the list of this folder and everything in it is lost"));
      return false;
    }
    bool whole = true;
    for (const vault::Node& node : tree->nodes) {
      const std::string node_path = object_path(path, node.name);
      if (node.is_file() && !TRY(check(node_path, node.content))) whole = false;
      if (node.is_dir() && !TRY(look_into_tree(view, node, node_path, node_path, depth + 1))) whole = false;
    }
    if (whole) {
      if (whole_.size() >= kTreesKept) whole_.clear();
      whole_.insert(tree_name);
      broken_here_.erase(tree_name);
    }
    return whole;
  }

  Result<bool> check(const std::string& path, const vault::ObjectRef& content) {
    uint64_t lost = 0;
    for (const vault::ChunkRef& ref : content)
      if (TRY(vault::is_lost(store_, bad_, snapshot_->domain, ref.id))) ++lost;
    if (lost == 0) return true;
    affected(path, content, tr("{} of its {} pieces are lost", lost, content.size()));
    return false;
  }

  void affected(const std::string& path, const vault::ObjectRef& content, std::string reason) {
    auto [place, fresh] = known_.try_emplace({path, identity(content)}, affected_.files.size());
    if (fresh && affected_.files.size() >= kAffectedMax) {
      known_.erase(place);
      ++affected_.more;
      return;
    }
    if (fresh) affected_.files.push_back({{}, std::move(reason), {}, path, {}});
    vault::Damage& file = affected_.files[place->second];
    if (file.snapshots.size() < kAffectedSnapshotsMax) file.snapshots.push_back(snapshot_->id);
  }

  static std::string describe(const vault::Damage& file) {
    std::string ids;
    for (size_t i = 0; i < file.snapshots.size() && i < kSnapshotsInText; ++i)
      ids += (i == 0 ? "" : ", ") + file.snapshots[i].hex().substr(0, 12);
    if (file.snapshots.size() > kSnapshotsInText)
      ids += " " + tr("and {} more", file.snapshots.size() - kSnapshotsInText);
    return file.path.empty() ? tr("snapshot {}", ids) : tr("{} in snapshot {}", file.path, ids);
  }

  vault::ReaderStore& store_;
  vault::VaultReader& reader_;
  const vault::BadPlaces& bad_;
  const vault::SnapshotInfo* snapshot_ = nullptr;
  std::set<Sha256> whole_;        // trees of which everything is there
  std::set<Sha256> broken_here_;  // trees of this snapshot that are being looked into, or lost something
  std::map<std::pair<std::string, Sha256>, size_t> known_;
  Affected affected_;
};

}  // namespace

Result<Affected> find_affected(vault::ReaderStore& store, vault::VaultReader& reader,
                               const vault::VerifyReport& report) {
  const std::set<vault::SnapshotId> incomplete(report.incomplete.begin(), report.incomplete.end());
  Search search(store, reader, report.bad);
  for (const vault::SnapshotInfo& info : reader.snapshots())
    if (incomplete.contains(info.id)) TRY(search.look_into(info));
  return search.take();
}

}  // namespace aplomb::archive
