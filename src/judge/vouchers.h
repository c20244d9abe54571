// What was stored with a site's snapshots to vouch for its files, checked. Of the apt hook: signed release
// file → index → package → files, taken as releases of Debian. Of deployments: commits that pinned keys
// signed. Over all kept snapshots, because what was published once was published, whatever is installed now.
#pragma once

#include "judge/trust.h"
#include "vault/reader.h"

namespace aplomb::judge {

// Code::refused when nobody pinned its keys, or none of them signed.
Status add_commit(Trust& trust, const vendor::Deployment& deployment);

// After all approvals and revocations: they say whose keys are pinned.
void add_vouchers(Trust& trust, vault::VaultReader& reader, const std::string& site, Log& log);

}  // namespace aplomb::judge
