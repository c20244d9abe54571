// `aplomb status`: one screen. For each site its last backup, the verdict, how well it is protected, and one
// command to type next.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/messages.h"
#include "cli/backup_run.h"
#include "cli/report.h"
#include "cli/verbs.h"
#include "recover/drill_record.h"
#include "recover/journal.h"

namespace aplomb::cli {
namespace {

constexpr int64_t kBackupAgeMax = 2 * kDay;

struct SiteStatus {
  std::string site;
  std::optional<judge::Note> last;
  std::optional<judge::Failure> failed;  // the backup tried since then
  std::optional<recover::DrillRecord> drill;
  std::string state;  // one sentence
  std::string next;   // a command
  bool wrong = false;
};

// True when a recovery is under way; says how to end it.
Result<bool> unfinished_recovery(App& app, const judge::SiteState& state, SiteStatus& status) {
  auto folder = app.fs().open_dir(state.path);
  if (!folder) return false;
  auto journal = TRY(recover::load_journal(**folder));
  if (!journal) return false;
  if (!journal->incident.empty() && journal->step <= recover::Step::sealed) {
    status.wrong = true;
    status.state = tr("an incident is open, and the site is contained");
    status.next = "aplomb incident next " + status.site;
    return true;
  }
  bool done = journal->step >= recover::Step::done;  // or half confirmed
  status.wrong = !done;
  status.state =
      done ? tr("recovered; the recovery waits to be confirmed, or undone") : tr("a recovery is unfinished");
  status.next = fmt::format("aplomb recover {} {}", status.site, done ? "--confirm" : "--resume");
  return true;
}

void describe_backup(const judge::Note& note, Time now, SiteStatus& status) {
  status.state = verdict_text(note.point.verdict);
  switch (note.point.verdict) {
    case judge::Verdict::infected:
      status.wrong = true;
      status.next = "aplomb recover " + status.site;
      return;
    case judge::Verdict::not_proven:
      status.wrong = true;
      status.next = "aplomb approve " + status.site;
      return;
    case judge::Verdict::proven_clean:
      status.next = "aplomb backup " + status.site;
      if (now.ns - note.point.time.ns > kBackupAgeMax) status.state += tr(", but that was long ago");
      return;
  }
}

// A site that was well when it was last saved is not well when it cannot be saved any more.
enum class Advice { stays, follows };  // follows: the failure decides what to do next

Status describe_failure(App& app, const judge::SiteState& state, SiteStatus& status, Advice advice) {
  auto folder = app.fs().open_dir(state.path);
  if (!folder) return {};
  status.failed = TRY(judge::load_failure(**folder));
  if (!status.failed) return {};
  bool well = !status.wrong;
  status.wrong = true;
  if (well && advice == Advice::follows) status.next = "aplomb backup " + status.site;
  status.state +=
      tr("; the backup of {} failed: {}", to_local(status.failed->time), printable(status.failed->what));
  return {};
}

Result<SiteStatus> status_of(App& app, const Session& session, const site::SiteConfig& site) {
  SiteStatus status;
  status.site = site.name;
  judge::SiteState state = session.state(site);
  status.drill = recover::load_record(app.fs(), state.path);
  std::vector<judge::Note> notes = TRY(notes_of(app, state));
  if (const judge::Note* last = last_backup(notes)) status.last = *last;
  if (TRY(unfinished_recovery(app, state, status))) {
    TRY(describe_failure(app, state, status, Advice::stays));
    return status;
  }
  auto folder = app.fs().open_dir(state.path);
  if (status.last && folder && (*folder)->stat(judge::kUndone)) {
    status.last->point.verdict = judge::Verdict::not_proven;
    status.state = tr("a recovery was undone: the site is as it was before it");
    status.next = "aplomb recover " + site.name;
    status.wrong = true;
  } else if (status.last) {
    describe_backup(*status.last, app.clock().now(), status);
  } else {
    status.state = tr("there is no backup yet");
    status.next = "aplomb backup " + site.name;
    status.wrong = true;
  }
  TRY(describe_failure(app, state, status, Advice::follows));
  return status;
}

nlohmann::json document_of(const recover::DrillRecord& drill) {
  auto or_null = [](double value) { return value < 0 ? nlohmann::json(nullptr) : nlohmann::json(value); };
  return {{"time", to_iso(drill.time)},
          {"ok", drill.ok},
          {"rto_seconds", or_null(drill.rto_seconds)},
          {"rpo_seconds", or_null(drill.rpo_seconds)},
          {"pages_checked", drill.pages_checked},
          {"problem",
           drill.problem.empty() ? nlohmann::json(nullptr) : nlohmann::json(printable(drill.problem))}};
}

std::string drill_text(const std::optional<recover::DrillRecord>& drill, Time now) {
  if (!drill) return tr("never rehearsed");
  std::string when = fmt::format("{} ({})", to_local(drill->time), human_age(drill->time, now));
  if (!drill->ok) return tr("{}: it did not go well: {}", when, printable(drill->problem));
  return tr("{}: rebuilt and verified in {:.0f} s, {} pages compared", when, drill->rto_seconds,
            drill->pages_checked);
}

nlohmann::json document_of(const SiteStatus& status, std::string_view protection) {
  nlohmann::json document = {{"name", status.site},   {"last_backup", nullptr},   {"snapshot", nullptr},
                             {"verdict", nullptr},    {"protection", protection}, {"next", status.next},
                             {"state", status.state}, {"open_objects", 0},        {"failed_backup", nullptr},
                             {"last_drill", nullptr}};
  if (status.drill) document["last_drill"] = document_of(*status.drill);
  if (status.failed)
    document["failed_backup"] = {{"time", to_iso(status.failed->time)},
                                 {"what", printable(status.failed->what)},
                                 {"where", printable(status.failed->where)},
                                 {"next", printable(status.failed->next)}};
  if (!status.last) return document;
  const judge::Point& point = status.last->point;
  document["last_backup"] = to_iso(point.time);
  document["snapshot"] = point.snapshot;
  document["verdict"] = judge::name(point.verdict);
  document["open_objects"] = point.open.size();
  return document;
}

void say(App& app, const SiteStatus& status) {
  std::vector<std::vector<std::string>> rows;
  std::string when = tr("none");
  if (status.last) {
    Time time = status.last->point.time;
    when = fmt::format("{} ({}), {}", to_local(time), human_age(time, app.clock().now()),
                       short_id(status.last->point.snapshot));
  }
  rows.push_back({"  " + tr("last backup:"), when});
  rows.push_back({"  " + tr("state:"), status.state});
  rows.push_back({"  " + tr("last rehearsal:"), drill_text(status.drill, app.clock().now())});
  rows.push_back({"  " + tr("next:"), status.next});
  app.out().say(status.site + "\n" + table(rows));
}

}  // namespace

Result<int> cmd_status(App& app, const Arguments&) {
  auto session = TRY(Session::open(app));
  Protection protection = session->protection();
  nlohmann::json sites = nlohmann::json::array();
  bool wrong = session->config().sites.empty();
  for (const site::SiteConfig& site : session->config().sites) {
    SiteStatus status = TRY(status_of(app, *session, site));
    wrong = wrong || status.wrong;
    say(app, status);
    sites.push_back(document_of(status, name(protection)));
  }
  if (sites.empty()) app.out().say(tr("no site is protected yet: aplomb init"));
  app.out().say(describe(protection));
  nlohmann::json document = {{"sites", sites}, {"vault", session->config().vault}};
  // The machine's notes alone would say that all is well with a vault that is gone.
  if (Status reached = session->reach(); !reached) {
    wrong = true;
    document["vault_problem"] = printable(reached.error().what);
    app.out().say(error_text(reached.error()));
  }
  // Locks that nobody moves forward run out; then whoever may delete can.
  auto lock = session->lock();
  if (lock && lock->until) {
    document["locked_until"] = to_iso(*lock->until);
    bool soon = lock->until->ns - app.clock().now().ns < int64_t{lock->days} * kDay / 3;
    if (soon)
      app.out().say(tr("the locks of the vault run out on {}: run aplomb prune with the keeper's credentials",
                       to_local(*lock->until)));
    wrong = wrong || soon;
  }
  app.out().document(document);
  return wrong ? 1 : 0;
}

}  // namespace aplomb::cli
