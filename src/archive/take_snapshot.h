// One snapshot of a live site: databases first (each copied in one instant), then the files, then the
// manifest, then the commit. Nothing is visible in the vault before the commit; an interrupted run leaves
// packs that make the next one quicker, and nothing else.
//
// The state folder of a site holds, beside its writer key:
//   files.list          what the last backup saw, for the next one and for the judge on the machine
//   files.list.interrupted   what a backup had seen when it was interrupted
//   manifest            of the last backup
//   databases/NAME      the copies of the last backup
// Losing it costs a full read. Only one run at a time uses it (SiteLock).
#pragma once

#include <functional>
#include <optional>

#include "archive/snapshot_view.h"
#include "archive/tree_backup.h"
#include "site/config.h"
#include "site/maria_client.h"

namespace aplomb::archive {

struct Page {
  std::string url_path, content_type;
  Bytes body;
};

struct Machine {
  fs::Fs& fs;
  const Clock& clock;
  Random& random;
  Log& log;
  Progress& progress;
};

struct SnapshotRequest {
  const site::SiteConfig& site;
  std::string state_path;  // absolute; the site's state folder; of an imported backup, one of its own
  std::string facts_json;
  std::vector<Page> pages;
  bool evidence = false;
  bool read_everything = false;
  vault::Import* import = nullptr;  // of the first snapshot of an epoch: what need not be stored again
  site::LoginSource login = {};     // empty: site::login_of
  // A folder of files that vouch for packages of the system; "" or missing: none.
  std::string vouchers_path{};
  // More of them, one at a time, until there is none: all together would not fit into memory. Before the
  // files.
  std::function<Result<std::optional<Page>>()> more_pages = {};
  // Of a backup that was unpacked, when it was made; what is read below `lies_at` is told as below `was_at`.
  std::optional<Time> imported_at = {};
  struct Moved {
    std::string lies_at, was_at;
  };
  std::vector<Moved> moved = {};
  std::string dump = {};  // a file that is stored in place of what a server would say; absolute
};

struct SnapshotResult {
  vault::SnapshotId id;
  uint64_t sequence = 0;
  Time received;
  Manifest manifest;
  uint64_t bytes_stored = 0;
  double seconds = 0;
  double gap_seconds = 0;  // at most this lies between the instant of a database and that of a file
  std::unique_ptr<RecentBytes> recent;  // for the judge of this run
};

Result<SnapshotResult> take_snapshot(const Machine& machine, vault::WriterStore& store,
                                     const vault::WriterKey& key, const SnapshotRequest& request);

// The last backup as the machine knows it. Code::not_found when there is none. `recent` (may be null) answers
// for files that changed since; it must outlive the view.
Result<std::unique_ptr<SnapshotView>> open_machine_snapshot(const Machine& machine,
                                                            const vault::WriterKey& key,
                                                            const std::string& state_path,
                                                            const RecentBytes* recent = nullptr);

// Labels of the roots: "" for one root, else the folders' names, made unique.
std::vector<std::string> root_labels(const std::vector<std::string>& roots);

// Held by everything that changes a site's state. Code::busy when another run has it for longer than a short
// wait.
Result<std::unique_ptr<fs::File>> lock_site(const Machine& machine, const std::string& state_path);

}  // namespace aplomb::archive
