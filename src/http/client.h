// Fetches over http and https with libcurl, under limits of time and size. It goes where it is told and
// nowhere else: a redirect is followed only within the same host, never from https to http and never to a
// port of its own choice, because the site that answers may be hacked.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "http/message.h"
#include "http/url.h"

namespace aplomb::http {

constexpr const char* kUserAgent = "Aplomb/0.1";

struct FetchOptions {
  int64_t timeout_ms = 30'000;  // for each hop, connecting included
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

}  // namespace aplomb::http
