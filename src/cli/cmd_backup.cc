// `aplomb backup [SITE]`: one snapshot of each site, judged at once. One site that cannot be saved does not
// keep the others from being saved.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/messages.h"
#include "cli/backup_run.h"
#include "cli/report.h"
#include "cli/verbs.h"

namespace aplomb::cli {
namespace {

Result<judge::Backup> backup_one(Session& session, const site::SiteConfig& site) {
  judge::SiteState state = session.state(site);
  auto lock = TRY(archive::lock_site(session.app().machine(), state.path));
  auto taken = take_backup(session, site);
  if (taken) return std::move(taken->backup);
  note_failure(session.app(), state, taken.error());
  return fail(std::move(taken).error());
}

int status_of(const judge::Backup& backup) {
  bool well =
      backup.note.point.verdict == judge::Verdict::proven_clean && backup.snapshot.manifest.skipped.empty();
  return well ? 0 : 1;
}

nlohmann::json document_of(Session& session, const judge::Backup& backup) {
  nlohmann::json document = backup_document(backup);
  document["protection"] = name(session.protection());
  return document;
}

std::string advice(const judge::Backup& backup) {
  const std::string& site = backup.note.site;
  switch (backup.note.point.verdict) {
    case judge::Verdict::infected:
      return tr("next: aplomb clean-point {}, then aplomb recover {}", site, site);
    case judge::Verdict::not_proven:
      return tr("next: aplomb approve {}, for what is yours; aplomb recover {}, if it is not", site, site);
    case judge::Verdict::proven_clean:
      return "";
  }
  return "";
}

void say(App& app, const judge::Backup& backup) {
  app.out().say(backup_text(backup));
  if (std::string next = advice(backup); !next.empty()) app.out().say(next);
}

}  // namespace

Result<int> cmd_backup(App& app, const Arguments& arguments) {
  auto session = TRY(Session::open(app));
  std::vector<const site::SiteConfig*> sites;
  if (arguments.words.empty() && session->config().sites.size() > 1) {
    for (const site::SiteConfig& site : session->config().sites) sites.push_back(&site);
  } else {
    sites.push_back(TRY(session->site(arguments.word(0))));
  }
  // A vault that cannot be opened is one error, not one for each site.
  if (auto store = session->writer_store(); !store) {
    for (const site::SiteConfig* site : sites) note_failure(app, session->state(*site), store.error());
    return fail(std::move(store).error());
  }
  nlohmann::json documents = nlohmann::json::array();
  int status = 0;
  for (const site::SiteConfig* site : sites) {
    auto backup = backup_one(*session, *site);
    if (!backup && sites.size() == 1) return fail(std::move(backup).error());
    if (backup) {
      say(app, *backup);
      documents.push_back(document_of(*session, *backup));
      status = std::max(status, status_of(*backup));
    } else {
      nlohmann::json document = error_document(backup.error());
      document["site"] = site->name;
      documents.push_back(std::move(document));
      app.out().advise(site->name + ": " + error_text(backup.error()));
      status = std::max(status, exit_status(backup.error().code));
    }
  }
  app.out().say(describe(session->protection()));
  app.out().document(sites.size() == 1 ? documents[0] : nlohmann::json{{"sites", documents}});
  return status;
}

}  // namespace aplomb::cli
