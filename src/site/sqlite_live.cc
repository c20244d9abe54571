#include "site/sqlite_live.h"

#include <sys/stat.h>

#include <algorithm>
#include <climits>

#include "base/messages.h"
#include "site/sqlite_guard.h"

namespace aplomb::site {

Error live_error(int sqlite_code, const std::string& path) {
  auto error = [&](Code code, std::string what, std::string next = "") {
    return make_error(code, std::move(what)).at(path).then(next);
  };
  if (sqlite_code == SQLITE_CANTOPEN_SYMLINK)
    return error(Code::refused, tr("the path of the database leads through a symbolic link"),
                 tr("name the database by its real path in the configuration"));
  switch (sqlite_code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return error(Code::busy, tr("another program keeps the database locked"),
                   tr("try again later, or stop the program that holds it"));
    case SQLITE_NOTADB:
      return error(Code::corrupt, tr("this is not an SQLite database, or it is encrypted"));
    case SQLITE_CORRUPT:
      return error(Code::corrupt, tr("the database is damaged"));
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG:
      return error(Code::limit, tr("there is not enough memory for the database"));
    case SQLITE_FULL:
      return error(Code::io, tr("the disk is full"), tr("make room, then try again"));
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
      return error(Code::io, tr("the database cannot be opened: {}", sqlite3_errstr(sqlite_code)),
                   tr("check the permissions of the file and of its folder"));
    default:
      return error(Code::io, tr("the database cannot be used: {}", sqlite3_errstr(sqlite_code)));
  }
}

Result<SqliteHandle> open_live(const std::string& path, LiveUse use, int64_t timeout_ms) {
  struct stat found;
  if (!path.starts_with('/'))
    return fail(make_error(Code::config, tr("the path of the database is not absolute")).at(path));
  if (lstat(path.c_str(), &found) != 0) return fail(os_error(errno, tr("cannot open the database"), path));
  if (S_ISLNK(found.st_mode)) return fail(live_error(SQLITE_CANTOPEN_SYMLINK, path));
  if (!S_ISREG(found.st_mode))
    return fail(make_error(Code::refused, tr("the database is not a regular file")).at(path));

  int flags = SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
  flags |= use == LiveUse::read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  sqlite3* raw = nullptr;
  int code = sqlite3_open_v2(path.c_str(), &raw, flags, guarded_vfs());
  SqliteHandle handle(raw);
  if (code != SQLITE_OK) return fail(live_error(raw ? sqlite3_extended_errcode(raw) : code, path));
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, static_cast<int>(std::clamp<int64_t>(timeout_ms, 0, INT_MAX)));
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  // Closing must not move the write-ahead log into the database: that is the website's business, and
  // evidence.
  sqlite3_db_config(raw, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  // Memory-mapped, a file that its owner truncates would kill this process.
  sqlite3_int64 no_mmap = 0;
  sqlite3_file_control(raw, "main", SQLITE_FCNTL_MMAP_SIZE, &no_mmap);
  return handle;
}

}  // namespace aplomb::site
