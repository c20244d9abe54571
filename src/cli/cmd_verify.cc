// `aplomb verify [--read-all]`: is the vault what it must be? Beside what the vault says of itself, the
// machine's notes are asked: they remember the newest entries of the log, whose loss the vault alone cannot
// show.
#include "vault/verify.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/messages.h"
#include "cli/backup_run.h"
#include "cli/report.h"
#include "cli/verbs.h"

namespace aplomb::cli {
namespace {

Status check_notes(Session& session, vault::ReaderStore& store, vault::VerifyReport& report) {
  std::vector<vault::LogHead> heads = TRY(store.log());
  auto has = [&](uint64_t sequence) {
    return std::ranges::any_of(heads, [&](const vault::LogHead& head) { return head.sequence == sequence; });
  };
  for (const site::SiteConfig& site : session.config().sites)
    for (const judge::Note& note : TRY(notes_of(session.app(), session.state(site))))
      if (!has(note.sequence))
        report.damaged.push_back({tr("snapshot {}", short_id(note.point.snapshot)),
                                  tr("this machine noted it, and it is no longer in the vault")});
  return {};
}

Result<vault::VerifyReport> run(Session& session, bool read_all) {
  App& app = session.app();
  vault::ReaderStore* store = TRY(session.reader_store());
  vault::VaultReader* reader = read_all ? TRY(session.reader()) : nullptr;
  vault::VerifyReport report = TRY(vault::verify(*store, reader, app.progress()));
  TRY(check_notes(session, *store, report));
  return report;
}

}  // namespace

Result<int> cmd_verify(App& app, const Arguments& arguments) {
  auto session = TRY(Session::open(app));
  auto report = run(*session, arguments.has("--read-all"));
  if (!report && report.error().code == Code::corrupt) {
    // A vault too damaged to be opened is an answer, not a failure to answer.
    vault::VerifyReport broken;
    broken.damaged.push_back({tr("the vault"), report.error().what});
    report = std::move(broken);
  }
  if (!report) return fail(std::move(report).error());
  nlohmann::json damaged = nlohmann::json::array();
  std::vector<std::string> lines;
  for (const vault::Damage& damage : report->damaged) {
    damaged.push_back({{"what", printable(damage.what)}, {"reason", printable(damage.reason)}});
    lines.push_back(damage.what + ": " + damage.reason);
  }
  app.out().say(
      tr("{} packs, {} snapshots, {} checked", report->packs, report->snapshots, human_size(report->bytes)));
  app.out().say(report->ok() ? tr("the vault is whole") : tr("damaged:") + "\n" + path_lines(lines));
  app.out().document({{"ok", report->ok()},
                      {"damaged", damaged},
                      {"packs", report->packs},
                      {"snapshots", report->snapshots},
                      {"bytes", report->bytes},
                      {"read_all", arguments.has("--read-all")}});
  return report->ok() ? 0 : 1;
}

}  // namespace aplomb::cli
