#include "recover/recover.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "archive/take_snapshot.h"
#include "base/messages.h"
#include "evidence/volatile.h"
#include "http/client.h"
#include "judge/history.h"
#include "recover/database_switch.h"
#include "recover/exhibits.h"
#include "recover/prepare.h"
#include "recover/rebuild.h"
#include "recover/staging.h"
#include "recover/undo.h"
#include "recover/writable.h"

namespace aplomb::recover {
namespace {

constexpr int64_t kHoldBudgetMs = 2'000, kVolatileBudgetMs = 8'000;
constexpr char kHeldAsEvidence[] = "evidence";        // the reason in the record of its hold
constexpr char kOverrideNotProven[] = "not-proven";   // no proof of the point, or of what stays
constexpr char kOverrideUnreadable[] = "unreadable";  // something could not be read, and stays as it is
constexpr size_t kShown = 10, kGateMax = 24;          // lines

std::string short_id(Random& random) {
  std::array<uint8_t, 4> bytes;
  random.fill(bytes);
  return to_hex(bytes);
}

bool overridden(const std::vector<std::string>& overrides, std::string_view name) {
  return std::ranges::find(overrides, name) != overrides.end();
}

}  // namespace

Recovery::Recovery(const archive::Machine& machine, const site::SiteConfig& site, std::string site_state,
                   Language language, const Stores& stores, const Keys& keys, std::string top)
    : machine_(machine),
      site_(site),
      site_state_(std::move(site_state)),
      language_(language),
      stores_(stores),
      keys_(keys),
      top_(std::move(top)),
      watch_(machine.clock),
      containment_(site, machine.log),
      logins_(machine, site, stores.reader, keys.recovery) {}

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
  TRY(case_->plan(report_));
  // (7) The state to come passes the judge, or a person overrides by name.
  bool open = TRY(gate());
  bool able = can_be_carried_out();
  if (open && able) TRY(plan_secrets());
  if (!open || !able || !request.confirm(report_)) {
    report_.seconds_total = watch_.seconds();
    return report_;
  }
  // What will be needed lies prepared beside the site, what is rejected in the quarantine; the plan is
  // durable.
  TRY(prepare());
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
  header_ = TRY(stores_.reader->header());
  if (journal_.step >= Step::switching) {
    report_ = report_from_summary(journal_.summary);
    report_.point = journal_.point;
    report_.proven = journal_.proven;
    report_.evidence = journal_.evidence;
    report_.seconds_to_continuity = journal_.seconds_to_continuity;
    switch_plan_ = TRY(load_switch_plan(*state_));
    secrets_ = TRY(load_secrets(*state_));
    report_.administrators = secrets_.administrators;
    know_passwords();
    // The machine may have been started anew, and the site with it; or a start command has done its work
    // already.
    if (journal_.service_stopped) TRY(containment_.stop_service());
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
  TRY(Staging(machine_.fs, site_state_, journal_.id).clear(targets_of(site_)));
  return from_staging_on(again);
}

Result<Report> Recovery::contain_and_seal(const IncidentMark& mark) {
  state_ = TRY(machine_.fs.make_dirs(site_state_, 0700));
  auto journal = TRY(load_journal(*state_));
  if (journal && journal->step <= Step::sealed)
    journal_ = std::move(*journal);
  else
    TRY(begin(Request()));
  journal_.incident = mark.case_id;
  journal_.incident_facts = mark.facts;
  TRY(contain());
  TRY(seal_evidence());
  report_.seconds_total = watch_.seconds();
  return report_;
}

// An incident that was opened has begun: its containment and its evidence are those of this recovery.
Result<bool> Recovery::adopt(const Request& request) {
  auto journal = TRY(load_journal(*state_));
  if (!journal || journal->incident.empty() || journal->step > Step::sealed || !request.to.empty())
    return false;
  journal_ = std::move(*journal);
  journal_.asked_point = request.point;
  journal_.whole = request.whole;
  journal_.overrides = request.overrides;
  TRY(Staging(machine_.fs, site_state_, journal_.id).clear(targets_of(site_)));
  return true;
}

Status Recovery::begin(const Request& request) {
  state_ = TRY(machine_.fs.make_dirs(site_state_, 0700));
  if (keys_.owner) header_ = TRY(stores_.reader->header());
  if (TRY(adopt(request))) {
    TRY(check_point(request.point));
    return make_missing_folders();
  }
  auto journal = TRY(load_journal(*state_));
  if (journal && journal->step < Step::done)
    return fail(
        make_error(Code::exists,
                   tr("a recovery of this site was begun and is not finished (step {})", name(journal->step)))
            .then(tr("aplomb recover {} --resume goes on with it, --undo takes it back", site_.name)));
  if (journal) TRY(confirm(machine_, site_state_));  // a new recovery takes the last one as accepted
  TRY(check_point(request.point));
  journal_.id = short_id(machine_.random);
  journal_.site = site_.name;
  journal_.started = machine_.clock.now();
  journal_.asked_point = request.point;
  journal_.whole = request.whole;
  journal_.overrides = request.overrides;
  if (!request.to.empty()) return {};
  TRY(make_missing_folders());
  // Whether the files can be prepared is found out now, not when the site is contained.
  Staging probe(machine_.fs, site_state_, journal_.id);
  TRY(probe.open(targets_of(site_)));
  TRY(probe.clear(targets_of(site_)));
  return advance(Step::started);
}

// A point that is mistyped is found out before anything has begun.
Status Recovery::check_point(const std::string& point) {
  if (point.empty()) return {};
  auto reader = TRY(vault::VaultReader::open(*stores_.reader, *keys_.recovery, machine_.log));
  vault::SnapshotInfo info = TRY(reader->find(point));
  if (info.site != site_.name)
    return fail(make_error(Code::usage, tr("this snapshot is of another site")).at(info.id.hex()));
  return {};
}

// A folder that is gone is an empty one to everything that follows: sealed so, and filled from the clean
// point.
Status Recovery::make_missing_folders() {
  for (const std::string& folder : targets_of(site_)) {
    auto there = fs::open_dir_without_links(machine_.fs, folder);
    if (there || there.error().code != Code::not_found) continue;
    TRY_IN(machine_.fs.make_dirs(folder, 0755), tr("the site's folder is gone and cannot be made again"));
    machine_.log.warn(tr("the folder {} was gone; it was made again, empty, to be filled", folder));
  }
  return {};
}

Status Recovery::advance(Step step) {
  journal_.step = step;
  return save_journal(*state_, journal_);
}

Status Recovery::contain() {
  // What memory holds comes first: stopping the site destroys it.
  // The two budgets are the ten seconds that it may take.
  items_ = {};
  if (top_.empty()) items_.hold_processes(site_.roots, machine_.clock, kHoldBudgetMs);
  volatile_json_ = evidence::collect_volatile(site_.roots, machine_.clock, kVolatileBudgetMs).dump();
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
  containment_.freeze_databases(logins_.source());
  return advance(Step::contained);
}

// Where citizens look for the site, when its own server on this machine is what the stop commands have
// stopped.
std::string Recovery::own_address() const {
  auto url = http::Url::parse(site_.url);
  bool local = url && (url->host == "127.0.0.1" || url->host == "localhost");
  return local && !site_.service.stop.empty() ? "127.0.0.1:" + std::to_string(url->port) : std::string();
}

std::string Recovery::facts() const {
  auto facts = nlohmann::json::parse(volatile_json_, nullptr, false);
  auto incident = nlohmann::json::parse(journal_.incident_facts, nullptr, false);
  if (facts.is_object() && incident.is_object()) facts["incident"] = std::move(incident);
  return facts.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Status Recovery::seal_evidence() {
  vault::WriterKey key = TRY(judge::load_writer_key(machine_, site_state_));
  // After the volatile evidence, which names them; before the disk, so that nothing changes it meanwhile.
  containment_.end_planted_processes();
  // What lies beside the site goes into the same snapshot, read as it is stored.
  Exhibits exhibits(machine_, site_, site_state_, std::move(items_), top_);
  archive::SnapshotRequest request{site_, site_state_, facts(), {}, true, false, nullptr, logins_.source()};
  request.more_pages = [&] { return exhibits.next(); };
  Error failed = make_error(Code::io, "");
  vault::SnapshotId sealed;
  if (keys_.owner) {
    TRY(stores_.owner->make_room(key.domain));  // the intruder may have used up what a day may bring
    auto taken = archive::take_snapshot(machine_, *stores_.writer, key, request);
    if (taken)
      sealed = taken->id;
    else
      failed = std::move(taken).error();
  } else {  // nobody judges it from the vault now: what the machine sees helps to answer the questions
    auto taken = judge::backup_and_judge(machine_, *stores_.writer, {site_, site_state_}, request);
    if (taken)
      sealed = taken->snapshot.id;
    else
      failed = std::move(taken).error();
  }
  if (sealed == vault::SnapshotId())
    return fail(
        std::move(failed).in(tr("the hacked state could not be sealed as evidence, so nothing was changed")));
  std::vector<vault::SnapshotId> held{sealed};
  if (auto earlier = vault::SnapshotId::parse(journal_.evidence)) held.push_back(*earlier);
  // Held at once: the recovery may take weeks, and retention must leave what the investigation needs.
  if (keys_.owner)
    TRY(judge::sign_record(machine_, *stores_.owner, *keys_.owner, header_, vault::RecordKind::hold,
                           key.domain, held, as_bytes(kHeldAsEvidence)));
  report_.evidence = sealed.hex();
  journal_.evidence = report_.evidence;
  return advance(Step::sealed);
}

Status Recovery::choose_point() {
  case_ = TRY(Case::open({machine_, site_, site_state_, *stores_.reader, *keys_.recovery,
                          journal_.asked_point, journal_.whole, logins_.source()}));
  if (case_->clean()) report_.point = journal_.point = case_->clean()->info().id.hex();
  report_.proven = journal_.proven = case_->proven();
  report_.point_reason = case_->point_reason();
  return {};
}

// True when nothing speaks against the state to come, or a person took each
// objection upon himself by name.
Result<bool> Recovery::gate() {
  StagedView future = case_->future();
  judge::Judgement judgement = TRY(case_->kit().judge->judge(future, case_->trust(), case_->earlier()));
  TRY(case_->kit().save_memo());
  bool proven = judgement.verdict == judge::Verdict::proven_clean && case_->proven();
  say_unread();
  if (!case_->clean()) {
    report_.gate.push_back(tr("no point is proven clean: what would be kept is not proven"));
  } else if (!case_->proven()) {
    report_.gate.push_back(tr("the point {} is not proven clean: {}", report_.point.substr(0, 12),
                              printable(report_.point_reason.text())));
  }
  say_open(judgement);
  for (const judge::JudgedObject& object : judgement.open) open_.insert(object.identity.path);
  report_.advice.push_back(
      tr("How the intruder came in is not known yet: bring the software up to date before you confirm."));
  return may_open(kOverrideUnreadable, case_->unread().empty()) && may_open(kOverrideNotProven, proven);
}

// What is not in the sealed state is neither evidence nor judged: the site is
// not changed around it.
void Recovery::say_unread() {
  const std::vector<archive::Skipped>& unread = case_->unread();
  for (size_t i = 0; i < unread.size() && i < kShown; ++i)
    report_.gate.push_back(
        tr("{}: it could not be read, so it is neither "
           "judged nor sealed as evidence: {}",
           printable(unread[i].path), printable(unread[i].reason)));
  if (unread.size() > kShown) report_.gate.push_back(tr("… and {} more", unread.size() - kShown));
  if (!unread.empty())
    report_.gate.push_back(
        tr("make that readable for the user who recovers, or run as root, or "
           "move it out of the site; then "
           "aplomb recover {} --resume",
           site_.name));
}

void Recovery::say_open(const judge::Judgement& judgement) {
  for (const judge::JudgedObject& object : judgement.open) {
    if (report_.gate.size() >= kGateMax) break;
    report_.gate.push_back(tr("{}: {}", printable(object.identity.path), printable(object.reason().text())));
  }
}

// A switch that begins must end: no word of a person makes a folder writable.
bool Recovery::can_be_carried_out() {
  std::vector<std::string> folders =
      unwritable_folders(case_->files(), case_->hacked_listing(), Who::current());
  for (size_t i = 0; i < folders.size() && i < kShown; ++i)
    report_.gate.push_back(
        tr("{}: the user who recovers may not write into this folder; make it writable, or run as root, then "
           "aplomb recover {} --resume",
           printable(folders[i]), site_.name));
  return folders.empty();
}

// A person may answer for what is not well, by name: it is kept in the journal
// and in the signed record.
bool Recovery::may_open(const char* name, bool well) {
  if (well || overridden(journal_.overrides, name)) return true;
  report_.gate.push_back(
      tr("the site stays closed; --override {} reopens it "
         "all the same, and the journal says so",
         name));
  return false;
}

// What cannot be made anew is left to people. Passwords of administrators are renewed where their CMS is
// known.
Status Recovery::plan_secrets() {
  secrets_ = TRY(plan_new_secrets(machine_, site_, *case_, logins_, open_));
  report_.secrets = secrets_.renewed;
  report_.administrators = secrets_.administrators;
  for (const std::string& left : secrets_.left) report_.advice.push_back(tr("not renewed: {}", left));
  if (secrets_.administrators.empty())
    report_.advice.push_back(
        tr("Change the passwords of all administrators: "
           "whoever was inside may have read them."));
  return {};
}

void Recovery::know_passwords() {
  for (const NewSecrets::Password& password : secrets_.passwords)
    logins_.know(password.place, {password.before, password.after});
}

// The new secrets are this recovery's own work: the owner signs the objects that they changed, of which
// nothing else changed and which were in order before.
Status Recovery::vouch_for_secrets() {
  if (secrets_.objects.empty()) return {};
  judge::Approval approval;
  approval.kind = judge::ApprovalKind::person;
  approval.site = site_.name;
  approval.time = machine_.clock.now();
  approval.who = "aplomb recover: new secrets";
  approval.objects = secrets_.objects;
  return judge::sign_approval(machine_, *stores_.owner, *keys_.owner, header_, site_state_,
                              vault::RecordKind::approval, approval, {});
}

// Written into the journal's folder before the journal says so.
Status Recovery::prepare() {
  TRY(set_aside(*state_, journal_, *case_, report_));
  switch_plan_ = TRY(stage(machine_, site_, site_state_, journal_.id, *case_, secrets_));
  TRY(stage_statements(machine_, site_, *state_, *case_, secrets_));
  TRY(save_secrets(*state_, secrets_));
  know_passwords();
  TRY(save_switch_plan(*state_, switch_plan_));
  journal_.summary = summary_of(report_);
  return advance(Step::staged);
}

Status Recovery::do_switch() {
  // The freeze's handles on the old databases go before their files do.
  containment_.release_databases();
  if (journal_.step < Step::switched) {
    TRY(advance(Step::switching));
    std::string stopped = tr("the switch stopped in the middle; aplomb recover --resume rolls it forward");
    DatabaseSwitch databases(site_, *state_, logins_.source());
    TRY_IN(databases.run_reachable(Way::forward), stopped);
    TRY_IN(carry_out(machine_.fs, switch_plan_), stopped);
    TRY_IN(databases.run_rest(Way::forward), stopped);
    TRY_IN(set_passwords(site_, logins_, secrets_, Which::after), stopped);
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

// The first backup of a new epoch. What the epoch before has, and is true, is not stored again.
Result<vault::WriterKey> Recovery::begin_epoch() {
  vault::WriterKey old_key = TRY(judge::load_writer_key(machine_, site_state_));
  auto reader = TRY(vault::VaultReader::open(*stores_.reader, *keys_.recovery, machine_.log));
  std::optional<vault::DomainId> before;
  for (const vault::SnapshotInfo& info : reader->snapshots())
    if (info.site == site_.name) before = info.domain;
  crypto::Secret cut_key;
  if (before) cut_key = TRY(reader->cut_key(*before));
  vault::WriterKey key = TRY(judge::open_epoch(machine_, *stores_.owner, *keys_.owner, header_, site_.name,
                                               old_key.epoch + 1, site_state_, before ? &cut_key : nullptr));
  TRY(stores_.owner->make_room(key.domain));
  TRY(vouch_for_secrets());
  std::optional<vault::Import> taken;
  if (before)
    taken.emplace(*reader, *before, key.domain, [&](const vault::ChunkId& listing) {
      return judge::sign_import(machine_, *stores_.owner, *keys_.owner, header_, key.domain, listing);
    });
  judge::SiteState state{site_, site_state_};
  archive::SnapshotRequest request{site_, site_state_, "{}", {}, false, true, taken ? &*taken : nullptr};
  judge::Backup backup = TRY(judge::backup_and_judge(machine_, *stores_.writer, state, request));
  report_.snapshot = backup.snapshot.id.hex();
  if (taken)
    machine_.log.info(tr(
        "of the new epoch's first snapshot {} KiB were stored, and {} KiB taken over from the epoch before",
        backup.snapshot.bytes_stored / 1024, taken->bytes() / 1024));
  return key;
}

Status Recovery::close_incident() {
  vault::WriterKey key = TRY(begin_epoch());
  judge::SiteState state{site_, site_state_};
  // The machine has judged; what counts is the judgement from the vault, by what the owner signed.
  auto reader = TRY(vault::VaultReader::open(*stores_.reader, *keys_.recovery, machine_.log));
  judge::Trust trust = judge::trust_from_vault(*reader, site_.name, machine_.log);
  judge::JudgeKit kit =
      TRY(judge::make_judge(machine_, state, judge::Source::vault, keys_.recovery->secret.view()));
  vault::SnapshotInfo info = TRY(reader->find(report_.snapshot));
  auto view = TRY(archive::VaultSnapshot::open(*reader, info));
  judge::Judgement judgement = TRY(kit.judge->judge(*view, trust, {}));
  TRY(kit.save_memo());
  bool clean = judgement.verdict == judge::Verdict::proven_clean;
  say_open(judgement);
  report_.verified = clean && report_.proven && report_.gate.empty();
  report_.seconds_total = watch_.seconds();
  // Without proof nothing is closed: the points before it count on, and the next recovery may choose among
  // them.
  if (!report_.verified && !overridden(journal_.overrides, kOverrideNotProven)) return advance(Step::done);
  nlohmann::json closing = to_json(report_);
  closing.erase("administrators");  // their links are no record's business
  closing["overrides"] = journal_.overrides;
  std::string body = closing.dump();
  std::vector<vault::SnapshotId> named;
  for (const std::string& id : {report_.point, report_.evidence, report_.snapshot})
    if (auto parsed = vault::SnapshotId::parse(id)) named.push_back(*parsed);
  // Whoever stole an earlier writer key of the site adds nothing any more. Not before the new one is in use.
  std::vector<vault::DomainId> earlier = reader->domains_of(site_.name);
  std::erase(earlier, key.domain);
  TRY(judge::sign_record(machine_, *stores_.owner, *keys_.owner, header_, vault::RecordKind::incident_closed,
                         key.domain, named, as_bytes(body), earlier));
  TRY(judge::save_closed(*state_, {key.epoch, machine_.clock.now()}));
  return advance(Step::done);
}

// ---- a rebuilt tree, elsewhere: no live site, nothing to contain or to undo ----

Result<Report> Recovery::rebuild_elsewhere(const Request& request) {
  TRY(choose_point());
  TRY(case_->plan(report_));
  bool open = TRY(gate());
  report_.seconds_total = watch_.seconds();
  if (!open || !request.confirm(report_)) return report_;
  TRY(rebuild(machine_, *case_, request.to));
  report_.advice.push_back(
      tr("The rebuilt site has its old passwords and keys: make new ones before it opens."));
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

}  // namespace aplomb::recover
