// Time, passed in and never global: tests and the demonstration run months in seconds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aplomb {

// An instant: nanoseconds since 1970-01-01 00:00 UTC.
struct Time {
  int64_t ns = 0;
  auto operator<=>(const Time&) const = default;
};

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kMinute = 60 * kSecond;
constexpr int64_t kHour = 60 * kMinute;
constexpr int64_t kDay = 24 * kHour;

// "2026-11-24T06:36:43Z" (seconds), and back; fractions are accepted and kept.
std::string to_iso(Time time);
std::optional<Time> parse_iso(std::string_view text);
// "24/11/2026 07:36", in the machine's own time zone, for people.
std::string to_local(Time time);

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;
  // For durations only; never goes back.
  virtual int64_t monotonic_ns() const = 0;
};

class SystemClock final : public Clock {
 public:
  Time now() const override;
  int64_t monotonic_ns() const override;
};

// A clock that stands still until it is set. Durations stay real, so that measurements are.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Time start) : now_(start) {}
  Time now() const override { return now_; }
  int64_t monotonic_ns() const override { return SystemClock().monotonic_ns(); }
  void set(Time time) { now_ = time; }
  void advance(int64_t ns) { now_.ns += ns; }

 private:
  Time now_;
};

// Seconds since it was made, on the monotonic clock.
class Stopwatch {
 public:
  explicit Stopwatch(const Clock& clock) : clock_(clock), start_ns_(clock.monotonic_ns()) {}
  double seconds() const { return static_cast<double>(clock_.monotonic_ns() - start_ns_) / 1e9; }

 private:
  const Clock& clock_;
  int64_t start_ns_;
};

}  // namespace aplomb
