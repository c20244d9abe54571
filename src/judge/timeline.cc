#include "judge/timeline.h"

#include <algorithm>

#include "base/messages.h"

namespace aplomb::judge {
namespace {

std::string kind_of(const JudgedObject& object) {
  if (object.kind == ObjectKind::missing) return "missing";
  Level level = object.level();
  return level == Level::none ? "unexplained" : std::string(aplomb::name(level));
}

}  // namespace

Timeline build_timeline(const std::vector<Point>& points) {
  Timeline timeline;
  std::set<std::pair<std::string, Sha256>> seen;
  for (size_t i = 0; i < points.size(); ++i) {
    for (const JudgedObject& object : points[i].open) {
      if (!timeline.first_bad) timeline.first_bad = i;
      if (!seen.emplace(object.identity.path, object.identity.hash).second) continue;
      timeline.events.push_back(
          {points[i].time, points[i].snapshot, object.identity.path, kind_of(object), object.reason()});
    }
    // A verdict without an open object cannot be; if it were, the point is bad all the same.
    if (points[i].verdict != Verdict::proven_clean && !timeline.first_bad) timeline.first_bad = i;
  }
  size_t end = timeline.first_bad.value_or(points.size());
  for (size_t i = 0; i < end; ++i)
    if (points[i].verdict == Verdict::proven_clean && !points[i].evidence) timeline.clean_point = i;
  return timeline;
}

Reason explain_point(const std::vector<Point>& points, const Timeline& timeline, size_t index) {
  const Point& point = points[index];
  std::string open = std::to_string(point.open.size());
  if (point.verdict == Verdict::infected) {
    auto worst_object = std::ranges::max_element(point.open, {}, &JudgedObject::verdict);
    if (worst_object == point.open.end()) return {tr_later("something malicious is in it"), {}};
    return {tr_later("malicious: {}: {}"), {worst_object->identity.path, worst_object->reason().text()}};
  }
  if (point.verdict == Verdict::not_proven) {
    if (point.open.empty()) return {tr_later("something in it is unexplained"), {}};
    const JudgedObject& first = point.open.front();
    return {tr_later("{} objects are unexplained, the first: {}: {}"),
            {open, first.identity.path, first.reason().text()}};
  }
  if (timeline.clean_point == index)
    return {tr_later("the last point that is proven clean before anything bad appeared"), {}};
  if (timeline.first_bad && index > *timeline.first_bad)
    return {tr_later("its bytes are proven clean, but something bad was there before it: it may be a "
                     "cleaned-up trace"),
            {}};
  return {tr_later("proven clean; a later point is proven clean too"), {}};
}

}  // namespace aplomb::judge
