// What is kept of the last drill of a site, one small JSON file in its state (docs/format/drill.md), replaced
// durably by the next: for `status`, for the expected duration that `recover` announces, for the plan on
// paper. It is a note of this machine; nothing rests on it.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "fs/fs.h"

namespace aplomb::recover {

struct DrillRecord {
  Time time;  // when it began
  bool ok = false;
  std::string point;        // snapshot that was rebuilt; empty: none is proven clean
  double rto_seconds = -1;  // until rebuilt and verified; negative: it did not come so far
  double rpo_seconds = -1;  // age of the point then; negative: there was none
  uint64_t files = 0, bytes = 0;
  uint64_t pages_checked = 0, pages_different = 0;
  std::string problem;  // the first; empty when all is well
  bool operator==(const DrillRecord&) const = default;
};

std::string write_record(const DrillRecord& record);
// Code::corrupt when it is none.
Result<DrillRecord> parse_record(std::string_view text);

Status save_record(fs::Dir& site_state, const DrillRecord& record);
// nullopt when there was no drill, and when the note cannot be read: it is only a note.
std::optional<DrillRecord> load_record(fs::Fs& fs, const std::string& site_state);

}  // namespace aplomb::recover
