#include "trace/suspects.h"

#include <algorithm>
#include <array>

#include "trace/stamp.h"

namespace aplomb::trace {
namespace {

// Folders of a site that the web server's address does not show.
constexpr std::array<std::string_view, 9> kDocumentRoots = {
    "public", "public_html", "htdocs", "httpdocs", "html", "web", "www", "docroot", "webroot"};
// A clock may be off by a little, and the snapshot before was still being taken when it was received.
constexpr int64_t kSlackBefore = 6 * kHour, kSlackAfter = 10 * kMinute;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string_view last_component(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == path.npos ? path : path.substr(slash + 1);
}

bool ends_with_path(std::string_view path, std::string_view end) {
  if (!path.ends_with(end)) return false;
  return path.size() == end.size() || path[path.size() - end.size() - 1] == '/';
}

}  // namespace

Suspect make_suspect(std::string object, std::optional<Time> changed, std::optional<Time> not_before,
                     Time seen) {
  const bool fits = changed && changed->ns > 0 && changed->ns <= seen.ns + kSlackAfter &&
                    (!not_before || changed->ns >= not_before->ns - kSlackBefore);
  return {std::move(object), fits ? changed : std::nullopt, not_before, seen};
}

std::string request_path(std::string_view target) {
  if (const size_t scheme = target.find("://"); scheme != target.npos && scheme < 8) {
    const size_t slash = target.find('/', scheme + 3);
    target = slash == target.npos ? std::string_view("/") : target.substr(slash);
  }
  target = target.substr(0, target.find_first_of("?#"));
  std::string path;
  path.reserve(target.size());
  for (size_t i = 0; i < target.size(); ++i) {
    char c = target[i];
    if (c == '%' && i + 2 < target.size() && hex_digit(target[i + 1]) >= 0 && hex_digit(target[i + 2]) >= 0) {
      c = static_cast<char>(hex_digit(target[i + 1]) * 16 + hex_digit(target[i + 2]));
      i += 2;
    }
    if (c == '/' && path.ends_with('/')) continue;
    path += c;
    if (path.ends_with("/./")) path.resize(path.size() - 2);
    if (path.ends_with("/../")) {
      path.resize(path.size() - 4);
      path.resize(path.rfind('/') == path.npos ? 0 : path.rfind('/'));
      path += '/';
    }
  }
  return path;
}

SuspectIndex::SuspectIndex(const std::vector<Suspect>& suspects, const std::vector<std::string>& labels) {
  for (size_t i = 0; i < suspects.size(); ++i) {
    std::string_view path = suspects[i].object;
    if (path.starts_with("db:")) continue;
    for (const std::string& label : labels)
      if (!label.empty() && path.starts_with(label + "/")) {
        path.remove_prefix(label.size() + 1);
        break;
      }
    const std::string name(last_component(path));
    by_name_[name].push_back({std::string(path), static_cast<int>(i)});
    const size_t slash = path.find('/');
    if (slash != path.npos &&
        std::ranges::find(kDocumentRoots, path.substr(0, slash)) != kDocumentRoots.end())
      by_name_[name].push_back({std::string(path.substr(slash + 1)), static_cast<int>(i)});
  }
}

int SuspectIndex::match(std::string_view path) const {
  const auto found = by_name_.find(last_component(path));
  if (found == by_name_.end()) return -1;
  for (const Name& name : found->second)
    if (ends_with_path(path, name.path)) return name.suspect;
  return -1;
}

int SuspectIndex::find(std::string_view target) const {
  // Nearly every line ends here: a plain path whose last name is that of no suspect.
  const std::string_view plain = target.substr(0, target.find_first_of("?#"));
  if (plain.find('%') == plain.npos && plain.find(".php/") == plain.npos && plain.find("/.") == plain.npos &&
      by_name_.find(last_component(plain)) == by_name_.end())
    return -1;
  const std::string path = request_path(target);
  if (const int suspect = match(path); suspect >= 0) return suspect;
  const size_t info = path.find(".php/");  // what is behind it is given to the script
  return info == path.npos ? -1 : match(std::string_view(path).substr(0, info + 4));
}

int SuspectIndex::find_in_text(std::string_view text) const {
  for (const auto& [name, places] : by_name_)
    for (const Name& place : places) {
      // A bare name would fit too much.
      const size_t at = text.find("/" + place.path);
      if (at == text.npos) continue;
      const size_t end = at + 1 + place.path.size();
      if (end == text.size() || std::string_view(" :\"'(),;)").find(text[end]) != std::string_view::npos)
        return place.suspect;
    }
  return -1;
}

}  // namespace aplomb::trace
