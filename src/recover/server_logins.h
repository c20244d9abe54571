// Logins at database servers, on the day. Whoever broke in may have deleted, encrypted or changed the CMS's
// configuration, where the password stands; with the recovery key, the newest snapshot whose copy of it holds
// a password that works helps out. Only the password is taken from any of them, never the address.
#pragma once

#include <map>
#include <optional>

#include "archive/take_snapshot.h"
#include "site/maria_client.h"

namespace aplomb::recover {

// Where a file of the machine lies in a snapshot; empty when it lies in none of the site's folders.
std::string object_path_of(const site::SiteConfig& site, const std::string& path);

class ServerLogins {
 public:
  // `reader` and `key` may be null: then the configuration as it is must do.
  ServerLogins(const archive::Machine& machine, const site::SiteConfig& site, vault::ReaderStore* reader,
               const crypto::KeyFile* key)
      : machine_(machine), site_(site), store_(reader), key_(key) {}

  // Passwords that one of may be the right one: those of a recovery that is under way.
  void know(const std::string& place, std::vector<std::string> passwords) {
    known_[place] = std::move(passwords);
  }
  // After a password was changed.
  void forget(const site::DatabaseSpec& spec) { kept_.erase(spec.place()); }

  Result<site::ServerLogin> find(const site::DatabaseSpec& spec);
  site::LoginSource source() {
    return [this](const site::DatabaseSpec& spec) { return find(spec); };
  }

 private:
  std::optional<site::ServerLogin> from_known(const site::DatabaseSpec& spec);
  Result<site::ServerLogin> from_vault(const site::DatabaseSpec& spec);

  const archive::Machine& machine_;
  const site::SiteConfig& site_;
  vault::ReaderStore* store_;
  const crypto::KeyFile* key_;
  std::map<std::string, site::ServerLogin> kept_;          // by address: those that worked, from the vault
  std::map<std::string, std::vector<std::string>> known_;  // by address
};

}  // namespace aplomb::recover
