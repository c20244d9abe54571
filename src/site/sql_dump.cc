// Reading a dump, and applying a repair to what was read.
#include "site/sql_dump.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "base/messages.h"
#include "site/sql_text.h"

namespace aplomb::site {
namespace {

constexpr size_t kSqlMax = 4 << 20;

struct ReadTable {
  Table table;
  std::map<std::string, size_t> columns;  // by folded name
};

std::unexpected<Failure> unreadable(std::string_view statement) {
  return worker_failure(Code::corrupt, tr_later("the dump has a statement that is not understood: {}"),
                        std::string(statement.substr(0, 80)));
}

// What follows the name of a column: its type, with what belongs to it in parentheses.
std::string_view column_type(std::string_view rest) {
  SqlCursor cursor(rest);
  cursor.skip_space();
  std::string_view from = cursor.rest();
  int depth = 0;
  while (!cursor.at_end()) {
    char c = cursor.rest().front();
    if (depth == 0 && (c == ' ' || c == ',' || c == '\n')) break;
    if (c == '(') ++depth;
    if (c == ')') --depth;
    cursor.skip_one();
  }
  return from.substr(0, from.size() - cursor.rest().size());
}

// Looks behind the type for a word, not into comments and defaults.
bool says(std::string_view line, std::string_view word) {
  SqlCursor cursor(line);
  while (!cursor.at_end()) {
    if (cursor.take_word(word)) return true;
    cursor.skip_one();
  }
  return false;
}

// CREATE TABLE as SHOW CREATE TABLE prints it: one line a column or key, indented by two blanks.
Outcome<Table> read_create(std::string_view statement, std::string_view name) {
  Table table;
  table.name = name;
  std::vector<std::string> key;
  size_t at = statement.find('\n');
  while (at != std::string_view::npos) {
    std::string_view line = statement.substr(at + 1);
    line = line.substr(0, line.find('\n'));
    at = statement.find('\n', at + 1);
    if (!line.starts_with("  ")) break;
    SqlCursor cursor(line);
    if (auto column = cursor.take_name()) {
      std::string_view type = column_type(cursor.rest());
      if (!says(cursor.rest(), "GENERATED")) table.columns.push_back({*column, std::string(type)});
    } else if (cursor.take_word("PRIMARY") && cursor.take_word("KEY") && cursor.take_mark('(')) {
      do {
        auto part = cursor.take_name();
        if (!part) return unreadable(line);
        key.push_back(*part);
        if (cursor.take_mark('(')) {  // the length of a prefix: `name`(20)
          while (!cursor.at_end() && cursor.rest().front() != ')') cursor.skip_one();
          cursor.skip_one();
        }
        if (!cursor.take_word("DESC")) cursor.take_word("ASC");
      } while (cursor.take_mark(','));
    }
  }
  if (table.columns.empty()) return unreadable(statement);
  for (const std::string& part : key) {
    auto column = table.column(part);
    if (!column) return unreadable(statement);
    table.key_columns.push_back(*column);
  }
  if (key.empty())
    for (size_t i = 0; i < table.columns.size(); ++i) table.key_columns.push_back(i);
  return table;
}

class Reader {
 public:
  explicit Reader(const ModelLimits& limits) : limits_(limits), values_left_(limits.values) {}

  Outcome<Database> read(std::string_view text) {
    StatementReader statements(text);
    while (auto statement = statements.next()) {
      if (!statements.is_sound()) return unreadable(*statement);
      TRY(take(*statement));
    }
    for (auto& [name, read] : tables_) {
      std::ranges::stable_sort(read.table.rows, {}, &Row::key);
      database_.tables.push_back(std::move(read.table));
    }
    std::ranges::sort(database_.tables, {}, &Table::name);
    for (auto& [key, object] : objects_) database_.objects.push_back(std::move(object));
    return std::move(database_);
  }

