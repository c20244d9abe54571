#include "cli/entry_points.h"

#include <algorithm>
#include <set>

#include "archive/take_snapshot.h"
#include "base/messages.h"
#include "cli/kept_logs.h"
#include "judge/machine.h"
#include "site/paths.h"
#include "trace/appearances.h"
#include "trace/endpoints.h"

namespace aplomb::cli {
namespace {

constexpr size_t kPaperMax = 50;

std::vector<trace::Appearance> appearances_of(const SitePoints& points) {
  std::vector<trace::Appearance> appearances;
  for (const judge::Event& event : points.timeline.events) {
    if (event.kind == "missing" || event.path.empty()) continue;
    trace::Appearance one{event.path, event.snapshot, event.time, std::nullopt};
    for (const judge::Point& point : points.points) {
      if (point.snapshot == event.snapshot) break;
      one.before = point.time;
    }
    appearances.push_back(std::move(one));
    if (appearances.size() >= trace::kSuspectsMax) break;
  }
  return appearances;
}

// When the files were changed last, as the snapshot of their first appearance has them.
trace::Changed changed_in_vault(Session& session, const std::vector<trace::Appearance>& appearances) {
  trace::Changed changed;
  auto reader = session.reader();
  std::string opened_id;
  std::unique_ptr<archive::VaultSnapshot> snapshot;
  for (const trace::Appearance& one : appearances) {
    if (!reader || one.object.starts_with("db:")) continue;
    if (one.snapshot != opened_id) {
      opened_id = one.snapshot;
      auto info = (*reader)->find(one.snapshot);
      auto opened = info ? archive::VaultSnapshot::open(**reader, *info)
                         : Result<std::unique_ptr<archive::VaultSnapshot>>(fail(std::move(info).error()));
      snapshot = opened ? std::move(*opened) : nullptr;
    }
    auto node = snapshot ? snapshot->find(one.object) : Result<vault::Node>(fail(Code::not_found, ""));
    if (node) changed[{one.snapshot, one.object}] = Time{node->ctime_ns};
  }
  return changed;
}

// As the machine's last backup has them.
trace::Changed changed_on_machine(Session& session, const site::SiteConfig& site,
                                  const std::vector<trace::Appearance>& appearances) {
  trace::Changed changed;
  std::set<std::string> wanted;
  for (const trace::Appearance& one : appearances) wanted.insert(one.object);
  App& app = session.app();
  const std::string state = session.state(site).path;
  const archive::Machine machine = app.machine();
  auto key = judge::load_writer_key(machine, state);
  if (!key) return changed;
  auto snapshot = archive::open_machine_snapshot(machine, *key, state);
  if (!snapshot) return changed;
  (void)(*snapshot)->for_each([&](const std::string& path, const vault::Node& node) -> Status {
    if (wanted.contains(path)) changed[{"", path}] = Time{node.ctime_ns};
    return {};
  });
  return changed;
}

}  // namespace

trace::Trace trace_site(Session& session, const site::SiteConfig& site, const SitePoints& points) {
  const std::vector<trace::Appearance> appearances = appearances_of(points);
  if (appearances.empty()) return {};
  const bool vault = points.source == judge::Source::vault;
  trace::TraceRequest request;
  request.suspects = trace::suspects_of(appearances, vault ? changed_in_vault(session, appearances)
                                                           : changed_on_machine(session, site, appearances));
  App& app = session.app();
  request.labels = archive::root_labels(site.roots);
  request.logs =
      trace::with_kept(trace::find_logs(app.fs(), {site.roots, site.logs}), logs_in_vault(session, points));
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
