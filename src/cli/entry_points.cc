#include "cli/entry_points.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>

#include "archive/take_snapshot.h"
#include "base/messages.h"
#include "judge/machine.h"
#include "site/paths.h"
#include "trace/endpoints.h"

namespace aplomb::cli {
namespace {

constexpr size_t kShownMax = 10, kPaperMax = 50;

// To the second, in the machine's own time zone: what stands in the log.
std::string exact(Time time) {
  const int64_t second = (time.ns / kSecond % 60 + 60) % 60;
  return fmt::format("{}:{:02}", to_local(time), second);
}

std::string place_text(const trace::Place& place) {
  return tr("{}, line {}", printable(place.file), place.line);
}

std::string hit_text(const trace::Hit& hit) {
  switch (hit.kind) {
    case trace::LineKind::login:
      return tr("SSH session of {}", printable(hit.account));
    case trace::LineKind::upload:
      return tr("file transfer of {}", printable(hit.target));
    case trace::LineKind::package:
      return tr("package {}", printable(hit.target));
    case trace::LineKind::error:
      return tr("an error message about it");
    default:
      return printable(trace::request_text(hit));
  }
}

std::string from_text(const trace::Hit& hit) {
  if (hit.address.empty()) return "";
  const std::string agent = hit.agent.empty() ? "" : fmt::format(" ({})", printable(hit.agent));
  return tr("from {}", printable(hit.address)) + agent;
}

// What the snapshot of the first bad object holds of logs: they were taken before anybody knew.
void add_vault_logs(Session& session, const SitePoints& points, trace::LogFiles& logs) {
  if (points.source != judge::Source::vault || !points.timeline.first_bad) return;
  auto reader = session.reader();
  if (!reader) return;
  auto info = (*reader)->find(points.points[*points.timeline.first_bad].snapshot);
  if (!info) return;
  auto opened = archive::VaultSnapshot::open(**reader, *info);
  if (!opened) return;
  std::shared_ptr<archive::VaultSnapshot> snapshot = std::move(*opened);
  auto lock = std::make_shared<std::mutex>();  // a reader is one thread's
  std::vector<trace::LogFile> files;
  (void)snapshot->for_each([&](const std::string& path, const vault::Node& node) -> Status {
    if (!node.is_file() || node.size == 0 || files.size() >= 1000) return {};
    const auto [folder, name] = fs::split_path(path);
    const std::string within = "/" + folder + "/";
    const bool in_logs = within.find("/logs/") != within.npos || within.find("/log/") != within.npos;
    if (!trace::is_log_name(name) || (!in_logs && name.find("access") == name.npos)) return {};
    trace::LogFile file;
    file.path = tr("snapshot {}", short_id(info->id.hex())) + ":/" + path;
    file.series = file.path.substr(0, file.path.rfind('/') + 1) + trace::parse_rotated(name).series;
    file.written = Time{node.mtime_ns};
    file.size = node.size;
    file.open = [snapshot, lock, path, node]() -> Result<trace::ReadAt> {
      return [snapshot, lock, path, node](uint64_t offset, std::span<uint8_t> out) -> Result<size_t> {
        std::lock_guard guard(*lock);
        if (offset >= node.size) return size_t{0};
        Bytes bytes =
            TRY(snapshot->read(path, node, offset, std::min<uint64_t>(out.size(), node.size - offset)));
        std::ranges::copy(bytes, out.begin());
        return bytes.size();
      };
    };
    files.push_back(std::move(file));
    return {};
  });
  trace::LogFiles held = trace::in_series(std::move(files));
  for (trace::LogFile& file : held.files) logs.files.push_back(std::move(file));
  for (trace::Gap& gap : held.gaps) logs.gaps.push_back(std::move(gap));
}

const trace::EntryPoint* entry_of(const trace::Trace& trace, const std::string& object) {
  for (size_t i = 0; i < trace.suspects.size() && i < trace.entries.size(); ++i)
    if (trace.suspects[i].object == object) return &trace.entries[i];
  return nullptr;
}

std::string account_text(const trace::EntryPoint& entry) {
  if (!entry.account.empty()) return printable(entry.account);
  if (!entry.signed_in) return "";
  return tr("signed in through {} at {}; logs do not hold the name", printable(entry.signed_in->target),
            exact(entry.signed_in->time));
}

nlohmann::json or_null(const std::string& text) {
  return text.empty() ? nlohmann::json(nullptr) : nlohmann::json(printable(text));
}

nlohmann::json hit_document(const trace::Hit& hit) {
  return {{"time", to_iso(hit.time)},
          {"address", or_null(hit.address)},
          {"request", printable(hit_text(hit))},
          {"status", hit.status},
          {"bytes", hit.bytes},
          {"log", printable(hit.place.file)},
          {"line", hit.place.line}};
}

}  // namespace

namespace {

// When the files were changed last, as the snapshot of their first appearance has them; on the machine, as
// its last backup has them. What does not fit the time of the appearance is left out by make_suspect().
using Changed = std::map<std::string, Time>;  // by snapshot and path

std::string key_of(const judge::Event& event, bool vault) {
  return (vault ? event.snapshot : std::string()) + "\n" + event.path;
}

Changed changed_in_vault(Session& session, const std::vector<judge::Event>& events) {
  Changed changed;
  auto reader = session.reader();
  std::string opened_id;
  std::unique_ptr<archive::VaultSnapshot> snapshot;
  for (const judge::Event& event : events) {
    if (!reader || event.path.starts_with("db:")) continue;
    if (event.snapshot != opened_id) {
      opened_id = event.snapshot;
      auto info = (*reader)->find(event.snapshot);
      auto opened = info ? archive::VaultSnapshot::open(**reader, *info)
                         : Result<std::unique_ptr<archive::VaultSnapshot>>(fail(std::move(info).error()));
      snapshot = opened ? std::move(*opened) : nullptr;
    }
    auto node = snapshot ? snapshot->find(event.path) : Result<vault::Node>(fail(Code::not_found, ""));
    if (node) changed[key_of(event, true)] = Time{node->ctime_ns};
  }
  return changed;
}

Changed changed_on_machine(Session& session, const site::SiteConfig& site,
                           const std::vector<judge::Event>& events) {
  Changed changed;
  std::set<std::string> wanted;
  for (const judge::Event& event : events) wanted.insert(event.path);
  App& app = session.app();
  const std::string state = session.state(site).path;
  const archive::Machine machine = app.machine();
  auto key = judge::load_writer_key(machine, state);
  if (!key) return changed;
  auto snapshot = archive::open_machine_snapshot(machine, *key, state);
  if (!snapshot) return changed;
  (void)(*snapshot)->for_each([&](const std::string& path, const vault::Node& node) -> Status {
    if (wanted.contains(path)) changed["\n" + path] = Time{node.ctime_ns};
    return {};
  });
  return changed;
}

std::vector<trace::Suspect> suspects_of(Session& session, const site::SiteConfig& site,
                                        const SitePoints& points) {
  std::vector<judge::Event> events;
  for (const judge::Event& event : points.timeline.events)
    if (event.kind != "missing" && !event.path.empty() && events.size() < trace::kSuspectsMax)
      events.push_back(event);
  if (events.empty()) return {};
  const bool vault = points.source == judge::Source::vault;
  const Changed changed =
      vault ? changed_in_vault(session, events) : changed_on_machine(session, site, events);
  std::vector<trace::Suspect> suspects;
  for (const judge::Event& event : events) {
    std::optional<Time> before, at;
    for (const judge::Point& point : points.points) {
      if (point.snapshot == event.snapshot) break;
      before = point.time;
    }
    if (auto found = changed.find(key_of(event, vault)); found != changed.end()) at = found->second;
    suspects.push_back(trace::make_suspect(event.path, at, before, event.time));
  }
  return suspects;
}

}  // namespace

trace::Trace trace_site(Session& session, const site::SiteConfig& site, const SitePoints& points) {
  trace::TraceRequest request;
  request.suspects = suspects_of(session, site, points);
  if (request.suspects.empty()) return {};
  App& app = session.app();
  request.labels = archive::root_labels(site.roots);
  request.logs = trace::find_logs(app.fs(), {site.roots, site.logs});
  add_vault_logs(session, points, request.logs);
  request.may_be_packaged = std::ranges::any_of(site.roots, [](const std::string& root) {
    return site::is_beneath(root, "/usr") || site::is_beneath(root, "/var/lib");
  });
  uint64_t bytes = 0;
  for (const trace::LogFile& file : request.logs.files) bytes += file.size;
  app.progress().stage(tr("reading the logs"), bytes);
  trace::Trace found = trace::trace(std::move(request), app.progress());
  app.progress().done();
  return found;
}

std::string entry_text(const trace::Trace& trace, const std::string& object) {
  const trace::EntryPoint* entry = entry_of(trace, object);
  if (!entry) return "";
  std::string text;
  auto line = [&](const std::string& one) { text += (text.empty() ? "      " : "\n      ") + one; };
  if (entry->made_by) {
    const trace::Hit& hit = *entry->made_by;
    std::string what =
        tr("came in ({}): {}, {}", words_of(entry->confidence), hit_text(hit), exact(hit.time));
    if (std::string from = from_text(hit); !from.empty()) what += ", " + from;
    line(what);
    if (std::string account = account_text(*entry); !account.empty()) line("  " + tr("account: {}", account));
    for (const Reason& why : entry->why) line("  " + tr("because: {}", printable(why.text())));
    line("  " + tr("source: {}", place_text(hit.place)));
  } else {
    line(tr("how it came in is unknown: {}", entry->why.empty() ? "" : printable(entry->why.front().text())));
  }
  if (entry->first_use) {
    const trace::Hit& use = *entry->first_use;
    line(tr("first used: {}, {}; {}", exact(use.time), use.address.empty() ? hit_text(use) : from_text(use),
            place_text(use.place)));
  }
  return text;
}

std::string surroundings_text(const trace::Trace& trace) {
  std::string text;
  auto line = [&](const std::string& one) { text += (text.empty() ? "" : "\n") + one; };
  if (!trace.addresses.empty()) line(tr("What else these addresses did:"));
  for (const auto& [address, facts] : trace.addresses) {
    line("  " + tr("{}: {} requests from {} to {}, {} that could write, {} refused, {} sent to it",
                   printable(address), facts.requests, exact(facts.first), exact(facts.last), facts.wrote,
                   facts.refused, human_size(facts.bytes)));
    for (size_t i = 0; i < facts.large.size() && i < kShownMax; ++i)
      line("    " + tr("read in volume: {}, {}, {}; {}", hit_text(facts.large[i]),
                       human_size(facts.large[i].bytes), exact(facts.large[i].time),
                       place_text(facts.large[i].place)));
  }
  bool any = false;
  for (size_t i = 0; i < trace.dumps.size() && i < kShownMax; ++i) {
    if (!any) line(tr("Dumps and archives that were fetched from the site:"));
    any = true;
    const trace::Hit& hit = trace.dumps[i];
    line(fmt::format("  {}: {}, {}, {}; {}", exact(hit.time), hit_text(hit), human_size(hit.bytes),
                     from_text(hit), place_text(hit.place)));
  }
  if (!trace.gaps.empty()) line(tr("What the logs do not show:"));
  for (const trace::Gap& gap : trace.gaps)
    line(gap.log.empty() ? "  " + printable(gap.why.text())
                         : fmt::format("  {}: {}", printable(gap.log), printable(gap.why.text())));
  return text;
}

nlohmann::json entries_document(const trace::Trace& trace) {
  nlohmann::json document = nlohmann::json::array();
  for (size_t i = 0; i < trace.entries.size(); ++i) {
    const trace::EntryPoint& entry = trace.entries[i];
    nlohmann::json why = nlohmann::json::array();
    for (const Reason& reason : entry.why) why.push_back(printable(reason.text()));
    nlohmann::json one = {
        {"object", printable(trace.suspects[i].object)},
        {"way", name(entry.way)},
        {"confidence", name(entry.confidence)},
        {"why", why},
        {"account", or_null(account_text(entry))},
        {"first_use", entry.first_use ? hit_document(*entry.first_use) : nlohmann::json(nullptr)}};
    for (const char* key : {"request", "time", "address", "agent", "log", "line"}) one[key] = nullptr;
    if (entry.made_by) {
      one["request"] = hit_text(*entry.made_by);
      one["time"] = to_iso(entry.made_by->time);
      one["address"] = or_null(entry.made_by->address);
      one["agent"] = or_null(entry.made_by->agent);
      one["log"] = printable(entry.made_by->place.file);
      one["line"] = entry.made_by->place.line;
    }
    document.push_back(std::move(one));
  }
  return document;
}

nlohmann::json gaps_document(const trace::Trace& trace) {
  nlohmann::json document = nlohmann::json::array();
  for (const trace::Gap& gap : trace.gaps)
    document.push_back({{"kind", gap.kind},
                        {"log", or_null(gap.log)},
                        {"from", gap.from ? nlohmann::json(to_iso(*gap.from)) : nlohmann::json(nullptr)},
                        {"to", gap.to ? nlohmann::json(to_iso(*gap.to)) : nlohmann::json(nullptr)},
                        {"why", printable(gap.why.text())}});
  return document;
}

nlohmann::json addresses_document(const trace::Trace& trace) {
  nlohmann::json document = nlohmann::json::array();
  for (const auto& [address, facts] : trace.addresses) {
    nlohmann::json large = nlohmann::json::array();
    for (const trace::Hit& hit : facts.large) large.push_back(hit_document(hit));
    document.push_back({{"address", printable(address)},
                        {"requests", facts.requests},
                        {"answered", facts.answered},
                        {"refused", facts.refused},
                        {"could_write", facts.wrote},
                        {"bytes", facts.bytes},
                        {"first", to_iso(facts.first)},
                        {"last", to_iso(facts.last)},
                        {"read_in_volume", large}});
  }
  return document;
}

nlohmann::json fetched_document(const trace::Trace& trace) {
  nlohmann::json document = nlohmann::json::array();
  for (const trace::Hit& hit : trace.dumps) document.push_back(hit_document(hit));
  return document;
}

void add_trace(incident::Known& known, const trace::Trace& trace) {
  known.logs_read = trace.read.size();
  for (size_t i = 0; i < trace.entries.size() && known.ways_in.size() < kPaperMax; ++i) {
    const trace::EntryPoint& entry = trace.entries[i];
    if (!entry.made_by) continue;
    const trace::Hit& hit = *entry.made_by;
    incident::WayIn way;
    way.time = hit.time;
    way.object = printable(trace.suspects[i].object);
    way.way = name(entry.way);
    way.request = printable(trace::request_text(hit));
    way.address = printable(hit.address);
    way.agent = printable(hit.agent);
    way.account = printable(entry.account);
    way.confidence = name(entry.confidence);
    way.log = printable(hit.place.file);
    way.line = hit.place.line;
    known.ways_in.push_back(std::move(way));
  }
  for (const auto& [address, facts] : trace.addresses)
    known.addresses.push_back({printable(address), facts.requests, facts.bytes, facts.first, facts.last});
  for (const trace::Gap& gap : trace.gaps)
    if (known.log_gaps.size() < kPaperMax)
      known.log_gaps.push_back({gap.kind, printable(gap.log), gap.from, gap.to});
}

}  // namespace aplomb::cli
