// Carries an InitPlan out: vault, keys and configuration, then for each new site its epoch, its first backup,
// and the baseline when it may be approved. All of it or nothing: what was made is taken back on the first
// error. With a keeper on another machine the keys stay, because it has been told of them: the next init goes
// on with them.
#pragma once

#include "cli/init_plan.h"
#include "cli/remote_vault.h"
#include "cli/rollback.h"
#include "cli/session.h"

namespace aplomb::cli {

struct NewSite {
  judge::Backup backup;
  judge::Note note;         // after the approval, when there was one
  bool suspicious = false;  // a detector spoke: the baseline may not be approved unseen
  bool approved = false;
};

class Setup {
 public:
  // The address of the vault in the plan gains the keeper's key when it had none.
  Setup(App& app, InitPlan& plan) : app_(app), plan_(plan), session_(app, plan.config), rollback_(app.fs()) {}

  // `approve` is asked once a site, with its first judgement, whether its state is the baseline.
  using Ask = std::function<bool(const site::SiteConfig& site, const judge::Backup& backup)>;
  Result<std::vector<NewSite>> run(const Ask& approve);

  Session& session() { return session_; }

 private:
  Status check_nothing_there();
  Status make_vault_and_keys();
  Result<vault::VaultHeader> make_keys();
  Status make_sheet();
  Status write_key(const std::string& path, const crypto::KeyFile& key, std::string_view passphrase);
  // setup_remote.cc
  Status join_keeper(vault::SshUrl url);
  Result<KeeperAnswer> wait_for_keeper(const vault::SshUrl& url, const std::string& line);
  Status write_config();
  Result<std::string> with_new_sites();
  Result<NewSite> protect(const site::SiteConfig& site, const Ask& approve);
  Status approve_baseline(const site::SiteConfig& site, NewSite& made);

  App& app_;
  InitPlan& plan_;
  Session session_;
  Rollback rollback_;
};

}  // namespace aplomb::cli
