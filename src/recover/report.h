// What a recovery did, in the fields of its JSON result; kept in the journal, so that a resumed run tells the
// whole.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "recover/file_plan.h"

namespace aplomb::recover {

struct Rejected {
  std::string path;
  std::string kind;  // "file", "row", "schema", "database"
  Reason reason;
  std::string quarantine;  // id, when its content was set aside
};

// Where an administrator chooses a new password, once.
struct NewPassword {
  std::string login, link;
};

struct Report {
  std::string point;     // snapshot restored from; empty: none was proven
  bool proven = false;   // that point is proven clean
  Reason point_reason;   // why it is, or is not
  std::string evidence;  // snapshot of the sealed hacked state
  std::vector<Kept> changed;
  std::vector<Kept> kept;
  std::vector<Rejected> rejected;
  std::vector<std::string> deleted;         // gone since the clean point and not brought back
  std::vector<std::string> secrets;         // what was made anew
  std::vector<NewPassword> administrators;  // shown once, and kept nowhere but in the private journal
  std::vector<std::string> gate;            // why the site does not reopen; empty: it may
  std::vector<std::string> advice;          // what is left for people to do
  std::string continuity_url;
  double seconds_to_continuity = -1;
  double seconds_total = 0;
  std::string snapshot;  // the first of the new epoch
  bool verified = false;
  bool carried_out = false;  // the plan: the live site was changed, or the rebuilt one written
};

nlohmann::json to_json(const Report& report);
// Only what the plan decided; the rest is known from the journal and the run.
std::string summary_of(const Report& report);
Report report_from_summary(const std::string& summary);

}  // namespace aplomb::recover
