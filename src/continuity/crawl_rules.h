// Which addresses of a site are worth asking for, decided from the address alone. A link is only ever
// followed by GET and without a cookie, so that a well-made site changes nothing by it; but sites are not
// well made: links that look like an action are left alone. And a calendar has no last page: each path gets a
// bounded number of query strings, and each shape of path a bounded number of paths.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "continuity/links.h"

namespace aplomb::continuity {

// "/logout", "/node/5/delete", "?do=edit", "?action=…", a session or a token in the query.
bool looks_like_action(const http::Url& url, LinkKind kind);

// By the end of its name; scripts, archives, films and office files are not part of the copy.
bool is_left_out_by_name(const http::Url& url);

// What the copy keeps: HTML, CSS, pictures, fonts, PDF. `content_type` as the server sends it.
bool is_html(std::string_view content_type);
bool is_css(std::string_view content_type);
bool is_kept_type(std::string_view content_type, const http::Url& url);

class TrapGuard {
 public:
  // False when there have been enough addresses of this sort; else it counts this one.
  bool take(const http::Url& url, LinkKind kind);

 private:
  std::map<std::string, size_t> counts_;
};

}  // namespace aplomb::continuity
