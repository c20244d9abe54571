// The rebuilt site, served where nothing can be reached (proc/isolated.h), and asked for some of its pages:
// PHP's own server on the loopback of a network namespace, with the rebuilt folders at the places where the
// live ones are, so that paths written into the site's settings lead to the copy. Only for code that is
// proven clean: it is executed.
#pragma once

#include "base/result.h"
#include "proc/isolated.h"

namespace aplomb::recover {

struct PageQuestion {
  std::string document_root;       // as seen inside
  std::string router;              // a script for PHP's own server, or empty
  std::string url;                 // of the site, http
  std::vector<std::string> paths;  // at most kPagesMax
  uint32_t page_ms = 10'000;
};
constexpr size_t kPagesMax = 20;

struct PageAnswer {
  uint16_t status = 0;  // 0: none came
  std::string what;     // why not
  Bytes body;
};

struct Served {
  std::string problem;  // the server did not start: why
  std::vector<PageAnswer> pages;
};

// Code::unsupported when this machine cannot isolate, or has no PHP.
Result<Served> serve_isolated(const proc::PrivateRoot& root, const PageQuestion& question);

// Is `php` there, as proc finds programs?
bool have_php();

void encode(ByteWriter& writer, const PageQuestion& question);
Result<PageQuestion> decode_question(ByteReader& reader);
void encode(ByteWriter& writer, const Served& served);
Result<Served> decode_served(ByteReader& reader);

}  // namespace aplomb::recover
