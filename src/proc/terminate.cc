// Ending processes for certain: through pidfds, whose process cannot be mistaken for a later one of the same
// number. Declared in process_list.h.
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <map>
#include <set>

#include "base/clock.h"
#include "base/messages.h"
#include "proc/process_list.h"
#include "proc/unique_fd.h"

namespace aplomb::proc {
namespace {

constexpr int kRoundsMax = 100;
constexpr int64_t kDeathMs = 5'000;

int signal_through(const UniqueFd& handle, int signal) {
  return static_cast<int>(syscall(SYS_pidfd_send_signal, handle.get(), signal, nullptr, 0));
}

// Empty when the process is gone, or the number belongs to another one now.
UniqueFd open_process(const ProcessRef& ref) {
  UniqueFd handle(static_cast<int>(syscall(SYS_pidfd_open, ref.pid, 0)));
  if (!handle) return {};
  // The handle is taken first: if the start time still fits afterwards, it is this process that we hold.
  auto process = find_process(ref.pid);
  if (!process || process->ref != ref) return {};
  return handle;
}

bool wait_gone(const UniqueFd& handle, int64_t deadline_ns) {
  for (;;) {
    int64_t left_ms = (deadline_ns - SystemClock().monotonic_ns()) / 1'000'000;
    pollfd entry{handle.get(), POLLIN, 0};
    int ready = poll(&entry, 1, static_cast<int>(std::clamp<int64_t>(left_ms, 0, 60'000)));
    if (ready > 0) return true;
    if (left_ms <= 0) return false;
  }
}

// The processes held so far, each stopped the moment it was found.
class Stopped {
 public:
  // Stops `ref`; false when it was held already, is spared, or is gone.
  bool add(const ProcessRef& ref) {
    if (held_.contains(ref.pid) || spared_.contains(ref.pid)) return false;
    UniqueFd handle = open_process(ref);
    if (!handle) return false;
    signal_through(handle, SIGSTOP);
    held_.emplace(ref.pid, std::move(handle));
    return true;
  }

  // Stops the children of what is held; false when there was no new one.
  bool add_children() {
    bool more = false;
    for (const Process& process : list_processes()) {
      if (held_.contains(process.parent) && add(process.ref)) more = true;
    }
    return more;
  }

  Result<size_t> kill_all() {
    for (const auto& [pid, handle] : held_) signal_through(handle, SIGKILL);
    const int64_t deadline_ns = SystemClock().monotonic_ns() + kDeathMs * 1'000'000;
    for (const auto& [pid, handle] : held_) {
      if (!wait_gone(handle, deadline_ns))
        return fail(Code::io, tr("the process {} could not be stopped", pid));
    }
    return held_.size();
  }

 private:
  std::map<pid_t, UniqueFd> held_;
  const std::set<pid_t> spared_ = own_line();
};

}  // namespace

Result<size_t> terminate_tree(const std::vector<ProcessRef>& processes) {
  Stopped tree;
  for (const ProcessRef& ref : processes) tree.add(ref);
  // A process told to stop may still finish the fork it is in: two rounds without news, not one.
  for (int round = 0, quiet = 0; round < kRoundsMax && quiet < 2; ++round)
    quiet = tree.add_children() ? 0 : quiet + 1;
  return tree.kill_all();
}

Status stop_process(const ProcessRef& ref, int64_t grace_ms) {
  UniqueFd handle = open_process(ref);
  if (!handle) return {};
  if (signal_through(handle, SIGTERM) != 0 && errno != ESRCH)
    return fail(os_error(errno, tr("cannot stop the process {}", ref.pid), {}));
  auto deadline = [](int64_t ms) { return SystemClock().monotonic_ns() + ms * 1'000'000; };
  if (!wait_gone(handle, deadline(grace_ms))) {
    signal_through(handle, SIGKILL);
    if (!wait_gone(handle, deadline(kDeathMs)))
      return fail(Code::io, tr("the process {} could not be stopped", ref.pid));
  }
  waitpid(ref.pid, nullptr, WNOHANG);  // when it was our own child
  return {};
}

}  // namespace aplomb::proc
