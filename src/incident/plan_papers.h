// `aplomb plan`: the papers to have printed before any attack, because a screen may not be there on the day:
// the recovery plan, a one-page emergency card, and a sheet for the staff with the experts' seven advices. In
// the language of the process. What only people know is a line to fill in by hand. Pure.
#pragma once

#include <string>
#include <vector>

#include "incident/deadlines.h"
#include "incident/known.h"
#include "incident/page.h"

namespace aplomb::incident {

struct PlanInput {
  std::string site, url, machine, config, vault;
  bool protected_against_root = false;
  std::string protection;  // one sentence
  std::vector<std::string> roots, databases, phones, hours, stop_commands;
  std::string cms;
  std::optional<Time> last_backup, last_proven, last_drill;
  double drill_seconds = -1;  // what that drill took until the site was rebuilt and verified
  uint64_t files = 0, bytes = 0;
  std::vector<PersonalTable> personal;
  bool personal_known = false;
  std::vector<DeadlineRule> deadlines;
  std::string date;
};

// plan.html, card.html, staff.html
std::vector<Paper> plan_papers(const PlanInput& input);
PageWords plan_words();

}  // namespace aplomb::incident
