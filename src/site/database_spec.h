// How an administrator names a database: "sqlite:/path/to/file", or one on a server of MariaDB as
//   mariadb://user@localhost/name?socket=/run/mysqld/mysqld.sock&config=/var/www/site/wp-config.php
//   mariadb://user@host:3306/name?config=/var/www/site/wp-config.php
// `config` is the CMS's own configuration: the password is read there each time it is needed, and is never
// kept. All else is fixed when the site is protected: an intruder who writes another address into that file
// leads nobody astray. For `init`, "mariadb:/path/wp-config.php" and "mariadb:" are enough (cms_config.h).
// PostgreSQL is recognised, and refused in words, until its support is there: a database that is silently not
// saved is worse than an error.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace aplomb::site {

enum class DatabaseKind { sqlite, mariadb };

// What the manifest of a snapshot calls it: "sqlite", "mariadb".
std::string_view engine_name(DatabaseKind kind);
DatabaseKind engine_of(std::string_view name);

struct ServerAddress {
  std::string user, host, socket, name;  // either a host or a socket
  uint16_t port = 0;                     // 0: the engine's own
  std::string config;                    // the CMS's configuration, absolute
  bool operator==(const ServerAddress&) const = default;
};

struct DatabaseSpec {
  DatabaseKind kind = DatabaseKind::sqlite;
  std::string path = {};      // of SQLite: absolute and normal
  ServerAddress server = {};  // of the others
  bool operator==(const DatabaseSpec&) const = default;

  bool on_server() const { return kind != DatabaseKind::sqlite; }
  // True for the short forms, which init completes from the CMS's configuration.
  bool is_incomplete() const { return on_server() && server.name.empty(); }
  std::string text() const;
  // For people and the manifest: the path of a file, else text().
  std::string place() const { return on_server() ? text() : path; }
  // What a snapshot calls it, before it is made unique: "town.db", "wordpress.sql".
  std::string entry_name() const;
};

// A relative path is taken from `folder` (the working folder of a command line); with an empty folder, as in
// the configuration file, it is refused, and so are the short forms. Code::unsupported for the engines that
// are not supported yet.
Result<DatabaseSpec> parse_database_spec(std::string_view text, std::string_view folder = "");

}  // namespace aplomb::site
