#include "trace/endpoints.h"

#include <algorithm>
#include <array>

#include "base/messages.h"
#include "base/text.h"

namespace aplomb::trace {
namespace {

template <size_t N>
bool has_any(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return text.find(word) != text.npos; });
}

constexpr std::array<std::string_view, 16> kWrites = {"plugin-editor.php",
                                                      "theme-editor.php",
                                                      "action=upload-plugin",
                                                      "action=upload-theme",
                                                      "plugin-install.php",
                                                      "connector.minimal",
                                                      "elfinder",
                                                      "filemanager",
                                                      "file-manager",
                                                      "ckfinder",
                                                      "kcfinder",
                                                      "option=com_templates",
                                                      "option=com_installer",
                                                      "tinyfilemanager",
                                                      "do=admin&page=extension",
                                                      "/fileman/"};
constexpr std::array<std::string_view, 10> kUpload = {
    "async-upload", "upload",  "media-new.php", "/file-add", "do=media",
    "mediamanager", "/import", "attachment",    "fckeditor", "/api.php"};
constexpr std::array<std::string_view, 7> kInterface = {
    "admin-ajax.php", "/wp-json/",         "rest_route=", "xmlrpc.php",
    "admin-post.php", "/lib/exe/ajax.php", "/jsonapi/"};
constexpr std::array<std::string_view, 6> kSignIn = {"wp-login.php", "/user/login",       "do=login",
                                                     "/login",       "special:userlogin", "/signin"};
constexpr std::array<std::string_view, 4> kChatter = {"wp-cron.php", "wp-comments-post.php",
                                                      "wc-ajax=", "/contact"};

}  // namespace

Endpoint endpoint_of(std::string_view target, std::string_view referer) {
  const std::string text = lower(target.substr(0, kFieldMax));
  if (has_any(text, kWrites)) return Endpoint::writes;
  // WordPress sends what its editors save through admin-ajax.php.
  const std::string from = lower(referer.substr(0, kFieldMax));
  if (text.find("admin-ajax.php") != text.npos &&
      (from.find("plugin-editor.php") != from.npos || from.find("theme-editor.php") != from.npos))
    return Endpoint::writes;
  if (has_any(text, kChatter)) return Endpoint::chatter;
  if (has_any(text, kSignIn)) return Endpoint::sign_in;
  if (has_any(text, kUpload)) return Endpoint::upload;
  if (has_any(text, kInterface)) return Endpoint::interface;
  return Endpoint::page;
}

std::string words_of(Endpoint endpoint) {
  switch (endpoint) {
    case Endpoint::writes:
      return tr("an editor or installer of code");
    case Endpoint::upload:
      return tr("an upload form");
    case Endpoint::interface:
      return tr("an interface for programs (admin-ajax, REST, XML-RPC)");
    case Endpoint::sign_in:
      return tr("the sign-in page");
    case Endpoint::chatter:
      return tr("a page that everybody may write to");
    default:
      return tr("a page of the site");
  }
}

bool was_accepted(unsigned status) {
  return (status >= 200 && status < 400) || status == 499 || status == 500 || status == 502 || status == 504;
}

bool may_write(std::string_view method, unsigned status) {
  const bool writes =
      method == "POST" || method == "PUT" || method == "PATCH" || method == "MOVE" || method == "COPY";
  return writes && was_accepted(status);
}

bool signed_in(std::string_view method, std::string_view target, unsigned status) {
  return method == "POST" && (status == 302 || status == 303) && endpoint_of(target, {}) == Endpoint::sign_in;
}

bool is_scripted(std::string_view agent) {
  constexpr std::array<std::string_view, 12> kPrograms = {"curl",   "python", "wget",   "go-http",
                                                          "libwww", "java/",  "okhttp", "httpie",
                                                          "ruby",   "node",   "axios",  "perl"};
  return agent.empty() || has_any(lower(agent.substr(0, kFieldMax)), kPrograms);
}

bool is_dump(std::string_view target) {
  target = target.substr(0, std::min(kFieldMax, target.find_first_of("?#")));
  if (target.find('.') == target.npos) return false;  // most pages
  const std::string path = lower(target);
  constexpr std::array<std::string_view, 5> kDumps = {".sql", ".dump", ".bak", ".sqlite", ".db"};
  constexpr std::array<std::string_view, 8> kArchives = {".zip", ".tar", ".tgz", ".gz",
                                                         ".7z",  ".rar", ".bz2", ".xz"};
  constexpr std::array<std::string_view, 10> kNames = {"backup", "dump",   "sql",  "save",  "export",
                                                       "site",   "sauveg", "base", "users", "www"};
  for (std::string_view end : kDumps)
    if (path.ends_with(end) || path.find(std::string(end) + ".") != path.npos) return true;
  const bool archive =
      std::ranges::any_of(kArchives, [&](std::string_view end) { return path.ends_with(end); });
  return archive && has_any(path.substr(path.rfind('/') == path.npos ? 0 : path.rfind('/')), kNames);
}

Hit make_hit(const Line& line, const std::string& file, uint64_t number, int suspect) {
  auto cut = [](std::string_view text) { return std::string(text.substr(0, kFieldMax)); };
  Hit hit;
  hit.kind = line.kind;
  hit.time = line.time;
  hit.address = cut(line.address);
  hit.account = cut(line.account);
  hit.host = cut(line.host);
  hit.method = cut(line.method);
  hit.target = cut(line.target);
  hit.referer = cut(line.referer);
  hit.agent = cut(line.agent);
  hit.text = cut(line.text);
  hit.status = line.status;
  hit.bytes = line.bytes;
  hit.pid = line.pid;
  hit.place = {file, number};
  hit.suspect = suspect;
  return hit;
}

std::string request_text(const Hit& hit) {
  return hit.method.empty() ? hit.target : hit.method + " " + hit.target;
}

}  // namespace aplomb::trace
