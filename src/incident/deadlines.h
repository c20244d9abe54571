// The clocks that the law starts at the moment of knowledge. Data files (share/deadlines/*.toml), each with
// its legal source and the date somebody looked at it, so that a new duty is a new file:
//
//   name = "cnil"
//   hours = 72
//   when = "personal-data"        # or "always"
//   step = "notify"               # done with this step of the procedure; may be empty
//   source = "RGPD, article 33"
//   checked = "2026-11-27"
//   [fr]
//   title = "…"
//   note = "…"
//   [en]  …
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/messages.h"
#include "incident/known.h"

namespace aplomb::incident {

struct DeadlineRule {
  std::string name, when, step, source, checked;
  int64_t hours = 0;
  struct Words {
    std::string title, note;
  } french, english;
};

// Code::config names file, line and key.
Result<DeadlineRule> parse_deadline(std::string_view text, const std::string& file);
// Those of a folder, by name of the file; ours when it is empty is the caller's to say.
Result<std::vector<DeadlineRule>> load_deadlines(fs::Fs& fs, const std::string& folder);

struct Deadline {
  const DeadlineRule* rule;
  Time due;
  bool done = false;
  int64_t hours_left = 0;  // negative: too late by so many
};
// Pure: the rules that apply, the soonest first.
std::vector<Deadline> deadlines_of(const std::vector<DeadlineRule>& rules, const Known& known);

}  // namespace aplomb::incident
