#include "trace/survey.h"

#include <algorithm>

#include "trace/endpoints.h"

namespace aplomb::trace {
namespace {

constexpr size_t kNearMax = 20'000, kNearOfFileMax = 5'000, kUsesMax = 20, kListMax = 2'000, kDumpsMax = 30,
                 kDaysMax = 32;
constexpr size_t kWritesMax = 500, kSignInsMax = 50, kLargeMax = 40;
constexpr uint64_t kLargeFrom = 1 << 20, kDumpFrom = 10 << 10;
constexpr int64_t kSessionMax = 12 * kHour, kPackageBefore = 10 * kMinute;

void cut(std::vector<Hit>& list, size_t most) {
  std::ranges::stable_sort(list, {}, &Hit::time);
  if (list.size() > most) list.resize(most);
}

template <typename T>
void move_behind(std::vector<T>& list, std::vector<T>&& later) {
  list.insert(list.end(), std::make_move_iterator(later.begin()), std::make_move_iterator(later.end()));
}

}  // namespace

void Traces::append(Traces&& later) {
  move_behind(near, std::move(later.near));
  move_behind(uploads, std::move(later.uploads));
  move_behind(logins, std::move(later.logins));
  move_behind(logouts, std::move(later.logouts));
  move_behind(packages, std::move(later.packages));
  move_behind(dumps, std::move(later.dumps));
  if (near.size() > kNearMax) {
    cut(near, kNearMax);
    overflow = true;
  }
  cut(dumps, kDumpsMax);
  overflow = overflow || later.overflow;
  uses.resize(std::max(uses.size(), later.uses.size()));
  for (size_t i = 0; i < later.uses.size(); ++i) {
    uses[i].earlier += later.uses[i].earlier;
    uses[i].later += later.uses[i].later;
    uses[i].bytes += later.uses[i].bytes;
    move_behind(uses[i].first, std::move(later.uses[i].first));
    cut(uses[i].first, kUsesMax);
  }
}

FirstPass::FirstPass(const std::vector<Suspect>& suspects, const SuspectIndex& index, std::string file)
    : suspects_(suspects), index_(index), file_(std::move(file)) {
  traces_.uses.resize(suspects.size());
  for (const Suspect& suspect : suspects) {
    if (suspect.changed) windows_.emplace_back(suspect.changed->ns - kBefore, suspect.changed->ns + kAfter);
    const Time from = suspect.changed ? *suspect.changed : suspect.not_before.value_or(suspect.seen);
    if (earliest_.ns == 0 || from.ns < earliest_.ns) earliest_ = from;
    latest_ = std::max(latest_, suspect.seen);
  }
  std::ranges::sort(windows_);
  std::vector<std::pair<int64_t, int64_t>> joined;
  for (const auto& window : windows_) {
    if (!joined.empty() && window.first <= joined.back().second)
      joined.back().second = std::max(joined.back().second, window.second);
    else
      joined.push_back(window);
  }
  windows_ = std::move(joined);
}

bool FirstPass::is_near(Time time) const {
  auto after = std::ranges::upper_bound(windows_, time.ns, {}, &std::pair<int64_t, int64_t>::first);
  return after != windows_.begin() && time.ns <= std::prev(after)->second;
}

void FirstPass::keep(std::vector<Hit>& list, const Line& line, uint64_t number, int suspect, size_t most) {
  if (list.size() < most)
    list.push_back(make_hit(line, file_, number, suspect));
  else
    traces_.overflow = true;
}

void FirstPass::see(const Line& line, uint64_t number) {
  if (line.kind == LineKind::none) return;
  rhythm_.see(line.time);
  switch (line.kind) {
    case LineKind::request:
      return request(line, number);
    case LineKind::error:
      // That PHP complains of something in it shows that it ran; that it was not there shows nothing.
      if (line.text.find("PHP ") == line.text.npos || line.text.find("No such file") != line.text.npos)
        return;
      if (int suspect = index_.find_in_text(line.text); suspect >= 0) use(line, number, suspect);
      return;
    case LineKind::upload:
      if (int suspect = index_.find(line.target); suspect >= 0)
        keep(traces_.uploads, line, number, suspect, kListMax);
      return;
    case LineKind::login:
    case LineKind::logout:
      if (line.time.ns >= earliest_.ns - kSessionMax && line.time.ns <= latest_.ns)
        keep(line.kind == LineKind::login ? traces_.logins : traces_.logouts, line, number, -1, kListMax);
      return;
    case LineKind::package:
      if (is_near(Time{line.time.ns}) || is_near(Time{line.time.ns + kPackageBefore - kBefore}))
        keep(traces_.packages, line, number, -1, kListMax);
      return;
    default:
      return;
  }
}

void FirstPass::request(const Line& line, uint64_t number) {
  ++requests_;
  const int suspect = line.target.empty() ? -1 : index_.find(line.target);
  if (suspect >= 0) use(line, number, suspect);
  if (is_near(line.time) &&
      ((suspect >= 0 && was_accepted(line.status)) || may_write(line.method, line.status)))
    keep(traces_.near, line, number, suspect, kNearOfFileMax);
  if (line.bytes >= kDumpFrom && (line.status == 200 || line.status == 206) && is_dump(line.target))
    keep(traces_.dumps, line, number, suspect, kDumpsMax);
}

void FirstPass::use(const Line& line, uint64_t number, int suspect) {
  // Neither refused nor sent elsewhere: many sites answer what is not there with a redirect.
  const bool ran = (line.status >= 200 && line.status < 300) || (line.status >= 500 && line.status < 505);
  if (line.kind == LineKind::request && !ran) return;
  const Suspect& of = suspects_[static_cast<size_t>(suspect)];
  Uses& uses = traces_.uses[static_cast<size_t>(suspect)];
  const Time in_order = of.not_before ? *of.not_before : Time{of.changed.value_or(of.seen).ns - kDay};
  if (line.time.ns < in_order.ns - kHour) {
    ++uses.earlier;
    return;
  }
  ++uses.later;
  uses.bytes += line.bytes;
  if (uses.first.size() >= 2 * kUsesMax) {
    if (line.time >= uses.first.back().time) return;
    cut(uses.first, kUsesMax);
  }
  uses.first.push_back(make_hit(line, file_, number, suspect));
}

void AddressFacts::append(AddressFacts&& later) {
  if (later.requests == 0) return;
  first = requests == 0 ? later.first : std::min(first, later.first);
  last = requests == 0 ? later.last : std::max(last, later.last);
  requests += later.requests;
  answered += later.answered;
  refused += later.refused;
  wrote += later.wrote;
  bytes += later.bytes;
  for (int64_t day : later.days)
    if (days.size() < kDaysMax) days.insert(day);
  move_behind(writes, std::move(later.writes));
  move_behind(sign_ins, std::move(later.sign_ins));
  move_behind(large, std::move(later.large));
  cut(writes, kWritesMax);
  cut(sign_ins, kSignInsMax);
  std::ranges::stable_sort(large, std::ranges::greater(), &Hit::bytes);
  if (large.size() > kLargeMax) large.resize(kLargeMax);
}

SecondPass::SecondPass(const SuspectIndex& index, const std::set<std::string, std::less<>>& watched,
                       Time from, Time to, std::string file)
    : index_(index), watched_(watched), from_(from), to_(to), file_(std::move(file)) {}

// parse_client() takes the address from the first word, where a comma may follow, or from the second.
bool SecondPass::may_concern(std::string_view line) const {
  for (int word = 0; word < 2; ++word) {
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    std::string_view token = line.substr(0, line.find(' '));
    line.remove_prefix(token.size());
    if (token.ends_with(',')) token.remove_suffix(1);
    if (watched_.contains(token)) return true;
  }
  return false;
}

void SecondPass::see(const Line& line, uint64_t number) {
  if (line.kind != LineKind::request || line.address.size() > kFieldMax) return;
  if (!watched_.contains(line.address)) return;
  auto found = addresses_.find(line.address);
  if (found == addresses_.end()) found = addresses_.emplace(std::string(line.address), AddressFacts()).first;
  AddressFacts& facts = found->second;
  if (facts.requests == 0) facts.first = line.time;
  facts.first = std::min(facts.first, line.time);
  facts.last = std::max(facts.last, line.time);
  ++facts.requests;
  facts.bytes += line.bytes;
  facts.answered += line.status >= 200 && line.status < 400;
  facts.refused += line.status >= 400 && line.status < 500;
  if (facts.days.size() < kDaysMax) facts.days.insert(line.time.ns / kDay);
  if (may_write(line.method, line.status)) {
    ++facts.wrote;
    if (line.time >= from_ && line.time <= to_ && facts.writes.size() < kWritesMax)
      facts.writes.push_back(make_hit(line, file_, number, index_.find(line.target)));
  }
  if (signed_in(line.method, line.target, line.status) && facts.sign_ins.size() < kSignInsMax)
    facts.sign_ins.push_back(make_hit(line, file_, number, -1));
  const bool dump = line.bytes >= kDumpFrom && is_dump(line.target);
  if (line.status >= 200 && line.status < 300 && (dump || line.bytes >= kLargeFrom) &&
      facts.large.size() < kLargeMax)
    facts.large.push_back(make_hit(line, file_, number, -1));
}

}  // namespace aplomb::trace
