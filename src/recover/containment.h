// Stopping what serves and what was planted: the administrator's own stop commands, processes that run from
// inside the site's folders or run a file that the judge rejects, and writes to its databases. Started again,
// or released, when the site reopens. Network rules and PHP pools come with the real sites.
#pragma once

#include "base/log.h"
#include "site/config.h"
#include "site/maria_client.h"
#include "site/sqlite_copy.h"

namespace aplomb::recover {

class Containment {
 public:
  Containment(const site::SiteConfig& site, Log& log) : site_(site), log_(log) {}

  // Runs the stop commands. One that fails is an error: the site may still be written to.
  Status stop_service();
  Status start_service();
  // Freezes every database; one that cannot be frozen (encrypted, gone) is only said.
  void freeze_databases(const site::LoginSource& login);
  void release_databases() {
    frozen_.clear();
    locked_.clear();
  }
  // Ends processes whose program lies inside the roots, or was deleted from there. Returns how many.
  size_t end_planted_processes();

 private:
  Status freeze(const site::DatabaseSpec& spec, const site::LoginSource& login);

  const site::SiteConfig& site_;
  Log& log_;
  std::vector<site::SqliteFreeze> frozen_;
  std::vector<site::MariaFreeze> locked_;
};

}  // namespace aplomb::recover
