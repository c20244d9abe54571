// Writing a dump, and the statements that lead from one state to another.
#include <algorithm>
#include <map>
#include <set>

#include "site/sql_dump.h"
#include "site/sql_text.h"

namespace aplomb::site {
namespace {

constexpr size_t kStatementBytes =
    64 * 1024;  // rows of a whole table are put in by statements of about this size

bool is_table(const SchemaObject& object) {
  return object.type == SchemaType::table;
}

const char* word(SchemaType type) {
  switch (type) {
    case SchemaType::view:
      return "VIEW";
    case SchemaType::trigger:
      return "TRIGGER";
    case SchemaType::event:
      return "EVENT";
    case SchemaType::routine:
      return "PROCEDURE";
    case SchemaType::index:
    case SchemaType::table:
      break;
  }
  return "TABLE";
}

// PROCEDURE and FUNCTION are one type here: the word that stands in front of its parameters.
const char* word_of(const SchemaObject& object) {
  if (object.type != SchemaType::routine) return word(object.type);
  SqlCursor cursor(object.sql);
  while (!cursor.at_end() && cursor.rest().front() != '(') {
    if (cursor.take_word("FUNCTION")) return "FUNCTION";
    if (cursor.take_word("PROCEDURE")) return "PROCEDURE";
    if (cursor.take_word("PACKAGE")) return cursor.take_word("BODY") ? "PACKAGE BODY" : "PACKAGE";
    cursor.skip_one();
  }
  return "PROCEDURE";
}

class Writer {
 public:
  Writer(std::string_view delimiter, std::string_view verb) : delimiter_(delimiter), verb_(verb) {}

  void statement(std::string_view text) {
    out_ += text;
    out_ += '\n';
    out_ += delimiter_;
    out_ += '\n';
  }
  void line(std::string_view text) {
    out_ += text;
    out_ += '\n';
  }

  void rows(const Table& table, size_t statement_bytes) {
    std::string text;
    for (const Row& row : table.rows) {
      if (!text.empty() && text.size() >= statement_bytes) flush(text);
      if (text.empty())
        text = insert_head(table);
      else
        text += ',';
      append_row(text, row);
    }
    if (!text.empty()) flush(text);
  }
  void row(const Table& table, const Row& row) {
    std::string text = insert_head(table);
    append_row(text, row);
    flush(text);
  }
  void remove(const Table& table, const std::vector<Value>& key) {
    std::string text = "DELETE FROM ";
    append_name(text, table.name);
    for (size_t i = 0; i < key.size() && i < table.key_columns.size(); ++i) {
      text += i == 0 ? " WHERE " : " AND ";
      append_name(text, table.columns[table.key_columns[i]].name);
      text += key[i].is_null() ? " IS " : " = ";
      append_value(text, key[i]);
    }
    flush(text);
  }
  void drop(const char* kind, std::string_view name) {
    std::string text = std::string("DROP ") + kind + " IF EXISTS ";
    append_name(text, name);
    statement(text);
  }
  void object(const SchemaObject& object) {
    std::string_view sql = object.sql;
    set("sql_mode", take_line(sql, "-- sql_mode "));
    if (object.type == SchemaType::event) {
      std::string_view zone = take_line(sql, "-- time_zone ");
      if (zone.empty())
        statement("SET time_zone = @@global.time_zone");
      else
        set("time_zone", zone);
    }
    statement(sql);
  }

  void set(std::string_view name, std::string_view value) {
    std::string text = "SET " + std::string(name) + " = ";
    append_value(text, Value{std::string(value)});
    statement(text);
  }
  // What stands behind `mark` in the first line, which is taken away with it; empty without one.
  static std::string_view take_line(std::string_view& sql, std::string_view mark) {
    if (!sql.starts_with(mark)) return {};
    std::string_view value = sql.substr(mark.size(), sql.find('\n') - mark.size());
    sql.remove_prefix(std::min(mark.size() + value.size() + 1, sql.size()));
    return value;
  }

