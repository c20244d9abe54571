// What runs Aplomb by itself: units of systemd for the nightly backup, the weekly check of the vault, and
// thinning it where it lies on this machine. Texts are pure; install_timers() writes and starts them.
#pragma once

#include <string>
#include <vector>

#include "cli/app.h"

namespace aplomb::cli {

struct TimerPlan {
  std::string program, config;  // absolute
  bool vault_is_here = false;   // file:, which nobody else thins
  bool checks = false;          // verify works without a key
};
// For the vault's address: "file:/…", "ssh://…", "s3://…".
TimerPlan plan_timers(const std::string& config, const std::string& vault);

struct Unit {
  std::string name;  // "aplomb-backup.timer"
  std::string text;
};
std::vector<Unit> timer_units(const TimerPlan& plan);
// The same for a crontab, where systemd does not run or this user may not.
std::string cron_lines(const TimerPlan& plan);

// Writes and starts the units, and returns the names of the timers; none where this process is not root,
// systemd does not run, or the configuration is not the machine's own (below /etc).
Result<std::vector<std::string>> install_timers(App& app, const TimerPlan& plan);

}  // namespace aplomb::cli
