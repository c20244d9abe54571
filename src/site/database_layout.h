// How SQLite stores one table, and which SQL addresses one of its rows: shared by reading and by repair, so
// that a key means the same row to both.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "site/sqlite_image.h"

namespace aplomb::site {

struct TableLayout {
  std::string name;
  std::vector<Column> columns;      // stored ones, in the order of the table
  std::vector<size_t> key_columns;  // in the order of the primary key; empty: keyed by row number
  std::string row_number;           // the name that reaches it, or empty: none, or hidden by columns
  bool key_is_row_number = false;   // INTEGER PRIMARY KEY

  // "col", … of all columns.
  std::string column_list() const;
  std::string qualified_name() const { return "main." + quoted_name(name); }
  // The key of a row from its values and its row number.
  std::vector<Value> key_of(const std::vector<Value>& values, const Value& number) const;
  // `a IS ?1 AND b IS ?2`, or nothing when the key has not as many parts as this table's keys have.
  std::optional<std::string> where_key(size_t key_size) const;
};

// The ordinary tables, sorted by name; virtual tables, their shadows and SQLite's own are left out.
Outcome<std::vector<TableLayout>> read_layouts(const SqliteImage& image, const ModelLimits& limits);

}  // namespace aplomb::site
