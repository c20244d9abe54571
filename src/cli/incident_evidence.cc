#include "cli/incident_evidence.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "archive/restore.h"
#include "base/messages.h"
#include "cli/files.h"
#include "cli/who.h"
#include "evidence/items.h"
#include "site/paths.h"

namespace aplomb::cli {
namespace {

constexpr char kSums[] = "SHA256SUMS";
constexpr uint64_t kAddedMax = 512ULL << 20;

std::string dump(const nlohmann::json& json, int indent = -1) {
  return json.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
}

// As GNU sha256sum writes a name with a line feed or a backslash in it.
std::string sum_line(const Sha256& hash, const std::string& path) {
  std::string name;
  bool escaped = false;
  for (char c : path) {
    if (c == '\\' || c == '\n' || c == '\r') {
      escaped = true;
      name += c == '\\' ? "\\\\" : c == '\n' ? "\\n" : "\\r";
    } else {
      name += c;
    }
  }
  return (escaped ? "\\" : "") + hash.hex() + "  " + name + "\n";
}

enum class Locked : uint8_t { leave, open };

// An intruder's file may forbid everybody to read it. What it forbade stands in bodyfile.txt; the copy is
// opened.
Status add_sums(fs::Dir& dir, const std::string& path, Locked locked, std::string& sums,
                ExportedEvidence& out) {
  for (const fs::Entry& entry : TRY(dir.list())) {
    const std::string below = fs::join_path(path, entry.name);
    const bool folder = entry.type == fs::FileType::directory;
    if (!folder && entry.type != fs::FileType::regular) continue;
    const uint32_t needed = folder ? 0500 : 0400;
    const uint32_t mode = TRY(dir.stat(entry.name)).mode;
    if (locked == Locked::open && (mode & needed) != needed) TRY(dir.set_mode(entry.name, mode | needed));
    if (folder) {
      TRY(add_sums(*TRY(dir.open_dir(entry.name)), below, locked, sums, out));
    } else {
      sums += sum_line(TRY(hash_file(dir, entry.name)), below);
      ++out.files;
      out.bytes += TRY(dir.stat(entry.name)).size;
    }
  }
  return {};
}

char type_letter(fs::FileType type) {
  switch (type) {
    case fs::FileType::directory:
      return 'd';
    case fs::FileType::symlink:
      return 'l';
    case fs::FileType::regular:
      return 'r';
    default:
      return '-';
  }
}

std::string mode_text(const vault::Node& node) {
  std::string text{type_letter(node.type), '/', node.is_file() ? 'r' : type_letter(node.type)};
  constexpr std::string_view kLetters = "rwxrwxrwx";
  for (unsigned i = 0; i < 9; ++i) text += node.mode >> (8 - i) & 1 ? kLetters[i] : '-';
  return text;
}

// The Sleuth Kit, body file version 3: MD5|name|inode|mode|UID|GID|size|atime|mtime|ctime|crtime.
std::string body_line(const std::string& path, const vault::Node& node) {
  std::string name = printable(path);
  std::ranges::replace(name, '|', '_');
  return fmt::format("0|{}|{}|{}|{}|{}|{}|0|{}|0|0\n", name, node.inode, mode_text(node), node.uid, node.gid,
                     node.size, node.mtime_ns / kSecond);
}

// Timesketch indexes no longer words (32,766 bytes, of which escapes may take a part).
constexpr size_t kMessageMax = 16 << 10;

std::string timeline_line(Time time, const std::string& message, const char* what) {
  return dump({{"message", message.substr(0, kMessageMax)},
               {"datetime", to_iso(time)},
               {"timestamp_desc", what}}) +
         "\n";
}

class Exporter {
 public:
  Exporter(Session& session, const site::SiteConfig& site, const incident::Journal& journal, fs::Dir& folder)
      : session_(session), app_(session.app()), site_(site), journal_(journal), folder_(folder) {}

