// `aplomb scan PATH…`: walks folders, analyses every file in confined children, and adds what only the whole
// shows (where files lie, what .htaccess sends to PHP, mass encryption). Links beneath a root are never
// followed; what cannot be read is a warning with its path, never skipped in silence. The result does not
// depend on the number of workers.
#pragma once

#include "base/clock.h"
#include "base/progress.h"
#include "fs/fs.h"
#include "scan/ransom.h"
#include "scan/scanner.h"

namespace aplomb::scan {

struct TreeScan {
  uint64_t files = 0, bytes = 0;
  double seconds = 0;
  std::vector<PathFinding> findings;  // by path, the gravest first
  std::vector<std::string> warnings;  // complete sentences that name the path
};

// "malicious" or "suspicious", as commands print it.
std::string_view verdict(Level level);

// paths are absolute; each names a folder or a file, links in it are followed.
Result<TreeScan> scan_trees(fs::Fs& fs, const std::vector<std::string>& paths, Scanner& scanner,
                            const Clock& clock, Progress& progress, unsigned workers = 2);

}  // namespace aplomb::scan
