#include "base/clock.h"

#include <fmt/format.h>

#include <cstdio>
#include <ctime>

namespace aplomb {
namespace {

int64_t read_clock(clockid_t id) {
  timespec ts{};
  clock_gettime(id, &ts);
  return static_cast<int64_t>(ts.tv_sec) * kSecond + ts.tv_nsec;
}

std::time_t whole_seconds(Time time) {
  int64_t seconds = time.ns / kSecond;
  if (time.ns % kSecond < 0) --seconds;
  return static_cast<std::time_t>(seconds);
}

}  // namespace

Time SystemClock::now() const {
  return {read_clock(CLOCK_REALTIME)};
}
int64_t SystemClock::monotonic_ns() const {
  return read_clock(CLOCK_MONOTONIC);
}

std::string to_iso(Time time) {
  std::time_t seconds = whole_seconds(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::optional<Time> parse_iso(std::string_view text) {
  std::string copy(text);
  std::tm parts{};
  int consumed = 0;
  if (std::sscanf(copy.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d%n", &parts.tm_year, &parts.tm_mon, &parts.tm_mday,
                  &parts.tm_hour, &parts.tm_min, &parts.tm_sec, &consumed) != 6)
    return std::nullopt;
  parts.tm_year -= 1900;
  parts.tm_mon -= 1;
  std::string_view rest = std::string_view(copy).substr(static_cast<size_t>(consumed));
  int64_t fraction = 0;
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    int64_t unit = kSecond / 10;
    while (!rest.empty() && rest[0] >= '0' && rest[0] <= '9') {
      fraction += (rest[0] - '0') * unit;
      unit /= 10;
      rest.remove_prefix(1);
    }
  }
  if (rest != "Z") return std::nullopt;
  std::time_t seconds = timegm(&parts);
  return Time{static_cast<int64_t>(seconds) * kSecond + fraction};
}

std::string to_local(Time time) {
  std::time_t seconds = whole_seconds(time);
  std::tm parts{};
  localtime_r(&seconds, &parts);
  return fmt::format("{:02}/{:02}/{:04} {:02}:{:02}", parts.tm_mday, parts.tm_mon + 1, parts.tm_year + 1900,
                     parts.tm_hour, parts.tm_min);
}

}  // namespace aplomb
