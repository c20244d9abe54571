#include "cli/setup.h"

#include <algorithm>

#include "base/messages.h"
#include "cli/backup_run.h"
#include "cli/files.h"
#include "cli/pages.h"
#include "cli/sheet_file.h"
#include "cli/who.h"

namespace aplomb::cli {
Result<std::vector<NewSite>> Setup::run(const Ask& approve) {
  if (plan_.first) {
    TRY(check_nothing_there());
    TRY(make_vault_and_keys());
    TRY(make_sheet());
  }
  TRY(session_.owner_key());  // its passphrase is asked for before a long backup, not behind it
  std::vector<NewSite> made;
  for (const PlannedSite& planned : plan_.sites)
    made.push_back(TRY(protect(*session_.config().find(planned.name), approve)));
  TRY(write_config());
  rollback_.keep();
  return made;
}

// A run that was killed leaves a vault and keys without a configuration: nothing is overwritten for that.
Status Setup::check_nothing_there() {
  std::vector<std::string> places = {session_.owner_key_path(), plan_.recovery_key};
  if (auto vault = local_folder(plan_.config.vault)) {
    places.push_back(*vault + "/vault");
  } else if (plan_.config.vault.starts_with("ssh://") &&
             std::ranges::all_of(places, [&](const std::string& path) { return exists(app_.fs(), path); })) {
    places.clear();  // of an init that the keeper's machine was not ready for
  }
  places.push_back(plan_.sheet);
  for (const std::string& path : places)
    if (!path.empty() && exists(app_.fs(), path))
      return fail(make_error(Code::exists, tr("this is there already, and is not overwritten"))
                      .at(path)
                      .then(tr("choose another place, or remove it when it is left over from an init that "
                               "was interrupted")));
  return {};
}

Status Setup::make_vault_and_keys() {
  vault::VaultUrl url = TRY(vault::parse_vault_url(plan_.config.vault));
  if (auto* ssh = std::get_if<vault::SshUrl>(&url)) return join_keeper(std::move(*ssh));
  if (auto vault = local_folder(plan_.config.vault))
    for (const char* part : {"packs", "log", "index", "lock", "keeper.key", "vault"})
      rollback_.making(*vault + "/" + part);
  if (std::holds_alternative<vault::S3Address>(url)) rollback_.making(plan_.config.state_dir + "/s3");
  rollback_.making(session_.owner_key_path());
  rollback_.making(plan_.recovery_key);
  TRY(session_.create_vault(TRY(make_keys())));
  TRY(session_.recovery_key());  // a key file that was never opened is only a hope
  return {};
}

// Both key files, and the header of the vault that they are for.
Result<vault::VaultHeader> Setup::make_keys() {
  crypto::Secret passphrase = TRY(session_.passphrases().choose(tr("the owner key and the recovery key")));
  crypto::BoxKeyPair box = crypto::make_box_key(app_.random());
  crypto::SigningKey signing = crypto::make_signing_key(app_.random());
  vault::VaultHeader header;
  app_.random().fill(header.id.bytes);
  header.recovery_public = box.public_key;
  header.owner_verify = signing.verify_key;
  header.created = app_.clock().now();
  crypto::KeyFile owner{crypto::KeyKind::owner, header.id, header.recovery_public, header.owner_verify,
                        std::move(signing.seed)};
  crypto::KeyFile recovery{crypto::KeyKind::recovery, header.id, header.recovery_public, header.owner_verify,
                           std::move(box.secret)};
  TRY(write_key(session_.owner_key_path(), owner, as_text(passphrase.view())));
  TRY(write_key(plan_.recovery_key, recovery, as_text(passphrase.view())));
  return header;
}

Status Setup::make_sheet() {
  if (plan_.sheet.empty()) return {};
  rollback_.making(plan_.sheet);
  return write_sheet(session_, plan_.sheet);
}

Status Setup::write_key(const std::string& path, const crypto::KeyFile& key, std::string_view passphrase) {
  std::string text = TRY(crypto::encode_key_file(app_.random(), key, passphrase));
  auto [folder, name] = fs::split_path(path);
  auto dir = TRY_IN(app_.fs().make_dirs(folder.empty() ? "/" : folder, 0700),
                    tr("the folder of a key cannot be made"));
  return fs::write_file_durably(*dir, name, as_bytes(text), 0600);
}

Status Setup::write_config() {
  const site::Config& config = plan_.config;
  if (plan_.first) {
    rollback_.making(config.file);
    TRY_IN(site::save_config(app_.fs(), config), tr("the configuration cannot be written"));
    return {};
  }
  TRY(rollback_.replacing(config.file));
  std::string text = TRY(with_new_sites());
  auto [folder, name] = fs::split_path(config.file);
  auto dir = TRY(app_.fs().open_dir(folder.empty() ? "/" : folder));
  TRY_IN(fs::write_file_durably(*dir, name, as_bytes(text), 0640), tr("the configuration cannot be written"));
  return {};
}

// What an administrator wrote stays as it is, comments and all: the new sites are added at the end of the
// file. Only when that does not read back as meant is the whole file written anew.
Result<std::string> Setup::with_new_sites() {
  const site::Config& config = plan_.config;
  site::Config added = config;
  std::erase_if(added.sites, [this](const site::SiteConfig& site) {
    return std::ranges::find(plan_.sites, site.name, &PlannedSite::name) == plan_.sites.end();
  });
  std::string sections = TRY(site::write_config(added));
  sections.erase(0, sections.find("\n[[site]]"));
  auto [folder, name] = fs::split_path(config.file);
  auto dir = TRY(app_.fs().open_dir(folder.empty() ? "/" : folder));
  constexpr uint64_t kFileMax = 1 << 20;
  std::string text = std::string(as_text(TRY(fs::read_file(*dir, name, kFileMax)))) + sections;
  auto read_back = site::parse_config(text, config.file);
  return read_back && *read_back == config ? Result<std::string>(text) : site::write_config(config);
}

Result<NewSite> Setup::protect(const site::SiteConfig& site, const Ask& approve) {
  judge::SiteState state = session_.state(site);
  rollback_.making(state.path);
  auto lock = TRY(archive::lock_site(app_.machine(), state.path));
  const crypto::SigningKey* owner = TRY(session_.owner_key());
  vault::VaultHeader header = TRY(session_.header());
  TRY(judge::open_epoch(app_.machine(), *TRY(session_.owner_store()), *owner, header, site.name, 1,
                        state.path));
  NewSite made;
  Taken taken = TRY(take_backup(session_, site));
  made.backup = std::move(taken.backup);
  made.note = made.backup.note;
  made.suspicious =
      made.backup.judgement.findings_anywhere || made.backup.judgement.verdict == judge::Verdict::infected;
  if (made.suspicious || !approve(site, made.backup)) return made;
  TRY(approve_baseline(site, made));
  keep_pages(app_, state, made.note, taken.pages);
  return made;
}

Status Setup::approve_baseline(const site::SiteConfig& site, NewSite& made) {
  const judge::Judgement& judgement = made.backup.judgement;
  judge::Approval approval;
  approval.kind = judge::ApprovalKind::baseline;
  approval.site = site.name;
  approval.time = made.note.point.time;
  approval.who = who_runs_this();
  approval.objects = judgement.to_approve;
  approval.protections = judgement.protections;
  const crypto::SigningKey* owner = TRY(session_.owner_key());
  vault::VaultHeader header = TRY(session_.header());
  TRY(judge::sign_approval(app_.machine(), *TRY(session_.owner_store()), *owner, header,
                           session_.state(site).path, vault::RecordKind::approval, approval,
                           {made.backup.snapshot.id}));
  made.note = TRY(judge_again(session_, site, made.note)).note;
  made.approved = true;
  return {};
}

}  // namespace aplomb::cli
