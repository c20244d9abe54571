// The citizens' copy as files for an ordinary web server, here or at any host:
//
//   site/…/index.html        pages whose address is a plain path; other plain files under their own name
//   site/__pages/0001.html   pages whose address is not: a query, an odd name, a name that ends in .php
//   site/__card.html         the service card, for everything that the copy lacks
//   site/__status.html  site/__status.json
//   nginx.conf  apache.conf  ready configurations: stored pages 200, all else 503 with the card, no cookie
//
// Nothing that a hacked site chose can be executed by that server: no name that any usual configuration hands
// to an interpreter, no hidden file, no link.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "continuity/citizens_copy.h"

namespace aplomb::continuity {

struct ExportedCopy {
  size_t pages = 0;
  std::string snapshot;
  std::optional<Time> captured;
};

// `target` is empty, or holds an earlier export, which is replaced; anything else there is Code::exists.
// `target_path` is how the web server will know it (absolute), for the two configurations.
Result<ExportedCopy> export_copy(fs::Dir& site_state, const site::SiteConfig& site, Language site_language,
                                 fs::Dir& target, const std::string& target_path, const Clock& clock,
                                 Log& log, std::string_view snapshot_prefix = {});

// Where each page goes, by canonical address. Pure.
struct ExportPlan {
  struct File {
    std::string path;  // below site/
    const StoredPage* page;
  };
  std::vector<File> files;
  // Addresses that no plain path says, and their file: "/?page_id=2" -> "__pages/0001.html".
  std::map<std::string, std::string> mapped;
  std::string charset;  // that most HTML pages are sent with; empty when they do not say
};
ExportPlan plan_export(const StaticSite& site);

}  // namespace aplomb::continuity
