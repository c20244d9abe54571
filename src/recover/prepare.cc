#include "recover/prepare.h"

#include <algorithm>

#include "base/messages.h"
#include "recover/quarantine.h"
#include "recover/staging.h"
#include "site/paths.h"

namespace aplomb::recover {
namespace {

constexpr uint64_t kQuarantineMax = 256ull << 20;  // larger ones stay in the evidence snapshot alone

using Place = std::pair<uint32_t, std::string>;  // number of the target, path below it

Place place_of(const site::SiteConfig& site, const std::string& path) {
  std::vector<std::string> labels = archive::root_labels(site.roots);
  for (size_t i = 0; i < labels.size(); ++i) {
    if (labels[i].empty()) return {static_cast<uint32_t>(i), path};
    if (path.starts_with(labels[i] + "/"))
      return {static_cast<uint32_t>(i), path.substr(labels[i].size() + 1)};
  }
  return {0, path};
}

Place place_of(const site::SiteConfig& site, const archive::DatabaseEntry& entry) {
  std::vector<std::string> all = targets_of(site);
  for (size_t i = 0; i < all.size(); ++i)
    if (site::is_beneath(entry.path, all[i]))
      return {static_cast<uint32_t>(i), std::string(site::relative_to(entry.path, all[i]))};
  return {0, fs::split_path(entry.path).second};
}

Status stage_file(Staging& staging, const Place& place, const PlannedFile& step, const Case& incident) {
  const auto& [area, path] = place;
  auto good = incident.good().find(step.path);
  switch (step.step) {
    case FileStep::restore:
      return staging.restore(area, path, incident.source(step.path), good->second);
    case FileStep::remove:
      return staging.remove(area, path);
    case FileStep::remove_dir:
      return staging.remove_dir(area, path);
    case FileStep::make_dir:
      return staging.make_dir(area, path, good->second);
    case FileStep::attributes:
      return staging.attributes(area, path, good->second);
  }
  return {};
}

}  // namespace

std::vector<std::string> targets_of(const site::SiteConfig& site) {
  std::vector<std::string> targets = site.roots;
  for (const site::DatabaseSpec& spec : site.databases) {
    if (spec.on_server()) continue;
    std::string folder = fs::split_path(spec.path).first;
    bool inside = std::ranges::any_of(
        targets, [&](const std::string& target) { return site::is_beneath(folder, target); });
    if (!inside) targets.push_back(folder);
  }
  return targets;
}

Status set_aside(fs::Dir& site_state, const Journal& journal, const Case& incident, Report& report) {
  std::map<std::string, const RejectedRow*> rows;
  for (const auto& [row, kind] : incident.rejected_rows()) rows[row.path] = &row;
  int number = 0;
  for (Rejected& item : report.rejected) {
    QuarantineItem entry;
    entry.id = journal.id + "-" + std::to_string(++number);
    entry.site = journal.site;
    entry.time = journal.started;
    entry.path = item.path;
    entry.kind = item.kind;
    entry.reason = item.reason;
    Bytes content;
    if (auto row = rows.find(item.path); row != rows.end()) {
      content.assign(row->second->content.begin(), row->second->content.end());
    } else if (auto node = incident.hacked_listing().find(item.path);
               node != incident.hacked_listing().end()) {
      entry.mode = node->second.mode;
      if (node->second.is_file() && node->second.size <= kQuarantineMax)
        content = TRY(incident.hacked().read(item.path, node->second, 0, UINT64_MAX));
      else if (!node->second.is_file())
        content.assign(node->second.target.begin(), node->second.target.end());
    }  // a whole database stays in the evidence snapshot
    TRY(put(site_state, entry, content));
    item.quarantine = entry.id;
  }
  return {};
}

Result<SwitchPlan> stage(const archive::Machine& machine, const site::SiteConfig& site,
                         const std::string& site_state, const std::string& id, const Case& incident,
                         const NewSecrets& secrets) {
  Staging staging(machine.fs, site_state, id);
  TRY(staging.open(targets_of(site)));
  for (const PlannedFile& step : incident.files().steps) {
    bool renewed = step.step == FileStep::restore && secrets.files.contains(step.path);
    if (!renewed) TRY(stage_file(staging, place_of(site, step.path), step, incident));
  }
  for (const auto& [path, file] : secrets.files) {
    auto [area, below] = place_of(site, path);
    TRY(staging.put_bytes(area, below, file.content, file.node));
  }
  for (const auto& [root, node] : incident.changed_roots()) TRY(staging.attributes(root, "", node));
  for (const StagedDatabase& database : incident.databases()) {
    if (!database.changed || site::engine_of(database.entry.engine) != site::DatabaseKind::sqlite) continue;
    auto [area, path] = place_of(site, database.entry);
    // The database's side files belong to the state that goes.
    for (const char* side : {"-wal", "-shm", "-journal"}) TRY(staging.remove(area, path + side));
    TRY(staging.put_bytes(area, path, database.image, database.entry.node));
  }
  SwitchPlan plan = TRY(staging.finish());
  for (const archive::Skipped& problem : staging.problems())
    machine.log.warn(tr("{}: {}", printable(problem.path), problem.reason));
  return plan;
}

}  // namespace aplomb::recover
