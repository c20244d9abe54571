// Preparing the switch: a private folder on the file system of each target, the files of the clean point and
// the repaired databases written into its new/, and the moves that will bring them into place. Nothing of the
// site is touched here.
#pragma once

#include "archive/restore.h"
#include "recover/staged_view.h"
#include "recover/switch_plan.h"

namespace aplomb::recover {

class Staging {
 public:
  Staging(fs::Fs& fs, std::string site_state, std::string id)
      : fs_(fs), site_state_(std::move(site_state)), id_(std::move(id)) {}

  // Folders that a killed run with the same id may have left; missing ones are fine.
  Status clear(const std::vector<std::string>& targets);
  // Makes the areas for the targets. Code::unsupported when no folder on the same file system can be used.
  Status open(const std::vector<std::string>& targets);

  // `path` is relative to target number `area`.
  Status restore(uint32_t area, const std::string& path, archive::VaultSnapshot& from,
                 const vault::Node& node);
  Status put_bytes(uint32_t area, const std::string& path, ByteView bytes, const vault::Node& node);
  Status remove(uint32_t area, const std::string& path);
  Status remove_dir(uint32_t area, const std::string& path);
  Status make_dir(uint32_t area, const std::string& path, const vault::Node& node);
  Status attributes(uint32_t area, const std::string& path, const vault::Node& node);

  // Everything prepared is durable; the times of the folders that will change are noted.
  Result<SwitchPlan> finish();
  const std::vector<archive::Skipped>& problems() const { return problems_; }

 private:
  std::vector<std::string> candidates(const std::string& target) const;
  Status add(MoveKind kind, uint32_t area, const std::string& path, const vault::Node& node);

  fs::Fs& fs_;
  const std::string site_state_, id_;
  SwitchPlan plan_;
  std::vector<std::unique_ptr<fs::Dir>> targets_, staging_;
  uint64_t next_slot_ = 1;
  std::vector<archive::Skipped> problems_;
};

// The live attributes of a file as a node, for an undo.
vault::Node node_of(const std::string& name, const fs::Stat& stat);

}  // namespace aplomb::recover
