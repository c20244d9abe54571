// Progress of long work: a line on a terminal, nothing in a pipe. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace aplomb {

class Progress {
 public:
  virtual ~Progress() = default;
  // A new stage; total 0 when not known beforehand.
  virtual void stage(std::string_view name, uint64_t total) = 0;
  virtual void advance(uint64_t amount) = 0;
  virtual void done() = 0;
};

class NoProgress final : public Progress {
 public:
  void stage(std::string_view, uint64_t) override {}
  void advance(uint64_t) override {}
  void done() override {}
};

// How long work will still take. What was quick at first may be slow now, or the other way round: of the pace
// since the beginning and that of the last seconds, the slower one is believed.
class RemainingTime {
 public:
  explicit RemainingTime(int64_t start_ns = 0) : seen_{{start_ns, 0}}, start_ns_(start_ns) {}
  // `count` of `total` is done. Seconds; nullopt while nobody can tell.
  std::optional<double> at(int64_t now_ns, uint64_t count, uint64_t total);

 private:
  struct Seen {
    int64_t time_ns;
    uint64_t count;
  };
  std::deque<Seen> seen_;  // of the last seconds, and one before
  int64_t start_ns_;
};

// Redraws one line of standard error at most ten times a second, with the remaining time once it can be told.
class TerminalProgress final : public Progress {
 public:
  explicit TerminalProgress(const Clock& clock) : clock_(clock) {}
  ~TerminalProgress() override { done(); }
  void stage(std::string_view name, uint64_t total) override;
  void advance(uint64_t amount) override;
  void done() override;

 private:
  void draw(int64_t now_ns);

  const Clock& clock_;
  std::mutex mutex_;
  std::string name_;
  uint64_t total_ = 0;
  std::atomic<uint64_t> count_{0};
  RemainingTime remaining_;
  std::atomic<int64_t> next_draw_ns_{0};
  bool drawn_ = false;
};

}  // namespace aplomb
