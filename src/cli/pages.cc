#include "cli/pages.h"

#include "base/messages.h"
#include "continuity/kept_copy.h"

namespace aplomb::cli {

std::vector<archive::Page> crawl_pages(App& app, const site::SiteConfig& site) {
  std::vector<archive::Page> pages;
  if (site.url.empty()) return pages;
  continuity::CrawlOptions options;
  options.start_paths = site.health;
  app.progress().stage(tr("reading the public pages"), 0);
  auto crawled = continuity::crawl(site.url, options, app.clock());
  app.progress().done();
  if (!crawled) {
    app.log().warn(tr("the pages of {} are not kept for citizens: {}", site.url, crawled.error().what));
    return pages;
  }
  for (continuity::CrawledPage& page : crawled->pages)
    pages.push_back({std::move(page.url_path), std::move(page.content_type), std::move(page.body)});
  return pages;
}

void keep_pages(App& app, const judge::SiteState& state, const judge::Note& note,
                const std::vector<archive::Page>& pages) {
  if (note.point.verdict != judge::Verdict::proven_clean || pages.empty()) return;
  std::vector<continuity::CrawledPage> copies;
  for (const archive::Page& page : pages) copies.push_back({page.url_path, page.content_type, page.body});
  auto folder = app.fs().open_dir(state.path);
  Status kept = folder ? continuity::keep_pages(**folder, note.point.snapshot, note.point.time, copies)
                       : Status(fail(std::move(folder).error()));
  if (!kept)
    app.log().warn(tr("the pages of {} are not kept for citizens: {}", state.config.name, kept.error().what));
}

}  // namespace aplomb::cli
