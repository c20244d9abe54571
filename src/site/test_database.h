// For tests: real SQLite databases, as files and as bytes, made by SQLite itself.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <unistd.h>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/bytes.h"

namespace aplomb::site {

// A folder of its own that goes with the object.
class TestFolder {
 public:
  TestFolder() {
    std::string pattern = std::filesystem::temp_directory_path() / "aplomb-site-XXXXXX";
    path_ = std::filesystem::canonical(mkdtemp(pattern.data()));
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class TestDatabase {
 public:
  explicit TestDatabase(const std::string& path) { EXPECT_EQ(sqlite3_open(path.c_str(), &db_), SQLITE_OK); }
  ~TestDatabase() { sqlite3_close(db_); }
  TestDatabase(const TestDatabase&) = delete;

  void run(const std::string& sql) {
    ASSERT_EQ(try_run(sql), SQLITE_OK) << sql << ": " << sqlite3_errmsg(db_);
  }
  int try_run(const std::string& sql) { return sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr); }
  // The first column of the first row.
  std::string ask(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    EXPECT_EQ(sqlite3_prepare_v2(db_, sql.c_str(), -1, &statement, nullptr), SQLITE_OK) << sql;
    std::string answer;
    if (sqlite3_step(statement) == SQLITE_ROW)
      if (auto text = sqlite3_column_text(statement, 0)) answer = reinterpret_cast<const char*>(text);
    sqlite3_finalize(statement);
    return answer;
  }
  sqlite3* db() { return db_; }

 private:
  sqlite3* db_ = nullptr;
};

inline Bytes read_all(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(file), {});
}
inline void write_all(const std::string& path, ByteView bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}
inline Bytes image_of(const std::string& sql) {
  TestFolder folder;
  TestDatabase(folder / "db").run(sql);
  return read_all(folder / "db");
}

}  // namespace aplomb::site
