// `aplomb import-backup SITE ARCHIVE|DIR [--dump FILE] --at TIME`: a backup that somebody else made (a host's
// archive, a plugin's zip) becomes a judged snapshot of that time, for whoever meets Aplomb after the attack.
// When it was made is the owner's word, signed (judge/imported.h).
#include <nlohmann/json.hpp>

#include "base/messages.h"
#include "cli/backup_run.h"
#include "cli/imported_site.h"
#include "cli/report.h"
#include "cli/verbs.h"
#include "cli/who.h"
#include "judge/imported.h"

namespace aplomb::cli {
namespace {

// In the site's state: what this run unpacks, and the snapshot whose time is not signed yet.
constexpr char kWork[] = "import", kUnsigned[] = "import/unsigned";
constexpr uint64_t kUnsignedMax = 16 * 1024;

class Importing {
 public:
  Importing(Session& session, const site::SiteConfig& site, judge::ImportedBackup imported, std::string dump)
      : session_(session),
        app_(session.app()),
        site_(site),
        state_(session.state(site)),
        imported_(std::move(imported)),
        dump_(std::move(dump)) {}

  Result<judge::Backup> run() {
    lock_ = TRY(archive::lock_site(app_.machine(), state_.path));
    folder_ = TRY(app_.fs().make_dirs(state_.path, 0700));
    owner_ = TRY(session_.owner_key());
    TRY(sign_what_was_interrupted());
    TRY(fs::remove_tree(*folder_, kWork));
    const std::string work = state_.path + "/" + kWork;
    TRY(app_.fs().make_dirs(work + "/state", 0700));
    laid_out_ = TRY(lay_out(app_, site_, imported_.source, dump_, work));
    nlohmann::json facts = {{"imported", printable(imported_.source)}};
    archive::SnapshotRequest request{
        .site = laid_out_.config, .state_path = work + "/state", .facts_json = facts.dump(), .pages = {}};
    request.imported_at = imported_.at;
    request.moved = laid_out_.moved;
    request.dump = laid_out_.dump;
    judge::Backup backup =
        TRY(judge::backup_and_judge(app_.machine(), *TRY(session_.writer_store()), state_, request));
    const std::string body = judge::write_imported(imported_);
    TRY(fs::write_file_durably(*folder_, kUnsigned, as_bytes(backup.snapshot.id.hex() + "\n" + body)));
    TRY(sign(backup.snapshot.id, body));
    TRY(fs::remove_tree(*folder_, kWork));
    return backup;
  }

  const std::vector<std::string>& missing() const { return laid_out_.missing; }

 private:
  // Without its time a snapshot would pass for one of the day it came in.
  Status sign_what_was_interrupted() {
    auto bytes = fs::read_file(*folder_, kUnsigned, kUnsignedMax);
    if (!bytes) return {};
    const std::string text(as_text(*bytes));
    const size_t line = text.find('\n');
    auto id = vault::SnapshotId::parse(text.substr(0, line));
    return id && line != std::string::npos ? sign(*id, text.substr(line + 1)) : Status();
  }

  Status sign(const vault::SnapshotId& id, const std::string& body) {
    const vault::WriterKey key = TRY(judge::load_writer_key(app_.machine(), state_.path));
    const vault::VaultHeader header = TRY(session_.header());
    return judge::sign_record(app_.machine(), *TRY(session_.owner_store()), *owner_, header,
                              vault::RecordKind::hold, key.domain, {id}, as_bytes(body));
  }

  Session& session_;
  App& app_;
  const site::SiteConfig& site_;
  judge::SiteState state_;
  judge::ImportedBackup imported_;
  std::string dump_;
  std::unique_ptr<fs::File> lock_;
  std::unique_ptr<fs::Dir> folder_;
  const crypto::SigningKey* owner_ = nullptr;
  ImportedSite laid_out_;
};

Result<Time> time_of(App& app, const std::string& text) {
  const char* const form = "--at 2026-11-01T03:00";
  if (text.empty())
    return fail(make_error(Code::usage, tr("when this backup was made is missing")).then(form));
  auto at = parse_when(text);
  if (!at) return fail(make_error(Code::usage, tr("this is no time: {}", printable(text))).then(form));
  if (*at >= app.clock().now())
    return fail(make_error(Code::usage, tr("this time has not come yet: {}", printable(text))).then(form));
  return *at;
}

std::string advice(const judge::Backup& backup, const std::string& site) {
  const std::string id = short_id(backup.snapshot.id.hex());
  switch (backup.note.point.verdict) {
    case judge::Verdict::infected:
      return tr("this backup holds something malicious already: import an older one");
    case judge::Verdict::not_proven:
      return tr(
          "next: aplomb approve {} {}, for what is yours, or aplomb known-good import, for what a vendor "
          "published",
          site, id);
    case judge::Verdict::proven_clean:
      return tr("next: aplomb clean-point {}", site);
  }
  return "";
}

}  // namespace

Result<int> cmd_import_backup(App& app, const Arguments& arguments) {
  auto session = TRY(Session::open(app));
  const site::SiteConfig* site = TRY(session->site(arguments.word(0)));
  const Time at = TRY(time_of(app, arguments.value("--at")));
  judge::ImportedBackup imported{at, absolute_path(arguments.word(1)), who_runs_this()};
  const std::string dump = absolute_path(arguments.value("--dump"));
  Importing importing(*session, *site, std::move(imported), dump);
  judge::Backup backup = TRY(importing.run());
  app.out().say(backup_text(backup));
  app.out().say(tr("that the site was so on {} is your word, signed with the owner key", to_local(at)));
  for (const std::string& path : importing.missing())
    app.out().say(tr("the database {} is not in this backup: its rows are not part of this point", path));
  app.out().say(advice(backup, site->name));
  nlohmann::json document = backup_document(backup);
  document["databases_missing"] = paths_document(importing.missing());
  app.out().document(document);
  return backup.note.point.verdict == judge::Verdict::proven_clean ? 0 : 1;
}

}  // namespace aplomb::cli
