#include "cli/incident_evidence.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "archive/restore.h"
#include "base/messages.h"
#include "cli/who.h"

namespace aplomb::cli {
namespace {

constexpr char kSums[] = "SHA256SUMS";

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

Result<Sha256> hash_file(fs::Dir& dir, const std::string& name) {
  auto file = TRY(dir.open(name, fs::Open::read));
  crypto::Sha256Stream hash;
  Bytes buffer(1 << 20);
  for (uint64_t position = 0;;) {
    size_t got = TRY(file->read_at(position, buffer));
    if (got == 0) return hash.finish();
    hash.update(ByteView(buffer).first(got));
    position += got;
  }
}

Status add_sums(fs::Dir& dir, const std::string& path, std::string& sums, ExportedEvidence& out) {
  for (const fs::Entry& entry : TRY(dir.list())) {
    const std::string below = fs::join_path(path, entry.name);
    if (entry.type == fs::FileType::directory) {
      TRY(add_sums(*TRY(dir.open_dir(entry.name)), below, sums, out));
    } else if (entry.type == fs::FileType::regular) {
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

std::string timeline_line(Time time, const std::string& message, const char* what) {
  return dump({{"message", message}, {"datetime", to_iso(time)}, {"timestamp_desc", what}}) + "\n";
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
    auto facts = nlohmann::json::parse(snapshot->manifest().facts_json, nullptr, false);
    TRY(put("exhibits/2/volatile.json", dump(facts.is_discarded() ? nlohmann::json() : facts, 1) + "\n"));
    TRY(write_lists(*snapshot));
    TRY(put("journal.jsonl", std::string(as_text(TRY(journal_.text())))));
    TRY(put("custody.json", dump(custody(snapshot->info(), snapshot->manifest()), 1) + "\n"));
    TRY(put("README.txt", readme()));
    std::string sums;
    TRY(add_sums(folder_, "", sums, out_));
    TRY(put(kSums, sums));
    out_.manifest_hash = crypto::sha256(as_bytes(sums)).hex();
    return std::move(out_);
  }

 private:
  Status put(const std::string& path, const std::string& text) {
    return fs::write_file_durably(folder_, path, as_bytes(text), 0600);
  }

  Status write_lists(archive::VaultSnapshot& snapshot) {
    std::string body, timeline;
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
      if (entry.kind == incident::Kind::sealed || entry.kind == incident::Kind::exported)
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
    return {
        {"case_number", journal_.case_id()},
        {"site", site_.name},
        {"exhibits",
         {exhibit(1, "website as found: files and databases"), exhibit(2, "volatile state of the machine")}},
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

  std::string readme() const {
    return tr("Evidence of the case {} (site {}), as it was sealed in the vault.", journal_.case_id(),
              site_.name) +
           "\n\n" +
           tr("exhibits/1 is the website as it was found, exhibits/2 what the memory of the machine held. "
              "Nothing "
              "in exhibits/ may be opened with anything that executes it: it may hold malware.") +
           "\n" + tr("To check that nothing was changed since the export:") +
           "\n\n    sha256sum -c SHA256SUMS\n\n" +
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
  if (journal.is_open())
    TRY(journal.append(incident::Kind::exported,
                       {{"folder", printable(folder)}, {"manifest", exported.manifest_hash}}, who_runs_this(),
                       app.clock().now()));
  return exported;
}

}  // namespace aplomb::cli
