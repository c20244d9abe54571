// The freeze of sqlite_copy.h.
#include <sys/stat.h>
#include <unistd.h>

#include <cinttypes>
#include <cstdio>
#include <optional>

#include "base/messages.h"
#include "site/sqlite_copy.h"
#include "site/sqlite_live.h"

namespace aplomb::site {
namespace {

// SQLite's lock bytes: os.h (RESERVED_BYTE) and the format page of the WAL index (WAL_WRITE_LOCK).
constexpr uint64_t kReservedByte = 0x40000001, kWalWriteByte = 120;

std::optional<uint64_t> inode(const std::string& path) {
  struct stat found;
  if (lstat(path.c_str(), &found) != 0) return std::nullopt;
  return found.st_ino;
}

// Whether the kernel lists a write lock of this process on one of SQLite's two writer bytes. Asking the
// kernel through a descriptor of the file would, when that is closed, drop the very lock.
bool listed(const std::string& path) {
  std::optional<uint64_t> database = inode(path), index = inode(path + "-shm");
  std::unique_ptr<FILE, int (*)(FILE*)> locks(fopen("/proc/locks", "re"), fclose);
  if (!locks) return false;
  char line[256];
  while (fgets(line, sizeof line, locks.get())) {
    int pid = 0;
    uint64_t lock_inode = 0, first = 0;
    if (sscanf(line, "%*d: POSIX %*s WRITE %d %*[0-9a-f]:%*[0-9a-f]:%" SCNu64 " %" SCNu64, &pid, &lock_inode,
               &first) != 3)
      continue;
    if (pid != getpid()) continue;
    if (database && lock_inode == *database && first == kReservedByte) return true;
    if (index && lock_inode == *index && first == kWalWriteByte) return true;
  }
  return false;
}

}  // namespace

struct SqliteFreeze::State {
  SqliteHandle db;
  std::string path;
  bool verifiable = false;  // some file systems list their locks under other inode numbers
};

SqliteFreeze::SqliteFreeze(std::unique_ptr<State> state) : state_(std::move(state)) {}
SqliteFreeze::SqliteFreeze(SqliteFreeze&&) noexcept = default;
SqliteFreeze& SqliteFreeze::operator=(SqliteFreeze&& other) noexcept {
  if (this != &other) {
    release();
    state_ = std::move(other.state_);
  }
  return *this;
}
SqliteFreeze::~SqliteFreeze() {
  release();
}

Result<SqliteFreeze> SqliteFreeze::begin(const std::string& path, int64_t timeout_ms) {
  auto state = std::make_unique<State>();
  state->path = path;
  state->db = TRY(open_live(path, LiveUse::write, timeout_ms));
  // Does not read the schema: only the header of the file is looked at.
  int code = sqlite3_exec(state->db.get(), "BEGIN IMMEDIATE", nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fail(live_error(code, path).in(tr("cannot freeze the database")));
  state->verifiable = listed(path);
  return SqliteFreeze(std::move(state));
}

Status SqliteFreeze::still_held() const {
  bool in_transaction = state_ && sqlite3_get_autocommit(state_->db.get()) == 0;
  if (in_transaction && (!state_->verifiable || listed(state_->path))) return {};
  return fail(make_error(Code::io, tr("the freeze of the database was lost: it may have been written to"))
                  .at(state_ ? state_->path : "")
                  .then(tr("run the command again")));
}

void SqliteFreeze::release() {
  if (!state_) return;
  sqlite3_exec(state_->db.get(), "ROLLBACK", nullptr, nullptr, nullptr);
  state_.reset();
}

}  // namespace aplomb::site
