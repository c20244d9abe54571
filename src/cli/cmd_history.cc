// `aplomb history SITE`: when each suspicious or unexplained object first appeared, and how it came in as far
// as the logs tell. With hashes of bad contents behind it: whether the site ever had one of them, also in
// backups that retention let go.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/messages.h"
#include "cli/entry_points.h"
#include "cli/points.h"
#include "cli/sightings.h"
#include "cli/verbs.h"
#include "trace/report.h"

namespace aplomb::cli {
namespace {

std::string kind_text(const std::string& kind) {
  if (kind == "malicious") return tr("malicious");
  if (kind == "known-bad") return tr("known as malware");
  if (kind == "suspicious") return tr("suspicious");
  if (kind == "opaque") return tr("cannot be looked into");
  if (kind == "missing") return tr("gone");
  return tr("unexplained");
}

void say(App& app, const SitePoints& points, const trace::Trace& trace) {
  if (points.timeline.events.empty())
    app.out().say(tr("nothing suspicious and nothing unexplained in {} snapshots", points.points.size()));
  std::string snapshot;
  for (const judge::Event& event : points.timeline.events) {
    if (event.snapshot != snapshot) {
      snapshot = event.snapshot;
      app.out().say(tr("{}, first seen in snapshot {}:", to_local(event.time), short_id(snapshot)));
    }
    app.out().say(fmt::format("  {}: {}\n      {}", kind_text(event.kind), printable(event.path),
                              printable(event.reason.text())));
    if (std::string entry = trace::entry_text(trace, event.path); !entry.empty()) app.out().say(entry);
  }
  if (std::string text = trace::surroundings_text(trace); !text.empty()) app.out().say(text);
  if (points.closed)
    app.out().say(tr("What lies before the incident that was closed on {} is not told here.",
                     to_local(*points.closed)));
  if (std::string text = caveat(points.source); !text.empty()) app.out().say(text);
}

Result<int> tell_sightings(App& app, Session& session, const site::SiteConfig& site,
                           const std::set<Sha256>& hashes) {
  std::vector<judge::Sighting> seen = TRY(sightings(session, site, hashes));
  judge::Source source = session.recovery_key_named() ? judge::Source::vault : judge::Source::machine;
  nlohmann::json document = nlohmann::json::array();
  for (const judge::Sighting& one : seen) {
    app.out().say(tr("{}, saved first: {}", to_local(one.first), printable(one.path)));
    app.out().say("  " + one.hash.hex());
    document.push_back(
        {{"time", to_iso(one.first)}, {"path", printable(one.path)}, {"sha256", one.hash.hex()}});
  }
  if (seen.empty()) app.out().say(tr("no backup of this site ever held such a content"));
  if (std::string text = caveat(source); !text.empty()) app.out().say(text);
  app.out().document({{"site", site.name}, {"seen", document}, {"source", name(source)}});
  return seen.empty() ? 0 : 1;
}

}  // namespace

Result<int> cmd_history(App& app, const Arguments& arguments) {
  auto session = TRY(Session::open(app));
  const site::SiteConfig* site = TRY(session->site(arguments.word(0)));
  std::set<Sha256> hashes = TRY(indicators(app, {arguments.words.begin() + 1, arguments.words.end()}));
  if (!hashes.empty()) return tell_sightings(app, *session, *site, hashes);
  SitePoints points = TRY(load_points(*session, *site, Earlier::left_out));
  nlohmann::json events = nlohmann::json::array();
  for (const judge::Event& event : points.timeline.events)
    events.push_back({{"time", to_iso(event.time)},
                      {"snapshot", event.snapshot},
                      {"path", printable(event.path)},
                      {"kind", event.kind},
                      {"reason", printable(event.reason.text())}});
  const trace::Trace found = trace_site(*session, *site, points);
  nlohmann::json closed = points.closed ? nlohmann::json(to_iso(*points.closed)) : nlohmann::json(nullptr);
  say(app, points, found);
  app.out().document({{"site", site->name},
                      {"events", events},
                      {"entry", trace::entries_document(found)},
                      {"gaps", trace::gaps_document(found)},
                      {"addresses", trace::addresses_document(found)},
                      {"fetched", trace::fetched_document(found)},
                      {"logs", found.read},
                      {"incident_closed", closed},
                      {"source", name(points.source)}});
  return points.incident() ? 1 : 0;
}

}  // namespace aplomb::cli
