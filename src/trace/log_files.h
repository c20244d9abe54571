// Where the logs of a site lie: for its web server what is named, else the usual places of nginx and Apache,
// the paths in the web server's own configuration, and folders called logs beside the site; for the machine
// the usual places of PHP-FPM, sshd, FTP servers and dpkg. Rotated files are put together into series, in the
// order they were written.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/finding.h"
#include "trace/line_reader.h"

namespace aplomb::trace {

struct LogFile {
  std::string path;    // as it is shown
  std::string series;  // the path without what rotation adds
  int64_t order = 0;   // within the series, the oldest first
  Time written;
  uint64_t size = 0;
  std::function<Result<ReadAt>()> open;
};

// What speaks against believing the logs, or says that they are not whole.
struct Gap {
  std::string kind;  // "no-logs", "unreadable", "missing-file", "silence", "zeros", "damaged", "too-much"
  std::string log;
  std::optional<Time> from, to;
  Reason why;
};

struct LogFiles {
  std::vector<LogFile> files;  // by series, then order
  std::vector<Gap> gaps;
};

// `named`: files, folders, or patterns in the last component, with their rotated ones; empty: the usual
// places. `top` stands for "/" in tests.
struct LogPlaces {
  std::vector<std::string> roots;  // of the site
  std::vector<std::string> named;
};
LogFiles find_logs(fs::Fs& fs, const LogPlaces& places, const std::string& top = "");

// How a rotated file is named: "access.log.2.gz" is number 2 of "access.log", "access.log-20261120" of that
// day. Pure.
struct RotatedName {
  std::string series;
  int64_t number = 0;  // 0: the one that is written to
  int64_t day = 0;     // since 1970; 0: none
};
RotatedName parse_rotated(std::string_view name);
// Series and order, by its path. Pure.
void set_order(LogFile& file);
// Sorted into series; what is missing between their first and last is a gap. Pure.
LogFiles in_series(std::vector<LogFile> files);
// The paths, the newest file of each series first, then the one before it of each: what fits of them says
// most.
std::vector<std::string> newest_first(const std::vector<LogFile>& files);
// Is it a log that is of use, by its name?
bool is_log_name(std::string_view name);
// Paths that a configuration of nginx or Apache names (access_log, error_log, CustomLog, ErrorLog,
// TransferLog).
std::vector<std::string> logs_in_configuration(std::string_view text);

}  // namespace aplomb::trace
