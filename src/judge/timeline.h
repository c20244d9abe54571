// From the judgements of all points to the answers a town needs: when did each bad object first appear, which
// point is the last one proven clean before the first of them, and what would a whole roll-back lose. Pure.
#pragma once

#include "judge/judgement.h"

namespace aplomb::judge {

// One snapshot as judged; in the order of time.
struct Point {
  std::string snapshot;   // id, hex
  Time time;              // when the keeper received it; of an imported one, what the owner says
  bool evidence = false;  // the sealed state of a hacked site
  Verdict verdict = Verdict::not_proven;
  Time since;
  uint64_t trusted_on_baseline = 0;
  std::vector<JudgedObject> open;
};

struct Event {
  Time time;
  std::string snapshot;
  std::string path;
  std::string kind;  // "malicious", "suspicious", "opaque", "known-bad", "unexplained", "missing"
  Reason reason;
};

struct Timeline {
  std::vector<Event> events;          // first appearances, in order of time, then path
  std::optional<size_t> first_bad;    // index of the point with the first bad object
  std::optional<size_t> clean_point;  // index of the last proven-clean point before it
};

// An object is known by path and content: the same file changed again is a new event.
Timeline build_timeline(const std::vector<Point>& points);

// Why a point is, or is not, the clean point: one sentence.
Reason explain_point(const std::vector<Point>& points, const Timeline& timeline, size_t index);

}  // namespace aplomb::judge
