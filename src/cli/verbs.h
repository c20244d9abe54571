// The table of commands: one line each, one file each (cmd_NAME.cc). A command returns its exit status (0 all
// is well, 1 something is wrong) or an error, which is printed once, here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/app.h"
#include "cli/arguments.h"

namespace aplomb::cli {

struct Verb {
  const char* name;
  const char* words;  // "SITE [SNAPSHOT] [OBJECT…]"
  size_t words_min, words_max;
  std::vector<const char*> options;  // beside the global ones
  const char* summary;               // tr_later("…")
  Result<int> (*run)(App& app, const Arguments& arguments);
};

const std::vector<Verb>& verbs();
const Verb* find_verb(std::string_view name);
// The verb that was probably meant; nullptr when none is near.
const Verb* nearest_verb(std::string_view name);

// Checks options and words against the verb's line of the table, runs it, prints its error. Returns the exit
// status.
int run_verb(App& app, const Arguments& arguments);
// The same from words, for the demonstration; global options in the words are not taken.
int run_command(App& app, const std::vector<std::string>& words);

std::string help_text();                  // of the program
std::string help_text(const Verb& verb);  // of one command

Result<int> cmd_init(App& app, const Arguments& arguments);
Result<int> cmd_status(App& app, const Arguments& arguments);
Result<int> cmd_backup(App& app, const Arguments& arguments);
Result<int> cmd_snapshots(App& app, const Arguments& arguments);
Result<int> cmd_diff(App& app, const Arguments& arguments);
Result<int> cmd_restore(App& app, const Arguments& arguments);
Result<int> cmd_verify(App& app, const Arguments& arguments);
Result<int> cmd_prune(App& app, const Arguments& arguments);
Result<int> cmd_hold(App& app, const Arguments& arguments);
Result<int> cmd_sheet(App& app, const Arguments& arguments);
Result<int> cmd_scan(App& app, const Arguments& arguments);
Result<int> cmd_keeper(App& app, const Arguments& arguments);
Result<int> cmd_known_bad(App& app, const Arguments& arguments);
Result<int> cmd_known_good(App& app, const Arguments& arguments);
Result<int> cmd_approve(App& app, const Arguments& arguments);
Result<int> cmd_history(App& app, const Arguments& arguments);
Result<int> cmd_clean_point(App& app, const Arguments& arguments);
Result<int> cmd_quarantine(App& app, const Arguments& arguments);
Result<int> cmd_recover(App& app, const Arguments& arguments);
Result<int> cmd_drill(App& app, const Arguments& arguments);
Result<int> cmd_continuity(App& app, const Arguments& arguments);
Result<int> cmd_import_backup(App& app, const Arguments& arguments);
Result<int> cmd_incident(App& app, const Arguments& arguments);
Result<int> cmd_plan(App& app, const Arguments& arguments);
Result<int> cmd_demo(App& app, const Arguments& arguments);

}  // namespace aplomb::cli
