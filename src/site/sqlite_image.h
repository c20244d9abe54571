// A SQLite database in memory, opened from bytes that an attacker may have written. For the confined workers
// only: no file is touched, the schema is not trusted (no function with side effects, no virtual table from a
// view), triggers do not run, nothing can write to the schema's own table. In the child it is one more fence.
#pragma once

#include <sqlite3.h>

#include <memory>
#include <string>
#include <string_view>

#include "site/database_model.h"
#include "site/worker_answer.h"

namespace aplomb::site {

struct CloseSqlite {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
struct FinalizeSqlite {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using SqliteHandle = std::unique_ptr<sqlite3, CloseSqlite>;
using Statement = std::unique_ptr<sqlite3_stmt, FinalizeSqlite>;

enum class ImageUse { read, repair };

// What SQLite's code means for us: corrupt, limit or io. `about` is the table, or empty.
Failure sqlite_failure(sqlite3* db, int code, std::string_view about);

class SqliteImage {
 public:
  // Copies the bytes. An empty image is an empty database.
  static Outcome<SqliteImage> open(ByteView image, ImageUse use);

  sqlite3* db() const { return handle_.get(); }
  // One statement; `about` names the table in an error. More than one statement in sql is refused.
  Outcome<Statement> prepare(const std::string& sql, std::string_view about) const;
  // Runs a statement that returns no rows, or whose rows do not matter.
  Outcome<void> run(const std::string& sql, std::string_view about) const;
  // The bytes again, in the journal mode that they came with.
  Outcome<Bytes> serialize() const;

 private:
  SqliteHandle handle_;
  uint8_t write_version_ = 1, read_version_ = 1;
};

// "name" with quotes doubled, whatever it contains.
std::string quoted_name(std::string_view name);
// The value of a column of the current row.
Value column_value(sqlite3_stmt* statement, int index);
std::string column_text(sqlite3_stmt* statement, int index);
// Binds a copy. The value must outlive the step.
int bind_value(sqlite3_stmt* statement, int index, const Value& value);

}  // namespace aplomb::site
