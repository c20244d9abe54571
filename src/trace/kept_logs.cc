#include "trace/kept_logs.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "base/messages.h"
#include "trace/unpack_child.h"

namespace aplomb::trace {
namespace {

constexpr uint64_t kLinesCompared = 5;
constexpr size_t kKeptMax = 2000;

// The first lines, unpacked; empty when there are none or they cannot be read.
std::string beginning_of(const LogFile& file, const BeginUnpack& begin_unpack) {
  std::string text;
  auto source = file.open();
  if (!source) return text;
  ReadLog told;
  (void)read_lines(
      *source, begin_unpack,
      [&](uint64_t number, std::string_view line) {
        (text += line) += '\n';
        return number < kLinesCompared;
      },
      told);
  return text;
}

// One of them may have had few lines when it was kept.
bool is_same_log(std::string_view a, std::string_view b) {
  return !a.empty() && !b.empty() && (a.starts_with(b) || b.starts_with(a));
}

bool same_packing(const std::string& a, const std::string& b) {
  return a.ends_with(".gz") == b.ends_with(".gz");
}

class Joiner {
 public:
  explicit Joiner(LogFiles disk)
      : logs_(std::move(disk)), begins_(logs_.files.size()), of_disk_(logs_.files.size()) {
    for (size_t i = 0; i < logs_.files.size(); ++i) by_series_[logs_.files[i].series].push_back(i);
  }

  void add(KeptLog kept) {
    std::vector<size_t>& series = by_series_[kept.file.series];
    if (!kept.begins && !series.empty()) return;  // what overlaps with the others cannot be told
    const std::string begin = beginning_of(kept.file, children_.beginner());
    auto alike = std::ranges::find_if(series, [&](size_t i) { return is_same_log(begin_of(i), begin); });
    if (alike != series.end()) return compare(*alike, std::move(kept));
    series.push_back(logs_.files.size());
    begins_.push_back(begin);
    kept.file.path = kept.shown;
    logs_.files.push_back(std::move(kept.file));
  }

  LogFiles take() {
    std::ranges::sort(logs_.files, [](const LogFile& a, const LogFile& b) {
      return std::tie(a.series, a.order, a.path) < std::tie(b.series, b.order, b.path);
    });
    return std::move(logs_);
  }

 private:
  const std::string& begin_of(size_t i) {
    if (!begins_[i]) begins_[i] = beginning_of(logs_.files[i], children_.beginner());
    return *begins_[i];
  }

  void compare(size_t i, KeptLog kept) {
    LogFile& disk = logs_.files[i];
    if (!same_packing(disk.path, kept.file.path) || kept.file.size <= disk.size) return;
    if (i < of_disk_)
      logs_.gaps.push_back({"shortened",
                            disk.path,
                            std::nullopt,
                            std::nullopt,
                            {tr_later("it was longer when it was kept in the vault: lines were taken out "
                                      "since; the kept one is read"),
                             {}}});
    disk.path = std::move(kept.shown);
    disk.size = kept.file.size;
    disk.open = std::move(kept.file.open);
  }

  UnpackChildren children_;
  LogFiles logs_;
  std::vector<std::optional<std::string>> begins_;  // of the files
  const size_t of_disk_;                            // the first files
  std::map<std::string, std::vector<size_t>> by_series_;
};

}  // namespace

LogFiles with_kept(LogFiles disk, std::vector<KeptLog> kept) {
  Joiner joiner(std::move(disk));
  if (kept.size() > kKeptMax) kept.resize(kKeptMax);
  for (KeptLog& log : kept) {
    set_order(log.file);
    joiner.add(std::move(log));
  }
  return joiner.take();
}

}  // namespace aplomb::trace
