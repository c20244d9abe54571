#include "site/database_repair.h"

#include <algorithm>
#include <map>

#include "base/messages.h"
#include "site/database_layout.h"

namespace aplomb::site {
namespace {

std::string key_text(const std::vector<Value>& key) {
  std::string text;
  for (const Value& value : key) text += (text.empty() ? "" : ", ") + value.display(40);
  return text;
}

// A row as it is now, read before anything is changed.
struct FoundRow {
  Value number;
  std::vector<Value> values;
};

class Repairer {
 public:
  Repairer(const SqliteImage& image, const std::vector<TableLayout>& layouts) : image_(image) {
    for (const TableLayout& layout : layouts) layouts_[fold_case(layout.name)] = &layout;
  }

  // True when anything was changed.
  Outcome<bool> apply(const Repair& repair) {
    for (const SchemaChange& change : repair.schema)
      if (change.action == SchemaAction::drop) TRY(drop(change.type, change.name));
    TRY(apply_rows(repair.rows));
    for (const SchemaChange& change : repair.schema)
      if (change.action == SchemaAction::create) TRY(create(change));
    return changed_;
  }

 private:
  struct NewRow {
    const TableLayout* layout;
    const RowChange* change;
    Value number;
    std::vector<std::pair<size_t, Value>> values;  // column, value
  };

  // All rows that will change are taken out before any is put in: two rows that exchange a unique value, or a
  // good row whose login the attacker's row now holds, do not depend on the order of the changes.
  Outcome<void> apply_rows(const std::vector<RowChange>& changes) {
    std::vector<NewRow> new_rows;
    for (const RowChange& change : changes) {
      const TableLayout* layout = TRY(find_table(change));
      std::optional<FoundRow> found = TRY(find_row(*layout, change));
      if (change.action == RowAction::remove) {
        if (found) TRY(remove_row(*layout, change));
        continue;
      }
      NewRow row = TRY(merge(*layout, change, found));
      if (found && same(row, *found)) continue;
      if (found) TRY(remove_row(*layout, change));
      new_rows.push_back(std::move(row));
    }
    for (const NewRow& row : new_rows) TRY(insert(row));
    return {};
  }

  Outcome<const TableLayout*> find_table(const RowChange& change) const {
    auto found = layouts_.find(fold_case(change.table));
    if (found == layouts_.end())
      return worker_failure(Code::not_found, tr_later("there is no table {} for the row {}"), change.table,
                            key_text(change.key));
    return found->second;
  }

  Outcome<Statement> for_key(const std::string& sql, const TableLayout& layout,
                             const RowChange& change) const {
    std::optional<std::string> where = layout.where_key(change.key.size());
    if (!where)
      return worker_failure(Code::corrupt, tr_later("the key {} does not fit the table {}"),
                            key_text(change.key), change.table);
    Statement statement = TRY(image_.prepare(sql + " WHERE " + *where, layout.name));
    for (size_t i = 0; i < change.key.size(); ++i)
      bind_value(statement.get(), static_cast<int>(i) + 1, change.key[i]);
    return statement;
  }

  Outcome<std::optional<FoundRow>> find_row(const TableLayout& layout, const RowChange& change) const {
    std::string number = layout.row_number.empty() ? "NULL" : layout.row_number;
    Statement select =
        TRY(for_key("SELECT " + number + ", " + layout.column_list() + " FROM " + layout.qualified_name(),
                    layout, change));
    int code = sqlite3_step(select.get());
    if (code == SQLITE_DONE) return std::nullopt;
    if (code != SQLITE_ROW) return std::unexpected(sqlite_failure(image_.db(), code, layout.name));
    FoundRow found{column_value(select.get(), 0), {}};
    for (size_t i = 0; i < layout.columns.size(); ++i)
      found.values.push_back(column_value(select.get(), static_cast<int>(i) + 1));
    return found;
  }

  Outcome<void> remove_row(const TableLayout& layout, const RowChange& change) {
    Statement statement = TRY(for_key("DELETE FROM " + layout.qualified_name(), layout, change));
    changed_ = true;
    return finish(statement, change);
  }

  Outcome<NewRow> merge(const TableLayout& layout, const RowChange& change,
                        const std::optional<FoundRow>& found) const {
    std::map<size_t, Value> values;
    if (found)
      for (size_t i = 0; i < found->values.size(); ++i) values[i] = found->values[i];
    for (size_t i = 0; i < layout.key_columns.size(); ++i) values[layout.key_columns[i]] = change.key[i];
    for (const auto& [name, value] : change.values) {
      std::string folded = fold_case(name);
      auto column =
          std::ranges::find_if(layout.columns, [&](const Column& c) { return fold_case(c.name) == folded; });
      if (column == layout.columns.end())
        return worker_failure(Code::not_found, tr_later("the table {} has no column {}, for the row {}"),
                              change.table, name, key_text(change.key));
      values[static_cast<size_t>(column - layout.columns.begin())] = value;
    }
    NewRow row{&layout, &change, found ? found->number : Value{}, {values.begin(), values.end()}};
    if (change.key.size() > layout.key_columns.size()) row.number = change.key.back();
    return row;
  }

