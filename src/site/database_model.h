// A database as values: what the reader's confined child sends, what the judge compares and what a repair is
// made of. The same rows in another page layout are the same model. Bounded, because whoever wrote the
// database may be the attacker: the decoder trusts no count, and the number of values has a limit of its own
// (a NULL takes one byte in a file and forty in memory).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"

namespace aplomb::site {

struct Blob {
  Bytes bytes;
  auto operator<=>(const Blob&) const = default;
};

using Null = std::monostate;

// A value keeps SQLite's storage class: the text '1' is not the integer 1. Text may be any bytes.
struct Value {
  std::variant<Null, int64_t, double, std::string, Blob> data;

  // Ordered by storage class, then by value; total, because SQLite stores no NaN.
  auto operator<=>(const Value&) const = default;
  bool is_null() const { return data.index() == 0; }
  // The bytes of a text or a blob: PHP reads both as a string, so a detector must look into both.
  std::optional<std::string_view> bytes() const;
  // For people, cut at `length_max` bytes: NULL, 12, 'text', x'00ff'.
  std::string display(size_t length_max = 60) const;
};

struct Column {
  std::string name;
  std::string type;  // as declared; may be empty
  bool operator==(const Column&) const = default;
};

struct Row {
  // The primary key, or the row number where there is none. Where SQLite let a NULL into a primary key, the
  // row number follows the key's columns.
  std::vector<Value> key;
  std::vector<Value> values;  // one for each column of the table
  bool operator==(const Row&) const = default;
};

struct Table {
  std::string name;
  std::vector<Column> columns;      // stored ones: generated columns follow from the others
  std::vector<size_t> key_columns;  // indices into columns; empty: the key is the row number
  std::vector<Row> rows;            // sorted by key; a damaged image may repeat a key
  bool operator==(const Table&) const = default;

  std::optional<size_t> column(std::string_view name) const;  // as SQL compares names: without ASCII case
};

enum class SchemaType : uint8_t { table, index, view, trigger, routine, event };

std::string_view schema_word(SchemaType type);  // "trigger"
// What the database runs by itself, or shows instead of a table.
bool acts_by_itself(SchemaType type);

struct SchemaObject {
  SchemaType type = SchemaType::table;
  std::string name, table, sql;
  bool operator==(const SchemaObject&) const = default;
};

struct Database {
  std::vector<Table> tables;          // sorted by name; virtual tables and SQLite's own are left out
  std::vector<SchemaObject> objects;  // sorted by type and name
  bool operator==(const Database&) const = default;
  const Table* find(std::string_view table) const;  // without ASCII case
};

struct ModelLimits {
  uint64_t tables = 5'000;
  uint64_t columns = 2'000;  // SQLite's own limit
  uint64_t name_bytes = 4'096;
  uint64_t value_bytes = 256ULL << 20;
  uint64_t values = 16'000'000;  // in the whole database, keys included
};

void encode(ByteWriter& writer, const Value& value);
Result<Value> decode_value(ByteReader& reader, const ModelLimits& limits = {});
void encode(ByteWriter& writer, const std::vector<Value>& values);
Result<std::vector<Value>> decode_values(ByteReader& reader, uint64_t count_max,
                                         const ModelLimits& limits = {});
void encode(ByteWriter& writer, const Database& database);
// Code::corrupt on bytes that are no model, Code::limit over a limit.
Result<Database> decode_database(ByteReader& reader, const ModelLimits& limits = {});

// ASCII letters only, as SQLite folds identifiers.
std::string fold_case(std::string_view text);

}  // namespace aplomb::site
