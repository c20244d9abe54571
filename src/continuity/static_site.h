// The citizens' copy of a site: stored pages, the service card for everything else, and a server for them
// that holds nothing but these bytes. All that is shown is rendered when the site is built; answering is a
// lookup. It takes no cookie, no form, no login, and never says 404: what the copy lacks is "not now" (503),
// so that neither search engines nor citizens take the town's pages for gone.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "continuity/citizens_page.h"
#include "http/server.h"
#include "proc/process_list.h"

namespace aplomb::continuity {

struct Page {
  std::string url_path;  // "/demarches/?page=2": path, and query where the page has one
  std::string content_type;
  Bytes body;
  Time captured_at;
};

struct StoredPage {
  std::string content_type;
  std::shared_ptr<const Bytes> body;  // banner included
};

class StaticSite {
 public:
  // Two pages of one path: the later one in the list stays.
  static StaticSite build(const std::vector<Page>& pages, const ServiceCard& card, const StatusInfo& status);

  http::Response respond(const http::Request& request) const;

  // By canonical path and query; for `continuity export` too.
  const std::map<std::string, StoredPage>& pages() const { return pages_; }
  const StoredPage& service_card() const { return card_; }
  const StoredPage& status_page() const { return status_; }

  // For the pipe to the server process; lives no longer than that.
  Bytes encode() const;
  static Result<StaticSite> decode(ByteView bytes);

 private:
  std::map<std::string, StoredPage> pages_;
  StoredPage card_, status_, status_json_;
};

struct RunningSite {
  proc::ProcessRef process;
  uint16_t port = 0;
  std::string url;  // as this machine reaches it
};

// Starts a server process that outlives us, and returns once it has answered. The process is confined: no
// files, no connections of its own, no programs; as nobody when we are root. Its standard error goes to
// log_fd (-1: nowhere). Fails with Code::busy when the port is taken.
Result<RunningSite> serve_in_background(const StaticSite& site, const std::string& address, uint16_t port,
                                        int log_fd, Log& log);

// The same on a socket that listens already: the port of the stopped web server can be kept without a gap.
Result<RunningSite> serve_in_background(const StaticSite& site, const std::string& address,
                                        http::ListeningSocket socket, int log_fd, Log& log);

// Well also when it is gone already, or when the number means another process now.
Status stop(const proc::ProcessRef& process);

bool is_running(const proc::ProcessRef& process);

}  // namespace aplomb::continuity
