#include "recover/case.h"

#include <algorithm>

#include "base/messages.h"
#include "judge/history.h"

namespace aplomb::recover {
namespace {

const archive::DatabaseEntry* find_database(const archive::Manifest& manifest, const std::string& name) {
  auto found = std::ranges::find(manifest.databases, name, &archive::DatabaseEntry::name);
  return found == manifest.databases.end() ? nullptr : &*found;
}

std::string_view kind_of(const RejectedRow& row) {
  bool schema =
      row.path.find("/trigger:") != std::string::npos || row.path.find("/view:") != std::string::npos;
  return schema ? "schema" : "row";
}

}  // namespace

Result<std::unique_ptr<Case>> Case::open(const Question& question) {
  std::unique_ptr<Case> opened(new Case(question));
  TRY(opened->choose_point());
  return opened;
}

Status Case::choose_point() {
  const archive::Machine& machine = question_.machine;
  reader_ = TRY(vault::VaultReader::open(question_.store, question_.recovery_key, machine.log));
  trust_ = judge::trust_from_records(*reader_, question_.site.name, machine.log);
  snapshots_ = judge::current_epoch(*reader_, question_.site.name);
  judge::SiteState state{question_.site, question_.site_state};
  kit_ = TRY(judge::make_judge(machine, state, judge::Source::vault, question_.recovery_key.secret.view()));
  points_ = TRY(judge::judge_points(*reader_, snapshots_, *kit_.judge, trust_, machine.log));
  TRY(kit_.save_memo());
  judge::Timeline timeline = judge::build_timeline(points_);
  if (snapshots_.empty())
    return fail(make_error(Code::not_found, tr("the vault holds no snapshot of this site"))
                    .then(tr("aplomb backup takes one")));
  // The hacked state is the last snapshot: the evidence just sealed, or (--to) the last that came.
  hacked_ = TRY(archive::VaultSnapshot::open(*reader_, snapshots_.back()));
  std::optional<vault::SnapshotInfo> chosen;
  if (!question_.asked_point.empty()) {
    chosen = TRY(reader_->find(question_.asked_point));
    if (chosen->site != question_.site.name)
      return fail(make_error(Code::usage, tr("this snapshot is of another site")).at(chosen->id.hex()));
  } else if (timeline.clean_point) {
    chosen = snapshots_[*timeline.clean_point];
  }
  if (!chosen) return {};
  clean_ = TRY(archive::VaultSnapshot::open(*reader_, *chosen));
  for (const judge::Point& point : points_)
    if (point.snapshot == chosen->id.hex()) proven_ = point.verdict == judge::Verdict::proven_clean;
  return {};
}

Status Case::plan(Report& report) {
  hacked_listing_ = TRY(list_snapshot(*hacked_));
  std::vector<scan::SnapshotFile> before;
  if (clean_) {
    clean_listing_ = TRY(list_snapshot(*clean_));
    clean_judgement_ = TRY(kit_.judge->judge(*clean_, trust_, {}));
    before = clean_judgement_.facts;
  }
  hacked_judgement_ = TRY(kit_.judge->judge(*hacked_, trust_, before));
  TRY(collect_later_versions());
  TRY(plan_databases(report));
  FilePlanInput input{hacked_listing_,  later_.good(),   hacked_judgement_,
                      clean_judgement_, question_.whole, clean_ != nullptr};
  input.point = &clean_listing_;
  for (const StagedDatabase& database : databases_)
    if (database.changed && !database.entry.object_path.empty())
      input.arriving.push_back(database.entry.object_path);
  files_ = plan_files(input);
  report.kept.insert(report.kept.begin(), files_.kept.begin(), files_.kept.end());
  report.deleted = files_.deleted;
  for (const PlannedFile& step : files_.steps) {
    report.changed.push_back({step.path, step.reason});
    if (step.quarantine) report.rejected.push_back({step.path, "file", step.reason, ""});
  }
  for (const auto& [row, kind] : rejected_rows_) report.rejected.push_back({row.path, kind, row.reason, ""});
  return {};
}

// Which later snapshots may hold a better version than the clean point: those between it and the state found
// now.
Status Case::collect_later_versions() {
  size_t first = snapshots_.size(), last = snapshots_.size() - 1;
  for (size_t i = 0; i < snapshots_.size() && clean_ && !question_.whole; ++i)
    if (snapshots_[i].id == clean_->info().id) first = i + 1;
  first_later_ = std::min(first, last);
  later_ = TRY(LaterVersions::collect(*reader_, clean_listing_, snapshots_, points_, first_later_, last,
                                      *kit_.knowledge));
  return {};
}

Status Case::plan_databases(Report& report) {
  std::vector<archive::DatabaseEntry> entries = hacked_->manifest().databases;
  if (clean_)
    for (const archive::DatabaseEntry& entry : clean_->manifest().databases)
      if (!find_database(hacked_->manifest(), entry.name)) entries.push_back(entry);
  for (const archive::DatabaseEntry& entry : entries) TRY(plan_database(entry, report));
  return {};
}

Status Case::plan_database(const archive::DatabaseEntry& entry, Report& report) {
  const archive::DatabaseEntry* now = find_database(hacked_->manifest(), entry.name);
  const archive::DatabaseEntry* before = clean_ ? find_database(clean_->manifest(), entry.name) : nullptr;
  std::string path = "db:" + entry.name;
  DatabaseStepInput input{entry.name, entry, {}, {}, {}, question_.whole, question_.site.privileged_tables,
                          {}};
  input.options.image_bytes_max = question_.site.limits.database_mib_max * 1024 * 1024;
  if (before) input.clean = TRY(clean_->read(path, before->node, 0, UINT64_MAX));
  if (now)
    input.now = DatabaseVersion{"", TRY(hacked_->read(path, now->node, 0, UINT64_MAX)), hacked_judgement_};
  input.earlier = [this, &entry, next = snapshots_.size() - 1]() mutable {
    return earlier_version(entry.name, next);
  };
  DatabaseStep step = TRY(plan_database_step(std::move(input)));
  report.changed.insert(report.changed.end(), step.changed.begin(), step.changed.end());
  report.kept.insert(report.kept.end(), step.kept.begin(), step.kept.end());
  if (step.replaced) report.rejected.push_back({path, "database", *step.replaced, ""});
  for (RejectedRow& row : step.rejected) {
    std::string kind(kind_of(row));
    rejected_rows_.emplace_back(std::move(row), std::move(kind));
  }
  databases_.push_back(std::move(step.staged));
  return {};
}

// The version of the last snapshot before number `next` that holds the database; nullopt when there is none.
Result<std::optional<DatabaseVersion>> Case::earlier_version(const std::string& name, size_t& next) const {
  while (next > first_later_) {
    archive::VaultSnapshot* view = later_.snapshot(--next);
    const archive::DatabaseEntry* stored = view ? find_database(view->manifest(), name) : nullptr;
    if (!stored) continue;
    DatabaseVersion version{
        points_[next].snapshot, TRY(view->read("db:" + name, stored->node, 0, UINT64_MAX)), {}};
    version.judgement.open = points_[next].open;
    return std::optional(std::move(version));
  }
  return std::optional<DatabaseVersion>();
}

archive::VaultSnapshot& Case::source(const std::string& path) const {
  archive::VaultSnapshot* later = later_.source(path);
  return later ? *later : *clean_;
}

StagedView Case::future() const {
  return StagedView(
      *hacked_, hacked_listing_, later_.good(), [this](const std::string& path) { return &source(path); },
      files_, databases_);
}

}  // namespace aplomb::recover
