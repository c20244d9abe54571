#include "judge/notes.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "base/messages.h"

namespace aplomb::judge {
namespace {

using nlohmann::json;

constexpr uint64_t kNoteMax = 256ull * 1024 * 1024;
constexpr char kFolder[] = "notes";
constexpr std::string_view kNoteEnd = ".json";
constexpr char kClosed[] = "closed.json", kFailure[] = "failure.json";
constexpr uint64_t kSmallMax = 1024 * 1024;

// File names are raw bytes and JSON is UTF-8: what is not UTF-8 travels as {"hex": …}.
json path_to_json(const std::string& path) {
  json value = path;
  try {
    (void)value.dump();
    return value;
  } catch (const json::exception&) {
    return json{{"hex", to_hex(as_bytes(path))}};
  }
}

std::string path_from_json(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  auto bytes = from_hex(value.at("hex").get<std::string>());
  return bytes ? std::string(as_text(*bytes)) : std::string();
}

json reason_to_json(const Reason& reason) {
  json arguments = json::array();
  for (const std::string& argument : reason.arguments) arguments.push_back(path_to_json(argument));
  return {{"message", reason.message}, {"arguments", arguments}};
}

Reason reason_from_json(const json& value) {
  Reason reason;
  reason.message = value.at("message").get<std::string>();
  for (const json& argument : value.at("arguments")) reason.arguments.push_back(path_from_json(argument));
  return reason;
}

template <typename Enum, int count>
Enum enum_from(const json& value) {
  int number = value.get<int>();
  if (number < 0 || number >= count) throw json::other_error::create(501, "enum", nullptr);
  return static_cast<Enum>(number);
}

json object_to_note(const JudgedObject& object) {
  json findings = json::array();
  for (const Finding& finding : object.findings)
    findings.push_back({{"level", static_cast<int>(finding.level)},
                        {"rule", finding.rule},
                        {"reason", reason_to_json(finding.reason)},
                        {"line", finding.line}});
  return {{"path", path_to_json(object.identity.path)},
          {"hash", object.identity.hash.hex()},
          {"mode", object.identity.mode},
          {"kind", static_cast<int>(object.kind)},
          {"provenance", static_cast<int>(object.provenance)},
          {"verdict", static_cast<int>(object.verdict)},
          {"explanation", reason_to_json(object.explanation)},
          {"findings", findings}};
}

JudgedObject object_from_note(const json& value) {
  JudgedObject object;
  object.identity.path = path_from_json(value.at("path"));
  object.identity.hash = Sha256::parse(value.at("hash").get<std::string>()).value_or(Sha256());
  object.identity.mode = value.at("mode").get<uint32_t>();
  object.kind = enum_from<ObjectKind, 6>(value.at("kind"));
  object.provenance = enum_from<Provenance, kProvenances>(value.at("provenance"));
  object.verdict = enum_from<ObjectVerdict, 3>(value.at("verdict"));
  object.explanation = reason_from_json(value.at("explanation"));
  for (const json& item : value.at("findings")) {
    Finding finding;
    finding.level = enum_from<Level, 5>(item.at("level"));
    finding.rule = item.at("rule").get<std::string>();
    finding.reason = reason_from_json(item.at("reason"));
    finding.line = item.at("line").get<uint32_t>();
    object.findings.push_back(std::move(finding));
  }
  return object;
}

// A small document of the state; nullopt when there is none.
template <typename T>
Result<std::optional<T>> load_small(fs::Dir& state, const char* name, T (*parse)(const json&)) {
  auto bytes = fs::read_file(state, name, kSmallMax);
  if (!bytes && bytes.error().code == Code::not_found) return std::optional<T>();
  if (!bytes) return fail(std::move(bytes).error());
  try {
    return std::optional<T>(parse(json::parse(as_text(*bytes))));
  } catch (const json::exception& error) {
    return fail(make_error(Code::corrupt, tr("a note is damaged: {}", error.what())).at(name));
  }
}

}  // namespace

Status save_closed(fs::Dir& state, const Closed& closed) {
  json document = {{"version", 0}, {"first_epoch", closed.first_epoch}, {"time_ns", closed.time.ns}};
  return fs::write_file_durably(state, kClosed, as_bytes(document.dump() + "\n"));
}

Result<std::optional<Closed>> load_closed(fs::Dir& state) {
  return load_small<Closed>(state, kClosed, [](const json& document) {
    return Closed{document.at("first_epoch").get<uint32_t>(), Time{document.at("time_ns").get<int64_t>()}};
  });
}

Status save_failure(fs::Dir& state, const Failure& failure) {
  json document = {{"version", 0},
                   {"time_ns", failure.time.ns},
                   {"what", path_to_json(failure.what)},
                   {"where", path_to_json(failure.where)},
                   {"next", path_to_json(failure.next)}};
  return fs::write_file_durably(state, kFailure, as_bytes(document.dump() + "\n"));
}

Status remove_failure(fs::Dir& state) {
  return state.stat(kFailure) ? state.remove(kFailure) : Status();
}

Result<std::optional<Failure>> load_failure(fs::Dir& state) {
  return load_small<Failure>(state, kFailure, [](const json& document) {
    return Failure{Time{document.at("time_ns").get<int64_t>()}, path_from_json(document.at("what")),
                   path_from_json(document.at("where")), path_from_json(document.at("next"))};
  });
}

json to_json(const JudgedObject& object) {
  json findings = json::array();
  for (const Finding& finding : object.findings)
    findings.push_back({{"verdict", aplomb::name(finding.level)},
                        {"rule", finding.rule},
                        {"reason", printable(finding.reason.text())},
                        {"line", finding.line}});
  return {{"path", printable(object.identity.path)},
          {"kind", name(object.kind)},
          {"provenance", name(object.provenance)},
          {"verdict", object.verdict == ObjectVerdict::infected ? "malicious" : "unproven"},
          {"reason", printable(object.reason().text())},
          {"sha256", object.identity.hash.hex()},
          {"findings", findings}};
}

std::string write_note(const Note& note) {
  json open = json::array();
  for (const JudgedObject& object : note.point.open) open.push_back(object_to_note(object));
  json document = {{"version", 0},
                   {"snapshot", note.point.snapshot},
                   {"site", note.site},
                   {"sequence", note.sequence},
                   {"epoch", note.epoch},
                   {"time_ns", note.point.time.ns},
                   {"evidence", note.point.evidence},
                   {"imported", note.imported},
                   {"verdict", name(note.point.verdict)},
                   {"since_ns", note.point.since.ns},
                   {"trusted_on_baseline", note.point.trusted_on_baseline},
                   {"files", note.files},
                   {"bytes", note.bytes},
                   {"open", open}};
  return document.dump(1) + "\n";
}

Result<Note> parse_note(std::string_view text) {
  try {
    json document = json::parse(text);
    Note note;
    if (document.at("version").get<int>() != 0)
      return fail(Code::unsupported, tr("a note was written by a newer Aplomb"));
    note.point.snapshot = document.at("snapshot").get<std::string>();
    note.site = document.at("site").get<std::string>();
    note.sequence = document.at("sequence").get<uint64_t>();
    note.epoch = document.at("epoch").get<uint32_t>();
    note.point.time.ns = document.at("time_ns").get<int64_t>();
    note.point.evidence = document.at("evidence").get<bool>();
    note.imported = document.value("imported", false);
    auto verdict = parse_verdict(document.at("verdict").get<std::string>());
    if (!verdict) return fail(Code::corrupt, tr("a note is damaged"));
    note.point.verdict = *verdict;
    note.point.since.ns = document.at("since_ns").get<int64_t>();
    note.point.trusted_on_baseline = document.at("trusted_on_baseline").get<uint64_t>();
    note.files = document.at("files").get<uint64_t>();
    note.bytes = document.at("bytes").get<uint64_t>();
    for (const json& object : document.at("open")) note.point.open.push_back(object_from_note(object));
    return note;
  } catch (const json::exception& error) {
    return fail(Code::corrupt, tr("a note is damaged: {}", error.what()));
  }
}

Status save_note(fs::Dir& state, const Note& note) {
  TRY(fs::make_dirs(state, kFolder, 0700));
  std::string path =
      fmt::format("{}/{:08}-{}.json", kFolder, note.sequence, note.point.snapshot.substr(0, 12));
  return fs::write_file_durably(state, path, as_bytes(write_note(note)));
}

Result<std::vector<Note>> load_notes(fs::Dir& state, Log& log) {
  std::vector<Note> notes;
  auto folder = state.open_dir(kFolder);
  if (!folder) return notes;
  for (const fs::Entry& entry : TRY((*folder)->list())) {
    if (!entry.name.ends_with(kNoteEnd)) continue;
    auto bytes = fs::read_file(**folder, entry.name, kNoteMax);
    auto note = bytes ? parse_note(as_text(*bytes)) : Result<Note>(fail(std::move(bytes).error()));
    if (note) {
      notes.push_back(std::move(*note));
    } else {
      log.warn(tr("note {}: {}", entry.name, note.error().what));
    }
  }
  std::ranges::sort(notes, {}, &Note::sequence);
  return notes;
}

Result<std::vector<Noted>> list_notes(fs::Dir& state) {
  std::vector<Noted> noted;
  auto folder = state.open_dir(kFolder);
  if (!folder) return noted;
  for (const fs::Entry& entry : TRY((*folder)->list())) {
    std::string_view name = entry.name;
    Noted note;
    auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), note.sequence);
    name.remove_prefix(static_cast<size_t>(end - name.data()));
    if (error != std::errc() || !name.starts_with('-') || !name.ends_with(kNoteEnd)) continue;
    note.snapshot = name.substr(1, name.size() - 1 - kNoteEnd.size());
    noted.push_back(std::move(note));
  }
  std::ranges::sort(noted, {}, &Noted::sequence);
  return noted;
}

}  // namespace aplomb::judge
