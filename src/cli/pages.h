// The public pages of a site as visitors see them now: for the snapshot, and, once its point is proven clean,
// for the citizens' copy, which needs no key.
#pragma once

#include <vector>

#include "archive/take_snapshot.h"
#include "cli/app.h"
#include "judge/machine.h"
#include "site/config.h"

namespace aplomb::cli {

// Empty when the site has no address or does not answer: a backup never fails for it.
std::vector<archive::Page> crawl_pages(App& app, const site::SiteConfig& site);

// Keeps the pages of a proven point beside the site's state; those of any other point are not shown to
// anyone. A failure is a warning: the backup itself is safe.
void keep_pages(App& app, const judge::SiteState& state, const judge::Note& note,
                const std::vector<archive::Page>& pages);

}  // namespace aplomb::cli
