// What `aplomb keeper create` and `allow` do on the keeper's machine: the folder with its key and limits, and
// the lines in authorized_keys that let three logins in, each as one role and nothing else.
#pragma once

#include <string>
#include <vector>

#include "cli/app.h"
#include "keeper/ssh_key.h"

namespace aplomb::cli {

struct NewKeeper {
  crypto::VerifyKey key;
  vault::SshUrl url;  // what init is given on the other machine
};
// Code::exists when a vault or a keeper is there.
Result<NewKeeper> make_keeper(App& app, const std::string& folder);

struct Login {
  keeper::Role role;
  crypto::VerifyKey key;
};
// "writer=AAAA…", one for each role, each once.
Result<std::vector<Login>> parse_logins(const std::vector<std::string>& words);

// The text of an authorized_keys file with these logins in the place of earlier ones of the same folder and
// role.
std::string with_logins(std::string_view text, std::string_view program, std::string_view folder,
                        const std::vector<Login>& logins);

// This very program, as a forced command names it; Code::config when no plain path leads to it.
Result<std::string> own_program();
std::string own_user();
std::string own_authorized_keys();

}  // namespace aplomb::cli
