#include "recover/recover.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "archive/take_snapshot.h"
#include "base/messages.h"
#include "evidence/volatile.h"
#include "http/client.h"
#include "judge/history.h"
#include "site/paths.h"

namespace aplomb::recover {
namespace {

constexpr int64_t kVolatileBudgetMs = 10'000;
constexpr uint64_t kQuarantineMax = 256ull << 20;  // larger ones stay in the evidence snapshot alone
constexpr char kOverrideNotProven[] = "not-proven";

std::string short_id(Random& random) {
  std::array<uint8_t, 4> bytes;
  random.fill(bytes);
  return to_hex(bytes);
}

bool overridden(const std::vector<std::string>& overrides, std::string_view name) {
  return std::ranges::find(overrides, name) != overrides.end();
}

const archive::DatabaseEntry* find_database(const archive::Manifest& manifest, const std::string& name) {
  auto found = std::ranges::find(manifest.databases, name, &archive::DatabaseEntry::name);
  return found == manifest.databases.end() ? nullptr : &*found;
}

}  // namespace

// What is known of the incident between sealing the evidence and the switch.
struct Recovery::Case {
  std::unique_ptr<vault::VaultReader> reader;
  judge::Trust trust;
  judge::JudgeKit kit;
  std::vector<vault::SnapshotInfo> snapshots;
  std::vector<judge::Point> points;
  judge::Timeline timeline;
  std::unique_ptr<archive::VaultSnapshot> hacked, clean;  // clean null: no point
  Listing hacked_listing, clean_listing;
  judge::Judgement hacked_judgement, clean_judgement;
  FilePlan files;
  std::vector<StagedDatabase> databases;
  LaterVersions later;
  size_t first_later = 0;  // index of the first snapshot after the clean point
  std::vector<std::pair<RejectedRow, std::string>> rejected_rows;  // with kind
};

StagedView::Source Recovery::source_of(const Case& c) {
  return [&c](const std::string& path) {
    archive::VaultSnapshot* later = c.later.source(path);
    return later ? later : c.clean.get();
  };
}

Recovery::Recovery(const archive::Machine& machine, const site::SiteConfig& site, std::string site_state,
                   Language language, const Stores& stores, const Keys& keys)
    : machine_(machine),
      site_(site),
      site_state_(std::move(site_state)),
      language_(language),
      stores_(stores),
      keys_(keys),
      watch_(machine.clock),
      containment_(site, machine.log) {}

// ---- the nine steps ----

Result<Report> Recovery::run(const Request& request) {
  // Nothing has happened yet, and nothing else is under way.
  TRY(begin(request));
  if (!request.to.empty()) return rebuild_elsewhere(request);
  return from_staging_on(request);
}

Result<Report> Recovery::from_staging_on(const Request& request) {
  // (1, 2) The site is contained and citizens see the copy of the last proven point.
  TRY(contain());
  // (3) The hacked state is in the vault; from here on nothing can destroy evidence.
  TRY(seal_evidence());
  // (4) The point to go back to is named, judged from the vault, by what the owner signed.
  TRY(choose_point());
  // (5, 6) It is decided, file by file and row by row, what goes back, what stays and what is set aside.
  TRY(plan());
  // (7) The state to come passes the judge, or a person overrides by name.
  bool open = TRY(gate());
  if (!open || !request.confirm(report_)) {
    report_.seconds_total = watch_.seconds();
    return report_;
  }
  // What will be needed lies prepared beside the site, what is rejected in the quarantine; the plan is
  // durable.
  TRY(set_aside());
  TRY(stage());
  return from_switch_on();
}

Result<Report> Recovery::from_switch_on() {
  // (8) Files and databases are switched; a crash in the middle is rolled forward.
  TRY(do_switch());
  // The site answers again, and says what it should.
  TRY(reopen());
  TRY(check_public());
  // (9) A new epoch begins, its first snapshot judged from the vault; the incident is closed by signature.
  TRY(close_incident());
  return report_;
}

Result<Report> Recovery::resume(const Request& request) {
  state_ = TRY(machine_.fs.open_dir(site_state_));
  auto journal = TRY(load_journal(*state_));
  if (!journal || journal->step >= Step::done)
    return fail(make_error(Code::not_found, tr("no recovery of this site is under way"))
                    .then(tr("start one with aplomb recover {}", site_.name)));
  journal_ = std::move(*journal);
  header_ = TRY(stores_.reader.header());
  if (journal_.step >= Step::switching) {
    report_ = report_from_summary(journal_.summary);
    report_.point = journal_.point;
    report_.proven = journal_.proven;
    report_.evidence = journal_.evidence;
    report_.seconds_to_continuity = journal_.seconds_to_continuity;
    switch_plan_ = TRY(load_switch_plan(*state_));
    // The machine may have been started anew, and the site with it.
    if (journal_.step == Step::switching) TRY(containment_.stop_service());
    return from_switch_on();
  }
  // Nothing of the site has changed. What was sealed may be old by now: everything from the containment on is
  // done again, with what was asked for then.
  Request again = request;
  again.point = request.point.empty() ? journal_.asked_point : request.point;
  again.whole = request.whole || journal_.whole;
  again.overrides.insert(again.overrides.end(), journal_.overrides.begin(), journal_.overrides.end());
  journal_.overrides = again.overrides;
  journal_.asked_point = again.point;
  journal_.whole = again.whole;
  TRY(Staging(machine_.fs, site_state_, journal_.id).clear(targets()));
  return from_staging_on(again);
}

Status Recovery::begin(const Request& request) {
  state_ = TRY(machine_.fs.make_dirs(site_state_, 0700));
  header_ = TRY(stores_.reader.header());
  auto journal = TRY(load_journal(*state_));
  if (journal && journal->step < Step::done)
    return fail(
        make_error(Code::exists,
                   tr("a recovery of this site was begun and is not finished (step {})", name(journal->step)))
            .then(tr("aplomb recover {} --resume goes on with it, --undo takes it back", site_.name)));
  if (journal) TRY(confirm(machine_, site_state_));  // a new recovery takes the last one as accepted
  journal_.id = short_id(machine_.random);
  journal_.site = site_.name;
  journal_.started = machine_.clock.now();
  journal_.asked_point = request.point;
  journal_.whole = request.whole;
  journal_.overrides = request.overrides;
  if (!request.to.empty()) return {};
  // Whether the files can be prepared is found out now, not when the site is contained.
  Staging probe(machine_.fs, site_state_, journal_.id);
  TRY(probe.open(targets()));
  TRY(probe.clear(targets()));
  return advance(Step::started);
}

Status Recovery::advance(Step step) {
  journal_.step = step;
  return save_journal(*state_, journal_);
}

Status Recovery::contain() {
  // Written before the stop commands run: a resumed run must know that it has to start the site again.
  journal_.service_stopped = true;
  TRY(advance(Step::started));
  TRY(containment_.stop_service());
  std::string pages = TRY(pages_for_citizens(*state_, machine_.log));
  auto start = [&](const std::string& address) {
    return continuity::start_copy(*state_, site_, language_, machine_.clock, machine_.log, address, pages);
  };
  auto copy = start(own_address());
  if (!copy && copy.error().code == Code::busy)
    copy = start("");  // the site's own server still holds its port
  if (copy) {
    report_.continuity_url = copy->url;
    report_.seconds_to_continuity = watch_.seconds();
    journal_.seconds_to_continuity = report_.seconds_to_continuity;
  } else {
    machine_.log.warn(tr("the citizens' copy could not be started: {}", copy.error().what));
  }
  containment_.freeze_databases();
  return advance(Step::contained);
}

// Where citizens look for the site, when its own server on this machine is what the stop commands have
// stopped.
std::string Recovery::own_address() const {
  auto url = http::Url::parse(site_.url);
  bool local = url && (url->host == "127.0.0.1" || url->host == "localhost");
  return local && !site_.service.stop.empty() ? "127.0.0.1:" + std::to_string(url->port) : std::string();
}

Status Recovery::seal_evidence() {
  vault::WriterKey key = TRY(judge::load_writer_key(machine_, site_state_));
  archive::SnapshotRequest request{site_, site_state_, {}, {}, true, false};
  request.facts_json = evidence::collect_volatile(site_.roots, machine_.clock, kVolatileBudgetMs).dump();
  // After the volatile evidence, which names them; before the disk, so that nothing changes it meanwhile.
  containment_.end_planted_processes();
  auto sealed = archive::take_snapshot(machine_, stores_.writer, key, request);
  if (!sealed)
    return fail(std::move(sealed).error().in(
        tr("the hacked state could not be sealed as evidence, so nothing was changed")));
  report_.evidence = sealed->id.hex();
  journal_.evidence = report_.evidence;
  return advance(Step::sealed);
}

Status Recovery::choose_point() {
  case_ = std::make_shared<Case>();
  Case& c = *case_;
  c.reader = TRY(vault::VaultReader::open(stores_.reader, keys_.recovery, machine_.log));
  c.trust = judge::trust_from_records(*c.reader, site_.name, machine_.log);
  c.snapshots = judge::current_epoch(*c.reader, site_.name);
  judge::SiteState state{site_, site_state_};
  c.kit = TRY(judge::make_judge(machine_, state, judge::Source::vault, keys_.recovery.secret.view()));
  c.points = TRY(judge::judge_points(*c.reader, c.snapshots, *c.kit.judge, c.trust, machine_.log));
  TRY(c.kit.save_memo());
  c.timeline = judge::build_timeline(c.points);
  if (c.snapshots.empty())
    return fail(make_error(Code::not_found, tr("the vault holds no snapshot of this site"))
                    .then(tr("aplomb backup takes one")));
  // The hacked state is the last snapshot: the evidence just sealed, or (--to) the last that came.
  c.hacked = TRY(archive::VaultSnapshot::open(*c.reader, c.snapshots.back()));
  std::optional<vault::SnapshotInfo> chosen;
  if (!journal_.asked_point.empty()) {
    chosen = TRY(c.reader->find(journal_.asked_point));
    if (chosen->site != site_.name)
      return fail(make_error(Code::usage, tr("this snapshot is of another site")).at(chosen->id.hex()));
  } else if (c.timeline.clean_point) {
    chosen = c.snapshots[*c.timeline.clean_point];
  }
  if (!chosen) return {};
  c.clean = TRY(archive::VaultSnapshot::open(*c.reader, *chosen));
  report_.point = journal_.point = chosen->id.hex();
  for (const judge::Point& point : c.points)
    if (point.snapshot == report_.point) report_.proven = point.verdict == judge::Verdict::proven_clean;
  journal_.proven = report_.proven;
  return {};
}

Status Recovery::plan() {
  Case& c = *case_;
  c.hacked_listing = TRY(list_snapshot(*c.hacked));
  std::vector<scan::SnapshotFile> before;
  if (c.clean) {
    c.clean_listing = TRY(list_snapshot(*c.clean));
    c.clean_judgement = TRY(c.kit.judge->judge(*c.clean, c.trust, {}));
    before = c.clean_judgement.facts;
  }
  c.hacked_judgement = TRY(c.kit.judge->judge(*c.hacked, c.trust, before));
  TRY(collect_later_versions());
  TRY(plan_databases());
  FilePlanInput input{c.hacked_listing,  c.later.good(), c.hacked_judgement,
                      c.clean_judgement, journal_.whole, c.clean != nullptr};
  input.point = &c.clean_listing;
  for (const StagedDatabase& database : c.databases)
    if (database.changed && !database.entry.object_path.empty())
      input.arriving.push_back(database.entry.object_path);
  c.files = plan_files(input);
  report_.kept.insert(report_.kept.begin(), c.files.kept.begin(), c.files.kept.end());
  report_.deleted = c.files.deleted;
  for (const PlannedFile& step : c.files.steps) {
    report_.changed.push_back({step.path, step.reason});
    if (step.quarantine) report_.rejected.push_back({step.path, "file", step.reason, ""});
  }
  for (const auto& [row, kind] : c.rejected_rows)
    report_.rejected.push_back({row.path, kind, row.reason, ""});
  return {};
}

// Which later snapshots may hold a better version than the clean point: those between it and the state found
// now.
Status Recovery::collect_later_versions() {
  Case& c = *case_;
  size_t first = c.snapshots.size(), last = c.snapshots.size() - 1;
  for (size_t i = 0; i < c.snapshots.size() && c.clean && !journal_.whole; ++i)
    if (c.snapshots[i].id == c.clean->info().id) first = i + 1;
  c.first_later = std::min(first, last);
  c.later = TRY(LaterVersions::collect(*c.reader, c.clean_listing, c.snapshots, c.points, c.first_later, last,
                                       *c.kit.knowledge));
  return {};
}

Status Recovery::plan_databases() {
  Case& c = *case_;
  std::vector<archive::DatabaseEntry> entries = c.hacked->manifest().databases;
  if (c.clean)
    for (const archive::DatabaseEntry& entry : c.clean->manifest().databases)
      if (!find_database(c.hacked->manifest(), entry.name)) entries.push_back(entry);
  for (const archive::DatabaseEntry& entry : entries) {
    const archive::DatabaseEntry* now = find_database(c.hacked->manifest(), entry.name);
    const archive::DatabaseEntry* before = c.clean ? find_database(c.clean->manifest(), entry.name) : nullptr;
    std::string path = "db:" + entry.name;
    DatabaseStepInput input{entry.name, entry, {}, {}, {}, journal_.whole, site_.privileged_tables, {}};
    input.options.image_bytes_max = site_.limits.database_mib_max * 1024 * 1024;
    if (before) input.clean = TRY(c.clean->read(path, before->node, 0, UINT64_MAX));
    if (now)
      input.now =
          DatabaseVersion{"", TRY(c.hacked->read(path, now->node, 0, UINT64_MAX)), c.hacked_judgement};
    input.earlier = [&c, &entry, path,
                     next = c.snapshots.size() - 1]() mutable -> Result<std::optional<DatabaseVersion>> {
      while (next > c.first_later) {
        archive::VaultSnapshot* view = c.later.snapshot(--next);
        const archive::DatabaseEntry* stored = view ? find_database(view->manifest(), entry.name) : nullptr;
        if (!stored) continue;
        DatabaseVersion version{
            c.points[next].snapshot, TRY(view->read(path, stored->node, 0, UINT64_MAX)), {}};
        version.judgement.open = c.points[next].open;
        return std::optional(std::move(version));
      }
      return std::optional<DatabaseVersion>();
    };
    DatabaseStep step = TRY(plan_database_step(std::move(input)));
    report_.changed.insert(report_.changed.end(), step.changed.begin(), step.changed.end());
    report_.kept.insert(report_.kept.end(), step.kept.begin(), step.kept.end());
    if (step.replaced) report_.rejected.push_back({path, "database", *step.replaced, ""});
    for (RejectedRow& row : step.rejected) {
      bool schema =
          row.path.find("/trigger:") != std::string::npos || row.path.find("/view:") != std::string::npos;
      c.rejected_rows.emplace_back(std::move(row), schema ? "schema" : "row");
    }
    c.databases.push_back(std::move(step.staged));
  }
  return {};
}

Result<bool> Recovery::gate() {
  Case& c = *case_;
  StagedView future(*c.hacked, c.hacked_listing, c.later.good(), source_of(c), c.files, c.databases);
  judge::Judgement judgement = TRY(c.kit.judge->judge(future, c.trust, {}));
  TRY(c.kit.save_memo());
  bool proven = judgement.verdict == judge::Verdict::proven_clean;
  if (!c.clean) report_.gate.push_back(tr("no point is proven clean: what would be kept is not proven"));
  for (const judge::JudgedObject& object : judgement.open) {
    if (report_.gate.size() >= 20) break;
    report_.gate.push_back(tr("{}: {}", printable(object.identity.path), printable(object.reason().text())));
  }
  report_.advice.push_back(
      tr("How the intruder came in is not known yet: bring the software up to date before you confirm."));
  report_.advice.push_back(
      tr("Change the passwords of all administrators: whoever was inside may have read them."));
  if (proven && c.clean) return true;
  // A point that a person named, or what is left without one, reopens only when that person says so by name.
  if (overridden(journal_.overrides, kOverrideNotProven)) return true;
  report_.gate.push_back(
      tr("the site stays closed; --override {} reopens it all the same, and the journal says so",
         kOverrideNotProven));
  return false;
}

// What is rejected is set aside with its reason before anything is moved.
Status Recovery::set_aside() {
  Case& c = *case_;
  std::map<std::string, const RejectedRow*> rows;
  for (const auto& [row, kind] : c.rejected_rows) rows[row.path] = &row;
  int number = 0;
  for (Rejected& item : report_.rejected) {
    QuarantineItem entry;
    entry.id = journal_.id + "-" + std::to_string(++number);
    entry.site = site_.name;
    entry.time = journal_.started;
    entry.path = item.path;
    entry.kind = item.kind;
    entry.reason = item.reason;
    Bytes content;
    if (auto row = rows.find(item.path); row != rows.end()) {
      content.assign(row->second->content.begin(), row->second->content.end());
    } else if (auto node = c.hacked_listing.find(item.path); node != c.hacked_listing.end()) {
      entry.mode = node->second.mode;
      if (node->second.is_file() && node->second.size <= kQuarantineMax)
        content = TRY(c.hacked->read(item.path, node->second, 0, UINT64_MAX));
      else if (!node->second.is_file())
        content.assign(node->second.target.begin(), node->second.target.end());
    }  // a whole database stays in the evidence snapshot
    TRY(put(*state_, entry, content));
    item.quarantine = entry.id;
  }
  return {};
}

std::vector<std::string> Recovery::targets() const {
  std::vector<std::string> targets = site_.roots;
  for (const site::DatabaseSpec& spec : site_.databases) {
    std::string folder = fs::split_path(spec.path).first;
    bool inside = std::ranges::any_of(
        targets, [&](const std::string& target) { return site::is_beneath(folder, target); });
    if (!inside) targets.push_back(folder);
  }
  return targets;
}

std::pair<uint32_t, std::string> Recovery::place(const std::string& path) const {
  std::vector<std::string> labels = archive::root_labels(site_.roots);
  for (size_t i = 0; i < labels.size(); ++i) {
    if (labels[i].empty()) return {static_cast<uint32_t>(i), path};
    if (path.starts_with(labels[i] + "/"))
      return {static_cast<uint32_t>(i), path.substr(labels[i].size() + 1)};
  }
  return {0, path};
}

std::pair<uint32_t, std::string> Recovery::place_database(const archive::DatabaseEntry& entry) const {
  std::vector<std::string> all = targets();
  for (size_t i = 0; i < all.size(); ++i)
    if (site::is_beneath(entry.path, all[i]))
      return {static_cast<uint32_t>(i), std::string(site::relative_to(entry.path, all[i]))};
  return {0, fs::split_path(entry.path).second};
}

Status Recovery::stage() {
  Case& c = *case_;
  Staging staging(machine_.fs, site_state_, journal_.id);
  TRY(staging.open(targets()));
  for (const PlannedFile& step : c.files.steps) {
    auto [area, path] = place(step.path);
    auto clean = c.later.good().find(step.path);
    switch (step.step) {
      case FileStep::restore:
        TRY(staging.restore(area, path, *source_of(c)(step.path), clean->second));
        break;
      case FileStep::remove:
        TRY(staging.remove(area, path));
        break;
      case FileStep::remove_dir:
        TRY(staging.remove_dir(area, path));
        break;
      case FileStep::make_dir:
        TRY(staging.make_dir(area, path, clean->second));
        break;
      case FileStep::attributes:
        TRY(staging.attributes(area, path, clean->second));
        break;
    }
  }
  for (const StagedDatabase& database : c.databases) {
    if (!database.changed) continue;
    auto [area, path] = place_database(database.entry);
    // The database's side files belong to the state that goes.
    for (const char* side : {"-wal", "-shm", "-journal"}) TRY(staging.remove(area, path + side));
    TRY(staging.put_bytes(area, path, database.image, database.entry.node));
  }
  switch_plan_ = TRY(staging.finish());
  for (const archive::Skipped& problem : staging.problems())
    machine_.log.warn(tr("{}: {}", printable(problem.path), problem.reason));
  TRY(save_switch_plan(*state_, switch_plan_));
  journal_.summary = summary_of(report_);
  return advance(Step::staged);
}

Status Recovery::do_switch() {
  // The freeze's handles on the old databases go before their files do.
  containment_.release_databases();
  if (journal_.step < Step::switched) {
    TRY(advance(Step::switching));
    TRY_IN(carry_out(machine_.fs, switch_plan_),
           tr("the switch stopped in the middle; aplomb recover --resume rolls it forward"));
    TRY(advance(Step::switched));
  }
  report_.carried_out = true;
  return {};
}

Status Recovery::reopen() {
  // The copy may hold the address of the site itself: it goes first.
  TRY(continuity::stop_copy(*state_));
  TRY(containment_.start_service());
  journal_.service_stopped = false;
  return save_journal(*state_, journal_);
}

// The pages that the configuration names answer well. A site without an address has none to ask.
Status Recovery::check_public() {
  if (site_.url.empty()) return {};
  http::Url base = TRY(http::Url::parse(site_.url));
  for (const std::string& path : site_.health) {
    http::FetchOptions options;
    options.timeout_ms = static_cast<int64_t>(site_.limits.page_seconds) * 1000;
    http::Url url = TRY(base.resolve(path));
    auto answer = http::get(url.to_string(), options);
    if (!answer) {
      report_.gate.push_back(tr("{} does not answer: {}", url.to_string(), answer.error().what));
    } else if (answer->status >= 400) {
      report_.gate.push_back(tr("{} answers with status {}", url.to_string(), answer->status));
    }
  }
  return {};
}

Status Recovery::close_incident() {
  vault::WriterKey old_key = TRY(judge::load_writer_key(machine_, site_state_));
  vault::WriterKey key = TRY(judge::open_epoch(machine_, stores_.owner, keys_.owner, header_, site_.name,
                                               old_key.epoch + 1, site_state_));
  judge::SiteState state{site_, site_state_};
  archive::SnapshotRequest request{site_, site_state_, "{}", {}, false, true};
  judge::Backup backup = TRY(judge::backup_and_judge(machine_, stores_.writer, state, request));
  report_.snapshot = backup.snapshot.id.hex();
  // The machine has judged; what counts is the judgement from the vault, by what the owner signed.
  auto reader = TRY(vault::VaultReader::open(stores_.reader, keys_.recovery, machine_.log));
  judge::Trust trust = judge::trust_from_records(*reader, site_.name, machine_.log);
  judge::JudgeKit kit =
      TRY(judge::make_judge(machine_, state, judge::Source::vault, keys_.recovery.secret.view()));
  vault::SnapshotInfo info = TRY(reader->find(report_.snapshot));
  auto view = TRY(archive::VaultSnapshot::open(*reader, info));
  judge::Judgement judgement = TRY(kit.judge->judge(*view, trust, {}));
  TRY(kit.save_memo());
  bool clean = judgement.verdict == judge::Verdict::proven_clean;
  for (const judge::JudgedObject& object : judgement.open) {
    if (report_.gate.size() >= 20) break;
    report_.gate.push_back(tr("{}: {}", printable(object.identity.path), printable(object.reason().text())));
  }
  report_.verified = clean && report_.proven && report_.gate.empty();
  report_.seconds_total = watch_.seconds();
  // Without proof nothing is closed: the points before it count on, and the next recovery may choose among
  // them.
  if (!report_.verified && !overridden(journal_.overrides, kOverrideNotProven)) return advance(Step::done);
  nlohmann::json closing = to_json(report_);
  closing["overrides"] = journal_.overrides;
  std::string body = closing.dump();
  std::vector<vault::SnapshotId> named;
  for (const std::string& id : {report_.point, report_.evidence, report_.snapshot})
    if (auto parsed = vault::SnapshotId::parse(id)) named.push_back(*parsed);
  TRY(judge::sign_record(machine_, stores_.owner, keys_.owner, header_, vault::RecordKind::incident_closed,
                         key.domain, named, as_bytes(body)));
  return advance(Step::done);
}

// ---- a rebuilt tree, elsewhere: no live site, nothing to contain or to undo ----

Result<Report> Recovery::rebuild_elsewhere(const Request& request) {
  TRY(choose_point());
  TRY(plan());
  bool open = TRY(gate());
  report_.seconds_total = watch_.seconds();
  if (!open || !request.confirm(report_)) return report_;
  Case& c = *case_;
  auto target = TRY(machine_.fs.make_dirs(request.to, 0755));
  if (!TRY(target->list()).empty())
    return fail(make_error(Code::exists, tr("the folder to rebuild into is not empty"))
                    .at(request.to)
                    .then(tr("name an empty folder")));
  StagedView future(*c.hacked, c.hacked_listing, c.later.good(), source_of(c), c.files, c.databases);
  std::vector<archive::Skipped> problems;
  std::map<std::string, const PlannedFile*> restored;
  for (const PlannedFile& step : c.files.steps)
    if (step.step != FileStep::remove && step.step != FileStep::remove_dir) restored[step.path] = &step;
  std::vector<std::pair<std::string, vault::Node>> folders;
  TRY(future.for_each([&](const std::string& path, const vault::Node& node) -> Status {
    archive::VaultSnapshot& from = restored.contains(path) ? *source_of(c)(path) : *c.hacked;
    auto [parent, file] = fs::split_path(path);
    if (!parent.empty()) TRY(fs::make_dirs(*target, parent, 0755));
    if (node.is_dir()) {
      TRY(fs::make_dirs(*target, path, 0755));
      folders.emplace_back(path, node);
      return {};
    }
    auto dir = TRY(target->open_dir(parent));
    if (node.is_file()) return archive::write_node(from, node, *dir, file, problems);
    if (node.type == fs::FileType::symlink) return dir->make_symlink(node.target, file);
    return {};
  }));
  for (const StagedDatabase& database : c.databases) {
    std::string path =
        database.entry.object_path.empty() ? "databases/" + database.entry.name : database.entry.object_path;
    if (auto parent = fs::split_path(path).first; !parent.empty()) TRY(fs::make_dirs(*target, parent, 0755));
    TRY(fs::write_file_durably(*target, path, database.image));
    TRY(archive::apply_attributes(*target, path, database.entry.node, problems));
  }
  for (auto folder = folders.rbegin(); folder != folders.rend(); ++folder)
    TRY(archive::apply_attributes(*target, folder->first, folder->second, problems));
  for (const archive::Skipped& problem : problems)
    machine_.log.warn(tr("{}: {}", printable(problem.path), problem.reason));
  report_.carried_out = true;
  report_.verified = report_.proven && report_.gate.empty();
  report_.seconds_total = watch_.seconds();
  return report_;
}

Result<std::string> pages_for_citizens(fs::Dir& site_state, Log& log) {
  std::vector<judge::Note> notes = TRY(judge::load_notes(site_state, log));
  for (auto note = notes.rbegin(); note != notes.rend(); ++note) {
    if (note->point.verdict != judge::Verdict::proven_clean || note->point.evidence) continue;
    if (TRY(continuity::load_copy(site_state, note->point.snapshot))) return note->point.snapshot;
  }
  return std::string("none");
}

// ---- taking back, and accepting ----

Status undo(const archive::Machine& machine, const site::SiteConfig& site, const std::string& site_state) {
  Error none = make_error(Code::not_found, tr("there is no recovery of this site to undo"))
                   .then(tr("a confirmed recovery cannot be undone; its evidence snapshot can be restored"));
  auto state = machine.fs.open_dir(site_state);
  if (!state) return fail(std::move(none));
  auto journal = TRY(load_journal(**state));
  if (!journal) return fail(std::move(none));
  if (journal->step == Step::confirmed) return fail(std::move(none));
  Containment containment(site, machine.log);
  std::vector<std::string> targets = site.roots;
  for (const site::DatabaseSpec& spec : site.databases) targets.push_back(fs::split_path(spec.path).first);
  if (journal->step >= Step::switching) {
    SwitchPlan plan = TRY(load_switch_plan(**state));
    TRY(containment.stop_service());
    // Killed from here on, neither a resume nor a second undo takes half of it for the whole.
    journal->step = Step::switching;
    journal->service_stopped = true;
    TRY(save_journal(**state, *journal));
    TRY_IN(take_back(machine.fs, plan), tr("the undo stopped in the middle; run it again"));
    journal->step = Step::staged;
    TRY(save_journal(**state, *journal));
    // The notes speak of the recovered state, which is gone: until the next backup nothing is known of this
    // one.
    TRY(fs::write_file_durably(**state, judge::kUndone, as_bytes(to_iso(machine.clock.now()))));
  }
  TRY(continuity::stop_copy(**state));
  if (journal->service_stopped) TRY(containment.start_service());
  if (auto plan = load_switch_plan(**state)) TRY(remove_staging(machine.fs, *plan));
  TRY(Staging(machine.fs, site_state, journal->id).clear(targets));
  return remove_journal(**state);
}

Status confirm(const archive::Machine& machine, const std::string& site_state) {
  Error none = make_error(Code::not_found, tr("there is no recovery of this site to confirm"));
  auto state = machine.fs.open_dir(site_state);
  if (!state) return fail(std::move(none));
  auto journal = TRY(load_journal(**state));
  if (!journal) return fail(std::move(none));
  if (journal->step < Step::done)
    return fail(make_error(Code::refused, tr("the recovery is not finished (step {})", name(journal->step)))
                    .then(tr("aplomb recover --resume goes on with it, --undo takes it back")));
  SwitchPlan plan = TRY(load_switch_plan(**state));
  journal->step = Step::confirmed;
  TRY(save_journal(**state, *journal));
  TRY(remove_staging(machine.fs, plan));
  return remove_journal(**state);
}

}  // namespace aplomb::recover