 private:
  Outcome<void> take(std::string_view statement) {
    if (SqlCursor insert(statement); insert.take_word("INSERT") && insert.take_word("INTO"))
      return take_rows(insert, statement);
    std::string plain;
    if (statement.starts_with("/*")) {
      if (statement.size() > kSqlMax) return unreadable(statement);
      plain = without_version_marks(statement);
      statement = plain;
    }
    SqlCursor cursor(statement);
    if (cursor.take_word("SET")) return take_setting(cursor);
    if (cursor.take_word("CREATE")) return take_definition(cursor, statement);
    return {};  // locks, keys switched off and on, drops before a definition
  }

  // SET sql_mode = '…', before each trigger, routine and event, and time_zone before each event.
  Outcome<void> take_setting(SqlCursor cursor) {
    bool zone = cursor.take_word("time_zone");
    if ((!zone && !cursor.take_word("sql_mode")) || !cursor.take_mark('=')) return {};
    std::string& setting = zone ? time_zone_ : sql_mode_;
    setting.clear();
    auto value = cursor.take_value();
    auto text = value ? std::get_if<std::string>(&value->data) : nullptr;
    if (text &&
        text->find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_,/+-:0123456789") ==
            std::string::npos)
      setting = *text;
    return {};
  }

  // CREATE, then anything up to the word that says what is made, and its name.
  Outcome<void> take_definition(SqlCursor cursor, std::string_view statement) {
    while (!cursor.at_end()) {
      cursor.skip_space();
      if (cursor.take_word("TABLE")) return take_table(cursor, statement);
      if (cursor.take_word("VIEW")) return take_object(SchemaType::view, cursor, statement);
      if (cursor.take_word("TRIGGER")) return take_object(SchemaType::trigger, cursor, statement);
      if (cursor.take_word("PROCEDURE")) return take_object(SchemaType::routine, cursor, statement);
      if (cursor.take_word("FUNCTION"))
        return take_object(SchemaType::routine, cursor, statement, "function");
      if (cursor.take_word("PACKAGE"))
        return take_object(SchemaType::routine, cursor, statement,
                           cursor.take_word("BODY") ? "package body" : "package");
      if (cursor.take_word("EVENT")) return take_object(SchemaType::event, cursor, statement);
      cursor.skip_one();
    }
    return {};  // a sequence, a database: not compared
  }

  Outcome<void> take_table(SqlCursor cursor, std::string_view statement) {
    auto name = cursor.take_name();
    if (!name || statement.size() > kSqlMax) return unreadable(statement);
    Table table = TRY(read_create(statement, *name));
    bool too_long = name->size() > limits_.name_bytes;
    for (const Column& column : table.columns)
      too_long = too_long || std::max(column.name.size(), column.type.size()) > limits_.name_bytes;
    if (tables_.size() >= limits_.tables || table.columns.size() > limits_.columns || too_long)
      return worker_failure(Code::limit, tr_later("the database has too many tables, or too long names"));
    ReadTable read{std::move(table), {}};
    for (size_t i = 0; i < read.table.columns.size(); ++i)
      read.columns[fold_case(read.table.columns[i].name)] = i;
    if (!tables_.try_emplace(*name, std::move(read)).second) return unreadable(statement);
    objects_[{SchemaType::table, *name, ""}] = {SchemaType::table, *name, *name, std::string(statement)};
    return {};
  }

