#include "archive/file_writers.h"

namespace aplomb::archive {
namespace {
constexpr unsigned kWriters = 2;
constexpr size_t kJobs = 16;  // each may keep a frame in memory
constexpr uint64_t kBytes = 4 * 1024 * 1024;

// Into a file that was just made. Nothing of it stays when that fails.
Status fill(std::unique_ptr<fs::File> file, const TakeChunk& take, const vault::Node& node, bool proven,
            fs::Dir& dir, const std::string& name, std::vector<Skipped>* problems) {
  Status written = write_content(take, node, proven, *file);
  if (written && problems) written = apply_to_file(*file, node, *problems);
  file.reset();
  if (!written) (void)dir.remove(name);
  return written;
}

}  // namespace

Status write_new(const TakeChunk& take, const vault::Node& node, bool proven, fs::Dir& dir,
                 const std::string& name, std::vector<Skipped>* problems) {
  return fill(TRY(dir.open(name, fs::Open::create_new)), take, node, proven, dir, name, problems);
}

FileWriters::FileWriters() {
  for (unsigned i = 0; i < kWriters; ++i) threads_.emplace_back([this] { work(); });
}

FileWriters::~FileWriters() {
  {
    std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  threads_.clear();                                                           // joins
  for (Numbered& left : waiting_) (void)left.job.dir->remove(left.job.name);  // made, and empty
}

Status FileWriters::add(Job job) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return error_ || (running_.size() < kJobs && bytes_ < kBytes); });
  if (error_) {
    (void)job.dir->remove(job.name);  // made, and empty
    return first_error();
  }
  bytes_ += job.node.size;
  running_.insert(added_);
  waiting_.push_back({added_++, std::move(job)});
  lock.unlock();
  changed_.notify_all();
  return {};
}

bool FileWriters::done(uint64_t count) {
  std::lock_guard lock(mutex_);
  return done_locked(count);
}

Status FileWriters::wait_for(uint64_t count) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return error_ || done_locked(count); });
  return first_error();
}

Status FileWriters::first_error() {
  if (error_) return fail(*error_);
  return {};
}

std::vector<Skipped> FileWriters::take_problems() {
  std::lock_guard lock(mutex_);
  return std::exchange(problems_, {});
}

size_t FileWriters::take_damaged() {
  std::lock_guard lock(mutex_);
  return std::exchange(damaged_, 0);
}

void FileWriters::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return ending_ || error_ || !waiting_.empty(); });
    if (ending_ || error_) return;
    Numbered taken = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    Job& job = taken.job;
    auto piece = job.pieces.begin();
    auto take = [&](const vault::ChunkRef&) -> Result<vault::ReadAhead::Piece> {
      return std::move(*piece++);
    };
    std::vector<Skipped> problems;
    Status written = fill(std::move(job.file), take, job.node, job.proven, *job.dir, job.name, &problems);
    job.pieces.clear();
    lock.lock();
    problems_.insert(problems_.end(), problems.begin(), problems.end());
    bytes_ -= job.node.size;
    running_.erase(taken.number);
    if (!written && written.error().code == Code::corrupt) {
      problems_.push_back({job.path, written.error().what});
      ++damaged_;
    } else if (!written && !error_) {
      error_ = std::move(written).error();
    }
    changed_.notify_all();
  }
}

}  // namespace aplomb::archive
