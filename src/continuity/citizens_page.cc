#include "continuity/citizens_page.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace aplomb::continuity {
namespace {

struct Words {
  const char* french;
  const char* english;
};

constexpr Words kUnavailable = {
    "Cette page n’est pas disponible pour le moment",
    "This page is not available at the moment",
};
constexpr Words kReadOnly = {
    "Le site est consultable en copie, en lecture seule : les formulaires, la recherche et les comptes ne "
    "fonctionnent pas pour le moment. Voici comment faire vos démarches.",
    "The site can be read as a copy: forms, search and accounts do not work at the moment. Here is how to "
    "reach us.",
};
constexpr Words kStatusTitle = {"État du site", "Status of the site"};
constexpr Words kHome = {"Page d’accueil", "Home page"};
constexpr Words kStatusLink = {"État du site et contacts", "Status and contacts"};
constexpr Words kPhones = {"Par téléphone", "By phone"};
constexpr Words kCounters = {"Sur place", "In person"};
constexpr Words kOnPaper = {"Sur papier", "On paper"};
constexpr Words kSince = {"Copie en lecture seule depuis le", "Read-only copy since"};
constexpr Words kUpdated = {"Information mise à jour le", "Information updated on"};
constexpr Words kNext = {"Prochaine information le", "Next update on"};
constexpr Words kCopyOf = {"Copie du", "Copy of"};
constexpr Words kBannerRest = {
    "en lecture seule. Les formulaires et la recherche ne fonctionnent pas pour le moment.",
    "read only. Forms and search do not work at the moment.",
};

// Dark on white and white on dark blue: contrast over 12:1.
constexpr std::string_view kStyle =
    "body{margin:0;font:1.125rem/1.5 sans-serif;color:#161616;background:#fff}"
    "main{max-width:44rem;margin:0 auto;padding:1rem}"
    "h1{font-size:1.6rem;line-height:1.25}h2{font-size:1.25rem;border-top:2px solid "
    "#1b2a63;padding-top:.75rem}"
    "header{background:#1b2a63;color:#fff;padding:1rem}header p{max-width:44rem;margin:0 "
    "auto;font-weight:bold}"
    "a{color:#1b2a63}dt{font-weight:bold}dd{margin:0 0 .75rem}[lang] small{color:#3a3a3a}";

std::string_view in(Words words, Language language) {
  return language == Language::french ? words.french : words.english;
}
Language other(Language language) {
  return language == Language::french ? Language::english : Language::french;
}
std::string_view code(Language language) {
  return language == Language::french ? "fr" : "en";
}

// "24/11/2026 à 07:36" or "24/11/2026 at 07:36".
std::string when(Time time, Language language) {
  std::string text = to_local(time);
  size_t space = text.find(' ');
  if (space != text.npos) text.replace(space, 1, language == Language::french ? " à " : " at ");
  return text;
}

// The same thing in both languages, each marked with its own for screen readers.
std::string both(std::string_view tag, Words words, Language first, std::string_view suffix_first = {},
                 std::string_view suffix_second = {}) {
  Language second = other(first);
  return fmt::format("<{0}>{1}{2} <small lang=\"{3}\">{4}{5}</small></{0}>\n", tag,
                     escape_html(in(words, first)), escape_html(suffix_first), code(second),
                     escape_html(in(words, second)), escape_html(suffix_second));
}

std::string dated(Words words, Time time, Language first) {
  return both("p", words, first, " " + when(time, first), " " + when(time, other(first)));
}

std::string tel_link(const std::string& number) {
  std::string digits;
  for (char c : number)
    if ((c >= '0' && c <= '9') || (c == '+' && digits.empty())) digits += c;
  if (digits.empty()) return escape_html(number);
  return fmt::format("<a href=\"tel:{}\">{}</a>", digits, escape_html(number));
}

std::string contacts(const ServiceCard& card) {
  std::string html;
  if (!card.phones.empty()) {
    html += both("h2", kPhones, card.language) + "<dl>\n";
    for (const Phone& phone : card.phones)
      html += fmt::format("<dt>{}</dt><dd>{}</dd>\n", escape_html(phone.label), tel_link(phone.number));
    html += "</dl>\n";
  }
  if (!card.counters.empty()) {
    html += both("h2", kCounters, card.language) + "<dl>\n";
    for (const Counter& counter : card.counters)
      html += fmt::format("<dt>{}</dt><dd>{}<br>{}</dd>\n", escape_html(counter.name),
                          escape_html(counter.address), escape_html(counter.hours));
    html += "</dl>\n";
  }
  if (!card.on_paper.empty()) {
    html += both("h2", kOnPaper, card.language) + "<ul>\n";
    for (const std::string& line : card.on_paper) html += fmt::format("<li>{}</li>\n", escape_html(line));
    html += "</ul>\n";
  }
  return html;
}

enum class Indexing { allowed, refused };

std::string document(const ServiceCard& card, Words title, Indexing indexing, std::string_view content) {
  const std::string_view robots =
      indexing == Indexing::refused ? "<meta name=\"robots\" content=\"noindex\">\n" : "";
  return fmt::format(
      "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n{}"
      "<title>{} - {}</title>\n<style>{}</style>\n</head>\n<body>\n<header><p>{}</p></header>\n"
      "<main>\n{}</main>\n</body>\n</html>\n",
      code(card.language), robots, escape_html(in(title, card.language)), escape_html(card.name), kStyle,
      escape_html(card.name), content);
}

std::string link(std::string_view target, Words words, Language first) {
  return fmt::format("<p><a href=\"{}\">{}</a> <small lang=\"{}\">{}</small></p>\n", target,
                     escape_html(in(words, first)), code(other(first)), escape_html(in(words, other(first))));
}

// Every character that is not ASCII as &#…;. The input is our own UTF-8, so it is well formed.
std::string ascii_html(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    auto byte = static_cast<unsigned char>(text[i]);
    int length = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    uint32_t point = length == 1 ? byte : byte & (0xffu >> (length + 1));
    for (size_t k = 1; k < static_cast<size_t>(length); ++k)
      point = point << 6 | (static_cast<unsigned char>(text[i + k]) & 0x3fu);
    out += length == 1 ? std::string(1, text[i]) : fmt::format("&#{};", point);
    i += static_cast<size_t>(length);
  }
  return out;
}