  Result<ExportedEvidence> run(const std::string& snapshot_id) {
    vault::VaultReader* reader = TRY(session_.reader());
    auto snapshot = TRY(archive::VaultSnapshot::open(*reader, TRY(reader->find(snapshot_id))));
    TRY(fs::make_dirs(folder_, "exhibits/1", 0700));
    TRY(fs::make_dirs(folder_, "exhibits/2", 0700));
    auto first = TRY(folder_.open_dir("exhibits/1"));
    auto counts = TRY(archive::restore(*snapshot, *first, {}, app_.progress()));
    for (const archive::Skipped& problem : counts.problems)
      out_.problems.push_back(printable(problem.path) + ": " + problem.reason);
    // An ordinary backup, where the case is led from the vault alone, has none.
    volatile_ = snapshot->manifest().evidence;
    auto facts = nlohmann::json::parse(snapshot->manifest().facts_json, nullptr, false);
    TRY(put("exhibits/2/volatile.json", dump(facts.is_discarded() ? nlohmann::json() : facts, 1) + "\n"));
    TRY(put_collected(*snapshot));
    TRY(put_added());
    TRY(put("items.json", dump(items_, 1) + "\n"));
    TRY(write_lists(*snapshot));
    TRY(put("journal.jsonl", std::string(as_text(TRY(journal_.text())))));
    TRY(put("custody.json", dump(custody(snapshot->info(), snapshot->manifest()), 1) + "\n"));
    ExportedEvidence others;
    std::string sums;
    TRY(add_sums(folder_, "", Locked::open, sums, others));
    TRY(put("README.txt", readme(others.files + 1)));
    sums.clear();
    TRY(add_sums(folder_, "", Locked::open, sums, out_));
    TRY(put(kSums, sums));
    out_.manifest_hash = crypto::sha256(as_bytes(sums)).hex();
    return std::move(out_);
  }

 private:
  Status put(const std::string& path, const std::string& text) {
    return fs::write_file_durably(folder_, path, as_bytes(text), 0600);
  }

  // As bytes that only their owner can read. One that cannot be written does not keep the others back: its
  // name may be longer than this file system allows.
  bool keep(const std::string& path, ByteView bytes) {
    auto written = [&]() -> Status {
      TRY(fs::make_dirs(folder_, fs::split_path(path).first, 0700));
      auto file = TRY(folder_.open(path, fs::Open::create_new));
      TRY(file->write_at(0, bytes));
      return file->set_mode(0400);
    }();
    if (!written) out_.problems.push_back(printable(path) + ": " + written.error().what);
    return written.has_value();
  }

  // Who wrote the snapshot may be the attacker: paths are checked.
  Status put_collected(archive::VaultSnapshot& snapshot) {
    for (const archive::PageEntry& page : snapshot.manifest().pages) {
      constexpr std::string_view kBegin = evidence::kExhibitPage;
      if (!page.url_path.starts_with(kBegin)) continue;
      const std::string path = page.url_path.substr(kBegin.size());
      auto read = snapshot.page(page);
      if (!read) {
        out_.problems.push_back(printable(path) + ": " + read.error().what);
        continue;
      }
      const Bytes& bytes = *read;
      if (path == "items.json") {
        auto listed = nlohmann::json::parse(as_text(bytes), nullptr, false);
        if (listed.is_array())
          for (nlohmann::json& item : listed) items_.push_back(std::move(item));
        continue;
      }
      const bool numbered = path.size() > 2 && path[0] >= '3' && path[0] <= '8' && path[1] == '/';
      if (!numbered || !fs::valid_path(path) || !keep("exhibits/" + path, bytes)) continue;
      collected_.insert(path[0] - '0');
    }
    return {};
  }

  // What people added by hand lies in the folder of the case; the signed journal has its hash.
  Status put_added() {
    auto case_folder = TRY(journal_.folder());
    for (const incident::Entry& entry : journal_.entries()) {
      if (entry.kind != incident::Kind::added) continue;
      const std::string file = entry.field("file");
      if (!fs::valid_path(file) || !file.starts_with("exhibits/")) continue;
      Bytes bytes = TRY(fs::read_file(*case_folder, file, kAddedMax));
      if (crypto::sha256(bytes).hex() != entry.field("sha256"))
        out_.problems.push_back(
            tr("exhibit {} is no longer what the journal says: {}", entry.field("exhibit"), file));
      if (!keep(file, bytes)) continue;
      items_.push_back({{"exhibit", entry.field("exhibit")},
                        {"file", file},
                        {"source", entry.field("source")},
                        {"how", "added by hand: " + entry.field("text")},
                        {"added_by", entry.who},
                        {"taken", to_iso(entry.time)},
                        {"size", bytes.size()},
                        {"sha256", entry.field("sha256")}});
      added_.push_back(&entry);
    }
    return {};
  }

