// `aplomb init`: from an unprotected site to its first proven point, in one run. The plan is checked as a
// whole before anything is made (init_plan.h), and made as a whole or not at all (setup.h).
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/messages.h"
#include "cli/files.h"
#include "cli/report.h"
#include "cli/setup.h"
#include "cli/terminal.h"
#include "cli/timers.h"
#include "cli/verbs.h"

namespace aplomb::cli {
namespace {

Status choose_language(App& app) {
  if (!app.options().interactive || app.options().language) return {};
  const char* usual = language() == Language::french ? "fr" : "en";
  std::string answer = TRY(ask(app, "Language / Langue (fr, en)?", usual));
  set_language(answer.starts_with("f") || answer.starts_with("F") ? Language::french : Language::english);
  return {};
}

void say_plan(App& app, const InitPlan& plan) {
  for (const PlannedSite& planned : plan.sites) {
    const site::SiteConfig& site = *plan.config.find(planned.name);
    std::string kind =
        planned.cms == "plain" ? tr("no CMS that Aplomb knows") : planned.cms + " " + planned.version;
    app.out().say(tr("site {}: {}", site.name, kind));
    for (const std::string& root : site.roots) app.out().say("  " + tr("folder {}", printable(root)));
    for (const site::DatabaseSpec& spec : site.databases)
      app.out().say("  " + tr("database {}", printable(spec.text())));
    for (const std::string& path : planned.other_databases)
      app.out().advise(tr(
          "{} looks like a database, and is saved as a plain file: name it with --db to have its rows judged",
          printable(path)));
    for (const PlannedSite::Unsaved& unsaved : planned.unsaved)
      app.out().advise(
          tr("the database {} is NOT protected: {}", printable(unsaved.database), unsaved.reason));
  }
  app.out().say(tr("vault {}", plan.config.vault));
}

bool may_approve(App& app, const Arguments& arguments, const site::SiteConfig& site,
                 const judge::Backup& backup) {
  if (arguments.has("--yes")) return true;
  if (!app.options().interactive) return false;
  app.out().say(tr("{}: {} objects that can execute or grant power; no detector says anything of them.",
                   site.name, backup.judgement.objects));
  return confirm(
      app,
      tr("Is the site as it should be? Its state now becomes the baseline that changes are measured by."));
}

void say_result(App& app, const NewSite& made) {
  app.out().say(tr("{}: snapshot {}: {} files, {}", made.note.site, short_id(made.note.point.snapshot),
                   made.note.files, human_size(made.note.bytes)));
  app.out().say(tr("verdict: {}", verdict_text(made.note.point.verdict)));
  if (made.suspicious) {
    app.out().say(tr("Something looks wrong, so nothing was approved:"));
    app.out().say(findings_text(with_findings(made.note.point.open)));
    app.out().say(tr("next: clean the site, or aplomb approve {} what is yours after all", made.note.site));
  } else if (!made.approved) {
    app.out().say(tr("nothing was approved; next: aplomb approve {}", made.note.site));
  } else {
    app.out().say(
        tr("baseline, unreviewed: it is what the site was today, and nobody has looked at each object"));
  }
  if (!made.backup.snapshot.manifest.skipped.empty())
    app.out().say(tr("could not be saved:") + "\n" + skipped_text(made.backup.snapshot.manifest.skipped));
}

// A sheet to print is offered beside the key, which has to leave this machine anyhow.
void offer_sheet(App& app, const Arguments& arguments, InitPlan& plan) {
  if (!plan.first || !plan.sheet.empty() || !app.options().interactive || arguments.has("--yes")) return;
  if (!confirm(app,
               tr("Write the recovery sheet too? It is the recovery key in 27 words, to be printed twice.")))
    return;
  plan.sheet = std::string(fs::split_path(plan.recovery_key).first) + "/recovery-sheet.html";
}

// The key that opens every backup must not lie where an intruder would find it.
void send_key_away(App& app, const Arguments& arguments, const InitPlan& plan) {
  if (!plan.first) return;
  app.out().say(tr("The recovery key is in {}.", printable(plan.recovery_key)));
  app.out().say(
      tr("It opens every backup, and nobody can make another. Copy it to two places away from this machine, "
         "then delete it here; the passphrase is kept apart from it."));
  if (!plan.sheet.empty())
    app.out().say(
        tr("The recovery sheet is in {}. Print it twice, keep the two in different buildings, and delete "
           "the file; then the sheets may stand for the file of the key, never for the passphrase.",
           printable(plan.sheet)));
  if (!app.options().interactive || arguments.has("--yes")) return;
  for (const std::string& path : {plan.recovery_key, plan.sheet})
    while (!path.empty() && exists(app.fs(), path)) {
      if (ask(app, tr("Press Enter when it is gone from {}:", printable(path)))) continue;
      app.out().advise(tr("The recovery key is still on this machine: move it."));
      return;
    }
  app.out().say(tr("The recovery key has left this machine."));
}

// A backup that depends on somebody's memory is none. What cannot be installed is said, and fails nothing.
nlohmann::json run_by_itself(App& app, const InitPlan& plan) {
  if (!plan.first) return nullptr;
  const TimerPlan timers = plan_timers(plan.config.file, plan.config.vault);
  auto installed = install_timers(app, timers);
  if (!installed) app.out().advise(tr("no timer was installed: {}", installed.error().what));
  if (installed && !installed->empty()) {
    app.out().say(tr("a backup is taken every night (systemctl list-timers 'aplomb-*')"));
    return *installed;
  }
  app.out().say(tr("Nothing takes a backup by itself yet. For the crontab of this user (crontab -e):"));
  app.out().say(cron_lines(timers));
  return nlohmann::json::array();
}

nlohmann::json sites_document(const InitPlan& plan, const std::vector<NewSite>& made) {
  nlohmann::json sites = nlohmann::json::array();
  for (size_t i = 0; i < made.size(); ++i) {
    const PlannedSite& planned = plan.sites[i];
    const site::SiteConfig& site = *plan.config.find(planned.name);
    nlohmann::json databases = nlohmann::json::array();
    for (const site::DatabaseSpec& spec : site.databases) databases.push_back(spec.text());
    nlohmann::json unprotected = nlohmann::json::array();
    for (const PlannedSite::Unsaved& unsaved : planned.unsaved)
      unprotected.push_back({{"database", unsaved.database}, {"reason", unsaved.reason}});
    sites.push_back({{"name", site.name},
                     {"roots", site.roots},
                     {"url", site.url},
                     {"cms", planned.cms},
                     {"version", planned.version},
                     {"databases", databases},
                     {"databases_unprotected", unprotected},
                     {"snapshot", made[i].note.point.snapshot},
                     {"verdict", judge::name(made[i].note.point.verdict)},
                     {"approved", made[i].approved}});
  }
  return sites;
}

// What is open is told in full only after an approval: before one, every object is unexplained.
nlohmann::json findings_of(const std::vector<NewSite>& made) {
  nlohmann::json findings = nlohmann::json::array();
  for (const NewSite& site : made)
    for (auto& item :
         findings_document(site.approved ? site.note.point.open : with_findings(site.note.point.open)))
      findings.push_back(item);
  return findings;
}

nlohmann::json warnings_of(const std::vector<NewSite>& made) {
  nlohmann::json warnings = nlohmann::json::array();
  for (const NewSite& site : made)
    for (auto& item : skipped_document(site.backup.snapshot.manifest.skipped)) warnings.push_back(item);
  return warnings;
}

}  // namespace

Result<int> cmd_init(App& app, const Arguments& arguments) {
  TRY(choose_language(app));
  InitPlan plan = TRY(plan_init(app, arguments));
  say_plan(app, plan);
  offer_sheet(app, arguments, plan);
  Setup setup(app, plan);
  std::vector<NewSite> made = TRY(setup.run([&](const site::SiteConfig& site, const judge::Backup& backup) {
    return may_approve(app, arguments, site, backup);
  }));
  judge::Verdict verdict = judge::Verdict::proven_clean;
  for (const NewSite& site : made) {
    say_result(app, site);
    verdict = std::max(verdict, site.note.point.verdict);
  }
  const Protection protection = setup.session().protection();
  app.out().say(describe(protection));
  const nlohmann::json timers = run_by_itself(app, plan);
  send_key_away(app, arguments, plan);
  nlohmann::json document = {{"sites", sites_document(plan, made)},
                             {"vault", plan.config.vault},
                             {"config", plan.config.file},
                             {"snapshot", made.front().note.point.snapshot},
                             {"verdict", judge::name(verdict)},
                             {"protection", name(protection)},
                             {"findings", findings_of(made)},
                             {"warnings", warnings_of(made)},
                             {"approved", std::ranges::all_of(made, &NewSite::approved)}};
  if (plan.first) {
    document["recovery_key"] = plan.recovery_key;
    document["timers"] = timers;
  }
  if (!plan.sheet.empty()) document["sheet"] = plan.sheet;
  app.out().document(document);
  return verdict == judge::Verdict::proven_clean ? 0 : 1;
}

}  // namespace aplomb::cli
