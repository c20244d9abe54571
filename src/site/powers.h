// Which rows of a database grant power, when nobody has told us its schema: accounts (a login beside a
// password), roles and permissions, settings that decide what runs, scheduled commands; and what of a row
// makes that power, so that last night's logins are no change and a new password, e-mail or role is one.
// Pure.
//
// It works by names (power_words.h) and by the shape of password hashes. In a
// table that no name gives away, each row that holds such a hash has power by
// itself, whatever the others hold: an intruder who can add rows must not be
// able to make a table look harmless.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "site/database_model.h"

namespace aplomb::site {

struct TablePowers {
  bool ignored = false;               // sessions, caches: nothing in it is looked at
  bool accounts = false;              // each row is somebody who can log in
  bool roles = false;                 // each row grants, or may grant, a role
  bool settings = false;              // name and value: single rows have power, by their name
  bool per_account = false;           // of settings: they are of one account each (usermeta), not of the site
  bool schedule = false;              // each row is a command that runs by itself
  bool configured = false;            // the administrator named the table
  std::vector<size_t> power_columns;  // what is compared
  std::vector<size_t> role_columns;   // what tells an administrator from a subscriber
  std::optional<size_t> setting_name, setting_value;
  // Where a digest in hexadecimal may be a password, and who it would be the
  // password of.
  std::vector<size_t> digest_columns, person_columns;

  bool any() const { return accounts || roles || settings || schedule || configured; }
};

enum class RowPower {
  none,      // nothing to explain
  ordinary,  // an account or grant whose roles are all harmless ones (subscriber, membre, 0)
  power,     // must be explained
};

TablePowers judge_table(const Table& table, const std::vector<std::string>& privileged_tables);

// What other tables of a database grant to an account, by its key or login (WordPress keeps roles in
// usermeta), and what the numbers of roles are called (roles(id, name)). `explained` says which rows are
// known to be in order: only they say that a number is a harmless role, or that whoever has no grant has no
// power. An intruder who may add rows could say either.
class Grants {
 public:
  using Explained = std::function<bool(const Table& table, const Row& row)>;
  Grants() = default;
  Grants(const Database& database, const std::vector<std::string>& privileged_tables,
         const Explained& explained);
  // All that is granted to it is harmless. An account of which nothing is said is harmless where explained
  // rows grant power to others of its table, by the same means.
  bool only_harmless(const Table& table, const Row& row) const;
  // "2", where the explained roles(2) is called "member".
  bool is_harmless_number(std::string_view role) const;

 private:
  struct Granted {
    std::map<std::string, bool> harmless;  // by how it refers to the account
    bool tells_power = false;              // an explained row grants power
  };
  void read_names(const Table& table, const TablePowers& powers, const Explained& explained);
  void read_grants(const Table& table, const TablePowers& powers, const Explained& explained);

  std::map<std::string, Granted> granted_;  // by what the referring column calls an account ("user")
  std::map<std::string, bool> numbers_;
};

RowPower row_power(const Table& table, const TablePowers& powers, const Row& row, const Grants& grants);

// What of the row makes its power, as canonical bytes for hashing: table, columns and values. Equal before
// and after means that the row grants the same. The key is in it only as far as its columns are power
// columns.
Bytes power_bytes(const Table& table, const TablePowers& powers, const Row& row);

}  // namespace aplomb::site
