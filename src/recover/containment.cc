#include "recover/containment.h"

#include "base/messages.h"
#include "proc/command.h"
#include "proc/process_list.h"

namespace aplomb::recover {
namespace {

constexpr int64_t kFreezeWaitMs = 5'000;

Status run_hooks(const std::vector<std::string>& commands, const char* failed) {
  for (const std::string& line : commands) {
    proc::CommandResult result = TRY(proc::run(proc::shell(line)));
    if (!result.ok())
      return fail(make_error(Code::io, tr("{} (status {}): {}", translate(failed), result.status,
                                          printable(result.err)))
                      .at(line)
                      .then(tr("correct the command in the configuration, then aplomb recover --resume")));
  }
  return {};
}

}  // namespace

Status Containment::stop_service() {
  return run_hooks(site_.service.stop, tr_later("a command that stops the site failed"));
}

Status Containment::start_service() {
  return run_hooks(site_.service.start, tr_later("a command that starts the site failed"));
}

Status Containment::freeze(const site::DatabaseSpec& spec, const site::LoginSource& login) {
  if (spec.on_server())
    locked_.push_back(TRY(site::MariaFreeze::begin(TRY(login(spec)), kFreezeWaitMs)));
  else
    frozen_.push_back(TRY(site::SqliteFreeze::begin(spec.path, kFreezeWaitMs)));
  return {};
}

void Containment::freeze_databases(const site::LoginSource& login) {
  for (const site::DatabaseSpec& spec : site_.databases)
    if (Status frozen = freeze(spec, login); !frozen)
      log_.warn(tr("database {} could not be frozen: {}", spec.place(), frozen.error().what));
}

size_t Containment::end_planted_processes() {
  std::vector<proc::ProcessRef> planted;
  for (const proc::Touch& touch : proc::processes_touching(site_.roots)) {
    if (touch.kind != proc::TouchKind::executable) continue;
    log_.warn(tr("process {} runs from inside the site ({}) and is ended", touch.process.ref.pid,
                 printable(touch.path)));
    planted.push_back(touch.process.ref);
  }
  if (planted.empty()) return 0;
  auto ended = proc::terminate_tree(planted);
  if (!ended) log_.warn(ended.error().what);
  return ended.value_or(0);
}

}  // namespace aplomb::recover
