#include "continuity/crawl_rules.h"

#include <algorithm>
#include <set>
#include <vector>

#include "base/text.h"

namespace aplomb::continuity {
namespace {

using Words = std::set<std::string_view>;

constexpr size_t kDepthMax = 12, kUrlMax = 1024, kCountsMax = 50'000;
// A site with plain addresses has all its pages under one path: "/?page_id=2", "/doku.php?id=start".
constexpr size_t kNamedVariantsMax = 100, kOtherVariantsMax = 8, kAssetVariantsMax = 200;
constexpr size_t kShapeMax = 100;  // "/agenda/2031-05/", "/article12"

const Words kLeaving = {"logout",   "signout",        "logoff",       "deconnexion", "disconnect",
                        "login",    "signin",         "wp-login.php", "unsubscribe", "desabonnement",
                        "wp-admin", "desinscription", "xmlrpc.php",   "wp-cron.php", "administrator",
                        "admin",    "add-to-cart",    "checkout"};
const Words kChanging = {"delete",   "remove",  "edit",   "supprimer", "effacer",
                         "modifier", "destroy", "logout", "signout",   "logoff"};
const Words kActionKeys = {"do",   "action",   "act",      "op",         "cmd",         "command",
                           "task", "func",     "veaction", "oldid",      "diff",        "rev",
                           "idx",  "returnto", "sid",      "replytocom", "add-to-cart", "share",
                           "auth", "password", "print",    "printable",  "preview"};
const Words kActionKeyParts = {"token", "nonce", "sess", "csrf", "xsrf", "sectok", "logout", "delete"};
// What names a page, in the addresses of the usual CMS.
const Words kNamingKeys = {
    "p",      "page_id", "id",     "title",  "name",  "cat",        "tag",         "page",
    "paged",  "media",   "lang",   "node",   "nid",   "article",    "rubrique",    "breve",
    "option", "view",    "layout", "itemid", "catid", "id_article", "id_rubrique", "attachment_id",
    "q",      "f",       "t",      "start",  "c"};
const Words kScriptEnds = {"php", "php5", "phtml", "asp", "aspx", "jsp", "do", "cgi", "pl"};
const Words kLeftOutEnds = {"js",   "mjs",  "json", "xml", "rss", "atom", "ics", "zip", "gz",  "tgz",  "tar",
                            "bz2",  "xz",   "7z",   "rar", "mp3", "mp4",  "ogg", "ogv", "wav", "avi",  "mov",
                            "mkv",  "webm", "exe",  "msi", "dmg", "iso",  "apk", "deb", "doc", "docx", "xls",
                            "xlsx", "ppt",  "pptx", "odt", "ods", "odp",  "sql", "csv", "swf", "map"};
const Words kFontEnds = {"woff", "woff2", "ttf", "otf", "eot"};

std::vector<std::string> split(std::string_view text, std::string_view between) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    std::string_view part = text.substr(0, text.find_first_of(between));
    if (!part.empty()) parts.emplace_back(part);
    text.remove_prefix(std::min(part.size() + 1, text.size()));
  }
  return parts;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view ending(std::string_view segment) {
  size_t dot = segment.rfind('.');
  return dot == segment.npos ? std::string_view() : segment.substr(dot + 1);
}

bool any_word(std::string_view text, const Words& words) {
  return std::ranges::any_of(split(text, "-_. /+"),
                             [&](const std::string& word) { return words.contains(word); });
}

// "delete" and "delete-post.php" act; "supprimer-les-obstacles" is an article.
bool is_action_segment(const std::string& segment) {
  if (kLeaving.contains(segment) || kChanging.contains(segment)) return true;
  if (segment.find(";") != segment.npos && segment.find("sess") != segment.npos) return true;
  return kScriptEnds.contains(ending(segment)) &&
         (any_word(segment, kChanging) || any_word(segment, kLeaving));
}

bool is_action_pair(std::string_view pair, LinkKind kind) {
  const std::string key = lower(http::percent_decode(pair.substr(0, pair.find('='))));
  const std::string value =
      pair.find('=') == pair.npos ? "" : lower(http::percent_decode(pair.substr(pair.find('=') + 1)));
  if (kActionKeys.contains(key)) return true;
  if (std::ranges::any_of(kActionKeyParts, [&](std::string_view part) { return key.find(part) != key.npos; }))
    return true;
  return kind == LinkKind::page && any_word(value, kChanging);
}

// "article12" -> "article": the way SPIP names its pages.
std::string naming_part(std::string_view pair) {
  std::string key = lower(http::percent_decode(pair.substr(0, pair.find('='))));
  if (pair.find('=') == pair.npos)
    while (!key.empty() && is_digit(key.back())) key.pop_back();
  return key;
}

bool is_naming_query(std::string_view query) {
  return std::ranges::all_of(split(query, "&;"),
                             [](const std::string& pair) { return kNamingKeys.contains(naming_part(pair)); });
}

// Runs of digits as '#', so that all months of a calendar have one shape.
std::string shape(std::string_view path) {
  std::string out;
  for (char c : path) {
    if (!is_digit(c)) {
      out += c;
    } else if (out.empty() || out.back() != '#') {
      out += '#';
    }
  }
  return out;
}

std::string media_type(std::string_view content_type) {
  std::string type = lower(content_type.substr(0, content_type.find(';')));
  std::erase_if(type, [](char c) { return c == ' ' || c == '\t'; });
  return type;
}

}  // namespace

