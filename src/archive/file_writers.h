// New files of a restore, filled by two threads beside the walk: most of a restore is the system taking
// bytes. The walk makes them, because two threads that make files in one folder wait for each other,
// spinning. Only what does not depend on what another file becomes is given to them: files with one link.
// Used from one thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "archive/file_content.h"

namespace aplomb::archive {

// A file with this node's bytes and, when `problems` is given, its attributes; of mode 0600 otherwise.
// Nothing when it fails. Nobody else can read it before it is whole.
Status write_new(const TakeChunk& take, const vault::Node& node, bool proven, fs::Dir& dir,
                 const std::string& name, std::vector<Skipped>* problems);

class FileWriters {
 public:
  FileWriters();
  ~FileWriters();

  struct Job {
    std::shared_ptr<fs::Dir> dir;
    std::string name;
    std::string path;                // for what is said of it
    std::unique_ptr<fs::File> file;  // just made, empty
    vault::Node node;
    std::vector<vault::ReadAhead::Piece> pieces;  // of node.content
    bool proven = false;
  };
  // Files above this size would hold too much memory while they wait.
  static constexpr uint64_t kSizeMax = 2 * 1024 * 1024;
  // Waits while much is on its way. The first error of any file comes back here or from wait_for(); one that
  // is damaged in the vault is a problem and no error.
  Status add(Job job);
  // How many were added; and are all of the first `count` done?
  uint64_t added() const { return added_; }
  bool done(uint64_t count);
  Status wait_for(uint64_t count);
  std::vector<Skipped> take_problems();  // with attributes, and what is damaged
  size_t take_damaged();                 // how many of these

 private:
  struct Numbered {
    uint64_t number;
    Job job;
  };
  void work();
  Status first_error();  // with the mutex held
  bool done_locked(uint64_t count) const { return running_.empty() || *running_.begin() >= count; }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Numbered> waiting_;
  std::set<uint64_t> running_;  // added and not done
  uint64_t bytes_ = 0;          // of them
  uint64_t added_ = 0;
  bool ending_ = false;
  std::optional<Error> error_;
  std::vector<Skipped> problems_;
  size_t damaged_ = 0;
  std::vector<std::jthread> threads_;
};

}  // namespace aplomb::archive
