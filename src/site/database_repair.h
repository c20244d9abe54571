// Putting single rows and schema objects of a database back (of a server: of its dump). Like reading, it runs
// in a confined child: the database that needs repair is the attacker's. All changes are made in one
// transaction with triggers and foreign keys off, and the result is checked by SQLite itself; it is the whole
// new image or an error. Applying the same repair again changes nothing, not even a byte.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "site/database_model.h"
#include "site/database_spec.h"
#include "site/worker_answer.h"

namespace aplomb::site {

enum class RowAction : uint8_t { put, remove };

struct RowChange {
  std::string table;
  std::vector<Value> key;  // as in Row::key
  RowAction action = RowAction::put;
  // For put: columns that are not named keep what the row has, or their default in a new row.
  std::vector<std::pair<std::string, Value>> values;
  bool operator==(const RowChange&) const = default;
};

enum class SchemaAction : uint8_t { drop, create };

struct SchemaChange {
  SchemaAction action = SchemaAction::drop;
  SchemaType type = SchemaType::trigger;  // trigger, view or index
  std::string name;
  std::string sql;  // for create: the whole CREATE statement
  bool operator==(const SchemaChange&) const = default;
};

struct Repair {
  std::vector<SchemaChange> schema;  // drops are done before the rows, creations after
  std::vector<RowChange> rows;
  bool empty() const { return schema.empty() && rows.empty(); }
};

struct RepairOptions {
  uint64_t image_bytes_max = 200ULL << 20;
  int64_t timeout_ms = 300'000;
  DatabaseKind kind = DatabaseKind::sqlite;
};

// Errors name the table and the key. Code::refused: the rows of the repair conflict with others (the same
// login twice); nothing was changed.
Result<Bytes> repair_database(ByteView image, const Repair& repair, const RepairOptions& options = {});

// What runs in the child; pure.
Outcome<Bytes> repair_database_image(ByteView image, const Repair& repair);

void encode(ByteWriter& writer, const Repair& repair);
Result<Repair> decode_repair(ByteReader& reader);

}  // namespace aplomb::site
