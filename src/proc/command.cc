#include "proc/command.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <ctime>
#include <optional>

#include "base/clock.h"
#include "base/messages.h"
#include "proc/spawn.h"
#include "proc/unique_fd.h"

namespace aplomb::proc {
namespace {

constexpr size_t kBuffer = 64 << 10;

// A program may close its standard input early. The signal is kept from this thread only.
class SigpipeBlocked {
 public:
  SigpipeBlocked() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &old_);
  }
  ~SigpipeBlocked() {
    if (sigismember(&old_, SIGPIPE) == 0) {
      timespec now{};
      while (sigtimedwait(&pipe_, nullptr, &now) > 0) {
      }
    }
    pthread_sigmask(SIG_SETMASK, &old_, nullptr);
  }
  SigpipeBlocked(const SigpipeBlocked&) = delete;
  SigpipeBlocked& operator=(const SigpipeBlocked&) = delete;

 private:
  sigset_t pipe_, old_;
};

struct Pipe {
  UniqueFd ours, theirs;
};

enum class Direction { to_program, from_program };

Result<Pipe> open_pipe(Direction direction) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return fail(os_error(errno, tr("cannot make a pipe"), {}));
  bool to = direction == Direction::to_program;
  Pipe pipe{UniqueFd(ends[to ? 1 : 0]), UniqueFd(ends[to ? 0 : 1])};
  fcntl(pipe.ours.get(), F_SETFL, O_NONBLOCK);
  return pipe;
}

// One run of one program: its pipes, and a loop over them until it has ended.
class Run {
 public:
  explicit Run(const Command& command) : command_(command) {}
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  ~Run() {
    if (pid_ < 0) return;
    kill(-pid_, SIGKILL);  // not reaped yet, so the group is still ours
    kill(pid_, SIGKILL);
    reap(pid_);
  }

  Status start();
  Status pump();
  CommandResult finish();

 private:
  Status step(int64_t deadline_ns, bool& ended);
  Status feed();
  Status drain_output();
  Status drain(UniqueFd& fd, const std::function<Status(ByteView)>& take);
  static Status capture(std::string& text, bool& cut, size_t limit, ByteView bytes);

  const Command& command_;
  CommandResult result_;
  pid_t pid_ = -1;
  UniqueFd handle_, in_, out_, err_;
  Bytes pending_;  // taken from command_.input, not yet written
  size_t written_ = 0;
};

