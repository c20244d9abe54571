// A live SQLite database, from outside: a consistent copy through SQLite's own backup interface, and a freeze
// that keeps writers out while readers go on. The file belongs to the website, so it may be hostile: no link
// is followed, nothing of its schema is ever parsed here (pages are copied as pages), and rows are read
// elsewhere (database_rows.h), in a confined child.
//
// SQLite locks with POSIX locks, which the kernel drops for the whole process as soon as *any* descriptor of
// the file is closed in it. While a freeze is held, this process must therefore open the database, its -wal,
// its -shm and its -journal through copy_sqlite() only; still_held() tells whether someone did not.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"

namespace aplomb::site {

struct CopyOptions {
  int64_t timeout_ms = 30'000;  // how long to wait for other programs' locks
  uint64_t bytes_max = 64ULL << 30;
};

struct CopyStats {
  uint64_t bytes = 0;
  uint32_t restarts = 0;  // times that a writer made the copy begin anew
};

// Writes a new file `destination` (mode 0600; must not exist; removed again when the copy fails) with the
// content of the last transaction. Code::not_found, Code::corrupt (not a database, damaged), Code::busy
// (locked for longer than the timeout), Code::refused (a link, or no regular file), Code::limit, Code::io.
Result<CopyStats> copy_sqlite(const std::string& source, const std::string& destination,
                              const CopyOptions& options = {});

// Holds a write transaction in which nothing is written: other writers get SQLITE_BUSY, readers and copies
// work, and nothing of the database changes. Ends with the object, and with the process, however that ends.
class SqliteFreeze {
 public:
  static Result<SqliteFreeze> begin(const std::string& path, int64_t timeout_ms);
  SqliteFreeze(SqliteFreeze&&) noexcept;
  SqliteFreeze& operator=(SqliteFreeze&&) noexcept;
  ~SqliteFreeze();

  // Code::io when the lock was lost. Asked before relying on the freeze, and at its end.
  Status still_held() const;
  void release();

 private:
  struct State;
  explicit SqliteFreeze(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace aplomb::site
