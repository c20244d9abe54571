// The way of a repair into the confined child and back: its encoding, the worker, and the call.
#include "base/messages.h"
#include "proc/child.h"
#include "proc/frame.h"
#include "proc/worker.h"
#include "site/database_repair.h"
#include "site/dump_child.h"

namespace aplomb::site {
namespace {

constexpr const char* kWorker = "site-database-repair";
constexpr size_t kMessageMax = 2ULL << 30;
constexpr uint64_t kMemoryMax = 6ULL << 30;  // address space: the image several times, and the changes
constexpr uint64_t kChangesMax = 1'000'000, kNameMax = 4096, kSqlMax = 4 << 20, kColumnsMax = 2001;

Outcome<Bytes> answer(ByteView request) {
  ByteReader reader(request);
  Result<ByteView> image = reader.sized(kMessageMax);
  if (!image) return worker_failure(Code::corrupt, tr_later("a repair was badly transmitted"));
  Result<Repair> repair = decode_repair(reader);
  if (!repair || !reader.at_end())
    return worker_failure(Code::corrupt, tr_later("a repair was badly transmitted"));
  return repair_database_image(*image, *repair);
}

int repair_worker(int in_fd, int out_fd) {
  return proc::serve_frames(in_fd, out_fd, kMessageMax,
                            [](ByteView request) { return encode_answer(answer(request)); });
}
const proc::WorkerRegistration registration(kWorker, repair_worker);

template <typename Enum>
Result<Enum> decode_enum(ByteReader& reader, Enum last) {
  uint8_t value = TRY(reader.u8());
  if (value > static_cast<uint8_t>(last)) return fail(Code::corrupt, tr("a repair was badly transmitted"));
  return static_cast<Enum>(value);
}

Result<uint64_t> decode_count(ByteReader& reader, uint64_t limit) {
  uint64_t count = TRY(reader.varint());
  if (count > limit || count > reader.remaining())
    return fail(Code::limit, tr("a repair has too many changes"));
  return count;
}

}  // namespace

void encode(ByteWriter& writer, const Repair& repair) {
  writer.varint(repair.schema.size());
  for (const SchemaChange& change : repair.schema) {
    writer.u8(static_cast<uint8_t>(change.action));
    writer.u8(static_cast<uint8_t>(change.type));
    writer.text(change.name);
    writer.text(change.sql);
  }
  writer.varint(repair.rows.size());
  for (const RowChange& change : repair.rows) {
    writer.text(change.table);
    encode(writer, change.key);
    writer.u8(static_cast<uint8_t>(change.action));
    writer.varint(change.values.size());
    for (const auto& [column, value] : change.values) {
      writer.text(column);
      encode(writer, value);
    }
  }
}

Result<Repair> decode_repair(ByteReader& reader) {
  Repair repair;
  for (uint64_t n = TRY(decode_count(reader, kChangesMax)); n > 0; --n) {
    SchemaChange change;
    change.action = TRY(decode_enum(reader, SchemaAction::create));
    change.type = TRY(decode_enum(reader, SchemaType::event));
    change.name = TRY(reader.text(kNameMax));
    change.sql = TRY(reader.text(kSqlMax));
    repair.schema.push_back(std::move(change));
  }
  for (uint64_t n = TRY(decode_count(reader, kChangesMax)); n > 0; --n) {
    RowChange change;
    change.table = TRY(reader.text(kNameMax));
    change.key = TRY(decode_values(reader, kColumnsMax));
    change.action = TRY(decode_enum(reader, RowAction::remove));
    for (uint64_t k = TRY(decode_count(reader, kColumnsMax)); k > 0; --k) {
      std::string column = TRY(reader.text(kNameMax));
      change.values.emplace_back(std::move(column), TRY(decode_value(reader)));
    }
    repair.rows.push_back(std::move(change));
  }
  return repair;
}

Result<Bytes> repair_database(ByteView image, const Repair& repair, const RepairOptions& options) {
  if (image.size() > options.image_bytes_max)
    return fail(make_error(Code::limit, tr("the database has {} MiB; rows are repaired up to {} MiB",
                                           image.size() >> 20, options.image_bytes_max >> 20))
                    .then(tr("raise database_mib_max in the configuration, or restore the whole database")));
  if (options.kind != DatabaseKind::sqlite) return repair_dump(image, repair, options.timeout_ms);
  proc::WorkerLimits limits;
  limits.memory_bytes = kMemoryMax;
  limits.cpu_seconds = static_cast<uint32_t>(options.timeout_ms / 1000 + 1);
  proc::Child child = TRY(proc::Child::start(kWorker, limits));
  ByteWriter request;
  request.sized(image);
  encode(request, repair);
  return decode_answer(TRY(child.call(request.view(), options.timeout_ms, kMessageMax)));
}

}  // namespace aplomb::site
