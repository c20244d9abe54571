// `aplomb continuity SITE start|stop|export DIR`: the citizens' read-only copy. It needs no key: it shows
// pages that were kept when their snapshot was proven clean, and that still is. Without any, the service card
// alone.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/messages.h"
#include "cli/backup_run.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "continuity/export_copy.h"
#include "recover/recover.h"
#include "site/paths.h"

namespace aplomb::cli {
namespace {

Error wrong_words() {
  return make_error(Code::usage, tr("continuity needs start, stop or export DIR"))
      .then("aplomb continuity SITE start|stop|export DIR");
}

nlohmann::json document_of(const std::string& site, size_t pages, const std::string& snapshot,
                           const std::optional<Time>& captured) {
  nlohmann::json document = {{"site", site}, {"pages", pages}, {"snapshot", nullptr}, {"captured", nullptr}};
  if (!snapshot.empty()) document["snapshot"] = snapshot;
  if (captured) document["captured"] = to_iso(*captured);
  return document;
}

std::string pages_text(size_t pages, const std::string& snapshot, const std::optional<Time>& captured) {
  if (pages == 0 || !captured)
    return tr("no page of this site is proven clean, so only the service card and the status page are shown");
  return tr_n("{} page, as it was on {} (snapshot {})", "{} pages, as they were on {} (snapshot {})", pages,
              to_local(*captured), short_id(snapshot));
}

Result<int> start(App& app, const Session& session, const site::SiteConfig& site, fs::Dir& folder) {
  const std::string snapshot = TRY(recover::pages_for_citizens(folder, app.log()));
  const bool ran = TRY(continuity::running_copy(folder)).has_value();
  continuity::RunningCopy copy = TRY(
      continuity::start_copy(folder, site, session.config().language, app.clock(), app.log(), {}, snapshot));
  app.out().say(ran ? tr("the citizens' copy runs already, at {}", copy.url)
                    : tr("the citizens' copy runs at {}", copy.url));
  app.out().say(pages_text(copy.pages, copy.snapshot, copy.captured));
  nlohmann::json document = document_of(site.name, copy.pages, copy.snapshot, copy.captured);
  document["running"] = true;
  document["url"] = copy.url;
  document["since"] = to_iso(copy.since);
  document["other_port"] = copy.elsewhere;
  app.out().document(document);
  return 0;
}

Result<int> stop(App& app, const site::SiteConfig& site, fs::Dir& folder) {
  auto running = TRY(continuity::running_copy(folder));
  TRY(continuity::stop_copy(folder));
  app.out().say(running ? tr("the citizens' copy at {} was stopped", running->url)
                        : tr("no citizens' copy was running"));
  nlohmann::json document =
      document_of(site.name, running ? running->pages : 0, running ? running->snapshot : "",
                  running ? running->captured : std::nullopt);
  document["running"] = false;
  document["url"] = running ? nlohmann::json(running->url) : nlohmann::json(nullptr);
  app.out().document(document);
  return 0;
}

Status check_target(const Session& session, const site::SiteConfig& site, const std::string& target) {
  const bool own = site::is_beneath(target, session.config().state_dir);
  const bool live = std::ranges::any_of(
      site.roots, [&](const std::string& root) { return site::is_beneath(target, root); });
  if (!own && !live) return {};
  return fail(make_error(Code::usage,
                         own ? tr("this folder is Aplomb's own") : tr("this folder is part of the website"))
                  .at(target)
                  .then(tr("choose another one")));
}

Result<int> export_to(App& app, const Session& session, const site::SiteConfig& site, fs::Dir& folder,
                      const std::string& target) {
  TRY(check_target(session, site, target));
  const std::string snapshot = TRY(recover::pages_for_citizens(folder, app.log()));
  auto place = TRY_IN(app.fs().make_dirs(target, 0755), tr("the folder to export to cannot be made"));
  continuity::ExportedCopy copy = TRY(continuity::export_copy(folder, site, session.config().language, *place,
                                                              target, app.clock(), app.log(), snapshot));
  app.out().say(tr("the citizens' copy was written to {}", printable(target)));
  app.out().say(pages_text(copy.pages, copy.snapshot, copy.captured));
  app.out().say(tr("next: give nginx.conf or apache.conf of that folder to a web server"));
  nlohmann::json document = document_of(site.name, copy.pages, copy.snapshot, copy.captured);
  document["running"] = TRY(continuity::running_copy(folder)).has_value();
  document["url"] = "file://" + printable(target) + "/site/";
  document["folder"] = printable(target);
  app.out().document(document);
  return 0;
}

}  // namespace

Result<int> cmd_continuity(App& app, const Arguments& arguments) {
  const std::string action = arguments.word(1), target = absolute_path(arguments.word(2));
  if (action != "start" && action != "stop" && action != "export") return fail(wrong_words());
  if ((action == "export") == target.empty()) return fail(wrong_words());
  auto session = TRY(Session::open(app));
  const site::SiteConfig* site = TRY(session->site(arguments.word(0)));
  auto folder =
      TRY_IN(app.fs().make_dirs(session->state(*site).path, 0700), tr("the site's state cannot be opened"));
  if (action == "start") return start(app, *session, *site, *folder);
  if (action == "stop") return stop(app, *site, *folder);
  return export_to(app, *session, *site, *folder, target);
}

}  // namespace aplomb::cli
