// The account at a MariaDB server that a site's CMS uses: whether it is this site's alone, and its password.
// Asked and changed as the account itself; no administrator's account is needed.
#pragma once

#include <string>
#include <string_view>

#include "site/maria_client.h"

namespace aplomb::site {

// Pure: true when what SHOW GRANTS says gives rights on this database alone. An account with others too may
// serve another site or a person, who would be locked out by a new password.
bool grants_one_database(std::string_view grants, std::string_view database);

// Asks the server, and has it set the password that is set already: whoever may do that may set another.
// Code::refused with a reason for people when the password cannot or should not be changed.
Status check_password_can_change(const ServerLogin& login);

// Both in errors and at the server's log the password is not named. The login still holds the one before.
Status set_password(const ServerLogin& login, std::string_view password);

// What a question that holds no secret is answered with, one row a line. Without a name in the address no
// database is asked for, here and in run_statements().
Result<std::string> query(const ServerLogin& login, const std::string& question);

}  // namespace aplomb::site
