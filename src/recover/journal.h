// The journal of a recovery: which step is done, and what a later run needs to go on or to take everything
// back. One small file, replaced atomically and durably at each step; it exists from the first step until the
// recovery is confirmed or undone. The switch plan lies beside it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "fs/fs.h"
#include "recover/switch_plan.h"

namespace aplomb::recover {

// In order. Up to `staged` nothing of the site has changed; from `switching` on, resume rolls forward. An
// undo goes back to `switching` before it takes anything back, and to `staged` when all is back. From
// `confirmed` on, what was replaced is being removed: nothing can be undone any more.
enum class Step : uint8_t { started, contained, sealed, staged, switching, switched, done, confirmed };
std::string_view name(Step step);

struct Journal {
  std::string id;  // of this recovery: short, in file names
  std::string site;
  Step step = Step::started;
  Time started;
  std::string asked_point;  // --point, as given; empty: the clean point
  bool whole = false;
  std::vector<std::string> overrides;
  std::string incident;        // the case that contained the site and sealed the evidence; empty: none
  std::string incident_facts;  // JSON, for the evidence that is sealed again
  std::string evidence;        // snapshot id of the sealed state
  std::string point;           // snapshot id restored from; empty: none was proven
  bool proven = false;         // the point is proven clean
  double seconds_to_continuity = -1;
  std::string summary;  // JSON: changed, kept, rejected, as shown at the end
  bool service_stopped = false;
};

std::string journal_folder(const std::string& site_state);  // SITE_STATE/recovery

Result<std::optional<Journal>> load_journal(fs::Dir& site_state);
Status save_journal(fs::Dir& site_state, const Journal& journal);
Status save_switch_plan(fs::Dir& site_state, const SwitchPlan& plan);
Result<SwitchPlan> load_switch_plan(fs::Dir& site_state);
// The recovery is over: its folder goes.
Status remove_journal(fs::Dir& site_state);

}  // namespace aplomb::recover
