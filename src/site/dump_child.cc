#include "site/dump_child.h"

#include "base/messages.h"
#include "proc/child.h"
#include "proc/frame.h"
#include "proc/worker.h"
#include "site/sql_dump.h"

namespace aplomb::site {
namespace {

constexpr const char* kWorker = "site-dump";
constexpr size_t kMessageMax = 2ULL << 30;
constexpr uint64_t kMemoryMax = 8ULL << 30;  // address space: two dumps as text and as values
constexpr uint64_t kWordMax = 100;

enum class Task : uint8_t { read, repair, compare };

std::unexpected<Failure> badly_sent() {
  return worker_failure(Code::corrupt, tr_later("a repair was badly transmitted"));
}

Outcome<Bytes> read(ByteReader& request) {
  Database database = TRY(parse_dump(request.rest()));
  ByteWriter writer;
  encode(writer, database);
  return writer.take();
}

Outcome<Bytes> repair(ByteReader& request) {
  auto dump = request.sized(kMessageMax);
  auto repair = dump ? decode_repair(request) : Result<Repair>(fail(Code::corrupt, ""));
  if (!repair || !request.at_end()) return badly_sent();
  Database database = TRY(parse_dump(*dump));
  bool changed = false;
  TRY(apply_repair(database, *repair, changed));
  if (!changed) return Bytes(dump->begin(), dump->end());
  return write_dump(database);
}

Outcome<Bytes> compare(ByteReader& request) {
  auto from = request.sized(kMessageMax), to = from ? request.sized(kMessageMax) : from;
  auto delimiter = to ? request.text(kWordMax) : Result<std::string>(fail(Code::corrupt, ""));
  if (!delimiter || !request.at_end()) return badly_sent();
  Database before = TRY(parse_dump(*from));
  Database after = TRY(parse_dump(*to));
  return write_changes(before, after, *delimiter);
}

Outcome<Bytes> answer(ByteView bytes) {
  ByteReader request(bytes);
  auto task = request.u8();
  if (!task) return badly_sent();
  switch (static_cast<Task>(*task)) {
    case Task::read:
      return read(request);
    case Task::repair:
      return repair(request);
    case Task::compare:
      return compare(request);
  }
  return badly_sent();
}

int dump_worker(int in_fd, int out_fd) {
  return proc::serve_frames(in_fd, out_fd, kMessageMax,
                            [](ByteView request) { return encode_answer(answer(request)); });
}
const proc::WorkerRegistration registration(kWorker, dump_worker);

Result<Bytes> ask(const ByteWriter& request, int64_t timeout_ms) {
  proc::WorkerLimits limits;
  limits.memory_bytes = kMemoryMax;
  limits.cpu_seconds = static_cast<uint32_t>(timeout_ms / 1000 + 1);
  proc::Child child = TRY(proc::Child::start(kWorker, limits));
  return decode_answer(TRY(child.call(request.view(), timeout_ms, kMessageMax)));
}

ByteWriter begin(Task task) {
  ByteWriter request;
  request.u8(static_cast<uint8_t>(task));
  return request;
}

}  // namespace

Result<Database> read_dump(ByteView dump, int64_t timeout_ms) {
  ByteWriter request = begin(Task::read);
  request.bytes(dump);
  Bytes model = TRY(ask(request, timeout_ms));
  ByteReader reader(model);
  Database database = TRY(decode_database(reader));
  TRY(reader.finish());
  return database;
}

Result<Bytes> repair_dump(ByteView dump, const Repair& repair, int64_t timeout_ms) {
  ByteWriter request = begin(Task::repair);
  request.sized(dump);
  encode(request, repair);
  return ask(request, timeout_ms);
}

Result<Bytes> dump_changes(ByteView from, ByteView to, const std::string& delimiter, int64_t timeout_ms) {
  ByteWriter request = begin(Task::compare);
  request.sized(from);
  request.sized(to);
  request.text(delimiter);
  return ask(request, timeout_ms);
}

}  // namespace aplomb::site
