// init with a keeper on another machine. That machine has to be told of three logins, by one line that a
// person carries over; until then nothing can be stored, and nothing that was made here is lost.
#include "base/messages.h"
#include "cli/setup.h"
#include "cli/terminal.h"

namespace aplomb::cli {
namespace {

bool is_there(fs::Fs& fs, const std::string& path) {
  auto [folder, name] = fs::split_path(path);
  auto dir = fs.open_dir(folder.empty() ? "/" : folder);
  return dir && (*dir)->stat(name);
}

}  // namespace

Status Setup::join_keeper(vault::SshUrl url) {
  for (const std::string& place :
       {session_.owner_key_path(), plan_.recovery_key, plan_.config.state_dir + "/ssh"})
    rollback_.making(place);
  if (!is_there(app_.fs(), plan_.recovery_key)) TRY(make_keys());
  const crypto::KeyFile* recovery = TRY(session_.recovery_key());
  const crypto::SigningKey* owner = TRY(session_.unlocked_owner());
  if (recovery->owner_verify != owner->verify_key)
    return fail(make_error(Code::key, tr("the owner key and the recovery key belong to different vaults"))
                    .at(session_.owner_key_path())
                    .then(tr("remove both when they are left over from an init that was interrupted")));
  crypto::VerifyKey writer = TRY(writer_login(app_, plan_.config.state_dir));
  KeeperAnswer answer = TRY(wait_for_keeper(url, allow_line(url, writer, *recovery, *owner)));
  rollback_.keep();  // the keeper knows these keys

  if (!url.host_key)
    app_.out().say(
        tr("The address does not hold the host key of {}: the one that answered is trusted from now on.",
           url.host));
  url.keeper = answer.keeper;
  plan_.config.vault = to_text(url);
  session_.set_vault(plan_.config.vault);
  vault::VaultHeader header;
  header.id = recovery->vault;
  header.recovery_public = recovery->recovery_public;
  header.owner_verify = recovery->owner_verify;
  if (!answer.header) return session_.create_vault(header);
  if (answer.header->id == header.id && answer.header->recovery_public == header.recovery_public &&
      answer.header->owner_verify == header.owner_verify)
    return {};  // of an init that was interrupted behind this point
  return fail(make_error(Code::exists, tr("this keeper has a vault of somebody else already"))
                  .at(plan_.config.vault)
                  .then(tr("make another one for this machine: aplomb keeper create, in another folder")));
}

Result<KeeperAnswer> Setup::wait_for_keeper(const vault::SshUrl& url, const std::string& line) {
  while (true) {
    auto answer = ask_keeper(app_, plan_.config, url, *TRY(session_.unlocked_owner()));
    if (answer || answer.error().sys_errno != EACCES) return answer;
    rollback_.keep();  // the line speaks of these keys
    app_.out().say(tr("Now run this line on the keeper's machine ({}), as the user {}:", url.host, url.user));
    app_.out().say("  " + line);
    if (!app_.options().interactive)
      return fail(
          make_error(Code::key, tr("the keeper's machine does not know this machine yet"))
              .at(url.host)
              .then(tr("run there, as the user {}: {} - and then this command again", url.user, line)));
    TRY(ask(app_, tr("Press Enter when it is done:")));
  }
}

}  // namespace aplomb::cli
