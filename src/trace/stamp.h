// The dates of log files, each in its own spelling, to instants. Lines come in order, so that the last hour
// worked out answers for nearly every next one. Pure but for the machine's time zone, which the formats
// without a zone are written in.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"

namespace aplomb::trace {

struct Civil {
  int year = 0;
  unsigned month = 0, day = 0, hour = 0, minute = 0, second = 0;  // month from 1
  bool operator==(const Civil&) const = default;
};

// Days since 1970-01-01 of the Gregorian calendar (Howard Hinnant's algorithm).
int64_t days_from_civil(int year, unsigned month, unsigned day);
// "Nov" -> 11; 0 when it is no month.
unsigned month_of(std::string_view name);
// Exactly `digits` decimal digits at `at`; -1 otherwise.
int number_at(std::string_view text, size_t at, size_t digits);
bool plausible(const Civil& civil);
Time utc(const Civil& civil);

class Stamps {
 public:
  // "24/Nov/2026:06:36:43 +0100", 26 letters: access logs of nginx, Apache and PHP-FPM.
  std::optional<Time> access(std::string_view text);
  // By the machine's own time zone.
  std::optional<Time> local(const Civil& civil);

 private:
  char minute_text_[17] = {};
  char zone_text_[5] = {};
  bool minute_known_ = false;
  int64_t minute_seconds_ = 0;
  Civil hour_;
  int64_t hour_seconds_ = 0;
};

}  // namespace aplomb::trace