  Bytes take() const { return Bytes(out_.begin(), out_.end()); }

 private:
  std::string insert_head(const Table& table) const {
    std::string text = verb_ + " INTO ";
    append_name(text, table.name);
    for (size_t i = 0; i < table.columns.size(); ++i) {
      text += i == 0 ? " (" : ",";
      append_name(text, table.columns[i].name);
    }
    return text + ") VALUES ";
  }
  static void append_row(std::string& text, const Row& row) {
    for (size_t i = 0; i < row.values.size(); ++i) {
      text += i == 0 ? '(' : ',';
      append_value(text, row.values[i]);
    }
    text += ')';
  }
  void flush(std::string& text) {
    out_ += text;
    out_ += delimiter_;
    out_ += '\n';
    text.clear();
  }

  std::string delimiter_, verb_;
  std::string out_;
};

// A view that names another comes after it; what refers to itself in a circle comes as it is.
std::vector<const SchemaObject*> in_order(std::vector<const SchemaObject*> views) {
  std::vector<const SchemaObject*> sorted;
  auto names = [](const SchemaObject& view, const SchemaObject& other) {
    std::string quoted;
    append_name(quoted, other.name);
    return &view != &other && view.sql.find(quoted) != std::string::npos;
  };
  while (!views.empty()) {
    auto free = std::ranges::find_if(views, [&](const SchemaObject* view) {
      return std::ranges::none_of(views, [&](const SchemaObject* other) { return names(*view, *other); });
    });
    if (free == views.end()) free = views.begin();
    sorted.push_back(*free);
    views.erase(free);
  }
  return sorted;
}

// Routines first, which views and triggers may call; views before what reads them.
std::vector<const SchemaObject*> in_order(const std::vector<SchemaObject>& objects,
                                          const std::set<const SchemaObject*>* only) {
  std::vector<const SchemaObject*> sorted;
  for (SchemaType type : {SchemaType::routine, SchemaType::view, SchemaType::trigger, SchemaType::event}) {
    std::vector<const SchemaObject*> of_type;
    for (const SchemaObject& object : objects)
      if (object.type == type && (!only || only->contains(&object))) of_type.push_back(&object);
    if (type == SchemaType::view) of_type = in_order(std::move(of_type));
    sorted.insert(sorted.end(), of_type.begin(), of_type.end());
  }
  return sorted;
}

const SchemaObject* find_object(const Database& database, SchemaType type, std::string_view name,
                                const char* kind) {
  for (const SchemaObject& object : database.objects)
    if (object.type == type && object.name == name && std::string_view(word_of(object)) == kind)
      return &object;
  return nullptr;
}

std::string create_of(const Database& database, const std::string& table) {
  const SchemaObject* object = find_object(database, SchemaType::table, table, "TABLE");
  return object ? object->sql : std::string();
}

class Changes {
 public:
  // REPLACE, because a row may be there already: of a run that was cut off, or with a unique value that an
  // intruder took from a good row.
  Changes(const Database& from, const Database& to, std::string_view delimiter)
      : from_(from), to_(to), writer_(delimiter, "REPLACE"), delimiter_(delimiter) {}

  Bytes write() {
    writer_.line("DELIMITER " + std::string(delimiter_));
    writer_.statement("SET NAMES utf8mb4");
    writer_.statement(
        "SET SESSION foreign_key_checks = 0, time_zone = '+00:00', sql_mode = 'NO_AUTO_VALUE_ON_ZERO'");
    find_changed_tables();
    drop_objects();
    make_tables();
    writer_.statement("START TRANSACTION");
    for (const auto& [now, table] : changed_) change_rows(*now, *table);
    writer_.statement("COMMIT");
    for (const SchemaObject* object : in_order(to_.objects, &wanted_)) writer_.object(*object);
    return writer_.take();
  }

