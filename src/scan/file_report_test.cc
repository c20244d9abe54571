#include "scan/file_report.h"

#include <gtest/gtest.h>

#include "scan/report_builder.h"

namespace aplomb::scan {
namespace {

FileReport example() {
  FileReport report;
  report.kind = Kind::image;
  report.executable = true;
  report.fits_type = false;
  report.mismatch = {"it is named as an image and is none", {"x"}};
  report.findings = {{Level::malicious, "rule-one", {"says {}", {"a"}}, 3},
                     {Level::suspicious, "rule-two", {"b", {}}, 0}};
  report.hit_limit = true;
  report.facts.size = 123456789;
  report.facts.entropy_milli = {1, 2000, 7999};
  report.facts.format = Format::zip;
  report.facts.random = report.facts.holds_script = report.facts.protects = true;
  report.facts.name_code = 77;
  report.handlers = {{"ico", "jpg"}, {"a.txt"}, true};
  return report;
}

TEST(FileReport, SurvivesTheJourney) {
  ByteWriter writer;
  encode(writer, example());
  ByteReader reader(writer.view());
  Result<FileReport> back = decode_file_report(reader);
  ASSERT_TRUE(back);
  EXPECT_TRUE(reader.finish());
  EXPECT_EQ(*back, example());
}

TEST(FileReport, RefusesEveryTruncation) {
  ByteWriter writer;
  encode(writer, example());
  for (size_t i = 0; i < writer.size(); ++i) {
    ByteReader reader(writer.view().first(i));
    EXPECT_FALSE(decode_file_report(reader)) << i;
  }
}

TEST(FileReport, RefusesWhatCannotBe) {
  ByteWriter writer;
  encode(writer, example());
  Bytes bytes = writer.take();
  for (uint8_t value : {uint8_t{19}, uint8_t{255}}) {
    Bytes changed = bytes;
    changed[0] = value;  // the kind
    ByteReader reader(changed);
    EXPECT_FALSE(decode_file_report(reader));
  }
  bytes[1] = 8;  // a flag that does not exist
  ByteReader reader(bytes);
  EXPECT_FALSE(decode_file_report(reader));
}

TEST(FileReport, AFailedAnalysisIsNeverClean) {
  FileReport report = failed_report(Kind::image, 5, "why");
  EXPECT_TRUE(report.hit_limit);
  EXPECT_TRUE(report.executable);
  EXPECT_EQ(worst(report.findings), Level::opaque);
}

TEST(ReportBuilder, KeepsAFewOfEachRuleAndTheWorstOfThem) {
  ReportBuilder report;
  for (uint32_t line = 1; line <= 100; ++line) report.add(Level::suspicious, "rule", "text", {}, line);
  report.add(Level::malicious, "rule", "text", {}, 101);
  EXPECT_EQ(report.findings().size(), ReportBuilder::kPerRule);
  EXPECT_EQ(worst(report.findings()), Level::malicious);
}

}  // namespace
}  // namespace aplomb::scan
