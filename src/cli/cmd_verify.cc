// `aplomb verify [--read-all]`: is the vault what it must be? Beside what the vault says of itself, the
// machine's notes are asked: they remember the newest entries of the log, whose loss the vault alone cannot
// show. With the recovery key, what is lost is named file by file; without it, snapshot by snapshot.
#include "vault/verify.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "archive/affected.h"
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
    for (const judge::Noted& note : TRY(noted(session.app(), session.state(site))))
      if (!has(note.sequence))
        report.damaged.push_back({tr("snapshot {}", short_id(note.snapshot)),
                                  tr("this machine noted it, and it is no longer in the vault")});
  return {};
}

// With --recovery-key but without --read-all, only the frames of packs that are damaged are opened.
Result<vault::VerifyReport> run(Session& session, bool read_all) {
  App& app = session.app();
  vault::ReaderStore* store = TRY(session.reader_store());
  vault::VaultReader* reader =
      read_all || !app.options().recovery_key.empty() ? TRY(session.reader()) : nullptr;
  vault::VerifyReport report = TRY(vault::verify(
      *store, reader, app.progress(), read_all ? vault::Opening::every_frame : vault::Opening::of_bad_packs));
  TRY(check_notes(session, *store, report));
  if (reader && !report.incomplete.empty()) {
    archive::Affected affected = TRY(archive::find_affected(*store, *reader, report));
    for (vault::Damage& file : affected.files) report.damaged.push_back(std::move(file));
    if (affected.more > 0) report.damaged.push_back({tr("more files"), tr("and {} more", affected.more)});
  }
  return report;
}

nlohmann::json damage_document(const vault::Damage& damage) {
  nlohmann::json document = {{"what", printable(damage.what)}, {"reason", printable(damage.reason)}};
  if (damage.pack) document["pack"] = damage.pack->hex();
  if (!damage.path.empty()) document["path"] = printable(damage.path);
  if (!damage.snapshots.empty()) {
    document["snapshots"] = nlohmann::json::array();
    for (const vault::SnapshotId& snapshot : damage.snapshots)
      document["snapshots"].push_back(snapshot.hex());
  }
  return document;
}

// Without the key, what lies in a damaged pack may be sound: nobody knows what is lost.
enum class Lost { no, unknown, yes };
Lost lost_of(const vault::VerifyReport& report, bool with_key) {
  if (report.incomplete.empty()) return with_key || report.ok() ? Lost::no : Lost::unknown;
  return with_key || report.bad_packs.empty() ? Lost::yes : Lost::unknown;
}

// What an administrator does about it, in the order in which it helps.
std::vector<std::string> next_steps(const vault::VerifyReport& report, Lost lost, bool read_all) {
  std::vector<std::string> steps;
  if (report.strange_packs)
    steps.push_back(
        tr("Delete nothing. Where an entry of the log is missing or damaged, put it back from a copy of the "
           "vault: "
           "without it nobody can say what these packs are."));
  if (report.bad_packs.empty()) return steps;
  if (report.damaged_bytes)
    steps.push_back(tr("Check the disk of the vault: it did not keep what was written to it."));
  if (report.false_chunks)
    steps.push_back(tr(
        "Somebody who holds the site's writer key stored false data. Treat the web server as hacked: aplomb "
        "recover gives the site a new key."));
  if (lost != Lost::no)
    steps.push_back(
        tr("Run aplomb backup: it stores again what the site still has. Then run aplomb verify with "
           "--recovery-key FILE: what it names then is lost, and all the rest can be restored."));
  // Another place may hold false bytes under the same ids: only the key tells.
  if (report.incomplete.empty() && !read_all)
    steps.push_back(
        tr("As far as can be told without the key, nothing is lost: the vault names another place for all "
           "that the "
           "snapshots need. Whether these places hold the truth, aplomb verify --read-all tells with the "
           "recovery key; "
           "run aplomb backup after that."));
  if (lost == Lost::no && read_all && report.log_damaged)
    steps.push_back(tr("The log is damaged too: leave all files where they are."));
  else if (lost == Lost::no && read_all && report.needed)
    steps.push_back(tr(
        "Nothing is lost, but older snapshots need undamaged parts of the damaged packs: leave these files "
        "where they are."));
  else if (lost == Lost::no && read_all) {
    steps.push_back(
        tr("Nothing is lost: all that the snapshots need is elsewhere in the vault. The damaged packs are "
           "needed no more; delete these files:"));
    for (const vault::PackId& pack : report.bad_packs) steps.push_back("  " + vault::pack_path(pack));
  }
  return steps;
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
    damaged.push_back(damage_document(damage));
    lines.push_back(damage.what + ": " + damage.reason);
  }
  app.out().say(
      tr("{} packs, {} snapshots, {} checked", report->packs, report->snapshots, human_size(report->bytes)));
  if (report->removed > 0)
    app.out().say(tr("{} of these snapshots were removed by retention", report->removed));
  app.out().say(report->ok() ? tr("the vault is whole") : tr("damaged:") + "\n" + path_lines(lines));
  const bool read_all = arguments.has("--read-all");
  const Lost lost = lost_of(*report, read_all || !app.options().recovery_key.empty());
  const std::vector<std::string> steps = next_steps(*report, lost, read_all);
  for (const std::string& step : steps) app.out().say(step);
  app.out().document({{"ok", report->ok()},
                      {"damaged", damaged},
                      {"lost", lost == Lost::unknown ? nlohmann::json() : nlohmann::json(lost == Lost::yes)},
                      {"next", steps},
                      {"packs", report->packs},
                      {"snapshots", report->snapshots},
                      {"removed", report->removed},
                      {"bytes", report->bytes},
                      {"read_all", arguments.has("--read-all")}});
  return report->ok() ? 0 : 1;
}

}  // namespace aplomb::cli
