// The guided procedure as a pure machine: from what is known (known.h) to the one action that comes next. The
// order is that of CERT-FR's and cybermalveillance.gouv.fr's sheets: contain, keep evidence, qualify, tell,
// put back, then secrets, notices and the complaint. No step changes the site before the evidence is sealed;
// a test goes through every combination.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "incident/known.h"

namespace aplomb::incident {

enum class Step {
  seal,     // contain the site and seal the hacked state: `incident open` does it, again if it failed
  isolate,  // led from another machine: people take the web server off the network
  what,     // the three questions
  tell,     // the people who must know, by telephone
  reach,
  active,
  recover,  // put the site back
  look,     // with one's own eyes
  passwords,
  notify,  // the data-protection authority, where people's data may be concerned
  complain,
  confirm,  // what recovery replaced may go
  close,
  finished,
};
constexpr size_t kSteps = static_cast<size_t>(Step::finished) + 1;
std::string_view name(Step step);  // "seal", …: stable, for programs and for `done`
std::optional<Step> parse_step(std::string_view name);

// Steps that Aplomb sees by itself; the others are marked by `incident done`.
bool seen_by_aplomb(Step step);
// Does this step apply at all, given what is known?
bool needed(Step step, const Known& known);
bool is_done(Step step, const Known& known);
// Total: the first step that is needed and not done; `finished` in a closed case.
Step next_step(const Known& known);
// The steps that apply, in order.
std::vector<Step> steps_of(const Known& known);

// What is shown of a step, in the language of the process.
struct StepText {
  std::string title, why, who, how_long, never;
  std::vector<std::string> how;       // what to do, sentence by sentence
  std::vector<std::string> commands;  // to type, complete
};
StepText text_of(Step step, const Known& known);

}  // namespace aplomb::incident
