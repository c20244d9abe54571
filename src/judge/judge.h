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
#include "scan/scanner.h"
#include "site/config.h"
#include "site/database_model.h"
#include "site/recogniser.h"

namespace aplomb::judge {

// What the judge knows of the site beside its bytes.
struct SiteKnowledge {
  const site::SiteConfig& config;
  std::vector<site::Recognised> recognised;  // one a root, in the order of the roots
};

// How rows and schema objects are named in judgements: "db:town.db/users/3", "db:town.db/trigger:t". A value
// is its row's path, '/', and the column.
std::string row_path(const std::string& database, const site::Table& table, const site::Row& row);
std::string schema_path(const std::string& database, const site::SchemaObject& object);

class Judge {
 public:
  Judge(scan::Scanner& scanner, Memo& memo, const SiteKnowledge& site, Log& log, Progress& progress)
      : scanner_(scanner), memo_(memo), site_(site), log_(log), progress_(progress) {}

  // `before`: the facts of the previous snapshot (Judgement::facts), empty when there is none.
  Result<Judgement> judge(archive::SnapshotView& snapshot, const Trust& trust,
                          const std::vector<scan::SnapshotFile>& before);

 private:
  struct Judged;
  struct Job;
  Status judge_files(Judged& out);
  Status collect_surroundings(Judged& out);
  scan::Handlers handlers_for(const Judged& out, const std::string& path) const;
  Result<scan::FileReport> analyse(Judged& out, const std::string& path, const vault::Node& node,
                                   const scan::Handlers& handlers);
  void settle_file(Judged& out, const std::string& path, const vault::Node& node,
                   const scan::FileReport& report);
  bool generated(const archive::Manifest& manifest, const std::string& path,
                 const scan::FileReport& report) const;
  Status judge_databases(Judged& out);
  Status judge_rows(Judged& out, const std::string& name, const site::Database& database);
  void settle_link(Judged& out, const std::string& path, const vault::Node& node);
  void settle(Judged& out, JudgedObject object);
  void judge_absences(Judged& out, const archive::Manifest& manifest);
  void judge_vanished(Judged& out);
  void judge_ransom(Judged& out, const std::vector<scan::SnapshotFile>& before);

  scan::Scanner& scanner_;
  Memo& memo_;
  const SiteKnowledge& site_;
  Log& log_;
  Progress& progress_;
};

}  // namespace aplomb::judge
