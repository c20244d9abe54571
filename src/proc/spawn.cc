#include "proc/spawn.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>

#include "base/clock.h"
#include "base/messages.h"
#include "proc/unique_fd.h"

namespace aplomb::proc {
namespace {

constexpr int kFirstParkedFd = 64;  // above every `as`, so that no dup2 overwrites a source

struct FileActions {
  posix_spawn_file_actions_t value;
  FileActions() { posix_spawn_file_actions_init(&value); }
  ~FileActions() { posix_spawn_file_actions_destroy(&value); }
};

struct Attributes {
  posix_spawnattr_t value;
  Attributes() { posix_spawnattr_init(&value); }
  ~Attributes() { posix_spawnattr_destroy(&value); }
};

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> out;
  for (const auto& text : strings) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

Status place_fds(const SpawnPlan& plan, std::vector<UniqueFd>& parked, FileActions& actions) {
  int highest = 2;
  for (int standard = 0; standard <= 2; ++standard) {
    if (std::ranges::any_of(plan.fds, [&](const GivenFd& fd) { return fd.as == standard; })) continue;
    posix_spawn_file_actions_addopen(&actions.value, standard, "/dev/null", O_RDWR, 0);
  }
  for (const GivenFd& fd : plan.fds) {
    APLOMB_CHECK(fd.as >= 0 && fd.as < kFirstParkedFd);
    parked.emplace_back(fcntl(fd.from, F_DUPFD_CLOEXEC, kFirstParkedFd));
    if (!parked.back()) return fail(os_error(errno, tr("cannot hand a descriptor over"), plan.program));
    posix_spawn_file_actions_adddup2(&actions.value, parked.back().get(), fd.as);
    highest = std::max(highest, fd.as);
  }
  posix_spawn_file_actions_addclosefrom_np(&actions.value, highest + 1);
  if (!plan.folder.empty()) posix_spawn_file_actions_addchdir_np(&actions.value, plan.folder.c_str());
  return {};
}

// Not posix_spawnp, which searches the PATH of the administrator's shell: the same command must be the same
// program from cron, from a terminal and from systemd.
std::string find_program(const SpawnPlan& plan) {
  if (plan.program.find('/') != std::string::npos) return plan.program;
  std::string_view folders = kDefaultPath;
  for (std::string_view entry : plan.environment)
    if (entry.starts_with("PATH=")) folders = entry.substr(5);
  while (!folders.empty()) {
    size_t end = std::min(folders.find(':'), folders.size());
    std::string candidate = std::string(folders.substr(0, end)) + "/" + plan.program;
    if (candidate.starts_with('/') && access(candidate.c_str(), X_OK) == 0) return candidate;
    folders.remove_prefix(std::min(end + 1, folders.size()));
  }
  return {};
}

void set_attributes(Grouping grouping, Attributes& attributes) {
  short flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
  sigset_t all, none;
  sigfillset(&all);
  sigemptyset(&none);
  posix_spawnattr_setsigdefault(&attributes.value, &all);
  posix_spawnattr_setsigmask(&attributes.value, &none);
  if (grouping == Grouping::process_group) {
    flags |= POSIX_SPAWN_SETPGROUP;
    posix_spawnattr_setpgroup(&attributes.value, 0);
  } else if (grouping == Grouping::session) {
    flags |= POSIX_SPAWN_SETSID;
  }
  posix_spawnattr_setflags(&attributes.value, flags);
}

}  // namespace

Result<pid_t> spawn(const SpawnPlan& plan) {
  if (plan.argv.empty() || plan.program.empty()) return fail(Code::usage, tr("no program to run was given"));
  const std::string program = find_program(plan);
  if (program.empty()) return fail(os_error(ENOENT, tr("cannot start a program"), plan.program));
  FileActions actions;
  Attributes attributes;
  std::vector<UniqueFd> parked;
  TRY(place_fds(plan, parked, actions));
  set_attributes(plan.grouping, attributes);
  auto argv = pointers(plan.argv);
  auto environment = pointers(plan.environment);
  pid_t pid = -1;
  int error =
      posix_spawn(&pid, program.c_str(), &actions.value, &attributes.value, argv.data(), environment.data());
  if (error != 0) return fail(os_error(error, tr("cannot start a program"), plan.program));
  return pid;
}

bool wait_for_exit(pid_t pid, int64_t timeout_ms) {
  const int64_t deadline_ns = SystemClock().monotonic_ns() + timeout_ms * 1'000'000;
  UniqueFd handle(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!handle) return errno == ESRCH;  // then nothing is left to wait for
  for (;;) {
    int64_t left_ms = (deadline_ns - SystemClock().monotonic_ns()) / 1'000'000;
    pollfd entry{handle.get(), POLLIN, 0};
    int wait_ms = timeout_ms < 0 ? -1 : static_cast<int>(std::clamp<int64_t>(left_ms, 0, 1'000'000));
    int ready = poll(&entry, 1, wait_ms);
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
    if (timeout_ms >= 0 && left_ms <= 0) return false;
  }
}

int reap(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return -1;
  }
  return status;
}

}  // namespace aplomb::proc
