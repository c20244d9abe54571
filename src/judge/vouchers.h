// What the apt hook stored with a site's snapshots, checked and taken as releases of Debian: signed release
// file → index → package → files. Over all kept snapshots, because what was published once was published,
// whatever is installed now.
#pragma once

#include "judge/trust.h"
#include "vault/reader.h"

namespace aplomb::judge {

void add_vouchers(Trust& trust, vault::VaultReader& reader, const std::string& site, Log& log);

}  // namespace aplomb::judge
