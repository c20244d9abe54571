#include "incident/journal.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/messages.h"

namespace aplomb::incident {
namespace {

constexpr char kContext[] = "aplomb incident 1";
constexpr char kFolder[] = "incidents", kFile[] = "journal.jsonl", kKey[] = "key", kLock[] = "lock";
constexpr uint64_t kJournalMax = 64 << 20;
constexpr int kLockTries = 1500;  // half a minute: several people, and a disk that is busy

constexpr std::array<std::string_view, 13> kNames = {
    "opened",   "contained", "sealed",   "answered",  "done",   "noted",      "failed",
    "exported", "added",     "reported", "recovered", "closed", "false-alarm"};

nlohmann::json to_json(const Entry& entry, const Sha256& previous) {
  return {{"number", entry.number},   {"time", to_iso(entry.time)}, {"who", entry.who},
          {"kind", name(entry.kind)}, {"fields", entry.fields},     {"previous", to_hex(previous.bytes)}};
}

std::string dump(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Error damaged(size_t line, std::string what) {
  return make_error(Code::corrupt, tr("the journal of the incident is damaged in line {}: {}", line, what))
      .then(tr("nothing is written to it any more; keep the file as it is, and open a new case on another "
               "machine"));
}

bool is_closing(Kind kind) {
  return kind == Kind::closed || kind == Kind::false_alarm;
}

// A date as in the name of a case: 20261127.
std::string compact_date(Time time) {
  std::string iso = to_iso(time).substr(0, 10);
  std::erase(iso, '-');
  return iso;
}

struct CaseName {
  std::string date;
  uint64_t number = 0;
  auto operator<=>(const CaseName&) const = default;
};

std::optional<CaseName> parse_case(std::string_view name, std::string_view site) {
  if (!name.starts_with(site) || name.size() < site.size() + 11 || name[site.size()] != '-') return {};
  std::string_view rest = name.substr(site.size() + 1);
  CaseName found{std::string(rest.substr(0, 8)), 0};
  if (found.date.find_first_not_of("0123456789") != std::string::npos || rest[8] != '-') return {};
  for (char c : rest.substr(9)) {
    if (c < '0' || c > '9' || found.number > 1'000'000) return {};
    found.number = found.number * 10 + static_cast<uint64_t>(c - '0');
  }
  return found;
}

Result<std::vector<std::pair<CaseName, std::string>>> list_cases(fs::Dir& site_state,
                                                                 const std::string& site) {
  std::vector<std::pair<CaseName, std::string>> cases;
  auto folder = site_state.open_dir(kFolder);
  if (!folder && folder.error().code == Code::not_found) return cases;
  if (!folder) return fail(std::move(folder).error());
  for (const fs::Entry& entry : TRY((*folder)->list()))
    if (auto name = parse_case(entry.name, site)) cases.emplace_back(*name, entry.name);
  std::ranges::sort(cases);
  return cases;
}

Result<Entry> decode_entry(const nlohmann::json& json, size_t line) {
  Entry entry;
  try {
    entry.number = json.at("number").get<uint64_t>();
    entry.who = json.at("who").get<std::string>();
    entry.fields = json.at("fields").get<Fields>();
    auto time = parse_iso(json.at("time").get<std::string>());
    auto kind = parse_kind(json.at("kind").get<std::string>());
    if (!time || !kind) return fail(damaged(line, tr("it is not an entry")));
    entry.time = *time;
    entry.kind = *kind;
  } catch (const nlohmann::json::exception&) {
    return fail(damaged(line, tr("it is not an entry")));
  }
  return entry;
}

// The bytes of ENTRY within {"entry":ENTRY,"signature":"…"}, as they were signed.
std::optional<std::pair<std::string_view, std::string_view>> take_apart(std::string_view line) {
  constexpr std::string_view kHead = "{\"entry\":", kMiddle = ",\"signature\":\"", kTail = "\"}";
  constexpr size_t kHex = 2 * sizeof(crypto::Signature);
  const size_t behind = kMiddle.size() + kHex + kTail.size();
  if (line.size() <= kHead.size() + behind || !line.starts_with(kHead) || !line.ends_with(kTail)) return {};
  std::string_view rest = line.substr(line.size() - behind);
  if (!rest.starts_with(kMiddle)) return {};
  return std::pair(line.substr(kHead.size(), line.size() - kHead.size() - behind),
                   rest.substr(kMiddle.size(), kHex));
}

}  // namespace

std::string_view name(Kind kind) {
  return kNames[static_cast<size_t>(kind)];
}

std::optional<Kind> parse_kind(std::string_view name) {
  auto found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Kind>(found - kNames.begin());
}

std::string Entry::field(const std::string& name) const {
  auto found = fields.find(name);
  return found == fields.end() ? std::string() : found->second;
}

std::string encode_line(const Entry& entry, const Sha256& previous, const crypto::SigningKey& key) {
  std::string text = dump(to_json(entry, previous));
  crypto::Signature signature = crypto::sign(key, kContext, as_bytes(text));
  return "{\"entry\":" + text + ",\"signature\":\"" + to_hex(signature) + "\"}";
}

Result<Decoded> decode_journal(std::string_view text) {
  Decoded decoded;
  for (size_t begin = 0;;) {
    size_t end = text.find('\n', begin);
    if (end == std::string_view::npos) break;
    const size_t line_number = decoded.entries.size() + 1;
    std::string_view line = text.substr(begin, end - begin);
    auto parts = take_apart(line);
    auto signature = parts ? from_hex(parts->second) : std::nullopt;
    auto json = parts ? nlohmann::json::parse(parts->first, nullptr, false) : nlohmann::json();
    if (!parts || !signature || !json.is_object())
      return fail(damaged(line_number, tr("it is not an entry")));
    Entry entry = TRY(decode_entry(json, line_number));
    if (line_number == 1) {
      auto key = crypto::VerifyKey::parse(entry.field("key"));
      if (entry.kind != Kind::opened || !key) return fail(damaged(1, tr("it does not open a case")));
      decoded.key = *key;
    }
    if (entry.number != line_number || json.value("previous", "") != to_hex(decoded.head.bytes))
      return fail(damaged(line_number, tr("it does not follow the line before")));
    if (!crypto::verify(decoded.key, kContext, as_bytes(parts->first), *signature))
      return fail(damaged(line_number, tr("its signature is false")));
    decoded.head = crypto::sha256(as_bytes(line));
    decoded.entries.push_back(std::move(entry));
    decoded.whole_bytes = begin = end + 1;
  }
  return decoded;
}

Result<Journal> Journal::open_case(fs::Dir& site_state, const std::string& site, Random& random, Time now,
                                   const std::string& who, Fields fields) {
  if (auto open = TRY(current(site_state, site)))
    return fail(make_error(Code::exists, tr("the incident {} of this site is open", open->case_id()))
                    .then(tr("aplomb incident show {} tells what comes next", site)));
  uint64_t number = 1;
  const std::string date = compact_date(now);
  for (const auto& [name, folder] : TRY(list_cases(site_state, site)))
    if (name.date == date) number = std::max(number, name.number + 1);
  Journal journal;
  journal.case_id_ = site + "-" + date + "-" + std::to_string(number);
  const std::string place = std::string(kFolder) + "/" + journal.case_id_;
  TRY(fs::make_dirs(site_state, place, 0700));
  journal.folder_ = TRY(site_state.open_dir(place));
  journal.key_ = crypto::make_signing_key(random);
  TRY(fs::write_file_durably(*journal.folder_, kKey, journal.key_.seed.view(), 0600));
  TRY(TRY(site_state.open_dir(kFolder))->sync());
  TRY(site_state.sync());
  fields["key"] = journal.key_.verify_key.hex();
  fields["site"] = site;
  TRY(journal.append(Kind::opened, std::move(fields), who, now));
  return journal;
}

Result<std::optional<Journal>> Journal::current(fs::Dir& site_state, const std::string& site,
                                                bool closed_too) {
  auto cases = TRY(list_cases(site_state, site));
  for (auto place = cases.rbegin(); place != cases.rend(); ++place) {
    Journal journal = TRY(load(site_state, place->second));
    if (journal.entries_.empty()) continue;  // killed before its first entry
    if (!journal.is_open() && !closed_too) return std::optional<Journal>();
    return std::optional(std::move(journal));
  }
  return std::optional<Journal>();
}

Result<Journal> Journal::load(fs::Dir& site_state, const std::string& case_id) {
  Journal journal;
  journal.case_id_ = case_id;
  journal.folder_ = TRY(site_state.open_dir(std::string(kFolder) + "/" + case_id));
  TRY(journal.read());
  if (journal.entries_.empty()) return journal;
  Bytes seed = TRY(fs::read_file(*journal.folder_, kKey, 32));
  const crypto::VerifyKey told = journal.key_.verify_key;
  journal.key_ = TRY(crypto::signing_key_from_seed(seed));
  if (journal.key_.verify_key != told) return fail(damaged(1, tr("the key of the case is another one")));
  return journal;
}

Status Journal::read() {
  auto bytes = fs::read_file(*folder_, kFile, kJournalMax);
  if (!bytes && bytes.error().code == Code::not_found) return {};
  if (!bytes) return fail(std::move(bytes).error());
  Decoded decoded = TRY(decode_journal(as_text(*bytes)));
  entries_ = std::move(decoded.entries);
  head_ = decoded.head;
  whole_bytes_ = decoded.whole_bytes;
  if (!entries_.empty()) key_.verify_key = decoded.key;
  return {};
}

bool Journal::is_open() const {
  return std::ranges::none_of(entries_, [](const Entry& entry) { return is_closing(entry.kind); });
}

const Entry* Journal::last(Kind kind) const {
  auto found = std::find_if(entries_.rbegin(), entries_.rend(),
                            [kind](const Entry& entry) { return entry.kind == kind; });
  return found == entries_.rend() ? nullptr : &*found;
}

Status Journal::append(Kind kind, Fields fields, const std::string& who, Time now) {
  auto lock = TRY(folder_->open(kLock, fs::Open::create));
  for (int tries = 0;; ++tries) {
    Status locked = lock->try_lock();
    if (locked) break;
    if (locked.error().code != Code::busy || tries == kLockTries)
      return fail(std::move(locked).error().in(tr("another person is writing to the journal")));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  TRY(read());
  // Evidence may be taken out years later, and its chain of custody goes on.
  if (!is_open() && kind != Kind::exported)
    return fail(make_error(Code::refused, tr("the incident {} is closed", case_id_))
                    .then(tr("aplomb incident open begins a new one")));
  Entry entry;
  entry.number = entries_.size() + 1;
  entry.time = parse_iso(to_iso(now)).value_or(now);  // as it will be read
  if (!entries_.empty())
    entry.time = std::max(entry.time, entries_.back().time);  // a clock that was set back
  entry.who = who;
  entry.kind = kind;
  entry.fields = std::move(fields);
  return write(entry);
}

Status Journal::write(const Entry& entry) {
  const std::string line = encode_line(entry, head_, key_);
  // The whole file anew, in one step: of a line that is appended, a power failure may leave anything, and a
  // last line that does not parse could not be told from one that somebody changed.
  auto bytes = fs::read_file(*folder_, kFile, kJournalMax);
  if (!bytes && bytes.error().code != Code::not_found) return fail(std::move(bytes).error());
  std::string text = bytes ? std::string(as_text(*bytes)) : std::string();
  text.resize(std::min(text.size(), whole_bytes_));
  text += line + "\n";
  TRY(fs::write_file_durably(*folder_, kFile, as_bytes(text), 0600));
  head_ = crypto::sha256(as_bytes(line));
  whole_bytes_ += line.size() + 1;
  entries_.push_back(entry);
  return {};
}

Result<Bytes> Journal::text() const {
  return fs::read_file(*folder_, kFile, kJournalMax);
}

Result<std::unique_ptr<fs::Dir>> Journal::folder() const {
  return folder_->open_dir("");
}

}  // namespace aplomb::incident
