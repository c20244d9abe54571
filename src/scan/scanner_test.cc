// The scanner with real confined children, some of which misbehave when their request holds a marker.
#include "scan/scanner.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/parallel.h"
#include "proc/frame.h"

extern int (*aplomb_test_early_main)(int, char**);

namespace aplomb::scan {
namespace {

[[maybe_unused]] const bool kHooked = (aplomb_test_early_main = proc::worker_early_main, true);

Bytes misbehave(ByteView request) {
  std::string_view text = as_text(request);
  if (text.find("MARKER-CRASH") != std::string_view::npos) abort();
  if (text.find("MARKER-GARBAGE") != std::string_view::npos) return Bytes(100, 0xff);
  if (text.find("MARKER-FLOOD") != std::string_view::npos) return Bytes(16u << 20, 0);
  Bytes answer = answer_scan_request(request);
  if (text.find("MARKER-LONGER") != std::string_view::npos) answer.push_back(0);
  return answer;
}

int misbehaving_main(int in_fd, int out_fd) {
  return proc::serve_frames(in_fd, out_fd, kScanRequestMax, misbehave);
}
const proc::WorkerRegistration kMisbehaving("scan-misbehaving", misbehaving_main);

constexpr int64_t kLongMs = 60'000;  // never reached

FileReport analyse(Scanner& scanner, std::string_view path, std::string_view content) {
  Result<FileReport> report = scanner.analyse(path, 0644, as_bytes(content), {});
  EXPECT_TRUE(report) << report.error().what;
  return report.value_or(FileReport{});
}

TEST(Scanner, ReportsWhatTheDetectorsSay) {
  Scanner scanner;
  FileReport report = analyse(scanner, "a/page.html", "<script>\neval(atob('YWxlcnQoMSk='))</script>");
  EXPECT_EQ(report.kind, Kind::html);
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].rule, "js-executes-decoded");
  EXPECT_EQ(report.findings[0].line, 2u);
  EXPECT_TRUE(analyse(scanner, "a.txt", "hello").findings.empty());
}

TEST(Scanner, AChildThatMisbehavesCostsItsFileOnly) {
  Scanner scanner({1, kLongMs, "scan-misbehaving"});
  for (std::string_view marker : {"MARKER-CRASH", "MARKER-GARBAGE", "MARKER-FLOOD", "MARKER-LONGER"}) {
    FileReport report = analyse(scanner, "a.jpg", marker);
    EXPECT_TRUE(report.hit_limit) << marker;
    EXPECT_TRUE(report.executable) << marker;
    ASSERT_EQ(report.findings.size(), 1u) << marker;
    EXPECT_EQ(report.findings[0].rule, "analysis-failed");
    EXPECT_EQ(report.findings[0].level, Level::opaque);
    EXPECT_TRUE(analyse(scanner, "a.txt", "hello").findings.empty()) << "after " << marker;
  }
}

TEST(Scanner, TimeThatRunsOutIsNeverClean) {
  Scanner scanner({1, 0, "scan"});
  EXPECT_EQ(worst(analyse(scanner, "a.txt", "hello").findings), Level::opaque);
}

TEST(Scanner, OneHostileValueIsLostNotItsBatch) {
  Scanner scanner({1, kLongMs, "scan-misbehaving"});
  std::vector<std::string_view> values{"hello", "MARKER-CRASH",
                                       "<iframe src='//x.invalid/' width=1 height=1></iframe>"};
  auto findings = scanner.analyse_values(values);
  ASSERT_TRUE(findings);
  ASSERT_EQ(findings->size(), 3u);
  EXPECT_TRUE((*findings)[0].empty());
  EXPECT_EQ(worst((*findings)[1]), Level::opaque);
  EXPECT_EQ(worst((*findings)[2]), Level::suspicious);
}

