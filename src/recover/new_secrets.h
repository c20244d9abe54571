// New secrets for a site that comes back: whoever was inside may have read the old ones. Planned when it is
// decided what the site will be, put into place with the switch, taken back by an undo:
//
//   the password of the CMS's account at its database server, there and in the CMS's configuration
//   WordPress: the keys that sign its cookies, sessions, application passwords, administrators' passwords
//
// What cannot be renewed is said, with its reason. Until the recovery is confirmed both passwords lie in
// SITE_STATE/recovery/secrets, a private file: a run that is killed between the server and the file goes on
// with the one that works.
#pragma once

#include <map>
#include <set>

#include "recover/case.h"
#include "recover/server_logins.h"

namespace aplomb::recover {

struct NewSecrets {
  struct Password {
    std::string place;  // of the database
    std::string before, after;
  };
  struct File {
    Bytes content;
    vault::Node node;
  };
  std::vector<Password> passwords;
  std::map<std::string, File> files;         // object path → what will stand there
  std::map<std::string, site::Repair> rows;  // database → what changes in it besides
  // What the new secrets change in objects that are in order, for the owner's signature.
  std::vector<judge::Identity> objects;
  std::vector<NewPassword> administrators;
  std::vector<std::string> renewed, left;  // for people
};

// Asks the servers whether passwords can be changed; changes nothing. What is not in order (`open`: paths) is
// not vouched for.
Result<NewSecrets> plan_new_secrets(const archive::Machine& machine, const site::SiteConfig& site,
                                    const Case& incident, ServerLogins& logins,
                                    const std::set<std::string>& open);

Status save_secrets(fs::Dir& site_state, const NewSecrets& secrets);
// Passwords, objects and administrators; nothing where nothing was renewed.
Result<NewSecrets> load_secrets(fs::Dir& site_state);

enum class Which : uint8_t { before, after };
// The servers have this password afterwards, whichever they had.
Status set_passwords(const site::SiteConfig& site, ServerLogins& logins, const NewSecrets& secrets,
                     Which which);

}  // namespace aplomb::recover