Status Run::start() {
  Pipe out = TRY(open_pipe(Direction::from_program));
  Pipe err = TRY(open_pipe(Direction::from_program));
  SpawnPlan plan;
  plan.program = command_.argv.empty() ? "" : command_.argv.front();
  plan.argv = command_.argv;
  plan.environment = command_.environment;
  plan.folder = command_.folder;
  plan.fds = {{out.theirs.get(), 1}, {err.theirs.get(), 2}};
  Pipe in;
  if (command_.input) {
    in = TRY(open_pipe(Direction::to_program));
    plan.fds.push_back({in.theirs.get(), 0});
  }
  pid_ = TRY(spawn(plan));
  handle_.reset(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
  if (!handle_) return fail(os_error(errno, tr("cannot watch a program"), plan.program));
  in_ = std::move(in.ours);
  out_ = std::move(out.ours);
  err_ = std::move(err.ours);
  return {};
}

Status Run::feed() {
  for (;;) {
    if (written_ == pending_.size()) {
      pending_.resize(kBuffer);
      written_ = 0;
      size_t count = TRY(command_.input(pending_));
      pending_.resize(std::min(count, kBuffer));
      if (pending_.empty()) {
        in_.reset();
        return {};
      }
    }
    ssize_t count = write(in_.get(), pending_.data() + written_, pending_.size() - written_);
    if (count >= 0) {
      written_ += static_cast<size_t>(count);
    } else if (errno == EPIPE) {
      in_.reset();  // it does not want the rest; whether that is an error, its status says
      return {};
    } else if (errno == EAGAIN) {
      return {};
    } else if (errno != EINTR) {
      return fail(os_error(errno, tr("cannot write to a program"), command_.argv.front()));
    }
  }
}

Status Run::capture(std::string& text, bool& cut, size_t limit, ByteView bytes) {
  size_t room = limit - text.size();
  if (bytes.size() > room) cut = true;
  text += as_text(bytes.first(std::min(room, bytes.size())));
  return {};
}

// At most a few buffers at a time, so that a torrent of output cannot outrun the deadline.
Status Run::drain(UniqueFd& fd, const std::function<Status(ByteView)>& take) {
  uint8_t buffer[kBuffer];
  for (int rounds = 0; fd && rounds < 16; ++rounds) {
    ssize_t count = read(fd.get(), buffer, sizeof buffer);
    if (count > 0) {
      TRY(take(ByteView(buffer, static_cast<size_t>(count))));
    } else if (count == 0) {
      fd.reset();
    } else if (errno == EAGAIN) {
      return {};
    } else if (errno != EINTR) {
      return fail(os_error(errno, tr("cannot read from a program"), command_.argv.front()));
    }
  }
  return {};
}

Status Run::drain_output() {
  TRY(drain(out_, [&](ByteView bytes) -> Status {
    if (command_.output) return command_.output(bytes);
    return capture(result_.out, result_.out_cut, command_.output_max, bytes);
  }));
  return drain(err_, [&](ByteView bytes) {
    return capture(result_.err, result_.err_cut, command_.output_max, bytes);
  });
}

Status Run::step(int64_t deadline_ns, bool& ended) {
  int64_t left_ms = (deadline_ns - SystemClock().monotonic_ns()) / 1'000'000;
  if (left_ms <= 0) {
    Error late = make_error(Code::limit,
                            tr("the program took longer than {} ms and was stopped", command_.timeout_ms));
    return fail(std::move(late).at(command_.argv.front()));
  }
  // A closed pipe leaves fd -1 here, which poll(2) skips.
  pollfd entries[] = {
      {handle_.get(), POLLIN, 0}, {in_.get(), POLLOUT, 0}, {out_.get(), POLLIN, 0}, {err_.get(), POLLIN, 0}};
  if (poll(entries, std::size(entries), static_cast<int>(std::min<int64_t>(left_ms, 60'000))) < 0) return {};
  if (entries[1].revents != 0) TRY(feed());
  TRY(drain_output());
  bool quiet = entries[2].revents == 0 && entries[3].revents == 0;
  ended = entries[0].revents != 0 && quiet;  // what it wrote before it ended has been read
  return {};
}

Status Run::pump() {
  SigpipeBlocked no_sigpipe;
  const int64_t deadline_ns = SystemClock().monotonic_ns() + command_.timeout_ms * 1'000'000;
  for (bool ended = false; !ended;) TRY(step(deadline_ns, ended));
  return {};
}

CommandResult Run::finish() {
  int status = reap(std::exchange(pid_, -1));
  result_.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return std::move(result_);
}

}  // namespace

std::vector<std::string> plain_environment() {
  return {std::string("PATH=") + kDefaultPath, "LC_ALL=C.UTF-8"};
}

Command shell(const std::string& line) {
  Command command;
  command.argv = {"/bin/sh", "-c", line};
  return command;
}

Result<CommandResult> run(const Command& command) {
  Run one(command);
  TRY(one.start());
  TRY(one.pump());
  return one.finish();
}

Result<pid_t> start_background(const Command& command, int log_fd) {
  SpawnPlan plan;
  plan.program = command.argv.empty() ? "" : command.argv.front();
  plan.argv = command.argv;
  plan.environment = command.environment;
  plan.folder = command.folder;
  plan.fds = {{log_fd, 1}, {log_fd, 2}};
  plan.grouping = Grouping::session;
  return spawn(plan);
}

}  // namespace aplomb::proc
