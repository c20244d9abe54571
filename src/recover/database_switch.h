// Databases on a server change by statements, not by a renamed file. Both ways are prepared before anything
// is switched and lie in the journal's folder, so that a run that is killed anywhere is carried on or taken
// back:
//
//   recovery/databases/TAG.forward   from the state found to the state to come; TAG: of the database's
//   address recovery/databases/TAG.back      and back
//
// They may be run again and again. Rows that others wrote meanwhile under other keys stay.
#pragma once

#include <set>

#include "recover/new_secrets.h"

namespace aplomb::recover {

// With `secrets`, what they change in rows.
Status stage_statements(const archive::Machine& machine, const site::SiteConfig& site, fs::Dir& site_state,
                        const Case& incident, const NewSecrets& secrets);

enum class Way : uint8_t { forward, back };

// The statements that wait in the journal's folder, against their servers.
class DatabaseSwitch {
 public:
  DatabaseSwitch(const site::SiteConfig& site, fs::Dir& site_state, site::LoginSource login)
      : site_(site), state_(site_state), login_(std::move(login)) {}

  // Those whose password, as the CMS's configuration has it now, is right.
  Status run_reachable(Way way);
  // The others, once the files are in their places; an error for one that cannot be reached.
  Status run_rest(Way way);

 private:
  Result<bool> waits(const std::string& file) const;
  Status run(const site::DatabaseSpec& spec, Way way, bool must);

  const site::SiteConfig& site_;
  fs::Dir& state_;
  site::LoginSource login_;
  std::set<std::string> done_;
};

}  // namespace aplomb::recover
