// From judged points to the clean point: when each bad thing first appeared, and what was proven before all
// of them.
#include "judge/timeline.h"

#include <gtest/gtest.h>

#include "crypto/crypto.h"

namespace aplomb::judge {
namespace {

JudgedObject bad(const std::string& path, Level level = Level::none, std::string_view text = "bytes") {
  JudgedObject object;
  object.identity = {path, crypto::sha256(as_bytes(text)), 0644};
  object.explanation = {"nothing explains it", {}};
  object.verdict = level >= Level::malicious ? ObjectVerdict::infected : ObjectVerdict::unproven;
  if (level != Level::none)
    object.findings.push_back({level, "test-rule", {"a detector spoke of {}", {path}}, 3});
  return object;
}

// A history, one point a day; each is proven clean unless something is open in it.
struct History {
  std::vector<Point> points;
  History& day(std::vector<JudgedObject> open = {}, bool evidence = false) {
    Point point;
    point.snapshot = std::to_string(points.size());
    point.time = Time{static_cast<int64_t>(points.size()) * kDay};
    point.evidence = evidence;
    point.verdict = Verdict::proven_clean;
    for (const JudgedObject& object : open) point.verdict = combine(point.verdict, object.verdict);
    point.open = std::move(open);
    points.push_back(std::move(point));
    return *this;
  }
  Timeline timeline() const { return build_timeline(points); }
  std::string why(size_t index) const { return explain_point(points, timeline(), index).text(); }
};

}  // namespace

TEST(Timeline, AnEmptyHistoryHasNoPoint) {
  Timeline timeline = History().timeline();
  EXPECT_TRUE(timeline.events.empty());
  EXPECT_FALSE(timeline.clean_point || timeline.first_bad);
}

TEST(Timeline, WhenAllIsCleanTheLastPointIsTheOne) {
  Timeline timeline = History().day().day().day().timeline();
  EXPECT_EQ(timeline.clean_point, 2u);
  EXPECT_FALSE(timeline.first_bad);
}

TEST(Timeline, WhenNothingWasEverCleanThereIsNone) {
  Timeline timeline = History().day({bad("a.php")}).day({bad("a.php")}).timeline();
  EXPECT_FALSE(timeline.clean_point);
  EXPECT_EQ(timeline.first_bad, 0u);
}

TEST(Timeline, TheCleanPointIsBeforeTheFirstBadObjectAndNotOnlyTheLoudOne) {
  History history;
  history.day()
      .day()
      .day({bad("sleeper.php")})
      .day({bad("sleeper.php")})
      .day({bad("sleeper.php"), bad("shell.php", Level::malicious)});
  Timeline timeline = history.timeline();
  EXPECT_EQ(timeline.clean_point, 1u);
  EXPECT_EQ(timeline.first_bad, 2u);
  ASSERT_EQ(timeline.events.size(), 2u);
  EXPECT_EQ(timeline.events[0].path, "sleeper.php");
  EXPECT_EQ(timeline.events[0].time, Time{2 * kDay});
  EXPECT_EQ(timeline.events[0].kind, "unexplained");
  EXPECT_EQ(timeline.events[1].kind, "malicious");
  EXPECT_EQ(timeline.events[1].snapshot, "4");
  EXPECT_EQ(timeline.events[1].reason.text(), "a detector spoke of shell.php");
}

TEST(Timeline, ACleanedUpTraceMakesNoLaterPointClean) {
  History history;
  history.day().day({bad("shell.php", Level::malicious)}).day();
  EXPECT_EQ(history.timeline().clean_point, 0u);
  EXPECT_NE(history.why(2).find("cleaned-up trace"), std::string::npos) << history.why(2);
}

TEST(Timeline, EvidenceIsNeverAPointToGoBackTo) {
  EXPECT_EQ(History().day().day({}, true).timeline().clean_point, 0u);
  EXPECT_FALSE(History().day({}, true).timeline().clean_point);
}

TEST(Timeline, TheSameFileChangedAgainIsANewEvent) {
  History history;
  history.day({bad("a.php", Level::none, "one")})
      .day({bad("a.php", Level::none, "one")})
      .day({bad("a.php", Level::none, "two")});
  Timeline timeline = history.timeline();
  ASSERT_EQ(timeline.events.size(), 2u);
  EXPECT_EQ(timeline.events[1].time, Time{2 * kDay});
}

TEST(Timeline, AMissingProtectionIsCalledMissing) {
  JudgedObject gone = bad(".htaccess", Level::suspicious);
  gone.kind = ObjectKind::missing;
  EXPECT_EQ(History().day({gone}).timeline().events[0].kind, "missing");
}

TEST(Timeline, APointThatIsNotProvenEndsTheCleanOnesEvenWithoutAnObject) {
  History history;
  history.day().day().day();
  history.points[1].verdict = Verdict::not_proven;
  EXPECT_EQ(history.timeline().first_bad, 1u);
  EXPECT_EQ(history.timeline().clean_point, 0u);
  EXPECT_FALSE(history.why(1).empty());
  history.points[1].verdict = Verdict::infected;
  EXPECT_NE(history.why(1).find("malicious"), std::string::npos);
}

TEST(Timeline, EveryPointIsExplained) {
  History history;
  history.day().day().day({bad("b.php"), bad("c.php")}).day({bad("b.php"), bad("x.php", Level::malicious)});
  EXPECT_NE(history.why(0).find("a later point is proven clean too"), std::string::npos) << history.why(0);
  EXPECT_NE(history.why(1).find("the last point"), std::string::npos) << history.why(1);
  EXPECT_NE(history.why(2).find("2 objects are unexplained, the first: b.php"), std::string::npos)
      << history.why(2);
  EXPECT_NE(history.why(3).find("malicious: x.php"), std::string::npos) << history.why(3);
}

}  // namespace aplomb::judge
