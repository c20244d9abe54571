#include "proc/child.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <ctime>
#include <limits>

#include "base/clock.h"
#include "base/messages.h"
#include "proc/frame.h"

namespace aplomb::proc {
namespace {

constexpr size_t kStep = 1 << 20;        // memory follows the bytes that came, not the length announced
constexpr int64_t kLastWordsMs = 1'000;  // how long a child that broke off may take to leave its status

int64_t now_ns() {
  return SystemClock().monotonic_ns();
}

// False when the deadline has passed.
bool wait_ready(int fd, short events, int64_t deadline_ns) {
  for (;;) {
    int64_t left_ns = deadline_ns - now_ns();
    if (left_ns <= 0) return false;
    pollfd entry{fd, events, 0};
    int wait_ms = static_cast<int>(std::min<int64_t>((left_ns + 999'999) / 1'000'000, 60'000));
    if (poll(&entry, 1, wait_ms) > 0) return true;
  }
}

Error out_of_time() {
  return make_error(Code::limit, tr("a helper process took too long and was stopped"));
}

// The child is gone or deaf; explain_end() finds out why.
Error broke_off() {
  return make_error(Code::corrupt, {});
}

}  // namespace

Result<Child> Child::start(std::string worker, const WorkerLimits& limits) {
  Child child(std::move(worker), limits);
  TRY(child.launch());
  return child;
}

Child::Child(Child&& other) noexcept
    : worker_(std::move(other.worker_)),
      limits_(other.limits_),
      pid_(std::exchange(other.pid_, -1)),
      socket_(std::move(other.socket_)),
      lifeline_(std::move(other.lifeline_)) {}

Child& Child::operator=(Child&& other) noexcept {
  if (this == &other) return *this;
  stop();
  worker_ = std::move(other.worker_);
  limits_ = other.limits_;
  pid_ = std::exchange(other.pid_, -1);
  socket_ = std::move(other.socket_);
  lifeline_ = std::move(other.lifeline_);
  return *this;
}

// A socket pair rather than two pipes: MSG_NOSIGNAL keeps a dying child from raising SIGPIPE in the parent.
Status Child::launch() {
  int ends[2], life[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return fail(os_error(errno, tr("cannot start a helper process"), worker_));
  UniqueFd ours(ends[0]), theirs(ends[1]);
  if (pipe2(life, O_CLOEXEC) != 0) return fail(os_error(errno, tr("cannot start a helper process"), worker_));
  UniqueFd life_theirs(life[0]), life_ours(life[1]);
  SpawnPlan plan = worker_plan(worker_, limits_);
  plan.fds = {{theirs.get(), kWorkerIn}, {theirs.get(), kWorkerOut}, {life_theirs.get(), kWorkerLifeline}};
  pid_ = TRY_IN(spawn(plan), tr("cannot start a helper process"));
  socket_ = std::move(ours);
  lifeline_ = std::move(life_ours);
  return {};
}

void Child::stop() {
  if (pid_ >= 0) {
    kill(pid_, SIGKILL);  // ours and not yet reaped, so the number cannot mean another process
    reap(pid_);
    pid_ = -1;
  }
  socket_.reset();
  lifeline_.reset();
}

// The limit on processor time counts from the start of the process. A child that has used half of it is
// replaced before the next call, so that a long row of honest calls never meets the limit. So is a child that
// died, or that talks without having been asked.
bool Child::used_up() const {
  char byte;
  ssize_t waiting = recv(socket_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (waiting >= 0 || errno != EAGAIN) return true;
  if (limits_.cpu_seconds == 0) return false;
  clockid_t clock;
  timespec used{};
  if (clock_getcpuclockid(pid_, &clock) != 0 || clock_gettime(clock, &used) != 0) return true;
  return used.tv_sec * 2 >= static_cast<time_t>(limits_.cpu_seconds);
}

Status Child::send(ByteView bytes, int64_t deadline_ns) {
  while (!bytes.empty()) {
    ssize_t count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count >= 0) {
      bytes = bytes.subspan(static_cast<size_t>(count));
    } else if (errno == EAGAIN) {
      if (!wait_ready(socket_.get(), POLLOUT, deadline_ns)) return fail(out_of_time());
    } else if (errno != EINTR) {
      return fail(broke_off());
    }
  }
  return {};
}

Status Child::receive(std::span<uint8_t> out, int64_t deadline_ns) {
  while (!out.empty()) {
    ssize_t count = recv(socket_.get(), out.data(), out.size(), MSG_DONTWAIT);
    if (count > 0) {
      out = out.subspan(static_cast<size_t>(count));
      // A child that dribbles keeps the socket ready for ever; the deadline holds all the same.
      if (!out.empty() && now_ns() >= deadline_ns) return fail(out_of_time());
    } else if (count < 0 && errno == EAGAIN) {
      if (!wait_ready(socket_.get(), POLLIN, deadline_ns)) return fail(out_of_time());
    } else if (count == 0 || errno != EINTR) {
      return fail(broke_off());
    }
  }
  return {};
}

Result<Bytes> Child::exchange(ByteView request, int64_t deadline_ns, size_t response_max) {
  ByteWriter header;
  header.u32(static_cast<uint32_t>(request.size()));
  TRY(send(header.view(), deadline_ns));
  TRY(send(request, deadline_ns));
  uint8_t answer_header[kFrameHeader];
  TRY(receive(answer_header, deadline_ns));
  size_t size = TRY(ByteReader(answer_header).u32());
  if (size > response_max)
    return fail(Code::limit, tr("a helper process gave an answer of {} bytes, more than allowed", size));
  Bytes answer;
  while (answer.size() < size) {
    size_t before = answer.size();
    answer.resize(before + std::min(kStep, size - before));
    TRY(receive(std::span(answer).subspan(before), deadline_ns));
  }
  return answer;
}

// Reaps a child that broke off, and says in words why it ended.
Error Child::explain_end() {
  if (!wait_for_exit(pid_, kLastWordsMs)) {
    stop();
    return make_error(Code::corrupt, tr("a helper process broke off its answer"));
  }
  int status = reap(pid_);
  pid_ = -1;
  stop();
  int ended_with = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  if (ended_with == kExitOutOfMemory)
    return make_error(Code::limit, tr("a helper process needed more memory than allowed"));
  if (signal == SIGXCPU || signal == SIGKILL)
    return make_error(Code::limit, tr("a helper process was stopped by the system: too much time or memory"));
  if (ended_with == kExitNotConfined)
    return make_error(Code::unsupported, tr("this system cannot confine helper processes (seccomp)"));
  if (ended_with == kExitUnknownWorker)
    return make_error(Code::unsupported, tr("this program has no helper named {}", worker_));
  if (signal != 0) return make_error(Code::corrupt, tr("a helper process crashed (signal {})", signal));
  return make_error(Code::corrupt, tr("a helper process ended without an answer (status {})", ended_with));
}

Result<Bytes> Child::call(ByteView request, int64_t timeout_ms, size_t response_max) {
  if (request.size() > std::numeric_limits<uint32_t>::max())
    return fail(Code::limit, tr("a message of {} bytes is too long", request.size()));
  if (pid_ >= 0 && used_up()) stop();
  if (pid_ < 0) TRY(launch());
  auto answer = exchange(request, now_ns() + timeout_ms * 1'000'000, response_max);
  if (answer) return answer;
  Error error = std::move(answer).error();
  if (error.code == Code::corrupt) error = explain_end();
  stop();
  return fail(std::move(error).at(worker_));
}

ChildPool::ChildPool(const std::string& worker, const WorkerLimits& limits, size_t count) {
  APLOMB_CHECK(count > 0);
  for (size_t i = 0; i < count; ++i) {
    children_.push_back(Child(worker, limits));
    free_.push_back(i);
  }
}

Result<Bytes> ChildPool::call(ByteView request, int64_t timeout_ms, size_t response_max) {
  std::unique_lock lock(mutex_);
  freed_.wait(lock, [&] { return !free_.empty(); });
  size_t index = free_.back();
  free_.pop_back();
  lock.unlock();
  auto answer = children_[index].call(request, timeout_ms, response_max);
  lock.lock();
  free_.push_back(index);
  freed_.notify_one();
  return answer;
}

}  // namespace aplomb::proc
