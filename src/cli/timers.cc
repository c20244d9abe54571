#include "cli/timers.h"

#include <fmt/format.h>
#include <unistd.h>

#include "base/messages.h"
#include "proc/command.h"

namespace aplomb::cli {
namespace {

constexpr char kUnitFolder[] = "/etc/systemd/system";

struct Job {
  const char* verb;
  const char* what;      // Description=, in English as units are
  const char* calendar;  // of systemd
  const char* cron;
};
constexpr Job kBackup{"backup", "saves and judges the websites", "*-*-* 03:00:00", "0 3 * * *"};
constexpr Job kVerify{"verify", "checks the vault", "Sun *-*-* 04:30:00", "30 4 * * 0"};
constexpr Job kPrune{"prune", "lets go what retention need not keep", "Sun *-*-* 05:30:00", "30 5 * * 0"};

std::vector<Job> jobs_of(const TimerPlan& plan) {
  std::vector<Job> jobs{kBackup};
  if (plan.checks) jobs.push_back(kVerify);
  if (plan.vault_is_here) jobs.push_back(kPrune);
  return jobs;
}

// One word of a command line in a unit: systemd.service(5), "Command lines", and specifiers of
// systemd.unit(5).
std::string unit_word(const std::string& word) {
  std::string quoted = "\"";
  for (char c : word) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (c == '%' || c == '$') quoted += c;
    quoted += c;
  }
  return quoted + "\"";
}

// One word for sh; cron also gives % a meaning of its own.
std::string cron_word(const std::string& word) {
  std::string quoted = "'";
  for (char c : word) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      if (c == '%') quoted += '\\';
      quoted += c;
    }
  }
  return quoted + "'";
}

std::string service_of(const TimerPlan& plan, const Job& job) {
  return fmt::format(
      "[Unit]\n"
      "Description=Aplomb {}\n"
      "Wants=network-online.target\n"
      "After=network-online.target\n\n"
      "[Service]\n"
      "Type=oneshot\n"
      "ExecStart={} --config {} {}\n"
      "Nice=10\n"
      "IOSchedulingClass=idle\n",
      job.what, unit_word(plan.program), unit_word(plan.config), job.verb);
}

std::string timer_of(const Job& job) {
  return fmt::format(
      "[Unit]\n"
      "Description=Aplomb {}\n\n"
      "[Timer]\n"
      "OnCalendar={}\n"
      "RandomizedDelaySec=30min\n"
      "Persistent=true\n\n"
      "[Install]\n"
      "WantedBy=timers.target\n",
      job.what, job.calendar);
}

Status systemctl(std::vector<std::string> words) {
  words.insert(words.begin(), "systemctl");
  proc::Command command;
  command.argv = std::move(words);
  proc::CommandResult result = TRY(proc::run(command));
  if (result.ok()) return {};
  return fail(make_error(Code::io, tr("systemctl answered: {}", printable(result.err))));
}

}  // namespace

TimerPlan plan_timers(const std::string& config, const std::string& vault) {
  std::string program(4096, '\0');
  const ssize_t length = readlink("/proc/self/exe", program.data(), program.size());
  program.resize(length > 0 ? static_cast<size_t>(length) : 0);
  const bool here = vault.starts_with("file:");
  return {std::move(program), config, here, here || vault.starts_with("s3:")};
}

std::vector<Unit> timer_units(const TimerPlan& plan) {
  std::vector<Unit> units;
  for (const Job& job : jobs_of(plan)) {
    const std::string name = std::string("aplomb-") + job.verb;
    units.push_back({name + ".service", service_of(plan, job)});
    units.push_back({name + ".timer", timer_of(job)});
  }
  return units;
}

std::string cron_lines(const TimerPlan& plan) {
  std::string lines;
  for (const Job& job : jobs_of(plan))
    lines += fmt::format("{}{} {} --config {} {}", lines.empty() ? "" : "\n", job.cron,
                         cron_word(plan.program), cron_word(plan.config), job.verb);
  return lines;
}

Result<std::vector<std::string>> install_timers(App& app, const TimerPlan& plan) {
  std::vector<std::string> timers;
  const bool systemd_runs = app.fs().open_dir("/run/systemd/system").has_value();
  if (geteuid() != 0 || !systemd_runs || !plan.config.starts_with("/etc/") || plan.program.empty())
    return timers;
  auto folder = TRY(app.fs().make_dirs(kUnitFolder, 0755));
  for (const Unit& unit : timer_units(plan)) {
    TRY_IN(fs::write_file_durably(*folder, unit.name, as_bytes(unit.text), 0644),
           tr("a timer cannot be written"));
    if (unit.name.ends_with(".timer")) timers.push_back(unit.name);
  }
  TRY(systemctl({"daemon-reload"}));
  std::vector<std::string> enable{"enable", "--now"};
  enable.insert(enable.end(), timers.begin(), timers.end());
  TRY(systemctl(std::move(enable)));
  return timers;
}

}  // namespace aplomb::cli
