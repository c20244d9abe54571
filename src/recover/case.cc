#include "recover/case.h"

#include <algorithm>

#include "base/messages.h"
#include "judge/history.h"
#include "judge/judge.h"
#include "recover/component_files.h"

namespace aplomb::recover {
namespace {

constexpr uint64_t kHead = 64 * 1024;  // of a page: enough to tell it from a template

const archive::DatabaseEntry* find_database(const archive::Manifest& manifest, const std::string& name) {
  auto found = std::ranges::find(manifest.databases, name, &archive::DatabaseEntry::name);
  return found == manifest.databases.end() ? nullptr : &*found;
}

Error too_large(const std::string& name, uint64_t mib) {
  return make_error(Code::limit,
                    tr("the database {} is larger than {} MiB: it cannot be put back", name, mib))
      .then(tr("raise limits.database_mib_max in the configuration, or restore "
               "it by hand (aplomb restore)"));
}

std::string_view kind_of(const RejectedRow& row) {
  return judge::is_schema_path(row.path) ? "schema" : "row";
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
  trust_ = judge::trust_from_vault(*reader_, question_.site.name, machine.log);
  snapshots_ = judge::history_of(*reader_, question_.site.name).current;
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
  return judge_asked_point(*chosen, timeline);
}

// Whoever names a point is told what it is worth, also when it lies before an
// incident that was closed.
Status Case::judge_asked_point(const vault::SnapshotInfo& chosen, const judge::Timeline& timeline) {
  auto place = std::ranges::find(points_, chosen.id.hex(), &judge::Point::snapshot);
  if (place != points_.end()) {
    proven_ = place->verdict == judge::Verdict::proven_clean;
    point_reason_ = judge::explain_point(points_, timeline, static_cast<size_t>(place - points_.begin()));
    return {};
  }
  judge::Judgement judgement = TRY(kit_.judge->judge(*clean_, trust_, {}));
  TRY(kit_.save_memo());
  std::vector<judge::Point> alone{judge::make_point(chosen, clean_->manifest().evidence, judgement)};
  proven_ = judgement.verdict == judge::Verdict::proven_clean;
  point_reason_ = proven_ ? Reason{tr_later("judged anew, it is proven clean; it lies before "
                                            "an incident that "
                                            "was closed"),
                                   {}}
                          : Reason{tr_later("it lies before an incident that was closed; "
                                            "judged anew: {}"),
                                   {judge::explain_point(alone, judge::build_timeline(alone), 0).text()}};
  return {};
}

// A file of which only the attributes are incomplete, and a database whose bytes were stored as they are, are
// in the sealed state, and a database that is gone is no database that could not be read. Everything else
// that was skipped is unread.
void Case::name_unread() {
  for (const archive::Skipped& skipped : hacked_->manifest().skipped) {
    auto entry = hacked_listing_.find(skipped.path);
    bool known = skipped.path.starts_with("db:") ? !unread_database(skipped.path.substr(3))
                                                 : entry != hacked_listing_.end() && !entry->second.is_dir();
    if (!known) unread_.push_back(skipped);
  }
}

bool Case::unread_database(const std::string& name) const {
  if (find_database(hacked_->manifest(), name)) return false;
  const archive::DatabaseEntry* before = clean_ ? find_database(clean_->manifest(), name) : nullptr;
  if (before && hacked_listing_.contains(before->object_path)) return false;  // sealed as a mere file
  for (const site::DatabaseSpec& spec : question_.site.databases) {
    auto [folder, file] = fs::split_path(spec.path);
    if (before ? before->path != spec.place() : spec.entry_name() != name) continue;
    if (spec.on_server()) {
      auto login = question_.login(spec);
      return !login || site::server_state(*login) != site::ServerState::gone;
    }
    auto dir = question_.machine.fs.open_dir(folder.empty() ? "/" : folder);
    auto stat = dir ? (*dir)->stat(file) : Result<fs::Stat>(fail(std::move(dir).error()));
    return stat || stat.error().code != Code::not_found;
  }
  return false;
}

Status Case::plan(Report& report) {
  hacked_listing_ = TRY(list_snapshot(*hacked_));
  name_unread();
  if (clean_) {
    clean_listing_ = TRY(list_snapshot(*clean_));
    clean_judgement_ = TRY(kit_.judge->judge(*clean_, trust_, {}));
    find_component_files();
  }
  hacked_judgement_ = TRY(kit_.judge->judge(*hacked_, trust_, earlier()));
  TRY(collect_later_versions());
  TRY(plan_databases(report));
  FilePlanInput input{hacked_listing_,  later_.good(),   hacked_judgement_,
                      clean_judgement_, question_.whole, clean_ != nullptr};
  input.point = &clean_listing_;
  for (const StagedDatabase& database : databases_)
    if (database.changed && !database.entry.object_path.empty())
      input.arriving.push_back(database.entry.object_path);
  for (const archive::Skipped& skipped : unread_) input.unread.insert(skipped.path);
  input.component = component_;
  files_ = plan_files(input);
  report.kept.insert(report.kept.begin(), files_.kept.begin(), files_.kept.end());
  report.deleted = files_.deleted;
  find_changed_roots(report);
  for (const PlannedFile& step : files_.steps) {
    report.changed.push_back({step.path, step.reason});
    if (step.quarantine) report.rejected.push_back({step.path, "file", step.reason, ""});
  }
  for (const auto& [row, kind] : rejected_rows_) report.rejected.push_back({row.path, kind, row.reason, ""});
  return {};
}

// Which later snapshots may hold a better version than the clean point: those
// between it and the state found now. When it lies before an incident that was
// closed, all of this epoch are later.
Status Case::collect_later_versions() {
  size_t first = snapshots_.size(), last = snapshots_.size() - 1;
  if (clean_ && !question_.whole && clean_->info().sequence < snapshots_.front().sequence) first = 0;
  for (size_t i = 0; i < snapshots_.size() && clean_ && !question_.whole; ++i)
    if (snapshots_[i].id == clean_->info().id) first = i + 1;
  first_later_ = std::min(first, last);
  later_ = TRY(LaterVersions::collect(*reader_, clean_listing_, snapshots_, points_, first_later_, last,
                                      {clean_judgement_.recognised, component_}));
  return {};
}

// The folders of the roots are in no listing. Their times change whenever a file in them does.
void Case::find_changed_roots(Report& report) {
  if (!clean_) return;
  const std::vector<std::string>& configured = question_.site.roots;
  for (const archive::RootEntry& then : clean_->manifest().roots) {
    auto now = std::ranges::find(hacked_->manifest().roots, then.path, &archive::RootEntry::path);
    auto place = std::ranges::find(configured, then.path);
    if (now == hacked_->manifest().roots.end() || place == configured.end()) continue;
    if (vault::same(then.node, now->node, vault::Times::ignore)) continue;
    changed_roots_.emplace_back(static_cast<uint32_t>(place - configured.begin()), then.node);
    report.changed.push_back({then.path, {tr_later("mode and owner as at the clean point"), {}}});
  }
}

void Case::find_component_files() {
  auto head = [this](const std::string& path, const vault::Node& node) {
    auto bytes = clean_->read(path, node, 0, kHead);
    return bytes ? std::string(as_text(*bytes)) : std::string();
  };
  component_ = changed_component_files(clean_listing_, hacked_listing_, clean_judgement_, head);
}

Status Case::plan_databases(Report& report) {
  std::vector<archive::DatabaseEntry> entries = hacked_->manifest().databases;
  auto unread = [this](const archive::DatabaseEntry& entry) {
    return std::ranges::find(unread_, "db:" + entry.name, &archive::Skipped::path) != unread_.end();
  };
  if (clean_)
    for (const archive::DatabaseEntry& entry : clean_->manifest().databases)
      if (!find_database(hacked_->manifest(), entry.name) && !unread(entry)) entries.push_back(entry);
  for (const archive::DatabaseEntry& entry : entries) TRY(plan_database(entry, report));
  return {};
}

Status Case::plan_database(const archive::DatabaseEntry& entry, Report& report) {
  const archive::DatabaseEntry* now = find_database(hacked_->manifest(), entry.name);
  const archive::DatabaseEntry* before = clean_ ? find_database(clean_->manifest(), entry.name) : nullptr;
  std::string path = "db:" + entry.name;
  DatabaseStepInput input{
      entry.name, entry, {}, {}, {}, {}, question_.whole, question_.site.privileged_tables, {}};
  input.options.image_bytes_max = image_max();
  input.options.kind = site::engine_of(entry.engine);
  bool now_fits = !now || now->node.size <= image_max();
  if (before && before->node.size > image_max()) before = nullptr;
  // Too large to be judged, so too large to be repaired: it stays as it is, and
  // the judge says so at the gate.
  if (!now_fits && !(question_.whole && before)) {
    databases_.push_back({*now, {}, false});
    return {};
  }
  if (!now && !before) return fail(too_large(entry.name, question_.site.limits.database_mib_max));
  if (before) input.clean = TRY(clean_->read(path, before->node, 0, image_max()));
  if (now && now_fits)
    input.now = DatabaseVersion{"", TRY(hacked_->read(path, now->node, 0, image_max())), hacked_judgement_};
  input.earlier = [this, &entry, next = snapshots_.size() - 1]() mutable {
    return earlier_version(entry.name, next);
  };
  input.later = [this, &entry, next = first_good_version()]() mutable {
    return later_version(entry.name, next);
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

uint64_t Case::image_max() const {
  return question_.site.limits.database_mib_max * 1024 * 1024;
}

// The version of the last snapshot before number `next` that holds the
// database; nullopt when there is none.
Result<std::optional<DatabaseVersion>> Case::earlier_version(const std::string& name, size_t& next) const {
  while (next > first_later_)
    if (auto version = TRY(version_at(name, --next))) return version;
  return std::optional<DatabaseVersion>();
}

// Each version is read as a whole: of a long time, the last ones.
size_t Case::first_good_version() const {
  constexpr size_t kVersionsMax = 60;
  const size_t last = snapshots_.size() - 1;
  return last - first_later_ > kVersionsMax ? last - kVersionsMax : first_later_;
}

Result<std::optional<DatabaseVersion>> Case::later_version(const std::string& name, size_t& next) const {
  while (next + 1 < snapshots_.size())
    if (auto version = TRY(version_at(name, next++))) return version;
  return std::optional<DatabaseVersion>();
}

Result<std::optional<DatabaseVersion>> Case::version_at(const std::string& name, size_t index) const {
  archive::VaultSnapshot* view = later_.snapshot(index);
  const archive::DatabaseEntry* stored = view ? find_database(view->manifest(), name) : nullptr;
  if (!stored || stored->node.size > image_max()) return std::optional<DatabaseVersion>();
  DatabaseVersion version{
      points_[index].snapshot, TRY(view->read("db:" + name, stored->node, 0, image_max())), {}};
  version.judgement.open = points_[index].open;
  return std::optional(std::move(version));
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
