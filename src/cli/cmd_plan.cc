// `aplomb plan [SITE] [--to DIR]`: the papers to print before any attack.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/messages.h"
#include "cli/backup_run.h"
#include "cli/incident_room.h"
#include "cli/verbs.h"
#include "cli/who.h"
#include "incident/plan_papers.h"
#include "recover/drill_record.h"
#include "site/paths.h"

namespace aplomb::cli {
namespace {

Result<incident::PlanInput> plan_input(Session& session, const site::SiteConfig& site) {
  App& app = session.app();
  incident::PlanInput input;
  input.site = site.name;
  input.url = site.url;
  input.machine = machine_name();
  input.config = printable(session.config().file);
  input.vault = printable(session.config().vault);
  input.protection = describe(session.protection());
  for (const std::string& root : site.roots) input.roots.push_back(printable(root));
  for (const site::DatabaseSpec& spec : site.databases) input.databases.push_back(printable(spec.place()));
  input.phones = site.continuity.card.phones;
  input.hours = site.continuity.card.hours;
  input.stop_commands = site.service.stop;
  std::vector<judge::Note> notes = TRY(notes_of(app, session.state(site)));
  if (const judge::Note* last = last_backup(notes)) {
    input.last_backup = last->point.time;
    input.files = last->files;
    input.bytes = last->bytes;
  }
  for (const judge::Note& note : notes)
    if (note.point.verdict == judge::Verdict::proven_clean && !note.point.evidence)
      input.last_proven = note.point.time;
  if (auto drill = recover::load_record(app.fs(), session.state(site).path)) {
    input.last_drill = drill->time;
    input.drill_seconds = drill->ok ? drill->rto_seconds : -1;
  }
  auto tables = personal_tables(session, site);
  input.personal_known = tables.has_value();
  if (tables) input.personal = std::move(*tables);
  input.deadlines = deadline_rules(app);
  input.date = to_local(app.clock().now());
  return input;
}

}  // namespace

Result<int> cmd_plan(App& app, const Arguments& arguments) {
  auto session = TRY(Session::open(app));
  const site::SiteConfig* site = TRY(session->site(arguments.word(0)));
  std::string folder = absolute_path(arguments.value("--to"));
  if (folder.empty()) folder = session->state(*site).path + "/plan";
  for (const std::string& root : site->roots)
    if (site::is_beneath(folder, root))
      return fail(make_error(Code::usage, tr("this folder is part of the website"))
                      .at(folder)
                      .then(tr("choose another one")));
  const incident::PlanInput input = TRY(plan_input(*session, *site));
  auto place = TRY_IN(app.fs().make_dirs(folder, 0700), tr("the folder of the papers cannot be made"));
  nlohmann::json files = nlohmann::json::array();
  for (const incident::Paper& paper : incident::plan_papers(input)) {
    const std::string html = incident::to_html(paper, incident::plan_words());
    TRY(fs::write_file_durably(*place, paper.file, as_bytes(html), 0600));
    app.out().say(fmt::format("  {}/{}: {}", printable(folder), paper.file, paper.title));
    files.push_back(printable(folder) + "/" + paper.file);
  }
  app.out().say(tr("Print them, fill in the lines by hand, and keep them in two places."));
  app.out().document({{"site", site->name}, {"files", files}, {"date", to_iso(app.clock().now())}});
  return 0;
}

}  // namespace aplomb::cli
