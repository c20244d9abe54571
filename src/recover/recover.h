// The main job: from a hacked site to a verified one. recover.cc reads as a table of contents of DESIGN.md
// section 7; each step leaves the journal such that a run killed anywhere is resumed or undone.
//
// What is not here yet (later parts): the entry point from logs, published holes in the gate, network
// isolation, aftercare by a watcher. The report says so where it matters.
#pragma once

#include <functional>

#include "continuity/citizens_copy.h"
#include "evidence/items.h"
#include "recover/case.h"
#include "recover/containment.h"
#include "recover/journal.h"
#include "recover/new_secrets.h"
#include "recover/report.h"
#include "recover/server_logins.h"

namespace aplomb::recover {

// Containing a site and sealing what is found needs neither of them.
struct Keys {
  const crypto::KeyFile* recovery = nullptr;
  const crypto::SigningKey* owner = nullptr;
};

struct Stores {
  vault::WriterStore* writer = nullptr;
  vault::ReaderStore* reader = nullptr;  // with the keys
  vault::OwnerStore* owner = nullptr;
};

// What an open incident writes into the recovery's journal and the sealed evidence.
struct IncidentMark {
  std::string case_id;
  std::string facts;  // JSON: case, key and head of its journal
};

struct Request {
  std::string point;  // a snapshot's id or its beginning; empty: the clean point
  bool whole = false;
  std::string to;                      // rebuild into this folder instead of the live site
  std::vector<std::string> overrides;  // named by a person, kept in the journal:
                                       // "not-proven", "unreadable"
  // Shown the plan before anything changes; false: stop here.
  std::function<bool(const Report& plan)> confirm = [](const Report&) { return true; };
};

class Recovery {
 public:
  // `top` stands for "/" in tests, for what is sealed beside the site.
  Recovery(const archive::Machine& machine, const site::SiteConfig& site, std::string site_state,
           Language language, const Stores& stores, const Keys& keys, std::string top = "");

  Result<Report> run(const Request& request);
  // The first three steps alone, for an incident: the site is contained, citizens have their copy, the hacked
  // state is sealed and judged on the machine. run() and undo() go on from there. A second call goes on where
  // the first one failed.
  Result<Report> contain_and_seal(const IncidentMark& mark);
  // Goes on where a killed or stopped run was: begins anew before the switch, rolls forward from it on.
  Result<Report> resume(const Request& request);

 private:
  Status begin(const Request& request);
  Status make_missing_folders();
  Status check_point(const std::string& point);
  Result<bool> adopt(const Request& request);
  Status contain();
  std::string facts() const;
  std::string own_address() const;
  Status seal_evidence();
  Status choose_point();
  Result<bool> gate();
  void say_unread();
  void say_open(const judge::Judgement& judgement);
  bool may_open(const char* name, bool well);
  bool can_be_carried_out();
  Status plan_secrets();
  void know_passwords();
  Status vouch_for_secrets();
  Status prepare();
  Status do_switch();
  Status reopen();
  Status check_public();
  Result<vault::WriterKey> begin_epoch();
  Status close_incident();
  Result<Report> rebuild_elsewhere(const Request& request);
  Result<Report> from_staging_on(const Request& request);
  Result<Report> from_switch_on();
  Status advance(Step step);

  const archive::Machine& machine_;
  const site::SiteConfig& site_;
  const std::string site_state_;
  const Language language_;
  Stores stores_;
  Keys keys_;
  const std::string top_;
  vault::VaultHeader header_;
  std::unique_ptr<fs::Dir> state_;
  Stopwatch watch_;
  Journal journal_;
  std::string volatile_json_;
  evidence::Items items_;  // programs that run are held open until they are sealed
  Report report_;
  Containment containment_;
  ServerLogins logins_;
  NewSecrets secrets_;
  std::set<std::string> open_;  // paths of what the gate found not to be in order
  SwitchPlan switch_plan_;
  std::unique_ptr<Case> case_;
};

// The newest snapshot that is proven clean by today's notes and whose pages are kept: what citizens may see.
// "none", which fits no snapshot, when there is none: then the service card stands alone.
Result<std::string> pages_for_citizens(fs::Dir& site_state, Log& log);

}  // namespace aplomb::recover
