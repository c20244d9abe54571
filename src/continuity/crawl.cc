#include "continuity/crawl.h"

#include <algorithm>
#include <deque>
#include <set>

#include "base/log.h"
#include "base/messages.h"
#include "continuity/crawl_rules.h"
#include "continuity/robots.h"
#include "http/client.h"

namespace aplomb::continuity {
namespace {

constexpr int kDepthMax = 8, kRedirectsMax = 3;
constexpr int64_t kOneMax = 5'000;  // ms for one answer
constexpr size_t kSeenMax = 20'000, kAssetsOfPageMax = 100, kFailedMax = 200, kFailuresInARowMax = 10;
constexpr size_t kRobotsMax = 512 << 10, kTypeMax = 200;

class Crawler {
 public:
  Crawler(http::Url site, const CrawlOptions& options, const Clock& clock)
      : site_(std::move(site)),
        folder_(site_.path.substr(0, site_.path.rfind('/'))),
        options_(options),
        clock_(clock),
        deadline_ns_(clock.monotonic_ns() + options.time_max_ms * 1'000'000) {}

  Result<CrawlResult> run() {
    TRY(read_robots());
    for (const std::string& path : options_.start_paths)
      if (auto url = site_.resolve(folder_ + path)) want({std::move(*url), LinkKind::page}, 0);
    while (!stopped() && (!assets_.empty() || !pages_.empty())) {
      const bool asset = !assets_.empty();  // what a page is shown with comes before the next page
      std::deque<Wanted>& queue = asset ? assets_ : pages_;
      const Wanted next = std::move(queue.front());
      queue.pop_front();
      if (!asset && html_count_ >= options_.pages_max) {
        result_.cut = true;
        pages_.clear();
        continue;
      }
      visit(next);
    }
    if (!assets_.empty() || !pages_.empty()) result_.cut = true;
    return std::move(result_);
  }

 private:
  struct Wanted {
    Link link;
    int depth;
  };

  int64_t milliseconds_left() const { return (deadline_ns_ - clock_.monotonic_ns()) / 1'000'000; }
  bool stopped() const {
    return told_to_stop_ || failures_in_a_row_ >= kFailuresInARowMax || milliseconds_left() <= 0 ||
           received_ >= options_.bytes_max || result_.pages.size() >= options_.files_max;
  }

  http::FetchOptions fetch_options(uint64_t bytes_max) const {
    http::FetchOptions fetch;
    fetch.connect_to = options_.connect_to;
    fetch.redirects_max = kRedirectsMax;
    // For each hop, so that all of them end within the time that is left.
    fetch.timeout_ms = std::clamp<int64_t>(milliseconds_left() / (kRedirectsMax + 1), 1, kOneMax);
    fetch.bytes_max = static_cast<size_t>(std::min(bytes_max, options_.bytes_max - received_));
    return fetch;
  }

  // Also learns whether the site has moved to https, which is then the origin that is walked.
  Status read_robots() {
    auto got = http::get(site_.origin() + "/robots.txt", fetch_options(kRobotsMax));
    if (!got && got.error().code == Code::limit) return {};
    if (!got) return fail(std::move(got).error());
    if (got->url.scheme != site_.scheme && got->url.host == site_.host) {
      site_.scheme = got->url.scheme;
      site_.port = got->url.port;
    }
    received_ += got->body.size();
    if (got->status == 200 && !is_html_answer(*got)) robots_ = Robots::parse(as_text(got->body));
    return {};
  }

  static std::string type_of(const http::Fetched& got) {
    const std::string* type = http::find_header(got.headers, "content-type");
    return type && type->size() <= kTypeMax ? printable(*type) : std::string();
  }
  static bool is_html_answer(const http::Fetched& got) { return is_html(type_of(got)); }

  void failed(const http::Url& url, std::string why) {
    if (result_.failed.size() < kFailedMax) result_.failed.emplace_back(url.target(), printable(why));
  }

  // Pages above the site's own folder are another site's, pictures may be shared.
  bool allowed(const http::Url& url, LinkKind kind) const {
    if (kind == LinkKind::page && !url.path.starts_with(folder_ + "/")) return false;
    return url.same_origin(site_) && !looks_like_action(url, kind) && !is_left_out_by_name(url);
  }