 private:
  void find_changed_tables() {
    for (const Table& table : to_.tables) {
      auto now = std::ranges::find(from_.tables, table.name, &Table::name);
      bool same_shape =
          now != from_.tables.end() && now->columns == table.columns &&
          now->key_columns == table.key_columns &&
          without_counter(create_of(from_, table.name)) == without_counter(create_of(to_, table.name));
      if (!same_shape)
        anew_.push_back(&table);
      else if (now->rows != table.rows)
        changed_.emplace_back(&*now, &table);
      else
        continue;
      touched_.insert(table.name);
    }
  }

  // A trigger would act on the rows that are put back: those of a table that changes are made anew after it.
  void drop_objects() {
    for (const SchemaObject& object : to_.objects) {
      if (is_table(object)) continue;
      const SchemaObject* now = find_object(from_, object.type, object.name, word_of(object));
      bool same = now && now->sql == object.sql;
      if (same && !(object.type == SchemaType::trigger && touched_.contains(object.table))) continue;
      wanted_.insert(&object);
      writer_.drop(word_of(object), object.name);
    }
    for (const SchemaObject& object : from_.objects)
      if (!is_table(object) && !find_object(to_, object.type, object.name, word_of(object)))
        writer_.drop(word_of(object), object.name);
  }

  void make_tables() {
    for (const Table& table : from_.tables)
      if (std::ranges::find(to_.tables, table.name, &Table::name) == to_.tables.end())
        writer_.drop("TABLE", table.name);
    for (const Table* table : anew_) {
      writer_.drop("TABLE", table->name);
      writer_.statement(create_of(to_, table->name));
      writer_.statement("START TRANSACTION");
      writer_.rows(*table, kStatementBytes);
      writer_.statement("COMMIT");
    }
  }

  // All rows that change are taken out before any is put in: two may exchange a unique value.
  void change_rows(const Table& now, const Table& table) {
    if (table.key_columns.size() == table.columns.size() && !has_primary_key(table.name)) {
      std::string all = "DELETE FROM ";
      append_name(all, table.name);
      writer_.statement(all);
      writer_.rows(table, kStatementBytes);
      return;
    }
    std::vector<const Row*> fresh;
    auto old = now.rows.begin();
    for (const Row& row : table.rows) {
      for (; old != now.rows.end() && old->key < row.key; ++old) writer_.remove(table, old->key);
      bool there = old != now.rows.end() && old->key == row.key;
      bool same = there && *old == row;
      if (there) ++old;
      if (same) continue;
      writer_.remove(table, row.key);
      fresh.push_back(&row);
    }
    for (; old != now.rows.end(); ++old) writer_.remove(table, old->key);
    for (const Row* row : fresh) writer_.row(table, *row);
  }

  bool has_primary_key(const std::string& table) const {
    return create_of(to_, table).find("\n  PRIMARY KEY ") != std::string::npos;
  }

  const Database &from_, &to_;
  Writer writer_;
  std::string_view delimiter_;
  std::vector<const Table*> anew_;
  std::vector<std::pair<const Table*, const Table*>> changed_;  // as it is, as it shall be
  std::set<std::string> touched_;
  std::set<const SchemaObject*> wanted_;
};

}  // namespace

Bytes write_dump(const Database& database) {
  Writer writer(";;", "INSERT");
  writer.line("DELIMITER ;;");
  writer.statement("SET NAMES utf8mb4");
  writer.statement(
      "SET SESSION foreign_key_checks = 0, time_zone = '+00:00', sql_mode = 'NO_AUTO_VALUE_ON_ZERO'");
  for (const Table& table : database.tables) {
    writer.drop("TABLE", table.name);
    writer.statement(create_of(database, table.name));
    for (const Row& row : table.rows) writer.row(table, row);
  }
  for (const SchemaObject* object : in_order(database.objects, nullptr)) writer.object(*object);
  return writer.take();
}

Bytes write_changes(const Database& from, const Database& to, std::string_view delimiter) {
  return Changes(from, to, delimiter).write();
}

}  // namespace aplomb::site
