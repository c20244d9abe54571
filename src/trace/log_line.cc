// Which format a line is of, by how it begins; and error logs.
#include "trace/log_line.h"

#include <algorithm>
#include <charconv>
#include <ctime>

namespace aplomb::trace {
namespace {

unsigned unsigned_at(std::string_view text, size_t at, size_t digits) {
  const int value = number_at(text, at, digits);
  return value < 0 ? 99U : static_cast<unsigned>(value);  // 99 fits no part of a date
}

// "06:36:43" at `at`.
void clock_at(std::string_view text, size_t at, Civil& civil) {
  civil.hour = unsigned_at(text, at, 2);
  civil.minute = unsigned_at(text, at + 3, 2);
  civil.second = unsigned_at(text, at + 6, 2);
}

// What stands behind `name` up to `end`, from the last place: nginx writes client and request behind the
// message, which may quote them falsely.
std::string_view behind(std::string_view text, std::string_view name, std::string_view end) {
  const size_t at = text.rfind(name);
  if (at == text.npos) return {};
  text.remove_prefix(at + name.size());
  return text.substr(0, text.find(end));
}

bool is_weekday(std::string_view text) {
  constexpr std::string_view kDays = "Mon Tue Wed Thu Fri Sat Sun";
  return text.size() == 3 && kDays.find(text) != kDays.npos && text.find(' ') == text.npos;
}

}  // namespace

Line LineParser::parse(std::string_view line) {
  Line out;
  if (line.empty()) return out;
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (access(line, out)) return out;
  out = Line();
  bool known = false;
  if (line.starts_with('[')) {
    known = bracket(line, out);
  } else if (!line.empty() && line[0] >= '0' && line[0] <= '9') {
    known = numeric(line, out);
  } else {
    known = named(line, out);
  }
  return known ? out : Line();
}

// Apache: "[Tue Nov 24 06:36:43.123456 2026] [php:error] [pid 1] [client 1.2.3.4:5] text"
// PHP:    "[24-Nov-2026 06:36:43 UTC] PHP Warning:  text", PHP-FPM without a zone.
bool LineParser::bracket(std::string_view line, Line& out) {
  const size_t close = line.find(']');
  if (close == line.npos || close < 20) return false;
  const std::string_view date = line.substr(1, close - 1);
  Civil civil;
  std::optional<Time> time;
  if (date.size() >= 20 && date[2] == '-' && date[6] == '-' && date[11] == ' ') {
    civil.day = unsigned_at(date, 0, 2);
    civil.month = month_of(date.substr(3, 3));
    civil.year = number_at(date, 7, 4);
    clock_at(date, 12, civil);
    // Of PHP's zones only its default is told apart from the machine's own.
    if (plausible(civil)) time = date.ends_with(" UTC") ? utc(civil) : stamps_.local(civil);
  } else if (is_weekday(date.substr(0, 3)) && date.size() >= 24) {
    civil.month = month_of(date.substr(4, 3));
    civil.day = unsigned_at(date, date[8] == ' ' ? 9 : 8, date[8] == ' ' ? 1 : 2);
    clock_at(date, 11, civil);
    civil.year = number_at(date, date.size() - 4, 4);
    time = stamps_.local(civil);
  }
  if (!time) return false;
  out.time = *time;
  out.kind = LineKind::error;
  out.text = line.substr(close + 1);
  // Apache's own field comes first; later ones may be the attacker's.
  if (const size_t client = out.text.find("[client "); client != line.npos) {
    std::string_view address = out.text.substr(client + 8);
    address = address.substr(0, address.find(']'));
    const size_t colon = address.rfind(':');
    if (!is_address(address) || std::ranges::count(address, '.') == 3)
      if (colon != address.npos) address = address.substr(0, colon);
    if (is_address(address)) out.address = address;
  }
  return true;
}

// nginx:  "2026/11/24 06:36:43 [error] 1#1: *5 text, client: 1.2.3.4, server: _, request: "POST / HTTP/1.1",
// …" dpkg:   "2026-11-24 06:36:43 upgrade wordpress:all 6.1 6.2" syslog: "2026-11-24T06:36:43.123456+01:00
// host sshd[1]: text"
bool LineParser::numeric(std::string_view line, Line& out) {
  if (line.size() < 20) return false;
  Civil civil;
  civil.year = number_at(line, 0, 4);
  civil.month = unsigned_at(line, 5, 2);
  civil.day = unsigned_at(line, 8, 2);
  clock_at(line, 11, civil);
  if (!plausible(civil) || line[13] != ':' || line[16] != ':') return false;
  std::string_view rest = line.substr(19);
  if (line[4] == '/' && line[10] == ' ') {
    const auto time = stamps_.local(civil);
    if (!time) return false;
    out.time = *time;
    out.kind = LineKind::error;
    out.text = rest;
    const std::string_view address = behind(rest, ", client: ", ",");
    if (is_address(address)) out.address = address;
    parse_request(behind(rest, ", request: \"", "\""), out);
    return true;
  }
  if (line[4] != '-') return false;
  if (line[10] == ' ') {
    const auto time = stamps_.local(civil);
    if (!time) return false;
    out.time = *time;
    return parse_dpkg(rest, out);
  }
  if (line[10] != 'T') return false;
  int64_t fraction = 0;
  if (rest.starts_with('.') || rest.starts_with(',')) {
    size_t digits = 1;
    int64_t unit = kSecond / 10;
    for (; digits < rest.size() && rest[digits] >= '0' && rest[digits] <= '9'; ++digits, unit /= 10)
      fraction += (rest[digits] - '0') * unit;
    rest.remove_prefix(digits);
  }
  int64_t offset = 0;
  if (rest.starts_with('Z')) {
    rest.remove_prefix(1);
  } else if (rest.starts_with('+') || rest.starts_with('-')) {
    const size_t minutes_at = rest.size() > 3 && rest[3] == ':' ? 4 : 3;  // journalctl leaves the colon out
    const int hours = number_at(rest, 1, 2), minutes = number_at(rest, minutes_at, 2);
    if (hours < 0 || minutes < 0) return false;
    offset = (hours * 60 + minutes) * (rest[0] == '-' ? -1 : 1);
    rest.remove_prefix(minutes_at + 2);
  }
  out.time = Time{utc(civil).ns - offset * kMinute + fraction};
  return parse_syslog(rest, out);
}

std::optional<Time> LineParser::short_date(std::string_view line, size_t at) {
  Civil civil;
  civil.month = month_of(line.substr(std::min(at, line.size()), 3));
  if (civil.month == 0 || line.size() < at + 15) return std::nullopt;
  const bool one = line[at + 4] == ' ';
  civil.day = unsigned_at(line, one ? at + 5 : at + 4, one ? 1 : 2);
  clock_at(line, at + 7, civil);
  // The newest year that does not put it behind the file's own last change, a day of clock trouble allowed.
  const auto seconds = static_cast<std::time_t>(written_.ns / kSecond);
  std::tm parts{};
  localtime_r(&seconds, &parts);
  for (civil.year = parts.tm_year + 1900;; --civil.year) {
    const auto time = stamps_.local(civil);
    if (!time || time->ns <= written_.ns + kDay) return time;
  }
}

bool LineParser::named(std::string_view line, Line& out) {
  if (line.size() > 25 && is_weekday(line.substr(0, 3)) && line[3] == ' ') {
    Civil civil;
    civil.month = month_of(line.substr(4, 3));
    civil.day = unsigned_at(line, line[8] == ' ' ? 9 : 8, line[8] == ' ' ? 1 : 2);
    clock_at(line, 11, civil);
    civil.year = number_at(line, 20, 4);
    const auto time = stamps_.local(civil);
    if (!time) return false;
    out.time = *time;
    return parse_ftp(line.substr(24), out);
  }
  const auto time = short_date(line, 0);
  if (!time) return false;
  out.time = *time;
  return parse_syslog(line.substr(15), out);
}

}  // namespace aplomb::trace
