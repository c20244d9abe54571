// Which database a CMS uses, from its own configuration (wp-config.php, LocalSettings.php, connect.php), read
// as data: no PHP runs. Only what stands there as a plain text counts; a value that PHP would compute is not
// guessed. Whoever holds the web server's user may write this file, so what it says is compared with what was
// fixed when the site was protected, and only the password is taken from it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fs/fs.h"
#include "site/database_spec.h"

namespace aplomb::site {

struct CmsDatabase {
  DatabaseKind kind = DatabaseKind::mariadb;
  ServerAddress address;  // without `config`
  std::string password;
};

// Pure. Code::not_found when the text names no database of a server, or not as plain text.
Result<CmsDatabase> parse_cms_database(std::string_view php);
// `path` is absolute, and no component of it may be a link.
Result<CmsDatabase> read_cms_database(fs::Fs& fs, const std::string& path);
// The configuration that names the database of the CMS in `root`; empty when none is found there.
std::string find_cms_config(fs::Fs& fs, const std::string& root);
// An incomplete spec with the address that its configuration names now; looked for in the roots when it
// names no configuration.
Result<DatabaseSpec> complete_spec(fs::Fs& fs, DatabaseSpec spec, const std::vector<std::string>& roots);

}  // namespace aplomb::site