  void want(Link link, int depth) {
    if (link.url.query && link.url.query->empty()) link.url.query.reset();
    if (depth > kDepthMax || !allowed(link.url, link.kind)) return;
    if (seen_.size() >= kSeenMax) {
      result_.cut = true;
      return;
    }
    if (!seen_.insert(link.url.target()).second) return;
    if (link.kind == LinkKind::page && !robots_.allows(link.url.target()))
      return failed(link.url, tr("robots.txt asks robots to stay away"));
    if (!guard_.take(link.url, link.kind)) {
      result_.cut = true;
      return;
    }
    (link.kind == LinkKind::page ? pages_ : assets_).push_back({std::move(link), depth});
  }

  void visit(const Wanted& wanted) {
    const http::Url& url = wanted.link.url;
    const http::FetchOptions fetch = fetch_options(options_.file_bytes_max);
    auto got = http::get(url.to_string(), fetch);
    if (!got) {
      const bool too_long = got.error().code == Code::limit;
      if (too_long) received_ += fetch.bytes_max;
      if (too_long && fetch.bytes_max < options_.file_bytes_max) result_.cut = true;
      failures_in_a_row_ = too_long ? 0 : failures_in_a_row_ + 1;
      return failed(url, got.error().what);
    }
    received_ += got->body.size();
    told_to_stop_ = told_to_stop_ || got->status == 429;
    failures_in_a_row_ = got->status >= 500 ? failures_in_a_row_ + 1 : 0;
    if (got->status != 200) return failed(url, tr("the web server answered {}", got->status));
    keep(wanted, *got);
  }

  // A redirect may lead where a link would not have been followed.
  bool may_keep(const Wanted& wanted, const http::Fetched& got) {
    const http::Url& url = wanted.link.url;
    const bool page = wanted.link.kind == LinkKind::page;
    if (!allowed(got.url, wanted.link.kind) || (page && !robots_.allows(got.url.target()))) {
      failed(url, tr("it leads to {}, which is not part of the copy", got.url.target()));
    } else if (!is_kept_type(type_of(got), got.url) || (!page && is_html_answer(got))) {
      failed(url, tr("its type is not part of the copy"));
    } else {
      return true;
    }
    return false;
  }

  void keep(const Wanted& wanted, http::Fetched& got) {
    if (!may_keep(wanted, got)) return;
    const std::string asked = wanted.link.url.target(), reached = got.url.target();
    seen_.insert(reached);
    const bool html = is_html_answer(got);
    if (!kept_.contains(reached)) {
      if (html || is_css(type_of(got))) follow(got, wanted.depth);
      if (html) ++html_count_;
      kept_.insert(reached);
      result_.pages.push_back({reached, type_of(got), std::move(got.body)});
      if (asked == reached) return;
      got.body = result_.pages.back().body;
    }
    // "/" that leads to "/fr/": the copy has no redirects, so it answers under both.
    if (!kept_.insert(asked).second) return;
    received_ += got.body.size();
    if (received_ <= options_.bytes_max)
      result_.pages.push_back({asked, type_of(got), std::move(got.body)});
    else
      result_.cut = true;
  }

  void follow(const http::Fetched& got, int depth) {
    const bool html = is_html_answer(got);
    std::vector<Link> links =
        html ? links_of_html(as_text(got.body), got.url) : links_of_css(as_text(got.body), got.url);
    const std::string* robots = http::find_header(got.headers, "x-robots-tag");
    const bool stay = robots && says_nofollow(*robots);
    size_t assets = 0;
    for (Link& link : links) {
      if (link.kind == LinkKind::page && stay) continue;
      if (link.kind == LinkKind::asset && ++assets > kAssetsOfPageMax) {
        result_.cut = true;
        continue;
      }
      want(std::move(link), depth + 1);
    }
  }

  http::Url site_;
  const std::string folder_;  // of its address, without the last '/'
  const CrawlOptions& options_;
  const Clock& clock_;
  const int64_t deadline_ns_;
  Robots robots_;
  TrapGuard guard_;
  std::deque<Wanted> pages_, assets_;
  std::set<std::string> seen_, kept_;  // targets
  uint64_t received_ = 0;
  size_t html_count_ = 0, failures_in_a_row_ = 0;
  bool told_to_stop_ = false;
  CrawlResult result_;
};

}  // namespace

Result<CrawlResult> crawl(const std::string& url, const CrawlOptions& options, const Clock& clock) {
  return Crawler(TRY(http::Url::parse(url)), options, clock).run();
}

}  // namespace aplomb::continuity
