// A vault behind a keeper on another machine: one connection a role, made when the role is first used. The
// writer's login lies in the state folder; those of reader and owner follow from their keys and are nowhere
// else (docs/format/keeper-protocol.md).
#pragma once

#include "cli/open_vault.h"
#include "keeper/remote_store.h"

namespace aplomb::cli {

class RemoteVault final : public vault::VaultAccess {
 public:
  RemoteVault(App& app, const site::Config& config, vault::SshUrl url, VaultKeys keys);

  Status create(const vault::VaultHeader& header) override;
  Result<vault::VaultHeader> header() override;
  Status reach() override;
  Result<vault::WriterStore*> writer() override;
  Result<vault::ReaderStore*> reader() override;
  Result<vault::OwnerStore*> owner() override;

 private:
  Result<std::unique_ptr<keeper::Client>> connect(keeper::Role role);
  Result<keeper::Client*> any_client();
  Result<crypto::Signature> sign_for(const vault::DomainId& domain, ByteView message);

  App& app_;
  const std::string state_dir_;
  const vault::SshUrl url_;
  const VaultKeys keys_;
  std::unique_ptr<keeper::RemoteWriter> writer_;
  std::unique_ptr<keeper::RemoteReader> reader_;
  std::unique_ptr<keeper::RemoteOwner> owner_;
};

// The login of this machine's writer, made when it is not there: STATE/ssh/writer and writer.pub.
Result<crypto::VerifyKey> writer_login(App& app, const std::string& state_dir);

// What init finds out before anything is stored.
struct KeeperAnswer {
  crypto::VerifyKey keeper;
  std::optional<vault::VaultHeader> header;
};
Result<KeeperAnswer> ask_keeper(App& app, const site::Config& config, const vault::SshUrl& url,
                                const crypto::SigningKey& owner);

// The line for the other machine: `aplomb keeper allow …`.
std::string allow_line(const vault::SshUrl& url, const crypto::VerifyKey& writer,
                       const crypto::KeyFile& recovery, const crypto::SigningKey& owner);

}  // namespace aplomb::cli
