#include "recover/drill_record.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/messages.h"

namespace aplomb::recover {
namespace {

using nlohmann::json;

constexpr char kName[] = "last-drill";
constexpr uint64_t kSizeMax = 64 << 10;
constexpr size_t kProblemMax = 2000;

json seconds(double value) {
  return value < 0 ? json(nullptr) : json(value);
}

double seconds(const json& value) {
  double number = value.is_null() ? -1 : value.get<double>();
  return std::isfinite(number) ? number : -1;
}

}  // namespace

std::string write_record(const DrillRecord& record) {
  json document = {{"version", 0},
                   {"time_ns", record.time.ns},
                   {"ok", record.ok},
                   {"point", record.point},
                   {"rto_seconds", seconds(record.rto_seconds)},
                   {"rpo_seconds", seconds(record.rpo_seconds)},
                   {"files", record.files},
                   {"bytes", record.bytes},
                   {"pages_checked", record.pages_checked},
                   {"pages_different", record.pages_different},
                   {"problem", record.problem.substr(0, kProblemMax)}};
  return document.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

Result<DrillRecord> parse_record(std::string_view text) {
  try {
    json document = json::parse(text);
    if (document.at("version").get<int>() != 0)
      return fail(Code::unsupported, tr("the note of the last drill is of a newer Aplomb"));
    DrillRecord record;
    record.time.ns = document.at("time_ns").get<int64_t>();
    record.ok = document.at("ok").get<bool>();
    record.point = document.at("point").get<std::string>();
    record.rto_seconds = seconds(document.at("rto_seconds"));
    record.rpo_seconds = seconds(document.at("rpo_seconds"));
    record.files = document.at("files").get<uint64_t>();
    record.bytes = document.at("bytes").get<uint64_t>();
    record.pages_checked = document.at("pages_checked").get<uint64_t>();
    record.pages_different = document.at("pages_different").get<uint64_t>();
    record.problem = document.at("problem").get<std::string>();
    return record;
  } catch (const json::exception& error) {
    return fail(make_error(Code::corrupt, tr("a note is damaged: {}", error.what())).at(kName));
  }
}

Status save_record(fs::Dir& site_state, const DrillRecord& record) {
  return fs::write_file_durably(site_state, kName, as_bytes(write_record(record)));
}

std::optional<DrillRecord> load_record(fs::Fs& fs, const std::string& site_state) {
  auto folder = fs.open_dir(site_state);
  if (!folder) return std::nullopt;
  auto bytes = fs::read_file(**folder, kName, kSizeMax);
  if (!bytes) return std::nullopt;
  auto record = parse_record(as_text(*bytes));
  return record ? std::optional(std::move(*record)) : std::nullopt;
}

}  // namespace aplomb::recover
