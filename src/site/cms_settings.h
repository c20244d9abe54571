// Single settings in a CMS's configuration, read and written as data: no PHP runs, and what PHP would compute
// stays as it is. A setting is a constant ("DB_PASSWORD"), a variable with its $, or an argument of SPIP's
// spip_connect_db(), whose name password_setting() knows.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

namespace aplomb::site {

// The value as PHP will have it; empty when there is none as plain text.
std::string cms_setting(std::string_view php, const std::string& name);

// What the password of the database is called in a configuration that parse_cms_database() understands.
std::string password_setting(std::string_view php);

// The same text with other values; only what stands there as plain text is replaced, and its names are added
// to `written`.
std::string with_settings(std::string_view php, const std::map<std::string, std::string>& values,
                          std::set<std::string>& written);

}  // namespace aplomb::site
