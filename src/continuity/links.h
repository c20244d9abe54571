// The links of a page or a style sheet, as far as a copy without scripts needs them. A tolerant scanner, not
// a parser: it knows tags, quotes, comments and the elements whose content is not markup, reads forward once,
// and gives up nothing over broken markup. What scripts would load is not seen, and need not be.
#pragma once

#include <string_view>
#include <vector>

#include "http/url.h"

namespace aplomb::continuity {

enum class LinkKind {
  page,   // where a reader can go: <a href>, <area href>
  asset,  // what a page is shown with: style sheets, pictures, fonts
};

struct Link {
  http::Url url;
  LinkKind kind;
  bool operator==(const Link&) const = default;
};

// In the order of the text, of any origin, repeats included; at most kLinksMax. Links marked nofollow are
// left out: those of rel="nofollow", and every page link when <meta name="robots"> says so.
constexpr size_t kLinksMax = 5000;
std::vector<Link> links_of_html(std::string_view html, const http::Url& base);
std::vector<Link> links_of_css(std::string_view css, const http::Url& base);

// "noindex, nofollow" or "none": of the meta element, and of the header X-Robots-Tag.
bool says_nofollow(std::string_view directives);

}  // namespace aplomb::continuity
