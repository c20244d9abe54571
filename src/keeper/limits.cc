#include "keeper/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <thread>

#include "base/messages.h"
#include "site/toml_document.h"

namespace aplomb::keeper {
namespace {

constexpr uint64_t kMiB = 1024 * 1024;
constexpr uint64_t kMibMax = 1'000'000'000, kSnapshotsMax = 1'000'000, kHoursMax = 100'000;
constexpr char kFolder[] = "usage";
constexpr uint64_t kOwnersShare = 4;  // of free_mib_min, a quarter stays also when the owner asks
constexpr int64_t kLockWait = 10 * kSecond;

std::string comment(const std::string& text) {
  std::string out;
  for (size_t begin = 0; begin <= text.size();) {
    size_t end = std::min(text.find('\n', begin), text.size());
    out += "# " + text.substr(begin, end - begin) + "\n";
    begin = end + 1;
  }
  return out;
}

uint64_t seconds(Time time) {
  return static_cast<uint64_t>(std::max<int64_t>(time.ns, 0) / kSecond);
}

std::string usage_path(const vault::DomainId& domain) {
  return std::string(kFolder) + "/" + domain.hex();
}

Error over(std::string what, const char* key) {
  return make_error(Code::limit, std::move(what))
      .at(kLimitsFile)
      .then(tr("it goes on tomorrow by itself; whoever looks after the keeper can raise {} in {}", key,
               kLimitsFile));
}

}  // namespace

Limits usual_limits(uint64_t free_bytes) {
  uint64_t mib = free_bytes / kMiB;
  Limits limits;
  limits.mib_per_day = std::clamp<uint64_t>(mib / 4, 1024, kMibMax);
  limits.free_mib_min = std::clamp<uint64_t>(mib / 20, 256, kMibMax);
  return limits;
}

std::string write_limits(const Limits& limits) {
  return comment(tr("What this keeper allows. Read at the beginning of each connection.")) + "\n" +
         comment(tr("New data that one site may add in a day (UTC), in MiB. It bounds the junk that an "
                    "intruder can add.")) +
         fmt::format("mib_per_day = {}\n", limits.mib_per_day) +
         comment(tr("Snapshots of one site in a day.")) +
         fmt::format("snapshots_per_day = {}\n", limits.snapshots_per_day) +
         comment(tr("With less free space than this, in MiB, nothing is taken any more.")) +
         fmt::format("free_mib_min = {}\n", limits.free_mib_min) +
         comment(tr("After so many hours without a snapshot of a site, aplomb keeper status says so and ends "
                    "with status 1.")) +
         fmt::format("silent_hours = {}\n", limits.silent_hours);
}

Result<Limits> parse_limits(std::string_view text, const std::string& file) {
  site::TomlTable table = TRY(site::TomlTable::parse(text, file));
  const Limits usual;
  Limits limits;
  limits.mib_per_day = TRY(table.number("mib_per_day", usual.mib_per_day, 1, kMibMax));
  limits.snapshots_per_day =
      TRY(table.number("snapshots_per_day", usual.snapshots_per_day, 1, kSnapshotsMax));
  limits.free_mib_min = TRY(table.number("free_mib_min", usual.free_mib_min, 0, kMibMax));
  limits.silent_hours = TRY(table.number("silent_hours", usual.silent_hours, 1, kHoursMax));
  TRY(table.finish());
  return limits;
}

Result<Limits> load_limits(fs::Dir& folder) {
  auto text = fs::read_file(folder, kLimitsFile, 1 << 20);
  if (!text && text.error().code == Code::not_found) return Limits();
  if (!text) return fail(std::move(text).error());
  return parse_limits(as_text(*text), kLimitsFile);
}

std::string write_used(const Used& used) {
  return fmt::format("{} {} {} {}\n", used.day, used.bytes, used.snapshots, used.room_until);
}

std::optional<Used> parse_used(std::string_view text) {
  Used used;
  const char* at = text.data();
  const char* end = at + text.size();
  for (auto [field, after] : {std::pair{&used.day, ' '}, std::pair{&used.bytes, ' '},
                              std::pair{&used.snapshots, ' '}, std::pair{&used.room_until, '\n'}}) {
    auto [next, error] = std::from_chars(at, end, *field);
    if (error != std::errc() || next == end || *next != after) return std::nullopt;
    at = next + 1;
  }
  return at == end ? std::optional(used) : std::nullopt;
}

Status Usage::check(const Used& used) const {
  if (used.bytes > limits_.mib_per_day * kMiB)
    return fail(over(tr("this site has used up what it may add in a day: {} MiB", limits_.mib_per_day),
                     "mib_per_day"));
  if (used.snapshots > limits_.snapshots_per_day)
    return fail(over(tr("this site has used up its snapshots of the day: {}", limits_.snapshots_per_day),
                     "snapshots_per_day"));
  return {};
}

// A file that a crash left damaged counts as nothing: a day's junk more is the worst of it.
Result<Used> Usage::today(const vault::DomainId& domain) {
  Used used;
  auto text = fs::read_file(folder_, usage_path(domain), 4096);
  if (!text && text.error().code != Code::not_found) return fail(std::move(text).error());
  if (text) used = parse_used(as_text(*text)).value_or(Used());
  uint64_t day = static_cast<uint64_t>(std::max<int64_t>(clock_.now().ns, 0) / kDay);
  if (used.day != day) used = Used{day, 0, 0, used.room_until};
  return used;
}

Status Usage::allows(const vault::DomainId& domain, uint64_t bytes, uint64_t snapshots) {
  Used used = TRY(today(domain));
  used.bytes += std::min(bytes, kMibMax * kMiB);
  used.snapshots += snapshots;
  return check(used);
}

Result<std::unique_ptr<fs::File>> Usage::lock() {
  TRY(fs::make_dirs(folder_, kFolder, 0700));
  auto lock = TRY(folder_.open(std::string(kFolder) + "/lock", fs::Open::create));
  int64_t deadline = clock_.monotonic_ns() + kLockWait;
  for (Status locked = lock->try_lock(); !locked; locked = lock->try_lock()) {
    if (locked.error().code != Code::busy || clock_.monotonic_ns() > deadline)
      return fail(std::move(locked).error());
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return lock;
}

Status Usage::count(const vault::DomainId& domain, uint64_t bytes, uint64_t snapshots) {
  auto locked = TRY(lock());
  Used used = TRY(today(domain));
  used.bytes += std::min(bytes, kMibMax * kMiB);
  used.snapshots += snapshots;
  TRY(check(used));
  return fs::write_file_durably(folder_, usage_path(domain), as_bytes(write_used(used)));
}

Status Usage::make_room(const vault::DomainId& domain) {
  auto locked = TRY(lock());
  Used used = TRY(today(domain));
  used.bytes = used.snapshots = 0;
  used.room_until = seconds(clock_.now()) + kDay / kSecond;
  return fs::write_file_durably(folder_, usage_path(domain), as_bytes(write_used(used)));
}

Status Usage::enough_space(const vault::DomainId& domain) {
  uint64_t free_mib = TRY(folder_.free_bytes()) / kMiB;
  if (free_mib >= limits_.free_mib_min) return {};
  if (free_mib >= limits_.free_mib_min / kOwnersShare &&
      seconds(clock_.now()) < TRY(today(domain)).room_until)
    return {};
  return fail(
      make_error(Code::limit, tr("the keeper's disk is nearly full: {} MiB are free, and {} must stay",
                                 free_mib, limits_.free_mib_min))
          .at(kLimitsFile)
          .then(tr("whoever looks after the keeper has to make room there")));
}

}  // namespace aplomb::keeper
