// A confined child process that answers one request at a time, and a pool of them. Whatever the request does
// to the child (endless loop, memory bomb, crash, giant answer) costs that one call: the child is killed, the
// call fails, and the next call starts a new one. The answer is as hostile as the request was: decode it
// through a ByteReader with limits.
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "proc/unique_fd.h"
#include "proc/worker.h"

namespace aplomb::proc {

// One thread at a time. The process is killed with the object, and with the parent.
class Child {
 public:
  static Result<Child> start(std::string worker, const WorkerLimits& limits);
  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  ~Child() { stop(); }

  // Fails with Code::limit (time, memory, an answer over response_max), Code::corrupt (it crashed or does not
  // speak the protocol) or Code::unsupported (this system cannot confine it).
  Result<Bytes> call(ByteView request, int64_t timeout_ms, size_t response_max);

  pid_t pid() const { return pid_; }  // -1 when none runs

 private:
  friend class ChildPool;
  Child(std::string worker, const WorkerLimits& limits) : worker_(std::move(worker)), limits_(limits) {}
  Status launch();
  void stop();
  bool used_up() const;
  Error explain_end();
  Status send(ByteView bytes, int64_t deadline_ns);
  Status receive(std::span<uint8_t> out, int64_t deadline_ns);
  Result<Bytes> exchange(ByteView request, int64_t deadline_ns, size_t response_max);

  std::string worker_;
  WorkerLimits limits_;
  pid_t pid_ = -1;
  UniqueFd socket_;
  UniqueFd lifeline_;
};

// Thread-safe. Children are started when they are first needed; a call waits while all are busy, and its
// timeout counts from when it has a child.
class ChildPool {
 public:
  ChildPool(const std::string& worker, const WorkerLimits& limits, size_t count);
  Result<Bytes> call(ByteView request, int64_t timeout_ms, size_t response_max);

 private:
  std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<Child> children_;  // each used by the one call that holds its index
  std::vector<size_t> free_;     // guarded by mutex_; the last one used comes first
};

}  // namespace aplomb::proc
