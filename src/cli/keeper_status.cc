#include "cli/keeper_status.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/messages.h"
#include "cli/report.h"
#include "vault/keeper.h"

namespace aplomb::cli {
namespace {

constexpr int64_t kHour = 3600 * kSecond;

std::string line_of(const HeardOf& site, const keeper::Used& used, Time now) {
  const std::string name = site.domain.hex().substr(0, 12);
  const std::string today = tr("today {} and {} snapshots", human_size(used.bytes), used.snapshots);
  if (!site.last) return tr("{}: no snapshot yet; {}", name, today);
  const int64_t hours = std::max<int64_t>(now.ns - site.last->ns, 0) / kHour;
  return tr("{}: {} snapshots, the last on {}, {} hours ago; {}", name, site.snapshots, to_local(*site.last),
            hours, today);
}

}  // namespace

std::vector<HeardOf> heard_of(const vault::LogState& state, Time now, uint64_t silent_hours) {
  std::vector<HeardOf> sites;
  for (const vault::LoggedDomain& domain : state.domains)
    if (!domain.closed) sites.push_back({domain.id, domain.opened, {}, 0, false});
  for (HeardOf& site : sites) {
    for (const vault::LoggedSnapshot& snapshot : state.snapshots) {
      if (snapshot.commit.domain != site.domain) continue;
      ++site.snapshots;
      site.last = snapshot.received;
    }
    const int64_t quiet = (now.ns - site.last.value_or(site.opened).ns) / kHour;
    site.silent = quiet >= static_cast<int64_t>(silent_hours);
  }
  return sites;
}

Result<int> keeper_status(App& app, const std::string& folder) {
  auto dir = app.fs().open_dir(folder);
  if (!dir) return fail(std::move(dir).error().in(tr("the keeper's folder cannot be opened")).at(folder));
  auto own = TRY(app.fs().open_dir(folder));
  const keeper::Limits limits = TRY(keeper::load_limits(*own));
  keeper::Usage usage(*own, app.clock(), limits);
  auto store = TRY(vault::Keeper::open(std::move(*dir), {app.clock(), app.random(), app.log()}));
  const vault::LogState state = TRY(vault::read_log_state(*store));
  const Time now = app.clock().now();
  const uint64_t free_bytes = TRY(own->free_bytes());
  const bool full = free_bytes / (1024 * 1024) < limits.free_mib_min;

  nlohmann::json sites = nlohmann::json::array();
  bool silent = false;
  for (const HeardOf& site : heard_of(state, now, limits.silent_hours)) {
    const keeper::Used used = TRY(usage.today(site.domain));
    app.out().say(line_of(site, used, now));
    if (site.silent)
      app.out().say("  " +
                    tr("nothing came for {} hours: is that machine still backed up?", limits.silent_hours));
    silent = silent || site.silent;
    sites.push_back({{"domain", site.domain.hex()},
                     {"snapshots", site.snapshots},
                     {"last", site.last ? nlohmann::json(to_iso(*site.last)) : nlohmann::json()},
                     {"silent", site.silent},
                     {"bytes_today", used.bytes},
                     {"snapshots_today", used.snapshots}});
  }
  app.out().say(tr("free: {}; {} MiB must stay free", human_size(free_bytes), limits.free_mib_min));
  if (full) app.out().say(tr("the disk is nearly full: nothing is taken any more; make room there"));
  app.out().document({{"sites", sites}, {"silent", silent}, {"free_bytes", free_bytes}, {"full", full}});
  return silent || full ? 1 : 0;
}

}  // namespace aplomb::cli
