#include "trace/rhythm.h"

#include <algorithm>

namespace aplomb::trace {
namespace {

constexpr int64_t kGapMin = 10 * kMinute;
constexpr double kExpectedMin = 15;  // silent by chance once in e^15
constexpr size_t kHoursMax = 100'000, kGapsMax = 4096;

int64_t hour_of(Time time) {
  return time.ns / kHour - (time.ns % kHour < 0);
}

}  // namespace

void Rhythm::see(Time time) {
  if (!any_) {
    any_ = true;
    first_ = last_ = time;
  } else if (time.ns > last_.ns) {
    if (time.ns - last_.ns >= kGapMin) note_gap(last_, time);
    last_ = time;
  }
  const int64_t minute = time.ns / kMinute;
  if (minute <= minute_) return;
  minute_ = minute;
  if (minutes_.size() < kHoursMax) ++minutes_[hour_of(time)];
}

void Rhythm::note_gap(Time from, Time to) {
  gaps_.push_back({from, to});
  if (gaps_.size() < kGapsMax) return;
  // The shorter half goes: a hole is long.
  std::ranges::sort(
      gaps_, [](const Silence& a, const Silence& b) { return a.to.ns - a.from.ns > b.to.ns - b.from.ns; });
  gaps_.resize(kGapsMax / 2);
}

void Rhythm::append(const Rhythm& later) {
  if (later.empty()) return;
  if (empty()) {
    *this = later;
    return;
  }
  if (later.first_.ns - last_.ns >= kGapMin) note_gap(last_, later.first_);
  for (const Silence& gap : later.gaps_) note_gap(gap.from, gap.to);
  for (const auto& [hour, minutes] : later.minutes_)
    if (minutes_.size() < kHoursMax) minutes_[hour] = static_cast<uint16_t>(minutes_[hour] + minutes);
  last_ = std::max(last_, later.last_);
  first_ = std::min(first_, later.first_);
}

Rhythm::Hours Rhythm::usual() const {
  std::vector<std::vector<uint16_t>> seen(24);
  const int64_t begin = hour_of(first_), end = hour_of(last_);
  if (end - begin > static_cast<int64_t>(kHoursMax)) return Hours(24, 0);  // false dates
  auto at = minutes_.begin();
  for (int64_t hour = begin; hour <= end; ++hour) {
    while (at != minutes_.end() && at->first < hour) ++at;
    const uint16_t count = at != minutes_.end() && at->first == hour ? at->second : uint16_t{0};
    seen[static_cast<size_t>((hour % 24 + 24) % 24)].push_back(count);
  }
  auto median = [](std::vector<uint16_t>& values) {
    if (values.empty()) return 0.0;
    auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
    std::ranges::nth_element(values, middle);
    return static_cast<double>(*middle);
  };
  Hours hours(24);
  if (end - begin >= 3 * 24) {
    for (size_t i = 0; i < 24; ++i) hours[i] = median(seen[i]);
    return hours;
  }
  // Too few days to know the hours of the day apart.
  std::vector<uint16_t> all;
  for (const auto& values : seen) all.insert(all.end(), values.begin(), values.end());
  std::ranges::fill(hours, median(all));
  return hours;
}

double Rhythm::expected(Time from, Time to) const {
  return sum(usual(), from, to);
}

double Rhythm::sum(const Hours& hours, Time from, Time to) {
  double minutes = 0;
  const int64_t end = std::min(to.ns, from.ns + 400 * kDay);
  for (int64_t at = from.ns; at < end;) {
    const int64_t hour = hour_of(Time{at});
    const int64_t next = std::min((hour + 1) * kHour, end);
    minutes += hours[static_cast<size_t>((hour % 24 + 24) % 24)] * static_cast<double>(next - at) /
               static_cast<double>(kHour);
    at = next;
  }
  return minutes;
}

std::vector<Silence> Rhythm::holes() const {
  std::vector<Silence> found;
  const Hours hours = usual();
  if (std::ranges::all_of(hours, [](double value) { return value == 0; })) return found;
  for (const Silence& gap : gaps_)
    if (sum(hours, gap.from, gap.to) >= kExpectedMin) found.push_back(gap);
  std::ranges::sort(found, {}, [](const Silence& gap) { return gap.from.ns; });
  return found;
}

}  // namespace aplomb::trace
