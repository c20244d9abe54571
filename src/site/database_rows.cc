#include "site/database_rows.h"

#include <algorithm>

#include "base/messages.h"
#include "proc/child.h"
#include "proc/frame.h"
#include "proc/worker.h"
#include "site/database_layout.h"
#include "site/dump_child.h"

namespace aplomb::site {
namespace {

constexpr const char* kWorker = "site-database-read";
constexpr size_t kRequestMax = 1ULL << 30;
constexpr size_t kAnswerMax = 1ULL << 30;
// Address space, not memory: the image twice, at most 16 million values of 40 bytes, and their encoding.
constexpr uint64_t kMemoryMax = 4ULL << 30;

int read_worker(int in_fd, int out_fd) {
  return proc::serve_frames(in_fd, out_fd, kRequestMax,
                            [](ByteView image) { return encode_answer(read_database_image(image)); });
}
const proc::WorkerRegistration registration(kWorker, read_worker);

Outcome<Table> read_table(const SqliteImage& image, const TableLayout& layout, uint64_t& values_left) {
  Table table{layout.name, layout.columns, layout.key_columns, {}};
  // NOT INDEXED reads the table itself: an index that disagrees with it would be the attacker's second
  // version.
  std::string number = layout.row_number.empty() ? "NULL" : layout.row_number;
  Statement rows = TRY(image.prepare(
      "SELECT " + number + ", " + layout.column_list() + " FROM " + layout.qualified_name() + " NOT INDEXED",
      layout.name));
  int code;
  while ((code = sqlite3_step(rows.get())) == SQLITE_ROW) {
    Row row;
    for (size_t i = 0; i < layout.columns.size(); ++i)
      row.values.push_back(column_value(rows.get(), static_cast<int>(i) + 1));
    row.key = layout.key_of(row.values, column_value(rows.get(), 0));
    uint64_t used = row.key.size() + row.values.size() + 1;
    if (used > values_left)
      return worker_failure(Code::limit, tr_later("the database has too many values, counted up to table {}"),
                            layout.name);
    values_left -= used;
    table.rows.push_back(std::move(row));
  }
  if (code != SQLITE_DONE) return std::unexpected(sqlite_failure(image.db(), code, layout.name));
  std::ranges::stable_sort(table.rows, {}, &Row::key);
  return table;
}

Outcome<std::vector<SchemaObject>> read_objects(const SqliteImage& image, const ModelLimits& limits) {
  std::vector<SchemaObject> objects;
  Statement list = TRY(image.prepare("SELECT type, name, tbl_name, sql FROM main.sqlite_schema", ""));
  int code;
  while ((code = sqlite3_step(list.get())) == SQLITE_ROW) {
    std::string type = column_text(list.get(), 0);
    SchemaObject object;
    if (type == "table")
      object.type = SchemaType::table;
    else if (type == "index")
      object.type = SchemaType::index;
    else if (type == "view")
      object.type = SchemaType::view;
    else if (type == "trigger")
      object.type = SchemaType::trigger;
    else
      continue;  // SQLite ignores such a row too
    object.name = column_text(list.get(), 1);
    object.table = column_text(list.get(), 2);
    object.sql = column_text(list.get(), 3);
    if (object.sql.empty()) continue;  // an index that follows from the table's own definition
    if (objects.size() >= 10 * limits.tables ||
        std::max(object.name.size(), object.table.size()) > limits.name_bytes)
      return worker_failure(Code::limit,
                            tr_later("the database has too many triggers and views, or too long names"));
    objects.push_back(std::move(object));
  }
  if (code != SQLITE_DONE) return std::unexpected(sqlite_failure(image.db(), code, ""));
  std::ranges::sort(objects, [](const SchemaObject& a, const SchemaObject& b) {
    return std::tie(a.type, a.name) < std::tie(b.type, b.name);
  });
  return objects;
}

}  // namespace

Outcome<Bytes> read_database_image(ByteView image, const ModelLimits& limits) {
  SqliteImage opened = TRY(SqliteImage::open(image, ImageUse::read));
  Database database;
  uint64_t values_left = limits.values;
  for (const TableLayout& layout : TRY(read_layouts(opened, limits)))
    database.tables.push_back(TRY(read_table(opened, layout, values_left)));
  database.objects = TRY(read_objects(opened, limits));
  ByteWriter writer;
  encode(writer, database);
  return writer.take();
}

Result<Database> read_database(ByteView image, const ReadOptions& options) {
  if (image.size() > options.image_bytes_max)
    return fail(make_error(Code::limit, tr("the database has {} MiB; rows are judged up to {} MiB",
                                           image.size() >> 20, options.image_bytes_max >> 20))
                    .then(tr("raise database_mib_max in the configuration")));
  if (options.kind != DatabaseKind::sqlite) return read_dump(image, options.timeout_ms);
  proc::WorkerLimits limits;
  limits.memory_bytes = kMemoryMax;
  limits.cpu_seconds = static_cast<uint32_t>(options.timeout_ms / 1000 + 1);
  proc::Child child = TRY(proc::Child::start(kWorker, limits));
  Bytes answer = TRY(child.call(image, options.timeout_ms, kAnswerMax));
  Bytes model = TRY(decode_answer(std::move(answer)));
  ByteReader reader(model);
  Database database = TRY(decode_database(reader));
  TRY(reader.finish());
  return database;
}

}  // namespace aplomb::site
