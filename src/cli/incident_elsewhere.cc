#include "cli/incident_elsewhere.h"

#include <algorithm>

#include "archive/snapshot_view.h"
#include "base/messages.h"
#include "cli/points.h"
#include "continuity/citizens_copy.h"
#include "judge/history.h"

namespace aplomb::cli {
namespace {

// The pages of a point, kept in clear as a backup keeps them; its id, or "none".
Result<std::string> keep_pages_of(Session& session, fs::Dir& state, const SitePoints& points) {
  if (!points.timeline.clean_point) return std::string("none");
  const judge::Point& clean = points.points[*points.timeline.clean_point];
  vault::VaultReader* reader = TRY(session.reader());
  auto snapshot = TRY(archive::VaultSnapshot::open(*reader, TRY(reader->find(clean.snapshot))));
  std::vector<continuity::CrawledPage> pages;
  for (const archive::PageEntry& page : snapshot->manifest().pages)
    if (page.url_path.starts_with('/'))
      pages.push_back({page.url_path, page.content_type, TRY(snapshot->page(page))});
  if (pages.empty()) return std::string("none");
  TRY(continuity::keep_pages(state, clean.snapshot, clean.time, pages));
  return clean.snapshot;
}

Status start_copy(Session& session, const site::SiteConfig& site) {
  App& app = session.app();
  auto state = TRY(app.fs().make_dirs(session.state(site).path, 0700));
  const SitePoints points = TRY(load_points(session, site, Earlier::left_out));
  const std::string pages = TRY(keep_pages_of(session, *state, points));
  TRY(continuity::start_copy(*state, site, session.config().language, app.clock(), app.log(), {}, pages));
  return {};
}

}  // namespace

bool is_elsewhere(Session& session, const site::SiteConfig& site) {
  auto missing = [&](const std::string& folder) {
    auto dir = session.app().fs().open_dir(folder);
    return !dir && dir.error().code == Code::not_found;
  };
  return std::ranges::all_of(site.roots, missing) &&
         !judge::load_writer_key(session.app().machine(), session.state(site).path);
}

Result<LastReceived> take_over_from_vault(Session& session, const site::SiteConfig& site) {
  if (!session.recovery_key_named())
    return fail(
        make_error(Code::key, tr("the folders of this site are not on this machine: here an incident is led "
                                 "from the vault, with the recovery key"))
            .then(tr("aplomb incident open {} --recovery-key FILE", site.name)));
  vault::VaultReader* reader = TRY(session.reader());
  const judge::History history = judge::history_of(*reader, site.name);
  if (history.current.empty())
    return fail(make_error(Code::not_found, tr("the vault holds no snapshot of this site")).at(site.name));
  if (Status copy = start_copy(session, site); !copy)
    session.app().log().warn(tr("the citizens' copy could not be started: {}", copy.error().what));
  const vault::SnapshotInfo& last = history.current.back();
  return LastReceived{last.id.hex(), last.received};
}

}  // namespace aplomb::cli
