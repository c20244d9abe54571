// Runs other people's programs: database clients, sh for the hooks an administrator wrote. An argument
// vector, never a string that a shell splits (except through shell(), for configured hooks only); a deadline;
// bounded capture. Not confined: for hostile bytes there is Child.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace aplomb::proc {

// PATH and a UTF-8 locale, and nothing of what the administrator's shell exported.
std::vector<std::string> plain_environment();

struct Command {
  std::vector<std::string> argv;  // argv[0]: a path, or a name looked up in the PATH below
  std::vector<std::string> environment = plain_environment();
  std::string folder;  // the working directory; empty: ours
  int64_t timeout_ms = 60'000;
  size_t output_max = 1 << 20;  // of each stream; what is over is read and dropped

  // Feeds the standard input: fills the span and returns the count, 0 at the end. Without it: /dev/null.
  std::function<Result<size_t>(std::span<uint8_t>)> input;
  // Takes the standard output as it comes, without limit, instead of CommandResult::out. An error of either
  // function kills the program and is the error of run().
  std::function<Status(ByteView)> output;
};

struct CommandResult {
  int status = 0;  // exit status; 128 + signal when a signal ended it
  std::string out, err;
  bool out_cut = false, err_cut = false;  // longer than output_max
  bool ok() const { return status == 0; }
};

// `sh -c line`, for a hook from the configuration. Never put anything else into the line.
Command shell(const std::string& line);

// A status other than 0 is a result, not an error. Code::not_found when there is no such program, Code::limit
// at the deadline: the program's whole process group is killed then. A program that leaves a daemon behind
// does not hold run() up, and the daemon stays.
Result<CommandResult> run(const Command& command);

// Starts it in a session of its own, its output appended to log_fd; it outlives us. input, output and the
// limits of the command are not used. The caller may reap() it, or leave that to init.
Result<pid_t> start_background(const Command& command, int log_fd);

}  // namespace aplomb::proc
