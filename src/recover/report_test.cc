// What is planned is not told as done, and a report that went through the journal is the same report.
#include "recover/report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace aplomb::recover {
namespace {

Report some() {
  Report report;
  report.point = "ab12";
  report.proven = true;
  report.point_reason = {"judged {}", {"anew"}};
  report.changed.push_back({"index.php", {"it changed", {}}});
  report.kept.push_back({"may.txt", {"it is new", {}}});
  report.rejected.push_back({"x.php", "file", {"nothing explains it", {}}, "q-1"});
  report.deleted.push_back("old.txt");
  report.gate.push_back("a reason");
  return report;
}

TEST(Report, APlanIsToldAsAPlan) {
  Report report = some();
  nlohmann::json plan = to_json(report);
  for (const char* field : {"changed", "kept", "rejected"}) {
    EXPECT_TRUE(plan.at(field).empty()) << field;
    EXPECT_EQ(plan.at("planned").at(field).size(), 1u) << field;
  }
  report.carried_out = true;
  nlohmann::json done = to_json(report);
  EXPECT_TRUE(done.at("planned").is_null());
  for (const char* field : {"changed", "kept", "rejected"}) EXPECT_EQ(done.at(field).size(), 1u) << field;
}

TEST(Report, GoesThroughTheJournalWhole) {
  Report report = some(), back = report_from_summary(summary_of(report));
  EXPECT_EQ(back.changed, report.changed);
  EXPECT_EQ(back.kept, report.kept);
  EXPECT_EQ(back.rejected.at(0).path, "x.php");
  EXPECT_EQ(back.deleted, report.deleted);
  EXPECT_EQ(back.gate, report.gate);
  EXPECT_EQ(back.point_reason, report.point_reason);
  EXPECT_TRUE(report_from_summary("{").changed.empty());
  EXPECT_TRUE(report_from_summary("").changed.empty());
}

TEST(Report, WithoutAPointThereIsNoReasonForOne) {
  EXPECT_TRUE(to_json(Report()).at("point_reason").is_null());
  EXPECT_EQ(to_json(some()).at("point_reason"), "judged anew");
}

}  // namespace
}  // namespace aplomb::recover
