// Logs that were kept in the vault, put beside those of the disk so that no line is read twice: of two files
// of one series that begin alike, the longer one is read. A log that is shorter on the disk than it was when
// it was kept lost lines, which is a finding. Reads no more than the beginnings, through LogFile::open.
#pragma once

#include "trace/log_files.h"

namespace aplomb::trace {

struct KeptLog {
  LogFile file;        // its path as it was on the machine; series and order follow from it
  std::string shown;   // "snapshot 12ab…:/var/log/nginx/access.log"
  bool begins = true;  // false: only its end was kept
};

LogFiles with_kept(LogFiles disk, std::vector<KeptLog> kept);

}  // namespace aplomb::trace
