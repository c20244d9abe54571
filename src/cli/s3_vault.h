// A vault on an S3 store (docs/format/s3-layout.md): credentials from their file or the environment, the
// local cache in the state folder, one store that plays all three roles, opened when it is first asked for.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cli/app.h"
#include "site/config.h"
#include "vault/s3_store.h"

namespace aplomb::cli {

class S3Vault final : public vault::VaultAccess {
 public:
  S3Vault(App& app, const site::Config& config, vault::S3Address address);

  Status create(const vault::VaultHeader& header) override;
  Result<vault::VaultHeader> header() override;
  Status reach() override;
  Result<vault::WriterStore*> writer() override { return TRY(store()); }
  Result<vault::ReaderStore*> reader() override { return TRY(store()); }
  Result<vault::OwnerStore*> owner() override { return TRY(store()); }
  Result<vault::StoreLock> lock() override;
  Result<std::vector<vault::SnapshotId>> apply_retention() override;
  Result<vault::Extended> extend_locks() override;
  Result<vault::Collected> collect() override;

  Result<vault::S3Store*> store();

 private:
  Result<std::unique_ptr<vault::S3Store>> open();
  Result<vault::S3Credentials> credentials();
  Result<std::unique_ptr<vault::S3Client>> client();
  std::unique_ptr<fs::Dir> cache();

  App& app_;
  const std::string state_dir_;
  const vault::S3Address address_;
  std::unique_ptr<vault::S3Store> store_;
  std::optional<Error> unreachable_;  // asked once: each try of a server that is down takes a while
};

}  // namespace aplomb::cli
