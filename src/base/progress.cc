#include "base/progress.h"

#include <fmt/format.h>

#include <cstdio>

#include "base/messages.h"

namespace aplomb {
namespace {
constexpr int64_t kRedraw = kSecond / 10;
}

void TerminalProgress::stage(std::string_view name, uint64_t total) {
  done();
  std::lock_guard lock(mutex_);
  name_ = name;
  total_ = total;
  count_ = 0;
  start_ns_ = clock_.monotonic_ns();
  next_draw_ns_ = start_ns_ + kRedraw;  // work that ends at once draws nothing
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
  if (total_ > 0) {
    double part = std::min(1.0, static_cast<double>(count) / static_cast<double>(total_));
    line += fmt::format("{:3.0f} %", part * 100);
    double elapsed = static_cast<double>(now_ns - start_ns_) / 1e9;
    if (part > 0.05 && elapsed > 2) line += " · " + tr("about {:.0f} s left", elapsed / part - elapsed);
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
