// `aplomb clean-point SITE`: the last point that is proven clean before anything bad appeared, why it is that
// one, and what going back to it whole would lose.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "archive/diff.h"
#include "base/messages.h"
#include "cli/points.h"
#include "cli/report.h"
#include "cli/verbs.h"

namespace aplomb::cli {
namespace {

// What was added or changed since the clean point and is still there, without what is bad itself.
Result<std::vector<std::string>> lost_if_whole(Session& session, const SitePoints& points) {
  const judge::Point* latest = points.latest();
  if (points.source == judge::Source::machine || !points.timeline.clean_point || !latest)
    return std::vector<std::string>();
  vault::VaultReader* reader = TRY(session.reader());
  const judge::Point& clean = points.points[*points.timeline.clean_point];
  if (clean.snapshot == latest->snapshot) return std::vector<std::string>();
  auto before = TRY(archive::VaultSnapshot::open(*reader, TRY(reader->find(clean.snapshot))));
  auto after = archive::VaultSnapshot::open(*reader, TRY(reader->find(latest->snapshot)));
  if (!after && after.error().code == Code::corrupt) return std::vector<std::string>();  // its point says so
  if (!after) return fail(std::move(after).error());
  archive::Difference difference = TRY(archive::diff(*before, **after));
  std::vector<std::string> lost = std::move(difference.added);
  lost.insert(lost.end(), difference.changed.begin(), difference.changed.end());
  std::set<std::string> bad;
  for (const judge::JudgedObject& object : latest->open) bad.insert(object.identity.path);
  std::erase_if(lost, [&](const std::string& path) { return bad.contains(path); });
  std::ranges::sort(lost);
  return lost;
}

// What is said of a point by itself, whatever came before or after it.
std::string alone_text(const judge::Point& point) {
  std::vector<judge::Point> alone{point};
  if (point.verdict == judge::Verdict::proven_clean) return tr("proven clean");
  return judge::explain_point(alone, judge::build_timeline(alone), 0).text();
}

nlohmann::json points_document(const SitePoints& all) {
  nlohmann::json document = nlohmann::json::array();
  for (size_t i = 0; i < all.points.size(); ++i) {
    const judge::Point& point = all.points[i];
    document.push_back({{"snapshot", point.snapshot},
                        {"time", to_iso(point.time)},
                        {"verdict", judge::name(point.verdict)},
                        {"reason", printable(judge::explain_point(all.points, all.timeline, i).text())},
                        {"evidence", point.evidence}});
  }
  return document;
}

// Judged like the others, by what the owner signed until today; never chosen by itself.
nlohmann::json earlier_document(const SitePoints& all) {
  nlohmann::json document = nlohmann::json::array();
  for (const judge::Point& point : all.earlier)
    document.push_back({{"snapshot", point.snapshot},
                        {"time", to_iso(point.time)},
                        {"verdict", judge::name(point.verdict)},
                        {"reason", printable(alone_text(point))},
                        {"evidence", point.evidence}});
  return document;
}

void say_earlier(App& app, const SitePoints& all) {
  if (!all.closed) return;
  app.out().say(
      tr("An incident was closed on {}. Points before it are only gone back to when you name one "
         "(aplomb recover --point):",
         to_local(*all.closed)));
  std::vector<std::vector<std::string>> rows;
  for (const judge::Point& point : all.earlier)
    rows.push_back({"  ", to_local(point.time), short_id(point.snapshot), verdict_text(point.verdict),
                    printable(alone_text(point))});
  if (!rows.empty()) app.out().say(table(rows));
}

nlohmann::json first_bad_objects(const SitePoints& all) {
  nlohmann::json document = nlohmann::json::array();
  if (!all.timeline.first_bad) return document;
  const std::string& snapshot = all.points[*all.timeline.first_bad].snapshot;
  for (const judge::Event& event : all.timeline.events)
    if (event.snapshot == snapshot)
      document.push_back({{"path", printable(event.path)},
                          {"kind", event.kind},
                          {"reason", printable(event.reason.text())}});
  return document;
}

nlohmann::json id_at(const SitePoints& all, const std::optional<size_t>& index) {
  return index ? nlohmann::json(all.points[*index].snapshot) : nlohmann::json(nullptr);
}

void say_answer(App& app, const SitePoints& all) {
  const judge::Timeline& timeline = all.timeline;
  if (timeline.clean_point) {
    const judge::Point& clean = all.points[*timeline.clean_point];
    app.out().say(
        tr("The clean point is snapshot {} of {}.", short_id(clean.snapshot), to_local(clean.time)));
    app.out().say("  " + printable(judge::explain_point(all.points, timeline, *timeline.clean_point).text()));
  } else {
    app.out().say(all.points.empty() ? tr("There is no snapshot of this site yet.")
                                     : tr("No point of this site is proven clean."));
  }
  if (!timeline.first_bad) return;
  const judge::Point& bad = all.points[*timeline.first_bad];
  app.out().say(tr("The first bad point is snapshot {} of {}:", short_id(bad.snapshot), to_local(bad.time)));
  app.out().say(findings_text(bad.open));
}

void say_timeline(App& app, const SitePoints& all) {
  std::vector<std::vector<std::string>> rows;
  for (size_t i = 0; i < all.points.size(); ++i) {
    const judge::Point& point = all.points[i];
    std::string mark = all.timeline.clean_point == i ? "→" : "";
    rows.push_back({"  " + mark, to_local(point.time), short_id(point.snapshot), verdict_text(point.verdict),
                    printable(judge::explain_point(all.points, all.timeline, i).text())});
  }
  if (!rows.empty()) app.out().say(table(rows));
}

void say_lost(App& app, const SitePoints& all, const std::vector<std::string>& lost) {
  if (!all.incident() || !all.timeline.clean_point) return;
  if (all.source == judge::Source::machine) {
    app.out().say(tr("What going back whole would lose can only be told from the vault."));
  } else if (!lost.empty()) {
    app.out().say(tr("Going back to it whole would lose what was added or changed since:"));
    app.out().say(path_lines(lost));
  }
}

}  // namespace

Result<int> cmd_clean_point(App& app, const Arguments& arguments) {
  auto session = TRY(Session::open(app));
  const site::SiteConfig* site = TRY(session->site(arguments.word(0)));
  SitePoints all = TRY(load_points(*session, *site, Earlier::judged));
  std::vector<std::string> lost = TRY(lost_if_whole(*session, all));
  say_answer(app, all);
  say_timeline(app, all);
  say_earlier(app, all);
  say_lost(app, all, lost);
  if (std::string text = caveat(all.source); !text.empty()) app.out().say(text);
  app.out().document(
      {{"site", site->name},
       {"clean_point", id_at(all, all.timeline.clean_point)},
       {"first_bad", id_at(all, all.timeline.first_bad)},
       {"first_bad_objects", first_bad_objects(all)},
       {"lost_if_whole", paths_document(lost)},
       {"points", points_document(all)},
       {"earlier", earlier_document(all)},
       {"incident_closed", all.closed ? nlohmann::json(to_iso(*all.closed)) : nlohmann::json(nullptr)},
       {"source", name(all.source)}});
  return all.timeline.clean_point && !all.incident() ? 0 : 1;
}

}  // namespace aplomb::cli
