// How an administrator names a database: "sqlite:/path/to/file". MariaDB and PostgreSQL are recognised, and
// refused in words, until their support is there: a database that is silently not saved is worse than an
// error.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace aplomb::site {

enum class DatabaseKind { sqlite };

struct DatabaseSpec {
  DatabaseKind kind = DatabaseKind::sqlite;
  std::string path;  // absolute and normal
  bool operator==(const DatabaseSpec&) const = default;
  std::string text() const { return "sqlite:" + path; }
};

// A relative path is taken from `folder` (the working folder of a command line); with an empty folder, as in
// the configuration file, it is refused. Code::unsupported for the engines that are not supported yet.
Result<DatabaseSpec> parse_database_spec(std::string_view text, std::string_view folder = "");

}  // namespace aplomb::site
