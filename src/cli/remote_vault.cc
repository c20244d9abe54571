#include "cli/remote_vault.h"

#include <fmt/format.h>

#include "base/messages.h"
#include "judge/machine.h"
#include "keeper/ssh.h"
#include "keeper/ssh_key.h"

namespace aplomb::cli {
namespace {

constexpr uint64_t kLoginMax = 4096;

keeper::SshLogin login_at(const vault::SshUrl& url, const std::string& state_dir) {
  keeper::SshLogin login;
  login.url = url;
  login.known_hosts = state_dir + "/ssh/known_hosts";
  return login;
}

Result<std::unique_ptr<keeper::Client>> dial(App& app, const vault::SshUrl& url, const std::string& state_dir,
                                             keeper::Role role, keeper::SshLogin login) {
  // ssh writes the key of an unpinned machine there at the first contact.
  TRY_IN(app.fs().make_dirs(state_dir + "/ssh", 0700), tr("the state folder cannot be written"));
  auto stream = TRY(keeper::open_ssh(login));
  vault::SshUrl shown = url;
  shown.keeper.reset();
  shown.host_key.reset();
  return keeper::Client::connect(std::move(stream), {role, url.keeper, to_text(shown)}, app.random());
}

}  // namespace

RemoteVault::RemoteVault(App& app, const site::Config& config, vault::SshUrl url, VaultKeys keys)
    : app_(app), state_dir_(config.state_dir), url_(std::move(url)), keys_(std::move(keys)) {}

Result<std::unique_ptr<keeper::Client>> RemoteVault::connect(keeper::Role role) {
  keeper::SshLogin login = login_at(url_, state_dir_);
  switch (role) {
    case keeper::Role::writer:
      login.key_file = state_dir_ + "/ssh/writer";
      break;
    case keeper::Role::reader:
      login.key =
          keeper::private_file(keeper::login_key(TRY(keys_.recovery())->secret.view(), keeper::Role::reader));
      break;
    case keeper::Role::owner:
      login.key =
          keeper::private_file(keeper::login_key(TRY(keys_.owner())->seed.view(), keeper::Role::owner));
      break;
  }
  return dial(app_, url_, state_dir_, role, std::move(login));
}

Result<vault::WriterStore*> RemoteVault::writer() {
  if (!writer_) {
    auto client = TRY(connect(keeper::Role::writer));
    TRY(keeper::header_of(*client));
    writer_ = std::make_unique<keeper::RemoteWriter>(
        std::move(client),
        [this](const vault::DomainId& domain, ByteView message) { return sign_for(domain, message); });
  }
  return writer_.get();
}

Result<vault::ReaderStore*> RemoteVault::reader() {
  if (!reader_) {
    auto client = TRY(connect(keeper::Role::reader));
    TRY(keeper::header_of(*client));
    reader_ = std::make_unique<keeper::RemoteReader>(std::move(client));
  }
  return reader_.get();
}

Result<vault::OwnerStore*> RemoteVault::owner() {
  if (!owner_) owner_ = std::make_unique<keeper::RemoteOwner>(TRY(connect(keeper::Role::owner)));
  return owner_.get();
}

Status RemoteVault::create(const vault::VaultHeader& header) {
  TRY(owner());
  return owner_->create(header);
}

// Whoever is connected already knows; else the login that asks for no passphrase.
Result<keeper::Client*> RemoteVault::any_client() {
  if (writer_) return &writer_->client();
  if (reader_) return &reader_->client();
  if (owner_) return &owner_->client();
  auto folder = app_.fs().open_dir(state_dir_ + "/ssh");
  if (folder && (*folder)->stat("writer")) {
    TRY(writer());
    return &writer_->client();
  }
  TRY(reader());
  return &reader_->client();
}

Result<vault::VaultHeader> RemoteVault::header() {
  return keeper::header_of(*TRY(any_client()));
}

Status RemoteVault::reach() {
  TRY(header());
  return {};
}

// Each site of this machine has a writer key of its own; a recovery makes new ones.
Result<crypto::Signature> RemoteVault::sign_for(const vault::DomainId& domain, ByteView message) {
  auto sites = TRY(app_.fs().open_dir(state_dir_ + "/sites"));
  for (const fs::Entry& entry : TRY(sites->list())) {
    auto key = judge::load_writer_key(app_.machine(), judge::site_state_path(state_dir_, entry.name));
    if (key && key->domain == domain) return crypto::sign(key->signing, keeper::kInfoDomain, message);
  }
  return fail(make_error(Code::key, tr("this machine has no writer key for that site")).at(state_dir_));
}

Result<crypto::VerifyKey> writer_login(App& app, const std::string& state_dir) {
  auto folder =
      TRY_IN(app.fs().make_dirs(state_dir + "/ssh", 0700), tr("the state folder cannot be written"));
  if (folder->stat("writer") && folder->stat("writer.pub")) {
    Bytes line = TRY(fs::read_file(*folder, "writer.pub", kLoginMax));
    if (auto key = keeper::parse_public(as_text(line))) return *key;
    return fail(make_error(Code::key, tr("the writer's login is damaged"))
                    .at(state_dir + "/ssh/writer.pub")
                    .then(tr("remove the files writer and writer.pub there, and run aplomb init again")));
  }
  crypto::SigningKey key = crypto::make_signing_key(app.random());
  TRY(fs::write_file_durably(*folder, "writer", keeper::private_file(key).view(), 0600));
  TRY(fs::write_file_durably(*folder, "writer.pub",
                             as_bytes(keeper::public_line(key.verify_key, "aplomb-writer") + "\n"), 0600));
  return key.verify_key;
}

Result<KeeperAnswer> ask_keeper(App& app, const site::Config& config, const vault::SshUrl& url,
                                const crypto::SigningKey& owner) {
  keeper::SshLogin login = login_at(url, config.state_dir);
  login.key = keeper::private_file(keeper::login_key(owner.seed.view(), keeper::Role::owner));
  auto client = TRY(dial(app, url, config.state_dir, keeper::Role::owner, std::move(login)));
  return KeeperAnswer{client->keeper(), client->header()};
}

std::string allow_line(const vault::SshUrl& url, const crypto::VerifyKey& writer,
                       const crypto::KeyFile& recovery, const crypto::SigningKey& owner) {
  return fmt::format(
      "aplomb keeper allow {} writer={} reader={} owner={}", url.path, keeper::public_word(writer),
      keeper::public_word(keeper::login_key(recovery.secret.view(), keeper::Role::reader).verify_key),
      keeper::public_word(keeper::login_key(owner.seed.view(), keeper::Role::owner).verify_key));
}

}  // namespace aplomb::cli
