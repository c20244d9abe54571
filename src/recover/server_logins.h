// Logins at database servers, on the day. Whoever broke in may have deleted, encrypted or changed the CMS's
// configuration, where the password stands; with the recovery key, the newest snapshot whose copy of it holds
// a password that works helps out. Only the password is taken from any of them, never the address.
#pragma once

#include <map>

#include "archive/take_snapshot.h"
#include "site/maria_client.h"

namespace aplomb::recover {

class ServerLogins {
 public:
  // `reader` and `key` may be null: then the configuration as it is must do.
  ServerLogins(const archive::Machine& machine, const site::SiteConfig& site, vault::ReaderStore* reader,
               const crypto::KeyFile* key)
      : machine_(machine), site_(site), store_(reader), key_(key) {}

  Result<site::ServerLogin> find(const site::DatabaseSpec& spec);
  site::LoginSource source() {
    return [this](const site::DatabaseSpec& spec) { return find(spec); };
  }

 private:
  Result<site::ServerLogin> from_vault(const site::DatabaseSpec& spec);

  const archive::Machine& machine_;
  const site::SiteConfig& site_;
  vault::ReaderStore* store_;
  const crypto::KeyFile* key_;
  std::map<std::string, site::ServerLogin> kept_;  // by address: those that worked, from the vault
};

}  // namespace aplomb::recover
