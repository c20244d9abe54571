#include "site/sqlite_copy.h"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "base/messages.h"
#include "site/sqlite_live.h"

namespace aplomb::site {
namespace {

using SteadyClock = std::chrono::steady_clock;

// A step of 1,024 pages holds the read lock for a few milliseconds, so that a busy site's writers hardly
// notice; but each of their commits makes the copy begin anew. After three times it is made in one step.
constexpr int kPagesAtOnce = 1024;
constexpr uint32_t kPoliteRestarts = 3;
constexpr std::chrono::milliseconds kPause{20};

struct FinishBackup {
  void operator()(sqlite3_backup* backup) const { sqlite3_backup_finish(backup); }
};
using Backup = std::unique_ptr<sqlite3_backup, FinishBackup>;

// Nothing else than a new file: a name that is there already may be someone's link.
Status create_private_file(const std::string& path) {
  int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return fail(os_error(errno, tr("cannot create the copy of a database"), path));
  close(fd);
  return {};
}

Result<SqliteHandle> open_destination(const std::string& path, int64_t timeout_ms) {
  SqliteHandle handle = TRY(open_live(path, LiveUse::write, timeout_ms));
  // The copy is worthless until it is complete, and is read back at once: no journal on disk, no fsync.
  for (const char* pragma : {"PRAGMA journal_mode = MEMORY", "PRAGMA synchronous = OFF"})
    if (int code = sqlite3_exec(handle.get(), pragma, nullptr, nullptr, nullptr); code != SQLITE_OK)
      return fail(live_error(code, path));
  return handle;
}

class Copier {
 public:
  Copier(sqlite3_backup* backup, const std::string& path, const CopyOptions& options)
      : backup_(backup),
        path_(path),
        options_(options),
        deadline_(SteadyClock::now() + std::chrono::milliseconds(options.timeout_ms)) {}

  // SQLITE_DONE, or the code that stopped it.
  int run() {
    int left_before = -1;
    while (true) {
      bool polite = restarts_ < kPoliteRestarts;
      int code = sqlite3_backup_step(backup_, polite ? kPagesAtOnce : -1);
      int left = sqlite3_backup_remaining(backup_);
      if (code == SQLITE_OK) {
        if (left_before >= 0 && left >= left_before) ++restarts_;
        left_before = left;
        continue;
      }
      int primary = code & 0xff;
      if (primary != SQLITE_BUSY && primary != SQLITE_LOCKED) return code;
      if (SteadyClock::now() >= deadline_) return code;
      std::this_thread::sleep_for(kPause);
    }
  }
  uint32_t restarts() const { return restarts_; }

 private:
  sqlite3_backup* backup_;
  const std::string& path_;
  const CopyOptions& options_;
  SteadyClock::time_point deadline_;
  uint32_t restarts_ = 0;
};

Result<uint64_t> live_size(sqlite3* source, const std::string& path) {
  sqlite3_file* file = nullptr;
  sqlite3_int64 size = 0;
  int code = sqlite3_file_control(source, "main", SQLITE_FCNTL_FILE_POINTER, static_cast<void*>(&file));
  if (code == SQLITE_OK) code = file->pMethods->xFileSize(file, &size);
  if (code != SQLITE_OK) return fail(live_error(code, path));
  return static_cast<uint64_t>(size);
}

Result<CopyStats> copy_into(const std::string& source_path, const std::string& path, LiveUse use,
                            const CopyOptions& options, bool& needs_recovery) {
  SqliteHandle source = TRY(open_live(source_path, use, options.timeout_ms));
  uint64_t size = TRY(live_size(source.get(), source_path));
  if (size > options.bytes_max)
    return fail(make_error(Code::limit, tr("the database has {} MiB, over the limit of {} MiB", size >> 20,
                                           options.bytes_max >> 20))
                    .at(source_path));
  SqliteHandle destination = TRY(open_destination(path, options.timeout_ms));
  Backup backup(sqlite3_backup_init(destination.get(), "main", source.get(), "main"));
  if (!backup) return fail(live_error(sqlite3_extended_errcode(destination.get()), source_path));
  Copier copier(backup.get(), source_path, options);
  int code = copier.run();
  int pages = sqlite3_backup_pagecount(backup.get());
  backup.reset();
  if (code != SQLITE_DONE) {
    int primary = code & 0xff;
    needs_recovery = use == LiveUse::read && (primary == SQLITE_READONLY || primary == SQLITE_CANTOPEN);
    return fail(live_error(code, source_path));
  }
  CopyStats stats{TRY(live_size(destination.get(), path)), copier.restarts()};
  destination.reset();
  // SQLite makes an empty database of one page out of an empty file; a copy is what the original is.
  if (size == 0 && pages == 0) {
    if (truncate(path.c_str(), 0) != 0)
      return fail(os_error(errno, tr("cannot write the copy of a database"), path));
    stats.bytes = 0;
  }
  return stats;
}

}  // namespace

Result<CopyStats> copy_sqlite(const std::string& source, const std::string& destination,
                              const CopyOptions& options) {
  TRY(create_private_file(destination));
  bool needs_recovery = false;
  Result<CopyStats> stats = copy_into(source, destination, LiveUse::read, options, needs_recovery);
  // A program died in the middle of a transaction. Its journal must be played back before the database means
  // anything, which SQLite does for the first who may write, as the website would at its next request.
  if (!stats && needs_recovery) {
    unlink(destination.c_str());
    TRY(create_private_file(destination));
    stats = copy_into(source, destination, LiveUse::write, options, needs_recovery);
  }
  if (!stats) unlink(destination.c_str());
  return stats;
}

}  // namespace aplomb::site