bool looks_like_action(const http::Url& url, LinkKind kind) {
  for (const std::string& segment : split(lower(http::percent_decode(url.path)), "/"))
    if (is_action_segment(segment) && (kind == LinkKind::page || !kLeaving.contains(segment))) return true;
  if (!url.query) return false;
  std::vector<std::string> pairs = split(*url.query, "&;");
  return std::ranges::any_of(pairs, [kind](const std::string& pair) { return is_action_pair(pair, kind); });
}

bool is_left_out_by_name(const http::Url& url) {
  const std::string path = lower(url.path);
  return kLeftOutEnds.contains(ending(std::string_view(path).substr(path.rfind('/') + 1)));
}

bool is_html(std::string_view content_type) {
  const std::string type = media_type(content_type);
  return type == "text/html" || type == "application/xhtml+xml";
}

bool is_css(std::string_view content_type) {
  return media_type(content_type) == "text/css";
}

bool is_kept_type(std::string_view content_type, const http::Url& url) {
  const std::string type = media_type(content_type);
  if (is_html(type) || is_css(type) || type == "application/pdf") return true;
  for (std::string_view family : {"image/", "font/", "application/font-", "application/x-font-"})
    if (type.starts_with(family)) return true;
  if (type == "application/vnd.ms-fontobject") return true;
  // Servers that do not know the names of fonts send them so.
  return type == "application/octet-stream" && kFontEnds.contains(ending(lower(url.path)));
}

bool TrapGuard::take(const http::Url& url, LinkKind kind) {
  if (url.path.size() + (url.query ? url.query->size() : 0) > kUrlMax) return false;
  if (static_cast<size_t>(std::ranges::count(url.path, '/')) > kDepthMax) return false;
  if (counts_.size() > kCountsMax) return false;
  auto count = [&](const std::string& key, size_t most) {
    size_t& so_far = counts_[key];
    return so_far < most && ++so_far > 0;
  };
  if (url.query) {
    if (kind == LinkKind::asset) return count("a" + url.path, kAssetVariantsMax);
    return is_naming_query(*url.query) ? count("n" + url.path, kNamedVariantsMax)
                                       : count("o" + url.path, kOtherVariantsMax);
  }
  if (kind == LinkKind::asset) return true;
  const std::string pattern = shape(url.path);
  return pattern == url.path || count("s" + pattern, kShapeMax);
}

}  // namespace aplomb::continuity
