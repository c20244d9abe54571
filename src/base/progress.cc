#include "base/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "base/messages.h"

namespace aplomb {
namespace {
constexpr int64_t kRedraw = kSecond / 10;
constexpr int64_t kLastSeconds = 5 * kSecond, kSeenEvery = kSecond / 2, kTooEarly = 2 * kSecond;
constexpr double kTooLittle = 0.05;  // of the whole

std::string time_left(double seconds) {
  constexpr double kMinutesFrom = 100;
  if (seconds < kMinutesFrom) return tr("about {:.0f} s left", seconds);
  return tr("about {:.0f} min left", seconds / 60);
}

}  // namespace

std::optional<double> RemainingTime::at(int64_t now_ns, uint64_t count, uint64_t total) {
  if (now_ns - seen_.back().time_ns >= kSeenEvery) seen_.push_back({now_ns, count});
  while (seen_.size() > 1 && now_ns - seen_[1].time_ns >= kLastSeconds) seen_.pop_front();
  if (count == total) return 0;
  if (count > total) return std::nullopt;  // there is more than was thought
  if (now_ns - start_ns_ < kTooEarly || static_cast<double>(count) < kTooLittle * static_cast<double>(total))
    return std::nullopt;
  double slower = static_cast<double>(count) / static_cast<double>(now_ns - start_ns_);
  if (now_ns > seen_.front().time_ns)
    slower = std::min(slower, static_cast<double>(count - seen_.front().count) /
                                  static_cast<double>(now_ns - seen_.front().time_ns));
  if (slower <= 0) return std::nullopt;  // nothing moved lately
  return static_cast<double>(total - count) / slower / static_cast<double>(kSecond);
}

void TerminalProgress::stage(std::string_view name, uint64_t total) {
  done();
  std::lock_guard lock(mutex_);
  name_ = name;
  total_ = total;
  count_ = 0;
  const int64_t now_ns = clock_.monotonic_ns();
  remaining_ = RemainingTime(now_ns);
  next_draw_ns_ = now_ns + kRedraw;  // work that ends at once draws nothing
}

void TerminalProgress::advance(uint64_t amount) {
  count_ += amount;
  int64_t now_ns = clock_.monotonic_ns();
  if (now_ns < next_draw_ns_) return;
  std::lock_guard lock(mutex_);
  if (now_ns >= next_draw_ns_) draw(now_ns);
}

void TerminalProgress::draw(int64_t now_ns) {
  next_draw_ns_ = now_ns + kRedraw;
  uint64_t count = count_;
  std::string line = fmt::format("\r\033[K{} ", name_);
  if (total_ > 0 && count <= total_) {
    double part = static_cast<double>(count) / static_cast<double>(total_);
    line += fmt::format("{:3.0f} %", part * 100);
    if (auto seconds = remaining_.at(now_ns, count, total_)) line += " · " + time_left(*seconds);
  } else {
    line += fmt::format("{}", count);
  }
  std::fwrite(line.data(), 1, line.size(), stderr);
  std::fflush(stderr);
  drawn_ = true;
}

void TerminalProgress::done() {
  std::lock_guard lock(mutex_);
  if (drawn_) std::fputs("\r\033[K", stderr);
  drawn_ = false;
}

}  // namespace aplomb
