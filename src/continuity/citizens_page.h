// What citizens read while their town's site is being repaired: the banner over each copied page, the service
// card (whom to call, where to go, what works on paper) and the status page. Plain HTML that a screen reader
// follows, without a script. Both languages are always on the page, the site's own first: a visitor is not
// asked, and these texts do not depend on the language of the administrator, so they do not go through tr().
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/messages.h"
#include "base/text.h"

namespace aplomb::continuity {

struct Phone {
  std::string label;   // "Accueil", "Urgence eau"
  std::string number;  // as people write it
};

struct Counter {
  std::string name;
  std::string address;
  std::string hours;
};

// From the configuration; every text is plain text in UTF-8.
struct ServiceCard {
  std::string name;  // "Mairie de Saint-Exemple"
  std::vector<Phone> phones;
  std::vector<Counter> counters;
  std::vector<std::string> on_paper;  // what can be done without the site
  std::optional<Time> next_update;
  Language language = Language::french;  // of the site: comes first
};

struct StatusInfo {
  Time since;           // the copy stands in for the site since
  Time updated_at;      // when this information was written
  std::string message;  // the town's own words; may be empty
};

// Pure ASCII (the rest as character references) and well-formed XML, so that it fits a page in any encoding
// and XHTML too.
std::string banner_html(Time captured_at, Language site_language);

// The page with the banner right after its <body …>, else nothing changed: not a byte. A page that does not
// write its body tag gets the banner where a browser would open the body.
Bytes with_banner(ByteView page, std::string_view banner);

// For every path, form and search that the copy does not hold.
std::string service_card_html(const ServiceCard& card);

std::string status_html(const ServiceCard& card, const StatusInfo& status);
std::string status_json(const ServiceCard& card, const StatusInfo& status, size_t pages);

}  // namespace aplomb::continuity