  Status write_lists(archive::VaultSnapshot& snapshot) {
    std::string body, timeline;
    for (const nlohmann::json& item : items_) {
      const std::string source = item.value("source", ""), changed = item.value("changed", "");
      if (auto time = parse_iso(changed))
        timeline += timeline_line(*time, printable(source), "Metadata Change Time");
      if (auto time = parse_iso(item.value("modified", "")))
        timeline += timeline_line(*time, printable(source), "Content Modification Time");
    }
    TRY(snapshot.for_each([&](const std::string& path, const vault::Node& node) -> Status {
      body += body_line(path, node);
      timeline += timeline_line(Time{node.mtime_ns}, printable(path), "Content Modification Time");
      return {};
    }));
    for (const incident::Entry& entry : journal_.entries()) {
      std::string message = fmt::format("journal {}: {}", entry.number, incident::name(entry.kind));
      for (const auto& [field, value] : entry.fields)
        if (field != "key") message += fmt::format(", {}={}", field, printable(value));
      timeline += timeline_line(entry.time, message, "Incident Journal");
    }
    TRY(put("bodyfile.txt", body));
    return put("timeline.jsonl", timeline);
  }

  nlohmann::json custody(const vault::SnapshotInfo& info, const archive::Manifest& manifest) {
    nlohmann::json chain = nlohmann::json::array();
    for (const incident::Entry& entry : journal_.entries())
      if (entry.kind == incident::Kind::sealed || entry.kind == incident::Kind::exported ||
          entry.kind == incident::Kind::added)
        chain.push_back({{"time", to_iso(entry.time)},
                         {"who", entry.who},
                         {"what", incident::name(entry.kind)},
                         {"fields", entry.fields}});
    auto exhibit = [&](int number, const char* what) {
      return nlohmann::json{{"case_number", journal_.case_id()},
                            {"exhibit_number", number},
                            {"description", what},
                            {"acquired", to_iso(manifest.taken)},
                            {"snapshot", info.id.hex()},
                            {"received_by_vault", to_iso(info.received)}};
    };
    nlohmann::json exhibits = {exhibit(1, "website as found: files and databases")};
    if (volatile_) exhibits.push_back(exhibit(2, "volatile state of the machine"));
    constexpr std::pair<int, const char*> kCollected[] = {
        {3, "programs of running processes and their memory maps"},
        {4, "temporary folders: what could be executed"},
        {5, "what starts by itself, and who may come in"},
        {6, "configuration of web server and PHP"},
        {7, "logs"},
        {8, "list of packages"}};
    for (const auto& [number, what] : kCollected)
      if (collected_.contains(number)) exhibits.push_back(exhibit(number, what));
    for (const incident::Entry* entry : added_)
      exhibits.push_back({{"case_number", journal_.case_id()},
                          {"exhibit_number", std::atoi(entry->field("exhibit").c_str())},
                          {"description", entry->field("text")},
                          {"acquired", to_iso(entry->time)},
                          {"added_by", entry->who}});
    return {{"case_number", journal_.case_id()},
            {"site", site_.name},
            {"exhibits", exhibits},
            {"clock_offset", clock_offset(info)},
            {"tool_sha256_when_opened", journal_.entries().front().field("tool_sha256")},
            {"acquired_with", manifest.tool},
            {"exported_with", tool_name()},
            {"exported_with_sha256", tool_hash()},
            {"exported_by", who_runs_this()},
            {"exported_on", machine_name()},
            {"exported_at", to_iso(app_.clock().now())},
            {"journal_head", to_hex(journal_.head().bytes)},
            {"journal_key", journal_.key().hex()},
            {"chain_of_custody", chain}};
  }

  // How far the clock of the machine was from that of the vault's own machine when the evidence was sealed.
  nlohmann::json clock_offset(const vault::SnapshotInfo& info) const {
    const incident::Entry* sealed = journal_.last(incident::Kind::sealed);
    const bool other =
        session_.config().vault.starts_with("ssh:") || session_.config().vault.starts_with("s3:");
    if (sealed && sealed->field("from") == "vault")
      return {{"measured", false}, {"why", "the vault had received it before the case was opened"}};
    if (!sealed || !other) return {{"measured", false}, {"why", "the vault is on the same machine"}};
    return {{"measured", true},
            {"seconds", (sealed->time.ns - info.received.ns) / kSecond},
            {"against", "the clock of the vault, between its receipt and the entry in the journal"}};
  }

  std::string readme(uint64_t files) const {
    return tr("Evidence of the case {} (site {}), as it was sealed in the vault.", journal_.case_id(),
              site_.name) +
           "\n\n" +
           tr("exhibits/1 is the website as it was found, exhibits/2 what the memory of the machine held; "
              "custody.json says what the others are, items.json where each of their files comes from. "
              "Nothing in "
              "exhibits/ may be opened with anything that executes it: it may hold malware.") +
           "\n" + tr("To check that nothing was changed since the export:") +
           "\n\n    sha256sum -c SHA256SUMS\n    find . -type f ! -path ./SHA256SUMS -printf . | wc -c\n\n" +
           tr("Every line must end with OK, and the second command must say {}: one more is a file that was "
              "put in "
              "afterwards.",
              files) +
           "\n" +
           tr("The SHA-256 of SHA256SUMS itself stands in the signed journal of the case (entry "
              "\"exported\"), which "
              "stays with the site: aplomb incident show.") +
           "\n";
  }