  // A view stands twice in a dump of mariadb-dump: first as an empty shell for others to refer to.
  // A procedure, a function and a package may share a name: `kind` keeps one from hiding another.
  Outcome<void> take_object(SchemaType type, SqlCursor cursor, std::string_view statement,
                            const char* kind = "") {
    if (cursor.take_word("IF") && !(cursor.take_word("NOT") && cursor.take_word("EXISTS")))
      return unreadable(statement);
    auto name = cursor.take_any_name();
    if (!name || statement.size() > kSqlMax || name->size() > limits_.name_bytes)
      return unreadable(statement);
    if (objects_.size() >= 10 * limits_.tables)
      return worker_failure(Code::limit,
                            tr_later("the database has too many triggers and views, or too long names"));
    SchemaObject object{type, *name, type == SchemaType::view ? *name : "", ""};
    if (type == SchemaType::trigger)
      while (!cursor.at_end() && object.table.empty()) {
        cursor.skip_space();
        if (cursor.take_word("ON"))
          object.table = cursor.take_any_name().value_or("");
        else
          cursor.skip_one();
      }
    if (type != SchemaType::view && !sql_mode_.empty()) object.sql = "-- sql_mode " + sql_mode_ + "\n";
    if (type == SchemaType::event && !time_zone_.empty()) object.sql += "-- time_zone " + time_zone_ + "\n";
    object.sql += statement;
    objects_[{type, *name, kind}] = std::move(object);
    return {};
  }

  Outcome<void> take_rows(SqlCursor cursor, std::string_view statement) {
    auto name = cursor.take_name();
    auto found = name ? tables_.find(*name) : tables_.end();
    if (found == tables_.end()) return unreadable(statement);
    Table& table = found->second.table;
    std::vector<size_t> order;
    if (cursor.take_mark('(')) {
      do {
        auto column = cursor.take_name();
        auto place = column ? found->second.columns.find(fold_case(*column)) : found->second.columns.end();
        if (place == found->second.columns.end()) return unreadable(statement);
        order.push_back(place->second);
      } while (cursor.take_mark(','));
      if (!cursor.take_mark(')')) return unreadable(statement);
    } else {
      for (size_t i = 0; i < table.columns.size(); ++i) order.push_back(i);
    }
    if (!cursor.take_word("VALUES")) return unreadable(statement);
    do {
      Row row = TRY(take_row(cursor, table, order, statement));
      uint64_t used = row.key.size() + row.values.size() + 1;
      if (used > values_left_)
        return worker_failure(
            Code::limit, tr_later("the database has too many values, counted up to table {}"), table.name);
      values_left_ -= used;
      table.rows.push_back(std::move(row));
    } while (cursor.take_mark(','));
    cursor.skip_space();
    if (!cursor.at_end()) return unreadable(statement);
    return {};
  }

  Outcome<Row> take_row(SqlCursor& cursor, const Table& table, const std::vector<size_t>& order,
                        std::string_view statement) {
    Row row;
    row.values.resize(table.columns.size());
    if (!cursor.take_mark('(')) return unreadable(statement);
    for (size_t i = 0; i < order.size(); ++i) {
      if (i > 0 && !cursor.take_mark(',')) return unreadable(statement);
      auto value = cursor.take_value();
      if (!value) return unreadable(statement);
      row.values[order[i]] = std::move(*value);
    }
    if (!cursor.take_mark(')')) return unreadable(statement);
    for (size_t index : table.key_columns) row.key.push_back(row.values[index]);
    return row;
  }

  const ModelLimits& limits_;
  uint64_t values_left_;
  std::string sql_mode_, time_zone_;
  std::map<std::string, ReadTable> tables_;
  std::map<std::tuple<SchemaType, std::string, std::string>, SchemaObject>
      objects_;  // in the order of the model
  Database database_;
};

std::string key_text(const std::vector<Value>& key) {
  std::string text;
  for (const Value& value : key) text += (text.empty() ? "" : ", ") + value.display(40);
  return text;
}

// The rows of one table that change. Taken out and put in all at once at the end: a repair after mass damage
// has as many rows as the table.
class TableRepair {
 public:
  explicit TableRepair(Table& table) : table_(table), gone_(table.rows.size()) {}

  Outcome<void> apply(const RowChange& change) {
    if (change.key.size() != table_.key_columns.size())
      return worker_failure(Code::corrupt, tr_later("the key {} does not fit the table {}"),
                            key_text(change.key), change.table);
    auto place = std::ranges::lower_bound(table_.rows, change.key, {}, &Row::key);
    bool found = place != table_.rows.end() && place->key == change.key;
    if (change.action == RowAction::remove) {
      for (; place != table_.rows.end() && place->key == change.key; ++place) take_out(place);
      return {};
    }
    Row row = TRY(changed_row(change, found ? &*place : nullptr));
    if (found && *place == row) return {};
    if (found) take_out(place);
    fresh_.push_back(std::move(row));
    return {};
  }

