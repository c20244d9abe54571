// The pages of a rebuilt site beside those that its snapshot holds, twenty at most: served by PHP in
// isolation, or, where a site has no PHP, taken from its files. Says in one sentence how it was done, or why
// it was not.
#pragma once

#include "recover/case.h"
#include "recover/drill_folder.h"

namespace aplomb::recover {

struct PageDifference {
  std::string path;
  std::string what;
};

struct PagesRehearsed {
  uint64_t checked = 0;
  std::vector<PageDifference> different;
  std::string note;
};

// HTML pages first, in the order of the walk that stored them; then style sheets, pictures and the rest.
std::vector<archive::PageEntry> choose_pages(const std::vector<archive::PageEntry>& pages, size_t count);

// Only for a point that is proven clean, whose files are checked. Code::corrupt when a stored page is
// damaged.
Result<PagesRehearsed> rehearse_pages(const archive::Machine& machine, const site::SiteConfig& site,
                                      const Case& incident, const DrillFolder& folder);

}  // namespace aplomb::recover
