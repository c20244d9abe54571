// Configurations for nginx and Apache that serve an exported citizens' copy the way StaticSite::respond does.
// Pure functions; every address written into them is escaped, because the hacked site chose it.
#pragma once

#include <map>
#include <string>

namespace aplomb::continuity {

struct WebServerSite {
  std::string host;                           // empty: any
  std::string folder;                         // of the site's files, absolute
  std::string charset;                        // of HTML pages; empty: as they say themselves
  std::map<std::string, std::string> mapped;  // canonical address -> file below the folder
};

std::string nginx_conf(const WebServerSite& site);
std::string apache_conf(const WebServerSite& site);

// A canonical address (ASCII, no blank, no quote) as a regular expression that fits it alone, for PCRE
// between double quotes in either file.
std::string exact_pattern(std::string_view address);

}  // namespace aplomb::continuity
