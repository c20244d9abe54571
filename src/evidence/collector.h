// What the sections of the volatile evidence share: the time that is left, the list of what could not be
// read, and bounded reading of the kernel's tables.
#pragma once

#include <ctime>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace aplomb::evidence {

class Collector {
 public:
  Collector(const Clock& clock, int64_t budget_ms)
      : clock_(clock), deadline_ns_(clock.monotonic_ns() + budget_ms * 1'000'000) {}

  bool out_of_time() const { return clock_.monotonic_ns() >= deadline_ns_; }
  const Clock& clock() const { return clock_; }

  // Bounded; equal ones are said once.
  void not_read(const std::string& what, const std::string& why);
  const nlohmann::json& gaps() const { return gaps_; }

 private:
  const Clock& clock_;
  const int64_t deadline_ns_;
  size_t gap_bytes_left_ = 128 << 10;
  nlohmann::json gaps_ = nlohmann::json::array();
};

// The list of one section, bounded by its size as text: all sections together must fit where a snapshot keeps
// what the machine said (4 MiB).
class BoundedList {
 public:
  BoundedList(Collector& collector, std::string what, size_t bytes_max)
      : collector_(collector), what_(std::move(what)), bytes_left_(bytes_max) {}
  // False when there is no room; the collector then has a gap.
  bool add(nlohmann::json entry);
  nlohmann::json take() { return std::move(list_); }

 private:
  Collector& collector_;
  const std::string what_;
  size_t bytes_left_;
  nlohmann::json list_ = nlohmann::json::array();
};

// printable(), and cut where it is too long for a list.
constexpr size_t kShownMax = 1024;
std::string shown(std::string_view text, size_t size_max = kShownMax);

// The start of a file, at most `limit` bytes; empty when it cannot be read.
std::string read_start(const std::string& path, size_t limit);
// The lines of a table of the kernel, at most `lines_max`; a gap in the collector when there are more, or
// none can be read.
std::vector<std::string> read_lines(Collector& collector, const std::string& path, size_t lines_max);
struct Mount {
  std::string device, folder, type, options;
};
std::vector<Mount> read_mounts(Collector& collector);
// A file of a program or of another machine: reading it could wait for ever. Not so where the whole machine
// lies on one.
bool may_not_answer(const std::vector<Mount>& mounts, std::string_view path);
// Fields of a line between blanks.
std::vector<std::string_view> fields_of(std::string_view line);
// The target of a symbolic link; empty when it cannot be read.
std::string read_link(const std::string& path);
// "2026-11-24T06:36:43.123456789Z"
std::string to_iso_ns(Time time);
// Clamped to what a Time can say: a file may carry any.
Time to_time(const timespec& time);
// The reason of a failed system call, in words.
std::string reason(int sys_errno);
// Calls visit(name) for the entries of a folder, in no order, until it says false. 0, or why the folder could
// not be opened.
int for_each_name(const std::string& folder, const std::function<bool(const char*)>& visit);

}  // namespace aplomb::evidence
