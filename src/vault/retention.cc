#include "vault/retention.h"

#include <array>
#include <chrono>
#include <map>
#include <set>

#include "vault/format.h"

namespace aplomb::vault {
namespace {

struct Rule {
  Keep keep;
  int64_t span;  // nanoseconds; what is older is not kept by it
  int64_t (*bucket)(Time);
};

int64_t floor_divide(int64_t value, int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

int64_t hour_of(Time time) {
  return floor_divide(time.ns, kHour);
}
int64_t day_of(Time time) {
  return floor_divide(time.ns, kDay);
}
int64_t week_of(Time time) {
  return floor_divide(day_of(time) + 3, 7);  // 1970-01-01 was a Thursday; weeks begin on Monday
}
std::chrono::year_month_day date_of(Time time) {
  return std::chrono::sys_days(std::chrono::days(day_of(time)));
}
int64_t month_of(Time time) {
  auto date = date_of(time);
  return int64_t{int(date.year())} * 12 + int64_t{unsigned(date.month())};
}
int64_t year_of(Time time) {
  return int(date_of(time).year());
}

constexpr int64_t kForEver = INT64_MAX;
constexpr std::array<Rule, 5> kRules{{{Keep::hourly, kKeepHourlyDays* kDay, hour_of},
                                      {Keep::daily, kKeepDailyDays* kDay, day_of},
                                      {Keep::weekly, kKeepWeeklyDays* kDay, week_of},
                                      {Keep::monthly, kKeepMonthlyDays* kDay, month_of},
                                      {Keep::yearly, kForEver, year_of}}};

// The buckets of one domain that have their first snapshot.
struct Filled {
  std::array<std::set<int64_t>, kRules.size()> buckets;
  std::vector<size_t> first_of_day;
};

}  // namespace

std::vector<Keep> decide_retention(const std::vector<Candidate>& snapshots, Time until) {
  std::vector<Keep> kept(snapshots.size(), Keep::removed);
  std::map<DomainId, Filled> domains;
  for (size_t i = 0; i < snapshots.size(); ++i) {
    const Candidate& one = snapshots[i];
    const int64_t age = until.ns - one.received.ns;
    Filled& filled = domains[one.domain];
    if (filled.first_of_day.empty() ||
        day_of(snapshots[filled.first_of_day.back()].received) != day_of(one.received))
      filled.first_of_day.push_back(i);
    // The longest reason is told: it says most about how long it will stay. Every bucket is entered.
    for (size_t rule = 0; rule < kRules.size(); ++rule)
      if (filled.buckets[rule].insert(kRules[rule].bucket(one.received)).second && age <= kRules[rule].span)
        kept[i] = kRules[rule].keep;
    if (kept[i] == Keep::removed && age <= kKeepAllDays * kDay) kept[i] = Keep::all;
    if (one.pinned) kept[i] = Keep::pinned;
  }
  for (const auto& [domain, filled] : domains) {
    const size_t days = filled.first_of_day.size();
    const size_t from = days > size_t{kKeepFloorDays} ? days - size_t{kKeepFloorDays} : 0;
    for (size_t day = from; day < days; ++day)
      if (Keep& one = kept[filled.first_of_day[day]]; one == Keep::removed) one = Keep::floor;
  }
  return kept;
}

}  // namespace aplomb::vault