bool starts_with_ignoring_case(std::string_view text, std::string_view lower_prefix) {
  if (text.size() < lower_prefix.size()) return false;
  return std::ranges::equal(text.substr(0, lower_prefix.size()), lower_prefix, {},
                            [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
}

// Walks over the tags of a page's beginning, far enough to know where its body starts. Not a parser: it
// knows comments, quoted attributes, and the elements whose content is not markup.
class BodyFinder {
 public:
  explicit BodyFinder(std::string_view page) : page_(page) {}

  // Where the banner goes.
  size_t place() {
    constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
    size_t fallback = page_.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
    // Without a body tag: after <!doctype>, <html …>, </head>: the last of them that was seen.
    while ((at_ = page_.find('<', at_)) != page_.npos) {
      if (page_.substr(at_).starts_with("<!--")) {
        skip_past("-->");
        continue;
      }
      const size_t start = at_;
      if (!opens_tag(start)) {
        ++at_;
        continue;
      }
      skip_tag();
      if (is_tag(start, "<body")) return at_;
      if (is_tag(start, "<!doctype") || is_tag(start, "<html") || is_tag(start, "</head")) fallback = at_;
      for (std::string_view raw : {"script", "style", "title", "noscript", "textarea"})
        if (is_tag(start, "<" + std::string(raw))) skip_element(raw);
    }
    return fallback;
  }

 private:
  // "a < b" opens none.
  bool opens_tag(size_t start) const {
    char next = start + 1 < page_.size() ? page_[start + 1] : ' ';
    return (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z') || next == '/' || next == '!' ||
           next == '?';
  }

  bool is_tag(size_t start, std::string_view name) const {
    if (!starts_with_ignoring_case(page_.substr(start), name)) return false;
    size_t after = start + name.size();
    return after < page_.size() &&
           std::string_view(" \t\r\n\f/>").find(page_[after]) != std::string_view::npos;
  }

  void skip_past(std::string_view end) {
    size_t found = page_.find(end, at_);
    at_ = found == page_.npos ? page_.size() : found + end.size();
  }

  void skip_tag() {
    char quote = 0;
    for (++at_; at_ < page_.size(); ++at_) {
      char c = page_[at_];
      if (quote != 0) {
        if (c == quote) quote = 0;
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (c == '>') {
        ++at_;
        return;
      }
    }
  }

  void skip_element(std::string_view name) {
    const std::string end = "</" + std::string(name);
    while ((at_ = page_.find('<', at_)) != page_.npos && !is_tag(at_, end)) ++at_;
    at_ = std::min(at_, page_.size());
  }

  std::string_view page_;
  size_t at_ = 0;
};

}  // namespace

std::string banner_html(Time captured_at, Language site_language) {
  auto line = [&](Language language) {
    return fmt::format("{} {}, {}", in(kCopyOf, language), when(captured_at, language),
                       in(kBannerRest, language));
  };
  const Language second = other(site_language);
  return ascii_html(fmt::format(
      "<div role=\"region\" aria-label=\"{0} {1}\" lang=\"{2}\" style=\"all:revert;display:block;"
      "position:relative;z-index:2147483647;clear:both;margin:0;padding:12px 16px;background:#fff3c4;"
      "color:#161616;border-bottom:3px solid #1b2a63;font:16px/1.4 sans-serif;text-align:left\">"
      "<strong>{3}</strong> <a href=\"/__status\" style=\"all:revert;color:#1b2a63\">{4}</a><br/>"
      "<span lang=\"{5}\">{6}</span></div>",
      in(kCopyOf, site_language), when(captured_at, site_language), code(site_language), line(site_language),
      in(kStatusLink, site_language), code(second), line(second)));
}

Bytes with_banner(ByteView page, std::string_view banner) {
  size_t place = BodyFinder(as_text(page)).place();
  Bytes out;
  out.reserve(page.size() + banner.size());
  out.insert(out.end(), page.begin(), page.begin() + static_cast<ptrdiff_t>(place));
  out.insert(out.end(), banner.begin(), banner.end());
  out.insert(out.end(), page.begin() + static_cast<ptrdiff_t>(place), page.end());
  return out;
}

std::string service_card_html(const ServiceCard& card) {
  std::string content = both("h1", kUnavailable, card.language) + both("p", kReadOnly, card.language);
  if (card.next_update) content += dated(kNext, *card.next_update, card.language);
  content +=
      contacts(card) + link("/", kHome, card.language) + link("/__status", kStatusTitle, card.language);
  return document(card, kUnavailable, Indexing::allowed, content);
}

std::string status_html(const ServiceCard& card, const StatusInfo& status) {
  std::string content = both("h1", kStatusTitle, card.language);
  if (!status.message.empty()) content += fmt::format("<p>{}</p>\n", escape_html(status.message));
  content += dated(kSince, status.since, card.language);
  content += dated(kUpdated, status.updated_at, card.language);
  if (card.next_update) content += dated(kNext, *card.next_update, card.language);
  content += contacts(card) + link("/", kHome, card.language);
  return document(card, kStatusTitle, Indexing::refused, content);
}

std::string status_json(const ServiceCard& card, const StatusInfo& status, size_t pages) {
  nlohmann::ordered_json phones = nlohmann::ordered_json::array();
  for (const Phone& phone : card.phones) phones.push_back({{"label", phone.label}, {"number", phone.number}});
  nlohmann::ordered_json json = {
      {"site", card.name},
      {"state", pages > 0 ? "read-only-copy" : "service-card"},
      {"since", to_iso(status.since)},
      {"updated", to_iso(status.updated_at)},
      {"next_update", nullptr},
      {"message", status.message},
      {"pages", pages},
      {"phones", phones},
  };
  if (card.next_update) json["next_update"] = to_iso(*card.next_update);
  // Texts of the configuration may hold bytes that are not UTF-8; those are replaced, not thrown at.
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace aplomb::continuity
