// A bounded, polite walk over the public pages of a site: by GET, without cookies, one request at a time,
// breadth first from the start pages, each page together with what it is shown with. Only the site's own
// origin is asked. The answers may come from a hacked site: pages, bytes, time, depth and variants of an
// address are all bounded, and nothing is executed.
//
// The result is what visitors see, hacked or not. Whether it may be shown to citizens is the judge's to say.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"

namespace aplomb::continuity {

struct CrawlOptions {
  size_t pages_max = 300;                // HTML pages
  size_t files_max = 1500;               // with pictures, style sheets, fonts and PDF
  uint64_t bytes_max = 64ULL << 20;      // of all answers together, kept or not
  uint64_t file_bytes_max = 8ULL << 20;  // of one answer; what is larger is not kept
  int64_t time_max_ms = 20'000;
  std::vector<std::string> start_paths = {"/"};  // below the site's address
  std::string connect_to;                        // as in http::FetchOptions
};

struct CrawledPage {
  std::string url_path;  // path and query, canonical
  std::string content_type;
  Bytes body;
  bool operator==(const CrawledPage&) const = default;
};

struct CrawlResult {
  std::vector<CrawledPage> pages;  // in the order of the walk: the same site gives the same list
  std::vector<std::pair<std::string, std::string>> failed;  // address and why; at most 200
  bool cut = false;                                         // a bound ended the walk: there may be more
};

// Code::usage when `url` is not a web address, Code::network when nobody answers there.
Result<CrawlResult> crawl(const std::string& url, const CrawlOptions& options, const Clock& clock);

}  // namespace aplomb::continuity
