// The judge: a snapshot and what is trusted in, a judgement out. Every file, row, setting and schema object
// gets one of the six provenances; detectors say why something is malicious; one table (verdict.h) combines
// the two. Hostile bytes are only looked at in confined children (scan::Scanner, site::read_database). The
// answer does not depend on the number of workers.
#pragma once

#include <map>
#include <mutex>

#include "archive/snapshot_view.h"
#include "base/log.h"
#include "base/progress.h"
#include "judge/judgement.h"
#include "judge/memo.h"
#include "judge/surroundings.h"
#include "judge/vendors.h"
#include "scan/scanner.h"
#include "site/database_model.h"

namespace aplomb::judge {

// How rows and schema objects are named in judgements: "db:town.db/users/3",
// "db:town.db/trigger:t". A value is its row's path, '/', and the column.
std::string row_path(const std::string& database, const site::Table& table, const site::Row& row);
std::string schema_path(const std::string& database, const site::SchemaObject& object);
bool is_schema_path(std::string_view path);

class Judge {
 public:
  // `vendors` may be null: then nobody is asked.
  Judge(scan::Scanner& scanner, Memo& memo, const SiteKnowledge& site, Log& log, Progress& progress,
        Vendors* vendors = nullptr)
      : scanner_(scanner), memo_(memo), site_(site), log_(log), progress_(progress), vendors_(vendors) {}

  Result<Judgement> judge(archive::SnapshotView& snapshot, const Trust& trust, const Earlier& before);

 private:
  struct Judged;
  struct Job;
  Status judge_files(Judged& out);
  Result<scan::FileReport> analyse(Judged& out, const std::string& path, const vault::Node& node,
                                   const scan::Handlers& handlers);
  void settle_file(Judged& out, const std::string& path, const vault::Node& node,
                   const scan::FileReport& report);
  void hear_vendors(Judged& out);
  Status judge_databases(Judged& out);
  Status judge_rows(Judged& out, const std::string& name, const site::Database& database);
  void note_text(Judged& out, const std::string& path, const std::string& group, const site::Value& value);
  void settle_link(Judged& out, const std::string& path, const vault::Node& node);
  void settle(Judged& out, JudgedObject object);
  void judge_absences(Judged& out, const archive::Manifest& manifest);
  void judge_vanished(Judged& out);
  void judge_ransom(Judged& out, const Earlier& before);
  void judge_overwritten(Judged& out, const Contents& before);
  void judge_losses(Judged& out);

  scan::Scanner& scanner_;
  Memo& memo_;
  const SiteKnowledge& site_;
  Log& log_;
  Progress& progress_;
  Vendors* vendors_;
};

}  // namespace aplomb::judge
