// Fetches over http and https with libcurl, under limits of time and size. It goes where it is told and
// nowhere else: a redirect is followed only within the same host, never from https to http and never to a
// port of its own choice, because the site that answers may be hacked.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "http/message.h"
#include "http/url.h"

namespace aplomb::http {

constexpr const char* kUserAgent = "Aplomb/0.1";

struct FetchOptions {
  int64_t timeout_ms = 30'000;  // for each hop, connecting included; 0: as long as bytes move
  int64_t stall_seconds = 0;    // given up when no byte moves, or no connection comes, for so long; 0: never
  size_t bytes_max = 32 << 20;
  int redirects_max = 5;
  Headers headers;
  // "127.0.0.1:8080": connect there, while the Host header and the certificate stay the URL's. For the pages
  // of a site that is not (or no longer) what its public name leads to.
  std::string connect_to;
};

struct Fetched {
  int status = 0;
  Headers headers;
  Bytes body;
  Url url;  // the last one asked
};

// Any status is a result, also a redirect that was not followed. Code::network when there was no answer,
// Code::limit when the body is over bytes_max, Code::usage when it is not a URL of http or https.
Result<Fetched> get(std::string_view url, const FetchOptions& options = {});

// Any method, with a body. Redirects of GET and HEAD alone are followed.
Result<Fetched> fetch(const std::string& method, std::string_view url, ByteView body,
                      const FetchOptions& options = {});

// Requests over one connection that is kept open between them, for a peer that is asked many times. Follows
// no redirect. Not thread-safe.
class Connection {
 public:
  Connection();
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // The URL is sent as it stands, not made canonical: it may have been signed.
  Result<Fetched> send(const std::string& method, const Url& url, ByteView body, const FetchOptions& options);

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
};

}  // namespace aplomb::http
