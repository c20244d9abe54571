// The processes of the machine, from /proc: which of them run from inside a site, and how to end them for
// sure. What /proc says comes from the processes themselves (names, arguments): show it through printable().
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"

namespace aplomb::proc {

// A process for certain: numbers are used again, a number with its start time is not.
struct ProcessRef {
  pid_t pid = -1;
  uint64_t start_ticks = 0;  // field 22 of /proc/PID/stat
  bool operator==(const ProcessRef&) const = default;
};

struct Process {
  ProcessRef ref;
  pid_t parent = 0;
  uint32_t uid = 0;
  bool ended = false;                  // a zombie: only its number is left
  std::string name;                    // as the process chose it
  std::string exe;                     // empty for kernel threads, and when we may not look
  bool exe_deleted = false;            // the file it runs from has been removed
  std::vector<std::string> arguments;  // at most 64 KiB
  std::string folder;                  // working directory
};

std::vector<Process> list_processes();
std::optional<Process> find_process(pid_t pid);

// This process, its ancestors, and init.
std::set<pid_t> own_line();

enum class TouchKind { executable, folder, argument, open_file, mapped_file };

struct Touch {
  Process process;
  TouchKind kind;    // the first of the kinds above that holds
  std::string path;  // what lies within the roots
};

// Processes that run from, in, or with a file of one of these folders. Never this process or its ancestors:
// the administrator's own shell may stand in the site's folder.
std::vector<Touch> processes_touching(const std::vector<std::string>& roots);

// Stops these processes and all their descendants, so that none can start another, then kills them; returns
// how many. A reference that no longer fits is skipped; this process, its ancestors and init are never
// touched. Code::io when one survives.
Result<size_t> terminate_tree(const std::vector<ProcessRef>& processes);

// Ends one process: SIGTERM, and SIGKILL after grace_ms. Returns at once, and well, when it is gone already.
Status stop_process(const ProcessRef& process, int64_t grace_ms);

}  // namespace aplomb::proc
