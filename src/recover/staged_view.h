// The site as it will be after the switch, before anything is switched: the
// hacked state with the plan's changes laid over it, every byte from the vault
// or from the repaired database. The judge looks at it through the same seam as
// at any snapshot, so that the gate closes before the site changes, not after.
// What could not be read at all is in no listing: Case::unread() names it for
// the gate.
#pragma once

#include "archive/snapshot_view.h"
#include "recover/file_plan.h"

namespace aplomb::recover {

// A database as it will be.
struct StagedDatabase {
  archive::DatabaseEntry entry;  // node: size and hash of the image, attributes of the live file
  Bytes image;
  bool changed = false;  // false: the live file stays as it is
};

class StagedView final : public archive::SnapshotView {
 public:
  // Where the bytes of a restored path come from.
  using Source = std::function<archive::VaultSnapshot*(const std::string& path)>;
  // `good` is what FilePlanInput::clean was. The snapshots outlive this.
  StagedView(archive::VaultSnapshot& hacked, const Listing& hacked_listing, const Listing& good,
             const Source& source, const FilePlan& plan, const std::vector<StagedDatabase>& databases);

  const archive::Manifest& manifest() const override { return manifest_; }
  Status for_each(const Visit& visit) override;
  Result<Bytes> read(const std::string& path, const vault::Node& node, uint64_t offset,
                     uint64_t limit) override;
  Status check_hash(const std::string& path, const vault::Node& node) override;

 private:
  bool stays(const std::string& database) const;

  struct Entry {
    vault::Node node;
    archive::VaultSnapshot* from;
  };
  std::map<std::string, Entry> entries_;
  const std::vector<StagedDatabase>& databases_;
  archive::Manifest manifest_;
};

Result<Listing> list_snapshot(archive::SnapshotView& snapshot);

}  // namespace aplomb::recover
