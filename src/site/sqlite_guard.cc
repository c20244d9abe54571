#include "site/sqlite_guard.h"

#include <sqlite3.h>

#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"

namespace aplomb::site {
namespace {

constexpr const char* kName = "aplomb-guarded";

sqlite3_vfs* original() {
  static sqlite3_vfs* const vfs = sqlite3_vfs_find("unix");
  APLOMB_CHECK(vfs != nullptr);
  return vfs;
}

std::mutex mutex;
std::multiset<std::string> open_databases;  // guarded by mutex; kept for the life of the process

// One of the open databases, or a file that SQLite itself keeps beside it.
bool permitted(const char* path) {
  if (path == nullptr) return true;  // a temporary file without a name, deleted when it is closed
  std::string_view name(path);
  std::lock_guard lock(mutex);
  if (open_databases.contains(std::string(name))) return true;
  for (std::string_view side : {"-journal", "-wal", "-shm"})
    if (name.ends_with(side) &&
        open_databases.contains(std::string(name.substr(0, name.size() - side.size()))))
      return true;
  return false;
}

int guarded_open(sqlite3_vfs*, const char* path, sqlite3_file* file, int flags, int* out_flags) {
  if ((flags & SQLITE_OPEN_MAIN_DB) != 0 && path != nullptr) {
    std::lock_guard lock(mutex);
    open_databases.insert(path);
  } else if (!permitted(path)) {
    file->pMethods = nullptr;
    return SQLITE_CANTOPEN;
  }
  return original()->xOpen(original(), path, file, flags, out_flags);
}

int guarded_delete(sqlite3_vfs*, const char* path, int sync_folder) {
  return permitted(path) ? original()->xDelete(original(), path, sync_folder) : SQLITE_IOERR_DELETE;
}

int guarded_access(sqlite3_vfs*, const char* path, int flags, int* result) {
  return permitted(path) ? original()->xAccess(original(), path, flags, result) : SQLITE_IOERR_ACCESS;
}

sqlite3_vfs make_vfs() {
  sqlite3_vfs vfs = *original();
  vfs.zName = kName;
  vfs.pNext = nullptr;
  vfs.xOpen = guarded_open;
  vfs.xDelete = guarded_delete;
  vfs.xAccess = guarded_access;
  return vfs;
}

}  // namespace

const char* guarded_vfs() {
  static sqlite3_vfs vfs = make_vfs();
  static const int registered = sqlite3_vfs_register(&vfs, 0);
  APLOMB_CHECK(registered == SQLITE_OK);
  return kName;
}

}  // namespace aplomb::site