TEST(Scanner, OneHostileFileIsLostNotItsBatch) {
  Scanner scanner({1, kLongMs, "scan-misbehaving"});
  const Handlers none, pictures{{"jpg"}, {}, false};
  for (std::string_view marker : {"MARKER-CRASH", "MARKER-GARBAGE", "MARKER-FLOOD", "MARKER-LONGER"}) {
    std::vector<Scanner::Input> files{{"a.txt", 0644, as_bytes("hello"), &none},
                                      {"b.jpg", 0644, as_bytes(marker), &none},
                                      {"c.js", 0644, as_bytes("eval(atob('YWxlcnQoMSk='))"), &none},
                                      {"d.jpg", 0644, as_bytes("<?php echo 1;"), &pictures}};
    auto reports = scanner.analyse_files(files);
    ASSERT_TRUE(reports);
    ASSERT_EQ(reports->size(), 4u);
    EXPECT_TRUE((*reports)[0].findings.empty());
    EXPECT_EQ((*reports)[1].findings.at(0).rule, "analysis-failed") << marker;
    EXPECT_EQ((*reports)[2].findings.at(0).rule, "js-executes-decoded");
    EXPECT_EQ((*reports)[3].kind, Kind::php);
  }
}

TEST(Scanner, FilesTogetherAreJudgedAsAlone) {
  Scanner scanner;
  const Handlers none;
  std::vector<std::string> contents;
  for (int i = 0; i < 50; ++i) contents.push_back("<?php echo " + std::to_string(i) + "; eval($_POST['x']);");
  std::vector<Scanner::Input> files;
  for (const std::string& content : contents) files.push_back({"a.php", 0644, as_bytes(content), &none});
  auto reports = scanner.analyse_files(files);
  ASSERT_TRUE(reports);
  ASSERT_EQ(reports->size(), files.size());
  for (size_t i = 0; i < files.size(); ++i)
    EXPECT_EQ((*reports)[i], scanner.analyse("a.php", 0644, files[i].content, none).value_or(FileReport{}));
}

TEST(Scanner, BatchesKeepTheOrderOfTheValues) {
  Scanner scanner;
  std::vector<std::string_view> values(2000, "hello");
  values[1500] = "<script src='https://x.invalid/a.js'></script>";
  auto findings = scanner.analyse_values(values);
  ASSERT_TRUE(findings);
  ASSERT_EQ(findings->size(), values.size());
  for (size_t i = 0; i < values.size(); ++i) EXPECT_EQ((*findings)[i].empty(), i != 1500) << i;
}

TEST(Scanner, IsSafeToCallFromSeveralThreads) {
  Scanner scanner;
  Status status = parallel_for(40, 4, [&](size_t i) -> Status {
    std::string content = i % 2 ? "eval(atob('YWxlcnQoMSk='))" : "x";
    FileReport report = TRY(scanner.analyse("a.js", 0644, as_bytes(content), {}));
    EXPECT_EQ(report.findings.size(), i % 2);
    return {};
  });
  EXPECT_TRUE(status);
}

TEST(Scanner, PartOfALargeFileIsCleanOnlyWhenItCannotExecute) {
  Scanner scanner;
  auto part = [&](std::string_view path) {
    return scanner.analyse(path, 0644, as_bytes("hello"), {}, Part::head_and_tail).value_or(FileReport{});
  };
  EXPECT_TRUE(part("a.js").hit_limit);
  EXPECT_EQ(worst(part("a.js").findings), Level::opaque);
  EXPECT_FALSE(part("a.txt").hit_limit);
}

TEST(Scanner, RefusesMoreThanItsLimit) {
  Scanner scanner;
  Bytes huge(Scanner::kWholeMax + 1);
  Result<FileReport> report = scanner.analyse("a", 0644, huge, {});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Code::limit);
}

TEST(ScanRequest, EveryTruncationIsRefused) {
  ByteWriter writer;
  writer.u8(1);
  writer.text("a.js");
  writer.u32(0644);
  writer.u8(0);
  encode(writer, Handlers{{"jpg"}, {}, false});
  writer.text("x = 1");
  EXPECT_FALSE(answer_scan_request(writer.view()).empty());
  for (size_t i = 0; i < writer.size(); ++i)
    EXPECT_TRUE(answer_scan_request(writer.view().first(i)).empty()) << i;
}

}  // namespace
}  // namespace aplomb::scan