  // True when anything changed.
  bool finish() {
    if (fresh_.empty() && std::ranges::find(gone_, true) == gone_.end()) return false;
    std::vector<Row> rows;
    for (size_t i = 0; i < table_.rows.size(); ++i)
      if (!gone_[i]) rows.push_back(std::move(table_.rows[i]));
    for (Row& row : fresh_) rows.push_back(std::move(row));
    std::ranges::stable_sort(rows, {}, &Row::key);
    table_.rows = std::move(rows);
    return true;
  }

 private:
  void take_out(std::vector<Row>::iterator place) {
    gone_[static_cast<size_t>(place - table_.rows.begin())] = true;
  }

  Outcome<Row> changed_row(const RowChange& change, const Row* now) const {
    Row row;
    row.values.resize(table_.columns.size());
    if (now) row = *now;
    for (size_t i = 0; i < table_.key_columns.size(); ++i) row.values[table_.key_columns[i]] = change.key[i];
    for (const auto& [name, value] : change.values) {
      auto column = table_.column(name);
      if (!column)
        return worker_failure(Code::not_found, tr_later("the table {} has no column {}, for the row {}"),
                              change.table, name, key_text(change.key));
      row.values[*column] = value;
    }
    row.key.clear();
    for (size_t index : table_.key_columns) row.key.push_back(row.values[index]);
    return row;
  }

  Table& table_;
  std::vector<bool> gone_;
  std::vector<Row> fresh_;
};

void apply_schema(Database& database, const SchemaChange& change, bool& changed) {
  auto same = [&](const SchemaObject& object) {
    return object.type == change.type && object.name == change.name;
  };
  auto found = std::ranges::find_if(database.objects, same);
  if (change.action == SchemaAction::drop) {
    changed = std::erase_if(database.objects, same) > 0 || changed;
    return;
  }
  if (found != database.objects.end() && found->sql == change.sql) return;
  std::erase_if(database.objects, same);
  database.objects.push_back({change.type, change.name, "", change.sql});
  changed = true;
}

}  // namespace

Outcome<Database> parse_dump(ByteView text, const ModelLimits& limits) {
  return Reader(limits).read(as_text(text));
}

Outcome<void> apply_repair(Database& database, const Repair& repair, bool& changed) {
  changed = false;
  for (const SchemaChange& change : repair.schema)
    if (change.type == SchemaType::table)
      return worker_failure(Code::refused, tr_later("a repair does not drop or create whole tables: {}"),
                            change.name);
  for (SchemaAction action : {SchemaAction::drop, SchemaAction::create})
    for (const SchemaChange& change : repair.schema)
      if (change.action == action) apply_schema(database, change, changed);
  std::map<std::string, TableRepair> tables;
  for (Table& table : database.tables) tables.try_emplace(fold_case(table.name), table);
  for (const RowChange& change : repair.rows) {
    auto table = tables.find(fold_case(change.table));
    if (table == tables.end())
      return worker_failure(Code::not_found, tr_later("there is no table {} for the row {}"), change.table,
                            key_text(change.key));
    TRY(table->second.apply(change));
  }
  for (auto& [name, table] : tables) changed = table.finish() || changed;
  return {};
}

std::string without_counter(std::string_view create) {
  size_t options = create.rfind('\n');
  size_t at = create.find(" AUTO_INCREMENT=", options == std::string_view::npos ? 0 : options);
  if (at == std::string_view::npos) return std::string(create);
  size_t end = std::min(create.find_first_not_of("0123456789", at + 16), create.size());
  return std::string(create.substr(0, at)) + std::string(create.substr(end));
}

}  // namespace aplomb::site