  Session& session_;
  App& app_;
  const site::SiteConfig& site_;
  const incident::Journal& journal_;
  fs::Dir& folder_;
  ExportedEvidence out_;
  nlohmann::json items_ = nlohmann::json::array();
  bool volatile_ = false;
  std::set<int> collected_;
  std::vector<const incident::Entry*> added_;
};

}  // namespace

Result<ExportedEvidence> export_evidence(Session& session, const site::SiteConfig& site,
                                         incident::Journal& journal, const std::string& snapshot,
                                         const std::string& folder) {
  App& app = session.app();
  auto place = TRY_IN(app.fs().make_dirs(folder, 0700), tr("the folder to export to cannot be made"));
  if (!TRY(place->list()).empty())
    return fail(make_error(Code::exists, tr("this folder is not empty"))
                    .at(folder)
                    .then(tr("choose another one with --to")));
  ExportedEvidence exported = TRY(Exporter(session, site, journal, *place).run(snapshot));
  TRY(journal.append(incident::Kind::exported,
                     {{"folder", printable(folder)}, {"manifest", exported.manifest_hash}}, who_runs_this(),
                     app.clock().now()));
  return exported;
}

Result<int> add_exhibit(Session& session, incident::Journal& journal, const std::string& path,
                        const std::string& note) {
  App& app = session.app();
  auto [folder, name] = fs::split_path(path);
  auto dir = TRY(app.fs().open_dir(folder.empty() ? "/" : folder));
  Bytes bytes = TRY_IN(fs::read_file(*dir, name, kAddedMax), tr("the file to add cannot be read"));
  int number = evidence::kFirstByHand;
  for (const incident::Entry& entry : journal.entries())
    if (entry.kind == incident::Kind::added)
      number = std::max(number, std::atoi(entry.field("exhibit").c_str()) + 1);
  auto case_folder = TRY(journal.folder());
  const std::string place = "exhibits/" + std::to_string(number);
  TRY(fs::make_dirs(*case_folder, place, 0700));
  const std::string file = place + "/" + printable(name);
  TRY(fs::write_file_durably(*case_folder, file, bytes, 0400));
  TRY(journal.append(incident::Kind::added,
                     {{"exhibit", std::to_string(number)},
                      {"file", file},
                      {"source", printable(path)},
                      {"sha256", crypto::sha256(bytes).hex()},
                      {"text", note}},
                     who_runs_this(), app.clock().now()));
  return number;
}

Result<CheckedEvidence> check_evidence(Session& session, const incident::Journal& journal,
                                       const std::string& folder) {
  auto dir = TRY_IN(session.app().fs().open_dir(folder), tr("the folder to check cannot be read"));
  Bytes listed = TRY_IN(fs::read_file(*dir, kSums, 1ULL << 30), tr("the folder to check cannot be read"));
  CheckedEvidence checked;
  const std::string manifest = crypto::sha256(listed).hex();
  checked.in_journal = std::ranges::any_of(journal.entries(), [&](const incident::Entry& entry) {
    return entry.kind == incident::Kind::exported && entry.field("manifest") == manifest;
  });
  std::map<std::string, std::string> expected;  // whole lines by name, as they are written
  std::string_view text = as_text(listed);
  auto name_of = [](std::string_view line) {
    return std::string(line.substr(std::min(line.find("  ") + 2, line.size())));
  };
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.find("  ") != line.npos) expected[name_of(line)] = line;
  }
  ExportedEvidence counts;
  std::string sums;
  TRY(add_sums(*dir, "", Locked::leave, sums, counts));
  std::string_view found = sums;
  while (!found.empty()) {
    const std::string_view line = found.substr(0, found.find('\n'));
    found.remove_prefix(line.size() + 1);
    const std::string name = name_of(line);
    if (name == kSums) continue;
    ++checked.files;
    auto at = expected.find(name);
    if (at == expected.end()) {
      checked.extra.push_back(name);
      continue;
    }
    if (at->second != line) checked.changed.push_back(name);
    expected.erase(at);
  }
  for (const auto& [name, line] : expected) checked.missing.push_back(name);
  return checked;
}

}  // namespace aplomb::cli
