// Logs of the vault beside those of the disk: no line twice, none lost, and what was taken out is said.
#include "trace/kept_logs.h"

#include <gtest/gtest.h>

#include "proc/worker.h"
#include "trace/test_logs.h"

extern int (*aplomb_test_early_main)(int, char**);

namespace aplomb::trace {
namespace {

[[maybe_unused]] const bool kHooked = (aplomb_test_early_main = proc::worker_early_main, true);

LogFile log_of(const std::string& path, const std::string& bytes) {
  LogFile file;
  file.path = path;
  file.size = bytes.size();
  file.open = [bytes]() -> Result<ReadAt> {
    return [bytes](uint64_t offset, std::span<uint8_t> out) -> Result<size_t> {
      if (offset >= bytes.size()) return size_t{0};
      const size_t count = std::min(out.size(), bytes.size() - static_cast<size_t>(offset));
      std::copy_n(bytes.data() + offset, count, out.data());
      return count;
    };
  };
  set_order(file);
  return file;
}

KeptLog kept(const std::string& path, const std::string& bytes, bool begins = true) {
  return {log_of(path, bytes), "kept:" + path, begins};
}

LogFiles disk(std::vector<LogFile> files) {
  return in_series(std::move(files));
}

std::vector<std::string> paths_of(const LogFiles& logs) {
  std::vector<std::string> paths;
  for (const LogFile& file : logs.files) paths.push_back(file.path);
  return paths;
}

using Paths = std::vector<std::string>;
const std::string kLines = "one\ntwo\nthree\n";

TEST(WithKept, WhatTheDiskStillHasIsReadOnce) {
  EXPECT_EQ(paths_of(with_kept(disk({log_of("/l/access.log", kLines + "four\n")}),
                               {kept("/l/access.log", kLines)})),
            Paths{"/l/access.log"});
}

TEST(WithKept, WhatTheDiskLostComesFromTheVault) {
  const LogFiles logs =
      with_kept(disk({}), {kept("/l/access.log", kLines), kept("/l/access.log.1", "zero\n")});
  EXPECT_EQ(paths_of(logs), (Paths{"kept:/l/access.log.1", "kept:/l/access.log"}))
      << "in the order of the series";
}

TEST(WithKept, AFileThatWasShortenedIsReadAsItWasAndThatIsSaid) {
  const LogFiles logs =
      with_kept(disk({log_of("/l/access.log", "one\ntwo\nthree\nfour\nfive\nseven\n")}),
                {kept("/l/access.log", "one\ntwo\nthree\nfour\nfive\nsix, the intruder\nseven\n")});
  EXPECT_EQ(paths_of(logs), Paths{"kept:/l/access.log"});
  ASSERT_EQ(logs.gaps.size(), 1U);
  EXPECT_EQ(logs.gaps[0].kind, "shortened");
  EXPECT_EQ(logs.gaps[0].log, "/l/access.log");
}

TEST(WithKept, AFileThatWasRotatedAndPackedSinceIsKnownAgain) {
  const LogFiles logs =
      with_kept(disk({log_of("/l/access.log", "new\n"), log_of("/l/access.log.2.gz", pack_gz(kLines))}),
                {kept("/l/access.log.1", kLines), kept("/l/access.log", "other\n")});
  EXPECT_EQ(paths_of(logs), (Paths{"/l/access.log.2.gz", "/l/access.log", "kept:/l/access.log"}));
}

TEST(WithKept, AnEndAloneCountsOnlyWhereTheDiskHasNothingOfTheSeries) {
  EXPECT_EQ(
      paths_of(with_kept(disk({log_of("/l/access.log", kLines)}), {kept("/l/access.log.1", "two\n", false)})),
      Paths{"/l/access.log"});
  EXPECT_EQ(paths_of(with_kept(disk({}), {kept("/l/access.log.1", "two\n", false)})),
            Paths{"kept:/l/access.log.1"});
}

TEST(WithKept, OfTwoKeptCopiesTheLongerOneIsRead) {
  const LogFiles logs = with_kept(
      disk({}), {kept("/l/access.log", kLines), {log_of("/l/access.log", kLines + "four\n"), "later", true}});
  EXPECT_EQ(paths_of(logs), Paths{"later"});
}

}  // namespace
}  // namespace aplomb::trace
