#include "trace/stamp.h"

#include <array>
#include <cstring>
#include <ctime>

namespace aplomb::trace {

int64_t days_from_civil(int year, unsigned month, unsigned day) {
  year -= month <= 2;
  const int era = (year >= 0 ? year : year - 399) / 400;
  const auto of_era = static_cast<unsigned>(year - era * 400);
  const unsigned of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const unsigned day_of_era = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
  return static_cast<int64_t>(era) * 146097 + static_cast<int64_t>(day_of_era) - 719468;
}

unsigned month_of(std::string_view name) {
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  for (unsigned i = 0; i < kMonths.size(); ++i)
    if (name == kMonths[i]) return i + 1;
  return 0;
}

int number_at(std::string_view text, size_t at, size_t digits) {
  if (at + digits > text.size()) return -1;
  int value = 0;
  for (size_t i = at; i < at + digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

bool plausible(const Civil& civil) {
  return civil.year >= 1990 && civil.year <= 2200 && civil.month >= 1 && civil.month <= 12 &&
         civil.day >= 1 && civil.day <= 31 && civil.hour <= 23 && civil.minute <= 59 && civil.second <= 60;
}

Time utc(const Civil& civil) {
  const int64_t hours = days_from_civil(civil.year, civil.month, civil.day) * 24 + civil.hour;
  return Time{((hours * 60 + civil.minute) * 60 + civil.second) * kSecond};
}

std::optional<Time> Stamps::access(std::string_view text) {
  constexpr size_t kMinuteEnd = 17, kSecondAt = 18, kZoneAt = 21;
  if (text.size() != 26) return std::nullopt;
  const int second = number_at(text, kSecondAt, 2);
  if (second < 0 || second > 60 || text[kMinuteEnd] != ':' || text[kZoneAt - 1] != ' ') return std::nullopt;
  if (!minute_known_ || std::memcmp(text.data(), minute_text_, kMinuteEnd) != 0 ||
      std::memcmp(text.data() + kZoneAt, zone_text_, 5) != 0) {
    const int day = number_at(text, 0, 2), year = number_at(text, 7, 4), hour = number_at(text, 12, 2),
              minute = number_at(text, 15, 2), zone = number_at(text, kZoneAt + 1, 4);
    const char sign = text[kZoneAt];
    if (text[2] != '/' || text[6] != '/' || text[11] != ':' || text[14] != ':') return std::nullopt;
    if (day < 0 || year < 0 || hour < 0 || minute < 0 || zone < 0 || zone > 1500 ||
        (sign != '+' && sign != '-'))
      return std::nullopt;
    const Civil civil{year,
                      month_of(text.substr(3, 3)),
                      static_cast<unsigned>(day),
                      static_cast<unsigned>(hour),
                      static_cast<unsigned>(minute),
                      0};
    if (!plausible(civil)) return std::nullopt;
    const int64_t offset = (zone / 100 * 60 + zone % 100) * 60;
    minute_seconds_ = utc(civil).ns / kSecond - (sign == '-' ? -offset : offset);
    std::memcpy(minute_text_, text.data(), kMinuteEnd);
    std::memcpy(zone_text_, text.data() + kZoneAt, 5);
    minute_known_ = true;
  }
  return Time{(minute_seconds_ + second) * kSecond};
}

std::optional<Time> Stamps::local(const Civil& civil) {
  if (!plausible(civil)) return std::nullopt;
  const Civil hour{civil.year, civil.month, civil.day, civil.hour, 0, 0};
  if (!(hour == hour_)) {
    std::tm parts{};
    parts.tm_year = civil.year - 1900;
    parts.tm_mon = static_cast<int>(civil.month) - 1;
    parts.tm_mday = static_cast<int>(civil.day);
    parts.tm_hour = static_cast<int>(civil.hour);
    parts.tm_isdst = -1;
    hour_seconds_ = static_cast<int64_t>(std::mktime(&parts));
    hour_ = hour;
  }
  return Time{(hour_seconds_ + civil.minute * 60 + civil.second) * kSecond};
}

}  // namespace aplomb::trace