  static bool same(const NewRow& row, const FoundRow& found) {
    return std::ranges::all_of(row.values,
                               [&](const auto& item) { return found.values[item.first] == item.second; });
  }

  Outcome<void> insert(const NewRow& row) {
    const TableLayout& layout = *row.layout;
    bool with_number = !layout.row_number.empty() && !layout.key_is_row_number && !row.number.is_null();
    std::string names = with_number ? layout.row_number : "", marks = with_number ? "?" : "";
    for (const auto& [column, value] : row.values) {
      names += (names.empty() ? "" : ", ") + quoted_name(layout.columns[column].name);
      marks += marks.empty() ? "?" : ", ?";
    }
    Statement statement = TRY(image_.prepare(
        "INSERT INTO " + layout.qualified_name() + " (" + names + ") VALUES (" + marks + ")", layout.name));
    int index = 0;
    if (with_number) bind_value(statement.get(), ++index, row.number);
    for (const auto& [column, value] : row.values) bind_value(statement.get(), ++index, value);
    changed_ = true;
    return finish(statement, *row.change);
  }

  Outcome<void> finish(const Statement& statement, const RowChange& change) const {
    int code = sqlite3_step(statement.get());
    if (code == SQLITE_DONE) return {};
    if ((code & 0xff) == SQLITE_CONSTRAINT)
      return worker_failure(Code::refused, tr_later("the row {} of the table {} conflicts with others: {}"),
                            key_text(change.key), change.table, sqlite3_errmsg(image_.db()));
    return std::unexpected(sqlite_failure(image_.db(), code, change.table));
  }

  Outcome<std::optional<std::string>> current_sql(SchemaType type, const std::string& name) const {
    Statement select = TRY(image_.prepare(
        "SELECT sql FROM main.sqlite_schema WHERE type = ?1 AND name = ?2 COLLATE NOCASE", ""));
    sqlite3_bind_text(select.get(), 1, schema_word(type).data(), -1, SQLITE_STATIC);
    Value wanted{name};
    bind_value(select.get(), 2, wanted);
    int code = sqlite3_step(select.get());
    if (code == SQLITE_ROW) return column_text(select.get(), 0);
    if (code != SQLITE_DONE) return std::unexpected(sqlite_failure(image_.db(), code, ""));
    return std::nullopt;
  }

  Outcome<void> drop(SchemaType type, const std::string& name) {
    if (type == SchemaType::table)
      return worker_failure(Code::refused, tr_later("a repair does not drop or create whole tables: {}"),
                            name);
    if (!TRY(current_sql(type, name))) return {};
    changed_ = true;
    return image_.run("DROP " + std::string(schema_word(type)) + " main." + quoted_name(name), name);
  }

  Outcome<void> create(const SchemaChange& change) {
    std::optional<std::string> sql = TRY(current_sql(change.type, change.name));
    if (sql && *sql == change.sql) return {};
    TRY(drop(change.type, change.name));
    changed_ = true;
    // Only what its name says may come out of the statement: the text is checked by its effect.
    int before = TRY(object_count());
    TRY(image_.run(change.sql, change.name));
    if (!TRY(current_sql(change.type, change.name)) || TRY(object_count()) != before + 1)
      return worker_failure(Code::refused, tr_later("the statement for {} does something else"), change.name);
    return {};
  }

  Outcome<int> object_count() const {
    Statement select = TRY(image_.prepare("SELECT count(*) FROM main.sqlite_schema", ""));
    if (int code = sqlite3_step(select.get()); code != SQLITE_ROW)
      return std::unexpected(sqlite_failure(image_.db(), code, ""));
    return sqlite3_column_int(select.get(), 0);
  }

  const SqliteImage& image_;
  std::map<std::string, const TableLayout*> layouts_;
  bool changed_ = false;
};

Outcome<void> check_integrity(const SqliteImage& image) {
  Statement check = TRY(image.prepare("PRAGMA main.integrity_check(1)", ""));
  int code = sqlite3_step(check.get());
  if (code != SQLITE_ROW) return std::unexpected(sqlite_failure(image.db(), code, ""));
  std::string said = column_text(check.get(), 0);
  if (said == "ok") return {};
  return worker_failure(Code::corrupt, tr_later("the database is damaged beyond single rows: {}"), said);
}

}  // namespace

Outcome<Bytes> repair_database_image(ByteView image, const Repair& repair) {
  SqliteImage opened = TRY(SqliteImage::open(image, ImageUse::repair));
  std::vector<TableLayout> layouts = TRY(read_layouts(opened, {}));
  TRY(opened.run("BEGIN", ""));
  bool changed = TRY(Repairer(opened, layouts).apply(repair));
  if (changed) TRY(opened.run("COMMIT", ""));
  TRY(check_integrity(opened));
  if (!changed) return Bytes(image.begin(), image.end());
  return opened.serialize();
}

}  // namespace aplomb::site
