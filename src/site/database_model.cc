#include "site/database_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "base/messages.h"

namespace aplomb::site {
namespace {

enum class Tag : uint8_t { null, integer, real, text, blob };

Result<uint64_t> count(ByteReader& reader, uint64_t limit) {
  uint64_t value = TRY(reader.varint());
  if (value > limit) return fail(Code::limit, tr("the database has more parts than the limit of {}", limit));
  // Each part takes at least one byte: a count that the input cannot hold is a lie.
  if (value > reader.remaining()) return fail(Code::corrupt, tr("a database was badly transmitted"));
  return value;
}

void encode(ByteWriter& writer, const Table& table) {
  writer.text(table.name);
  writer.varint(table.columns.size());
  for (const Column& column : table.columns) {
    writer.text(column.name);
    writer.text(column.type);
  }
  writer.varint(table.key_columns.size());
  for (size_t index : table.key_columns) writer.varint(index);
  writer.varint(table.rows.size());
  for (const Row& row : table.rows) {
    encode(writer, row.key);
    encode(writer, row.values);
  }
}

Result<Table> decode_table(ByteReader& reader, const ModelLimits& limits, uint64_t& values_left) {
  Table table;
  table.name = TRY(reader.text(limits.name_bytes));
  for (uint64_t n = TRY(count(reader, limits.columns)); n > 0; --n) {
    Column column;
    column.name = TRY(reader.text(limits.name_bytes));
    column.type = TRY(reader.text(limits.name_bytes));
    table.columns.push_back(std::move(column));
  }
  for (uint64_t n = TRY(count(reader, limits.columns)); n > 0; --n) {
    uint64_t index = TRY(reader.varint());
    if (index >= table.columns.size()) return fail(Code::corrupt, tr("a database was badly transmitted"));
    table.key_columns.push_back(static_cast<size_t>(index));
  }
  for (uint64_t n = TRY(count(reader, limits.values)); n > 0; --n) {
    Row row;
    row.key = TRY(decode_values(reader, limits.columns + 1, limits));
    row.values = TRY(decode_values(reader, limits.columns, limits));
    if (row.values.size() != table.columns.size())
      return fail(Code::corrupt, tr("a database was badly transmitted"));
    uint64_t used = row.key.size() + row.values.size() + 1;
    if (used > values_left)
      return fail(Code::limit, tr("the database has more than {} values", limits.values));
    values_left -= used;
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace

std::string_view schema_word(SchemaType type) {
  switch (type) {
    case SchemaType::table:
      return "table";
    case SchemaType::index:
      return "index";
    case SchemaType::view:
      return "view";
    case SchemaType::trigger:
      return "trigger";
    case SchemaType::routine:
      return "routine";
    case SchemaType::event:
      return "event";
  }
  return "table";
}

bool acts_by_itself(SchemaType type) {
  return type != SchemaType::table && type != SchemaType::index;
}

std::string fold_case(std::string_view text) {
  std::string folded(text);
  for (char& c : folded)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return folded;
}

std::optional<std::string_view> Value::bytes() const {
  if (auto text = std::get_if<std::string>(&data)) return *text;
  if (auto blob = std::get_if<Blob>(&data)) return as_text(blob->bytes);
  return std::nullopt;
}

std::string Value::display(size_t length_max) const {
  if (auto integer = std::get_if<int64_t>(&data)) return fmt::format("{}", *integer);
  if (auto real = std::get_if<double>(&data)) return fmt::format("{}", *real);
  if (is_null()) return "NULL";
  std::string_view all = *bytes();
  std::string_view shown = all.substr(0, length_max);
  const char* more = shown.size() < all.size() ? "…" : "";
  if (std::holds_alternative<Blob>(data)) return fmt::format("x'{}'{}", to_hex(as_bytes(shown)), more);
  // Cut between characters, and never send an attacker's control characters to a terminal.
  while (shown.size() < all.size() && !shown.empty() &&
         (static_cast<uint8_t>(all[shown.size()]) & 0xc0) == 0x80)
    shown.remove_suffix(1);
  std::string clean(shown);
  for (char& c : clean)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return fmt::format("'{}'{}", clean, more);
}

std::optional<size_t> Table::column(std::string_view wanted) const {
  std::string folded = fold_case(wanted);
  for (size_t i = 0; i < columns.size(); ++i)
    if (fold_case(columns[i].name) == folded) return i;
  return std::nullopt;
}

const Table* Database::find(std::string_view table) const {
  std::string folded = fold_case(table);
  auto found = std::ranges::find_if(tables, [&](const Table& t) { return fold_case(t.name) == folded; });
  return found == tables.end() ? nullptr : &*found;
}

void encode(ByteWriter& writer, const Value& value) {
  writer.u8(static_cast<uint8_t>(value.data.index()));
  if (auto integer = std::get_if<int64_t>(&value.data)) writer.i64(*integer);
  if (auto real = std::get_if<double>(&value.data)) writer.u64(std::bit_cast<uint64_t>(*real));
  if (auto bytes = value.bytes()) writer.text(*bytes);
}

Result<Value> decode_value(ByteReader& reader, const ModelLimits& limits) {
  switch (static_cast<Tag>(TRY(reader.u8()))) {
    case Tag::null:
      return Value{};
    case Tag::integer:
      return Value{TRY(reader.i64())};
    case Tag::real:
      return Value{std::bit_cast<double>(TRY(reader.u64()))};
    case Tag::text:
      return Value{TRY(reader.text(limits.value_bytes))};
    case Tag::blob: {
      ByteView bytes = TRY(reader.sized(limits.value_bytes));
      return Value{Blob{Bytes(bytes.begin(), bytes.end())}};
    }
  }
  return fail(Code::corrupt, tr("a database was badly transmitted"));
}

void encode(ByteWriter& writer, const std::vector<Value>& values) {
  writer.varint(values.size());
  for (const Value& value : values) encode(writer, value);
}

Result<std::vector<Value>> decode_values(ByteReader& reader, uint64_t count_max, const ModelLimits& limits) {
  uint64_t size = TRY(count(reader, count_max));
  std::vector<Value> values;
  values.reserve(static_cast<size_t>(size));
  for (uint64_t i = 0; i < size; ++i) values.push_back(TRY(decode_value(reader, limits)));
  return values;
}

void encode(ByteWriter& writer, const Database& database) {
  writer.varint(database.tables.size());
  for (const Table& table : database.tables) encode(writer, table);
  writer.varint(database.objects.size());
  for (const SchemaObject& object : database.objects) {
    writer.u8(static_cast<uint8_t>(object.type));
    writer.text(object.name);
    writer.text(object.table);
    writer.text(object.sql);
  }
}

Result<Database> decode_database(ByteReader& reader, const ModelLimits& limits) {
  Database database;
  uint64_t values_left = limits.values;
  for (uint64_t n = TRY(count(reader, limits.tables)); n > 0; --n)
    database.tables.push_back(TRY(decode_table(reader, limits, values_left)));
  for (uint64_t n = TRY(count(reader, 10 * limits.tables)); n > 0; --n) {
    SchemaObject object;
    uint8_t type = TRY(reader.u8());
    if (type > static_cast<uint8_t>(SchemaType::event))
      return fail(Code::corrupt, tr("a database was badly transmitted"));
    object.type = static_cast<SchemaType>(type);
    object.name = TRY(reader.text(limits.name_bytes));
    object.table = TRY(reader.text(limits.name_bytes));
    object.sql = TRY(reader.text(limits.value_bytes));
    database.objects.push_back(std::move(object));
  }
  return database;
}

}  // namespace aplomb::site
