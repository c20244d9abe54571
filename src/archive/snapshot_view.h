// A snapshot, opened for reading. Judging works on this seam, so that the same judge runs from the vault with
// the recovery key and on the machine from the list of the last backup and the live files.
#pragma once

#include <functional>
#include <memory>

#include "archive/file_list.h"
#include "archive/manifest.h"
#include "fs/fs.h"
#include "vault/reader.h"

namespace aplomb::archive {

class SnapshotView {
 public:
  virtual ~SnapshotView() = default;
  virtual const Manifest& manifest() const = 0;
  // When the vault received it: what was approved later cannot be expected in it. A state that is in no vault
  // yet is later than everything.
  virtual Time received() const { return {INT64_MAX}; }
  // Every entry below the roots, parents before children, in a stable order. The path is the object path.
  using Visit = std::function<Status(const std::string& path, const vault::Node& node)>;
  virtual Status for_each(const Visit& visit) = 0;
  // The content of a regular file or database; at most `limit` bytes from `offset`. Holes read as zeros.
  virtual Result<Bytes> read(const std::string& path, const vault::Node& node, uint64_t offset,
                             uint64_t limit) = 0;
  // Is the node's hash that of its bytes? It is the writer's claim, and the writer may be the attacker:
  // whoever believes a known hash without reading the bytes asks this first.
  virtual Status check_hash(const std::string& path, const vault::Node& node) = 0;
};

class VaultSnapshot final : public SnapshotView {
 public:
  static Result<std::unique_ptr<VaultSnapshot>> open(vault::VaultReader& reader,
                                                     const vault::SnapshotInfo& info);
  const Manifest& manifest() const override { return manifest_; }
  const vault::SnapshotInfo& info() const { return info_; }
  Time received() const override { return info_.received; }
  Status for_each(const Visit& visit) override;
  Result<Bytes> read(const std::string& path, const vault::Node& node, uint64_t offset,
                     uint64_t limit) override;
  Status check_hash(const std::string& path, const vault::Node& node) override;

  Result<vault::Tree> tree(const vault::Node& directory);
  // The node at an object path; Code::not_found when there is none. Reads only the parents.
  Result<vault::Node> find(std::string_view path);
  Result<Bytes> page(const PageEntry& page);
  Result<Bytes> voucher(const VoucherEntry& voucher);
  vault::VaultReader& reader() { return reader_; }

 private:
  Status check_sparse(const std::string& path, const vault::Node& node);
  VaultSnapshot(vault::VaultReader& reader, vault::SnapshotInfo info)
      : reader_(reader), info_(std::move(info)) {}
  Status visit_tree(const vault::Node& directory, const std::string& path, const Visit& visit,
                    unsigned depth);

  vault::VaultReader& reader_;
  vault::SnapshotInfo info_;
  Manifest manifest_;
};

// The machine's own view of its last backup: the list it wrote, and the live files, whose bytes are believed
// only when they still hash to what the list says (Code::corrupt otherwise).
class MachineSnapshot final : public SnapshotView {
 public:
  // `databases` holds the path of each database copy by name, as long as the copies are kept.
  MachineSnapshot(fs::Fs& fs, Manifest manifest, fs::Dir& state, std::string list_path, Sha256 binding,
                  std::function<Result<std::unique_ptr<fs::File>>(const std::string& name)> open_database)
      : fs_(fs),
        manifest_(std::move(manifest)),
        state_(state),
        list_path_(std::move(list_path)),
        binding_(binding),
        open_database_(std::move(open_database)) {}
  const Manifest& manifest() const override { return manifest_; }
  Status for_each(const Visit& visit) override;
  Result<Bytes> read(const std::string& path, const vault::Node& node, uint64_t offset,
                     uint64_t limit) override;
  // read() checks what it reads whole; a file too large for that is hashed here.
  Status check_hash(const std::string& path, const vault::Node& node) override;

 private:
  Result<std::unique_ptr<fs::File>> open_live(const std::string& path);

  fs::Fs& fs_;
  Manifest manifest_;
  fs::Dir& state_;
  std::string list_path_;
  Sha256 binding_;
  std::function<Result<std::unique_ptr<fs::File>>(const std::string& name)> open_database_;
};

}  // namespace aplomb::archive
