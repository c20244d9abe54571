// What in WordPress lets somebody in who once was in, beside its files: sessions, application passwords, the
// passwords of administrators, and the keys that WordPress keeps in its options when its configuration has
// none. Pure: from the database as it will be to the rows that change, and the keys of links with which each
// administrator chooses a new password, once, within a day. WordPress itself opens such a link
// (wp-login.php?action=rp); its form is that of wp-includes/user.php, check_password_reset_key().
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "site/database_repair.h"

namespace aplomb::recover {

// Letters and digits, about 5.95 bits each.
std::string random_word(Random& random, size_t size);

// The hash that each WordPress understands (phpass, "portable": 2^13 rounds of MD5). The salt has 8 letters.
std::string portable_hash(std::string_view password, std::string_view salt);

struct WordPressSecrets {
  struct Administrator {
    std::string login, key;
    std::vector<site::Value> row;  // its key in the table of users
  };
  site::Repair repair;
  std::string users;  // the table's name
  std::vector<Administrator> administrators;
  size_t application_passwords = 0, sessions = 0;
};

// `prefix` is the $table_prefix. Without WordPress' tables nothing changes.
WordPressSecrets wordpress_secrets(const site::Database& database, const std::string& prefix, Time now,
                                   Random& random);

// The constants of wp-config.php that sign its cookies.
std::vector<std::string> wordpress_keys();

}  // namespace aplomb::recover
