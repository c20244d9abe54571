#include "site/sqlite_image.h"

#include <cstring>

#include "base/messages.h"

namespace aplomb::site {
namespace {

// File format, section 1.3: bytes 18 and 19 are 2 in WAL mode, which a database in memory cannot have.
constexpr size_t kHeaderSize = 100, kWriteVersion = 18, kReadVersion = 19;
constexpr uint8_t kLegacy = 1, kWal = 2;

// SQLite's own ceilings are far over what a website needs; an attacker's schema gets the website's.
void set_limits(sqlite3* db) {
  sqlite3_limit(db, SQLITE_LIMIT_LENGTH, 256 << 20);
  sqlite3_limit(db, SQLITE_LIMIT_SQL_LENGTH, 4 << 20);
  sqlite3_limit(db, SQLITE_LIMIT_EXPR_DEPTH, 200);
  sqlite3_limit(db, SQLITE_LIMIT_COMPOUND_SELECT, 50);
  sqlite3_limit(db, SQLITE_LIMIT_VDBE_OP, 250'000);
  sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
  sqlite3_limit(db, SQLITE_LIMIT_TRIGGER_DEPTH, 1);
  sqlite3_limit(db, SQLITE_LIMIT_WORKER_THREADS, 0);
}

void distrust(sqlite3* db) {
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_FKEY, 0, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0, nullptr);
}

}  // namespace

Failure sqlite_failure(sqlite3* db, int code, std::string_view about) {
  std::string said = db ? sqlite3_errmsg(db) : sqlite3_errstr(code);
  int primary = code & 0xff;
  Code ours = primary == SQLITE_NOMEM || primary == SQLITE_TOOBIG || primary == SQLITE_FULL ? Code::limit
                                                                                            : Code::corrupt;
  if (about.empty()) return worker_failure(ours, tr_later("the database cannot be used: {}"), said).error();
  return worker_failure(ours, tr_later("the table {} cannot be used: {}"), about, said).error();
}

Outcome<SqliteImage> SqliteImage::open(ByteView image, ImageUse use) {
  SqliteImage opened;
  sqlite3* raw = nullptr;
  int code = sqlite3_open_v2(":memory:", &raw,
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX, nullptr);
  opened.handle_.reset(raw);
  if (code != SQLITE_OK) return std::unexpected(sqlite_failure(raw, code, ""));
  sqlite3_extended_result_codes(raw, 1);
  set_limits(raw);
  distrust(raw);
  if (!image.empty()) {
    auto* bytes = static_cast<uint8_t*>(sqlite3_malloc64(image.size()));
    if (!bytes) return std::unexpected(sqlite_failure(nullptr, SQLITE_NOMEM, ""));
    std::memcpy(bytes, image.data(), image.size());
    if (image.size() >= kHeaderSize) {
      opened.write_version_ = bytes[kWriteVersion];
      opened.read_version_ = bytes[kReadVersion];
      if (bytes[kWriteVersion] == kWal) bytes[kWriteVersion] = kLegacy;
      if (bytes[kReadVersion] == kWal) bytes[kReadVersion] = kLegacy;
    }
    unsigned flags = SQLITE_DESERIALIZE_FREEONCLOSE;
    flags |= use == ImageUse::read ? SQLITE_DESERIALIZE_READONLY : SQLITE_DESERIALIZE_RESIZEABLE;
    auto size = static_cast<sqlite3_int64>(image.size());
    code = sqlite3_deserialize(raw, "main", bytes, size, size, flags);  // frees the bytes on failure too
    if (code != SQLITE_OK) return std::unexpected(sqlite_failure(raw, code, ""));
  }
  TRY(opened.run("PRAGMA temp_store = MEMORY", ""));
  TRY(opened.run("PRAGMA cell_size_check = ON", ""));
  return opened;
}

Outcome<Statement> SqliteImage::prepare(const std::string& sql, std::string_view about) const {
  sqlite3_stmt* raw = nullptr;
  const char* tail = nullptr;
  int code = sqlite3_prepare_v3(db(), sql.data(), static_cast<int>(sql.size()), 0, &raw, &tail);
  Statement statement(raw);
  if (code != SQLITE_OK) return std::unexpected(sqlite_failure(db(), code, about));
  if (!statement) return worker_failure(Code::corrupt, tr_later("an SQL statement is empty: {}"), sql);
  std::string_view rest(tail, static_cast<size_t>(sql.data() + sql.size() - tail));
  if (rest.find_first_not_of(" \t\r\n;") != std::string_view::npos)
    return worker_failure(Code::corrupt, tr_later("more than one SQL statement: {}"), sql);
  return statement;
}

Outcome<void> SqliteImage::run(const std::string& sql, std::string_view about) const {
  Statement statement = TRY(prepare(sql, about));
  int code = SQLITE_ROW;
  while (code == SQLITE_ROW) code = sqlite3_step(statement.get());
  if (code != SQLITE_DONE) return std::unexpected(sqlite_failure(db(), code, about));
  return {};
}

Outcome<Bytes> SqliteImage::serialize() const {
  sqlite3_int64 size = 0;
  std::unique_ptr<uint8_t, decltype(&sqlite3_free)> raw(sqlite3_serialize(db(), "main", &size, 0),
                                                        sqlite3_free);
  if (!raw && size != 0) return std::unexpected(sqlite_failure(nullptr, SQLITE_NOMEM, ""));
  Bytes image(raw.get(), raw.get() + size);
  if (image.size() >= kHeaderSize) {
    image[kWriteVersion] = write_version_;
    image[kReadVersion] = read_version_;
  }
  return image;
}

std::string quoted_name(std::string_view name) {
  std::string quoted = "\"";
  for (char c : name) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string column_text(sqlite3_stmt* statement, int index) {
  const unsigned char* text = sqlite3_column_text(statement, index);
  if (!text) return {};
  return {reinterpret_cast<const char*>(text), static_cast<size_t>(sqlite3_column_bytes(statement, index))};
}

Value column_value(sqlite3_stmt* statement, int index) {
  switch (sqlite3_column_type(statement, index)) {
    case SQLITE_INTEGER:
      return Value{int64_t{sqlite3_column_int64(statement, index)}};
    case SQLITE_FLOAT:
      return Value{sqlite3_column_double(statement, index)};
    case SQLITE_TEXT:
      return Value{column_text(statement, index)};
    case SQLITE_BLOB: {
      auto bytes = static_cast<const uint8_t*>(sqlite3_column_blob(statement, index));
      return Value{Blob{Bytes(bytes, bytes + sqlite3_column_bytes(statement, index))}};
    }
    default:
      return Value{};
  }
}

int bind_value(sqlite3_stmt* statement, int index, const Value& value) {
  if (auto integer = std::get_if<int64_t>(&value.data)) return sqlite3_bind_int64(statement, index, *integer);
  if (auto real = std::get_if<double>(&value.data)) return sqlite3_bind_double(statement, index, *real);
  if (auto text = std::get_if<std::string>(&value.data))
    return sqlite3_bind_text64(statement, index, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
  if (auto blob = std::get_if<Blob>(&value.data)) {
    if (blob->bytes.empty()) return sqlite3_bind_zeroblob(statement, index, 0);
    return sqlite3_bind_blob64(statement, index, blob->bytes.data(), blob->bytes.size(), SQLITE_STATIC);
  }
  return sqlite3_bind_null(statement, index);
}

}  // namespace aplomb::site
