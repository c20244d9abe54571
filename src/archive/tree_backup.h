// A folder of the live site into trees of the vault: owners, modes, ACLs and extended attributes, hard and
// symbolic links, sparse files, names of any bytes. A file that did not change since the last run (inode,
// size, mode, owner, mtime and ctime) is not read again, except: when its ctime is so young that it may have
// changed within the clock's grain, and one in thirty by chance, so that forged times are found. A file that
// changes while it is read is read again, three times at most, then stored as it is and marked. Nothing is
// followed, nothing is skipped without a word.
#pragma once

#include <functional>
#include <map>

#include "archive/file_list.h"
#include "archive/manifest.h"
#include "archive/recent_bytes.h"
#include "archive/sparse_hash.h"
#include "base/log.h"
#include "base/progress.h"
#include "chunk/content.h"
#include "vault/snapshot_writer.h"

namespace aplomb::archive {

// Names of users and groups, asked of the system once each.
class OwnerNames {
 public:
  const std::string& user(uint32_t uid);
  const std::string& group(uint32_t gid);

 private:
  std::map<uint32_t, std::string> users_, groups_;
};

struct BackupOptions {
  // Paths (object paths) that are not stored: excluded by the configuration, or a database copied otherwise.
  std::function<bool(std::string_view)> excluded = [](std::string_view) { return false; };
  RecentBytes* recent = nullptr;  // null: nobody asks
  bool read_everything = false;   // distrust the list of the last run
};

struct BackupCounts {
  uint64_t files = 0, bytes = 0, files_read = 0;
  std::vector<Skipped> skipped, alerts;
};

class TreeBackup {
 public:
  // `interrupted`: the list of a backup after the previous one that did not end.
  TreeBackup(vault::SnapshotWriter& writer, FileListReader& previous, FileListReader& interrupted,
             FileListWriter& next, Random& random, Progress& progress, BackupOptions options);

  // The node of `dir` itself, named `name`; everything beneath it is stored.
  Result<vault::Node> store_root(fs::Dir& dir, const std::string& name, const std::string& label);
  // One file outside the walk (a database copy): content and size from `file`, the rest from `like`.
  Result<vault::Node> store_single(fs::File& file, const std::string& name, const fs::Stat& like);
  const BackupCounts& counts() const { return counts_; }
  BackupCounts& counts() { return counts_; }

 private:
  // Each adds what it stored to `tree`, unless it is gone or cannot be read.
  Result<vault::ObjectRef> store_dir(fs::Dir& dir, const std::string& path, unsigned depth);
  Status store_entry(fs::Dir& dir, const fs::Entry& entry, const std::string& path, unsigned depth,
                     vault::TreeEncoder& tree);
  Status store_file(fs::Dir& dir, const std::string& name, const std::string& path, const fs::Stat& stat,
                    vault::TreeEncoder& tree);
  Result<std::optional<vault::Node>> read_file(fs::Dir& dir, const std::string& name,
                                               const std::string& path);
  Status read_content(fs::File& file, vault::Node& node);
  Result<std::vector<fs::Extent>> find_extents(fs::File& file, vault::Node& node, bool& sparse);
  // Where a file is read, from `begin` to `end` of window_ not yet cut.
  struct Pass {
    std::optional<chunk::Content> content;  // known once the first bytes are there
    SparseHash hash;
    size_t begin = 0, end = 0;
    bool at_end = false;  // of the extent
    bool whole = false;   // the file is one chunk, and node.hash is known
  };
  Result<uint64_t> read_extent(fs::File& file, const fs::Extent& extent, Pass& pass, vault::Node& node);
  Result<bool> store_whole(Pass& pass, vault::Node& node);
  Status cut(Pass& pass, vault::Node& node);
  bool unchanged(const vault::NodeView& listed, const fs::Stat& stat) const;
  struct Known {
    FileListReader::Record record;
    bool racy = false;  // it may have changed within the grain of the clock
  };
  // What is listed of an unchanged file.
  std::optional<Known> find_known(const std::string& path, const fs::Stat& stat);
  void count(uint64_t size);
  vault::Node describe(const std::string& name, const fs::Stat& stat);
  // False when some had to be left out.
  bool take_xattrs(vault::Node& node, const std::string& path, std::vector<fs::Xattr> xattrs);
  void skip(const std::string& path, const Error& error);

  vault::SnapshotWriter& writer_;
  FileListReader &previous_, &interrupted_;
  FileListWriter& next_;
  Random& random_;
  Progress& progress_;
  BackupOptions options_;
  BackupCounts counts_;
  uint64_t xattr_bytes_ = 0;  // of all nodes so far
  OwnerNames owners_;
  Bytes window_;
  std::optional<Error> read_error_;  // of the site's file being read; the vault's errors are returned
};

}  // namespace aplomb::archive
