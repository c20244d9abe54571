// Finding out about a site when all that is known is its folder: which CMS it is, which SQLite databases lie
// in it, which database on a server its CMS uses, and what it may be called: SQLite by its magic, a server's
// database by the CMS's configuration, names from folders. Virtual hosts: virtual_hosts.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "fs/fs.h"
#include "site/config.h"
#include "site/recogniser.h"

namespace aplomb::site {

struct DiscoverLimits {
  uint64_t entries = 2'000'000;
  size_t depth = 100;
};

struct Discovered {
  std::string name;
  Recognised recognised;
  std::vector<DatabaseSpec> databases;  // suggestions, sorted; below roots
  std::optional<DatabaseSpec> server;   // the one that the CMS's configuration names
  bool complete = true;                 // false: a limit was reached, or a folder could not be read
};

// Looks beneath the root without following links. The site's databases are what it says, for `init` to
// confirm.
Result<Discovered> discover(fs::Fs& fs, const std::string& root, const std::vector<Recogniser>& recognisers,
                            const DiscoverLimits& limits = {});

// By the magic at its beginning. An empty file is none, though SQLite would take it for an empty database.
bool is_sqlite(fs::Dir& dir, const std::string& name);

// A name from "/var/www/Mairie de Saint-Aubin/htdocs": the last folder that says something.
std::string name_from_root(std::string_view root);

}  // namespace aplomb::site
