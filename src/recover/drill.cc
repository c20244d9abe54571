#include "recover/drill.h"

#include <algorithm>

#include "base/messages.h"
#include "recover/rebuild.h"
#include "recover/rebuilt_check.h"

namespace aplomb::recover {
namespace {

constexpr size_t kShown = 10;

// A drill asks no database server anything.
Result<site::ServerLogin> no_server(const site::DatabaseSpec&) {
  return fail(Code::unsupported, "");
}

class Drill {
 public:
  Drill(const archive::Machine& machine, const site::SiteConfig& site, const std::string& site_state)
      : machine_(machine), site_(site), site_state_(site_state), watch_(machine.clock) {
    out_.record.time = machine.clock.now();
  }

  Result<DrillReport> run(vault::ReaderStore& store, const crypto::KeyFile& key, const std::string& place) {
    auto folder = TRY(DrillFolder::create(machine_, site_state_, place));
    Status done = rehearse(store, key, *folder);
    TRY(folder->remove());
    if (!done && done.error().code == Code::corrupt) {
      const Error& damage = done.error();
      out_.problems.push_back(damage.where.empty() ? damage.what
                                                   : tr("{}: {}", printable(damage.where), damage.what));
      out_.problems.push_back(tr("the vault is damaged: aplomb verify --read-all names what is lost"));
    } else if (!done) {
      return fail(std::move(done).error());
    }
    out_.seconds_total = watch_.seconds();
    DrillRecord& record = out_.record;
    record.ok = out_.problems.empty() && out_.different.empty();
    if (!out_.problems.empty()) {
      record.problem = out_.problems.front();
    } else if (!out_.different.empty()) {
      record.problem = tr("{}: {}", printable(out_.different.front().path), out_.different.front().what);
    }
    auto state = TRY(machine_.fs.open_dir(site_state_));
    TRY(save_record(*state, record));
    return std::move(out_);
  }

 private:
  Status rehearse(vault::ReaderStore& store, const crypto::KeyFile& key, const DrillFolder& folder) {
    // The point is named as a recovery names it.
    auto incident = TRY(Case::open({machine_, site_, site_state_, store, key, "", true, no_server}));
    say_point(*incident);
    // It is planned and passes the gate, or does not.
    Report plan;
    TRY(incident->plan(plan));
    const bool proven = TRY(judge_gate(*incident));
    say_missing(*incident);
    // It is rebuilt, and read back from the disk.
    TRY(rebuild(machine_, *incident, folder.site()));
    auto target = TRY(machine_.fs.open_dir(folder.site()));
    RebuiltCheck check = TRY(check_rebuilt(*incident, *target));
    out_.record.files = check.files;
    out_.record.bytes = check.bytes;
    out_.databases = check.databases;
    const bool whole = check.problems.empty();
    for (std::string& problem : check.problems) add_problem(std::move(problem));
    out_.record.rto_seconds = watch_.seconds();
    // Its pages are those that were stored. Code that is not proven clean is not executed.
    if (!proven || !whole) {
      out_.pages_note = tr("what was rebuilt is not proven clean or not whole, so it was not served");
      return {};
    }
    PagesRehearsed pages = TRY(rehearse_pages(machine_, site_, *incident, folder));
    out_.record.pages_checked = pages.checked;
    out_.record.pages_different = pages.different.size();
    out_.different = std::move(pages.different);
    out_.pages_note = std::move(pages.note);
    return {};
  }

  void say_point(const Case& incident) {
    out_.proven = incident.proven();
    out_.point_reason = incident.point_reason();
    if (!incident.clean()) {
      out_.newest = false;
      add_problem(
          tr("no point is proven clean: what was rebuilt is the last state without what is known to be "
             "bad"));
      return;
    }
    const vault::SnapshotInfo& point = incident.clean()->info();
    out_.record.point = point.id.hex();
    out_.point_time = point.received;
    out_.newest = point.id == incident.hacked().info().id;
    const double age = static_cast<double>(machine_.clock.now().ns - point.received.ns) / 1e9;
    out_.record.rpo_seconds = std::max(age, 0.0);
  }

  // A database that the last backup could not read is in no plan.
  void say_missing(const Case& incident) {
    if (!incident.clean()) return;
    for (const archive::DatabaseEntry& entry : incident.clean()->manifest().databases)
      if (std::ranges::none_of(incident.databases(),
                               [&](const StagedDatabase& staged) { return staged.entry.name == entry.name; }))
        add_problem(tr("{}: the last backup could not read this database, so it is not rehearsed",
                       printable(entry.name)));
  }

  Result<bool> judge_gate(Case& incident) {
    StagedView future = incident.future();
    judge::Judgement judgement =
        TRY(incident.kit().judge->judge(future, incident.trust(), incident.earlier()));
    TRY(incident.kit().save_memo());
    for (const judge::JudgedObject& object : judgement.open)
      add_problem(tr("{}: {}", printable(object.identity.path), printable(object.reason().text())));
    return judgement.verdict == judge::Verdict::proven_clean && incident.proven();
  }

  void add_problem(std::string problem) {
    if (out_.problems.size() < kShown) out_.problems.push_back(std::move(problem));
  }

  const archive::Machine& machine_;
  const site::SiteConfig& site_;
  const std::string& site_state_;
  Stopwatch watch_;
  DrillReport out_;
};

}  // namespace

Result<DrillReport> drill(const archive::Machine& machine, const site::SiteConfig& site,
                          const std::string& site_state, vault::ReaderStore& store,
                          const crypto::KeyFile& recovery_key, const std::string& place) {
  return Drill(machine, site, site_state).run(store, recovery_key, place);
}

}  // namespace aplomb::recover
