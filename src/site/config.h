// The configuration: one short TOML file, written by `init` with comments and meant to be edited by hand. The
// format page is docs/format/config.md. parse_config and write_config are inverse to each other and pure;
// unknown keys are errors, and so is anything that would make a vault or a key part of a public website.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/messages.h"
#include "base/result.h"
#include "fs/fs.h"
#include "site/database_spec.h"
#include "site/glob.h"

namespace aplomb::site {

// Shell commands, run in order, that stop and start what serves the site (its PHP pool, workers, timers).
struct ServiceHooks {
  std::vector<std::string> stop, start;
  bool operator==(const ServiceHooks&) const = default;
};

// What citizens need while the site is down, one line each.
struct ServiceCard {
  std::vector<std::string> phones, counters, hours, paper;
  bool operator==(const ServiceCard&) const = default;
};

struct ContinuityConfig {
  std::string listen = "127.0.0.1:8180";  // "address:port"
  ServiceCard card;
  bool operator==(const ContinuityConfig&) const = default;
};

struct SiteLimits {
  uint64_t database_mib_max = 200;      // rows of a larger database are not judged
  uint64_t database_wait_seconds = 30;  // for a database that others keep locked
  uint64_t page_seconds = 10;           // for one page of a health check
  bool operator==(const SiteLimits&) const = default;
};

struct SiteConfig {
  std::string name;                // [a-z0-9][a-z0-9._-]{0,62}
  std::vector<std::string> roots;  // absolute, normal, none inside another
  std::string url;                 // may be empty
  std::vector<DatabaseSpec> databases;
  std::vector<Glob> exclude;    // relative to a root; not stored
  std::vector<Glob> generated;  // caches: stored, scanned, never restored
  std::vector<std::string> privileged_tables;
  std::vector<std::string> health = {"/"};  // paths below url
  std::string wordpress_org;                // who is asked what was published: empty, "none", or a mirror
  std::vector<std::string> logs;  // of its web server: files, folders, patterns; none: the usual places
  ServiceHooks service;
  ContinuityConfig continuity;
  SiteLimits limits;
  bool operator==(const SiteConfig&) const = default;
};

struct Config {
  Language language = Language::english;
  std::string vault;         // "file:/path", "ssh://…", "s3://…"
  std::string owner_key;     // absolute path; empty: in state_dir
  std::string recovery_key;  // absolute path; empty: given on the command line
  std::vector<SiteConfig> sites;
  std::string file;       // where it was read from; not written into it
  std::string state_dir;  // follows from file
  bool operator==(const Config&) const = default;

  // nullptr when there is no such site.
  const SiteConfig* find(std::string_view site_name) const;
};

// State, owner key and journals: /var/lib/aplomb for a configuration under /etc, else aplomb-state beside it.
std::string state_dir_of(std::string_view config_file);
bool is_site_name(std::string_view name);
// A valid site name made from any folder or host name.
std::string site_name_from(std::string_view text);

// Errors are Code::config (Code::unsupported for a database engine) and name file, line and key.
Result<Config> parse_config(std::string_view text, const std::string& file);
// Commented TOML in the language of the process. Fails where parse_config would refuse the result.
Result<std::string> write_config(const Config& config);

Result<Config> load_config(fs::Fs& fs, const std::string& file);
// Atomically and durably, mode 0640; makes the folder when it is missing.
Status save_config(fs::Fs& fs, const Config& config);

}  // namespace aplomb::site
