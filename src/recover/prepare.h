// Between the plan and the switch: what is rejected is set aside with its reason, and what will be needed is
// prepared beside the site. Nothing of the site is touched.
#pragma once

#include "recover/journal.h"
#include "recover/new_secrets.h"

namespace aplomb::recover {

// Folders that a recovery changes: the roots, then the folders of databases outside them.
std::vector<std::string> targets_of(const site::SiteConfig& site);

// Puts what the report rejects into the quarantine, and notes there under which id.
Status set_aside(fs::Dir& site_state, const Journal& journal, const Case& incident, Report& report);

// Everything that the plan needs is durable beside the site, and the moves that bring it into place are
// known.
Result<SwitchPlan> stage(const archive::Machine& machine, const site::SiteConfig& site,
                         const std::string& site_state, const std::string& id, const Case& incident,
                         const NewSecrets& secrets);

}  // namespace aplomb::recover
