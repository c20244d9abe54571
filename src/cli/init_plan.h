// What `init` will do, worked out and checked before anything is made: which sites, which databases, which
// vault, which keys. A plan that exists can be carried out unless the disk fails.
#pragma once

#include <string>
#include <vector>

#include "cli/app.h"
#include "cli/arguments.h"
#include "site/config.h"

namespace aplomb::cli {

struct PlannedSite {
  std::string name;
  std::string cms, version;                  // "plain" when it is no known CMS
  std::vector<std::string> other_databases;  // found below the roots, and not named with --db
  struct Unsaved {
    std::string database, reason;
  };
  std::vector<Unsaved> unsaved;  // the CMS uses it, and it cannot be read
};

struct InitPlan {
  site::Config config;             // as it will be written
  std::vector<PlannedSite> sites;  // those that are new in it
  bool first = true;               // no configuration yet: vault and keys are made too
  std::string recovery_key;        // where it is written; meaningless unless first
  std::string sheet;               // where the recovery sheet is written; empty: nowhere
};

Result<InitPlan> plan_init(App& app, const Arguments& arguments);

}  // namespace aplomb::cli
