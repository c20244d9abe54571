// When a log is silent although it usually is not: erased lines, or a server that was off. From the minutes
// in which something was written, by hour; the median of an hour of the day over all days is what is usual,
// so that a scanner's thousand lines in one night make no later silence strange. Pure, bounded.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/clock.h"

namespace aplomb::trace {

struct Silence {
  Time from, to;  // the line before and the line after
};

class Rhythm {
 public:
  // In the order of the log; small steps back are what several workers of a server make.
  void see(Time time);
  // Another file of the same series, written after this one.
  void append(const Rhythm& later);

  bool empty() const { return !any_; }
  Time first() const { return first_; }
  Time last() const { return last_; }
  // Minutes with a line that are usual between the two.
  double expected(Time from, Time to) const;
  // Those that are longer than chance makes them.
  std::vector<Silence> holes() const;

 private:
  void note_gap(Time from, Time to);
  using Hours = std::vector<double>;
  Hours usual() const;  // minutes with a line, by hour of the day
  static double sum(const Hours& hours, Time from, Time to);

  bool any_ = false;
  Time first_, last_;  // the latest seen
  int64_t minute_ = INT64_MIN;
  std::map<int64_t, uint16_t> minutes_;  // by hours since 1970
  std::vector<Silence> gaps_;
};

}  // namespace aplomb::trace
