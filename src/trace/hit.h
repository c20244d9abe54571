// A line of a log that is kept: the parts of a Line, owned and bounded, and where it stands.
#pragma once

#include <string>

#include "trace/log_line.h"

namespace aplomb::trace {

constexpr size_t kFieldMax = 500;

struct Place {
  std::string file;
  uint64_t line = 0;  // of the unpacked file, from 1; 0: none
};

struct Hit {
  LineKind kind = LineKind::none;
  Time time;
  std::string address, account, host, method, target, referer, agent, text;
  unsigned status = 0;
  uint64_t bytes = 0, pid = 0;
  Place place;
  int suspect = -1;  // the object that the line names
  bool operator<(const Hit& other) const { return time < other.time; }
};

Hit make_hit(const Line& line, const std::string& file, uint64_t number, int suspect);
// "POST /upload.php"
std::string request_text(const Hit& hit);

}  // namespace aplomb::trace
