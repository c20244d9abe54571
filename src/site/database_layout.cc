#include "site/database_layout.h"

#include <algorithm>

#include "base/messages.h"

namespace aplomb::site {
namespace {

// pragma table_xinfo, column "hidden": 0 stored, 1 of a virtual table, 2 and 3 generated.
constexpr int kStored = 0;

struct TableName {
  std::string name;
  bool without_row_number;
};

Outcome<std::vector<TableName>> table_names(const SqliteImage& image, const ModelLimits& limits) {
  std::vector<TableName> names;
  Statement list = TRY(image.prepare("PRAGMA main.table_list", ""));
  int code;
  while ((code = sqlite3_step(list.get())) == SQLITE_ROW) {
    std::string name = column_text(list.get(), 1);
    if (column_text(list.get(), 0) != "main" || column_text(list.get(), 2) != "table") continue;
    if (fold_case(name).starts_with("sqlite_")) continue;
    if (names.size() >= limits.tables || name.size() > limits.name_bytes)
      return worker_failure(Code::limit, tr_later("the database has too many tables, or too long names"));
    names.push_back({std::move(name), sqlite3_column_int(list.get(), 4) != 0});
  }
  if (code != SQLITE_DONE) return std::unexpected(sqlite_failure(image.db(), code, ""));
  std::ranges::sort(names, {}, &TableName::name);
  return names;
}

// A column may be called "rowid" and hide the row number; of the three names one is usually left.
std::string free_row_number_name(const std::vector<std::string>& column_names) {
  for (const char* candidate : {"rowid", "_rowid_", "oid"})
    if (std::ranges::find(column_names, candidate) == column_names.end()) return candidate;
  return {};
}

Outcome<TableLayout> read_layout(const SqliteImage& image, const TableName& table,
                                 const ModelLimits& limits) {
  TableLayout layout;
  layout.name = table.name;
  std::vector<std::string> all_names;
  std::vector<std::pair<int, size_t>> key;
  Statement info = TRY(image.prepare("PRAGMA main.table_xinfo(" + quoted_name(table.name) + ")", table.name));
  int code;
  while ((code = sqlite3_step(info.get())) == SQLITE_ROW) {
    Column column{column_text(info.get(), 1), column_text(info.get(), 2)};
    all_names.push_back(fold_case(column.name));
    if (sqlite3_column_int(info.get(), 6) != kStored) continue;
    if (column.name.size() > limits.name_bytes || column.type.size() > limits.name_bytes)
      return worker_failure(Code::limit, tr_later("the table {} has too long names"), table.name);
    if (int place = sqlite3_column_int(info.get(), 5); place > 0)
      key.emplace_back(place, layout.columns.size());
    layout.columns.push_back(std::move(column));
  }
  if (code != SQLITE_DONE) return std::unexpected(sqlite_failure(image.db(), code, table.name));
  std::ranges::sort(key);
  for (const auto& [place, index] : key) layout.key_columns.push_back(index);

  if (!table.without_row_number) layout.row_number = free_row_number_name(all_names);
  // An INTEGER PRIMARY KEY is the row number, except in the rare "INTEGER PRIMARY KEY DESC"; a key that is
  // unique and never NULL is good for our purpose either way.
  layout.key_is_row_number =
      key.size() == 1 && fold_case(layout.columns[layout.key_columns[0]].type) == "integer";
  if (layout.key_columns.empty() && layout.row_number.empty())
    for (size_t i = 0; i < layout.columns.size(); ++i) layout.key_columns.push_back(i);
  return layout;
}

}  // namespace

std::string TableLayout::column_list() const {
  std::string list;
  for (const Column& column : columns) list += (list.empty() ? "" : ", ") + quoted_name(column.name);
  return list;
}

std::vector<Value> TableLayout::key_of(const std::vector<Value>& values, const Value& number) const {
  std::vector<Value> key;
  bool has_null = key_columns.empty();
  for (size_t index : key_columns) {
    key.push_back(values[index]);
    has_null = has_null || values[index].is_null();
  }
  if (has_null && !row_number.empty()) key.push_back(number);
  return key;
}

std::optional<std::string> TableLayout::where_key(size_t key_size) const {
  bool with_number = key_size == key_columns.size() + 1 && !row_number.empty();
  if (key_size == 0 || (key_size != key_columns.size() && !with_number)) return std::nullopt;
  std::string where;
  for (size_t i = 0; i < key_size; ++i) {
    std::string column = i < key_columns.size() ? quoted_name(columns[key_columns[i]].name) : row_number;
    where += (i == 0 ? "" : " AND ") + column + " IS ?" + std::to_string(i + 1);
  }
  return where;
}

Outcome<std::vector<TableLayout>> read_layouts(const SqliteImage& image, const ModelLimits& limits) {
  std::vector<TableLayout> layouts;
  for (const TableName& table : TRY(table_names(image, limits))) {
    layouts.push_back(TRY(read_layout(image, table, limits)));
    if (layouts.back().columns.empty()) layouts.pop_back();  // nothing but generated columns
  }
  return layouts;
}

}  // namespace aplomb::site
