// What is known of the incident between sealing the evidence and the switch, and how it is found out: the
// vault's history is judged, the point to go back to is chosen, and it is decided file by file and row by row
// what goes back, what stays and what is set aside. Reads the vault; changes nothing.
#pragma once

#include "judge/machine.h"
#include "recover/database_step.h"
#include "recover/later_versions.h"
#include "recover/report.h"
#include "recover/staged_view.h"
#include "site/maria_client.h"

namespace aplomb::recover {

// What was asked, and where to look.
struct Question {
  const archive::Machine& machine;
  const site::SiteConfig& site;
  const std::string& site_state;
  vault::ReaderStore& store;
  const crypto::KeyFile& recovery_key;
  std::string asked_point;  // a snapshot's id or its beginning; empty: the clean point
  bool whole = false;       // everything as at the point
  site::LoginSource login = {};
};

class Case {
 public:
  // The point is named, judged from the vault by what the owner signed. Afterwards clean() may be null: no
  // point is proven and none was named.
  static Result<std::unique_ptr<Case>> open(const Question& question);
  Case(const Case&) = delete;

  // Decides what recovery will do and tells the report.
  Status plan(Report& report);

  // The site as it will be: the plan must be made.
  StagedView future() const;
  // The state that the site will be compared with.
  judge::Earlier earlier() const { return judge::earlier_of(clean_judgement_); }
  // Which snapshot a file that goes back is read from.
  archive::VaultSnapshot& source(const std::string& path) const;

  archive::VaultSnapshot& hacked() const { return *hacked_; }
  archive::VaultSnapshot* clean() const { return clean_.get(); }
  bool proven() const { return proven_; }                       // that point is proven clean
  const Reason& point_reason() const { return point_reason_; }  // why it is, or is not
  // What is there and is not in the sealed state, because it could not be read.
  const std::vector<archive::Skipped>& unread() const { return unread_; }
  const Listing& hacked_listing() const { return hacked_listing_; }
  const Listing& good() const { return later_.good(); }
  const FilePlan& files() const { return files_; }
  // Roots whose mode, owner or attributes are not those of the clean point: number of the root, node then.
  const std::vector<std::pair<uint32_t, vault::Node>>& changed_roots() const { return changed_roots_; }
  const std::vector<StagedDatabase>& databases() const { return databases_; }
  const std::vector<std::pair<RejectedRow, std::string>>& rejected_rows() const { return rejected_rows_; }
  const judge::Trust& trust() const { return trust_; }
  judge::JudgeKit& kit() { return kit_; }

 private:
  explicit Case(const Question& question) : question_(question) {}
  Status choose_point();
  void name_unread();
  bool unread_database(const std::string& name) const;
  Status judge_asked_point(const vault::SnapshotInfo& point, const judge::Timeline& timeline);
  Status collect_later_versions();
  Status plan_databases(Report& report);
  Status plan_database(const archive::DatabaseEntry& entry, Report& report);
  void find_component_files();
  void find_changed_roots(Report& report);
  uint64_t image_max() const;
  Result<std::optional<DatabaseVersion>> earlier_version(const std::string& name, size_t& next) const;
  Result<std::optional<DatabaseVersion>> later_version(const std::string& name, size_t& next) const;
  Result<std::optional<DatabaseVersion>> version_at(const std::string& name, size_t index) const;
  size_t first_good_version() const;

  const Question question_;
  std::unique_ptr<vault::VaultReader> reader_;
  judge::Trust trust_;
  judge::JudgeKit kit_;
  std::vector<vault::SnapshotInfo> snapshots_;
  std::vector<judge::Point> points_;
  std::unique_ptr<archive::VaultSnapshot> hacked_, clean_;
  bool proven_ = false;
  Reason point_reason_;
  std::vector<archive::Skipped> unread_;
  Listing hacked_listing_, clean_listing_;
  judge::Judgement hacked_judgement_, clean_judgement_;
  FilePlan files_;
  std::set<std::string> component_;
  std::vector<StagedDatabase> databases_;
  std::vector<std::pair<uint32_t, vault::Node>> changed_roots_;
  LaterVersions later_;
  size_t first_later_ = 0;  // index of the first snapshot after the clean point
  std::vector<std::pair<RejectedRow, std::string>> rejected_rows_;  // with kind
};

}  // namespace aplomb::recover
