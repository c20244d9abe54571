// From the configuration's lines, which people write as they like, to the service card's fields.
#include <algorithm>

#include "continuity/citizens_copy.h"
#include "http/url.h"

namespace aplomb::continuity {
namespace {

std::string trim(std::string_view text) {
  constexpr std::string_view kAround = " \t:,;-";
  size_t first = text.find_first_not_of(kAround);
  if (first == text.npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(kAround) - first + 1));
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// "01 02 03 04 05 (9 h - 12 h)": the hours must not become part of the number that a telephone dials.
size_t number_length(std::string_view text) {
  size_t end = std::min(text.find_first_not_of("0123456789 +.()-/"), text.size());
  std::string_view number = text.substr(0, end);
  if (std::ranges::count(number, '(') > std::ranges::count(number, ')')) return number.rfind('(');
  const bool runs_on =
      end < text.size() && !number.empty() && is_digit(number.back()) && text[end] != ',' && text[end] != ';';
  const size_t space = number.rfind(' ');
  return runs_on && space != number.npos ? space : end;
}

Phone phone_of(std::string_view line, Language language) {
  size_t start = line.find(':');
  if (start == line.npos) start = 0;
  start = line.find_first_of("0123456789+", start);
  if (start == line.npos) return {trim(line), {}};
  const size_t length = number_length(line.substr(start));
  std::string label = trim(line.substr(0, start)), rest = trim(line.substr(start + length));
  if (label.empty()) label = language == Language::french ? "Téléphone" : "Telephone";
  if (!rest.empty()) label += " " + rest;
  return {label, trim(line.substr(start, length))};
}

Counter counter_of(std::string_view line) {
  const size_t between = std::min(line.find_first_of(",:"), line.size());
  return {trim(line.substr(0, between)), trim(line.substr(between)), {}};
}

// One line of hours to each counter when there are as many, all to the only counter, else on their own.
void add_hours(ServiceCard& card, const std::vector<std::string>& hours) {
  if (hours.empty()) return;
  if (hours.size() == card.counters.size()) {
    for (size_t i = 0; i < hours.size(); ++i) card.counters[i].hours = hours[i];
    return;
  }
  std::string all;
  for (const std::string& line : hours) all += (all.empty() ? "" : "; ") + line;
  if (card.counters.size() == 1) {
    card.counters[0].hours = all;
  } else {
    card.counters.push_back({card.language == Language::french ? "Horaires" : "Opening hours", {}, all});
  }
}

}  // namespace

ServiceCard service_card_of(const site::SiteConfig& site, Language site_language) {
  ServiceCard card;
  card.language = site_language;
  auto url = http::Url::parse(site.url);
  card.name = url ? url->host : site.name;
  const site::ServiceCard& lines = site.continuity.card;
  for (const std::string& line : lines.phones) card.phones.push_back(phone_of(line, site_language));
  for (const std::string& line : lines.counters) card.counters.push_back(counter_of(line));
  add_hours(card, lines.hours);
  card.on_paper = lines.paper;
  return card;
}

}  // namespace aplomb::continuity
