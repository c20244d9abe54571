#include "continuity/export_copy.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "continuity/crawl_rules.h"
#include "continuity/web_server_conf.h"
#include "http/url.h"

namespace aplomb::continuity {
namespace {

constexpr const char* kFiles = "site";
constexpr const char* kMapped = "__pages";
constexpr size_t kSegmentMax = 200, kSegmentsMax = 20, kCharsetMax = 40;

struct TypeName {
  std::string_view type, ends;  // the first ending is the one that is given; " html htm "
};
constexpr TypeName kTypes[] = {{"text/html", "html htm"},
                               {"application/xhtml+xml", "html htm"},
                               {"text/css", "css"},
                               {"image/png", "png"},
                               {"image/jpeg", "jpg jpeg"},
                               {"image/gif", "gif"},
                               {"image/svg+xml", "svg"},
                               {"image/webp", "webp"},
                               {"image/x-icon", "ico"},
                               {"image/vnd.microsoft.icon", "ico"},
                               {"font/woff", "woff"},
                               {"font/woff2", "woff2"},
                               {"application/font-woff", "woff"},
                               {"application/font-woff2", "woff2"},
                               {"font/ttf", "ttf"},
                               {"font/otf", "otf"},
                               {"application/vnd.ms-fontobject", "eot"},
                               {"application/pdf", "pdf"}};

// The endings that a web server sends with this type: "jpg jpeg"; empty for a type not known here.
std::string_view endings_of(std::string_view content_type) {
  std::string type = lower(content_type.substr(0, content_type.find(';')));
  while (type.ends_with(' ')) type.pop_back();
  for (const TypeName& known : kTypes)
    if (known.type == type) return known.ends;
  return {};
}

bool has_word(std::string_view list, std::string_view word) {
  return (" " + std::string(list) + " ").find(" " + std::string(word) + " ") != std::string::npos;
}

// A name that no usual web server treats in a way of its own: not hidden, not ours, and without a dot but the
// one before a file's ending. Servers look for ".php" also in "x.php.png" and in "x.php/y.html".
bool is_plain_segment(std::string_view segment, size_t dots_max) {
  if (segment.empty() || segment.size() > kSegmentMax || segment.starts_with('.') ||
      segment.starts_with("__"))
    return false;
  if (static_cast<size_t>(std::ranges::count(segment, '.')) > dots_max) return false;
  return std::ranges::all_of(segment, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '~';
  });
}

// Neither may stand in a configuration of nginx or Apache without a meaning of its own.
bool is_plain_folder(std::string_view path) {
  return std::ranges::none_of(path, [](char c) {
    return static_cast<unsigned char>(c) < 0x20 ||
           std::string_view("\"\\$%").find(c) != std::string_view::npos;
  });
}

// The file below site/ that a plain path leads to, or "" when it needs the map.
std::string plain_file(std::string_view address, const StoredPage& page) {
  if (address.find('?') != address.npos || address.find('%') != address.npos) return {};
  std::string path(address.substr(1));
  const bool folder = path.empty() || path.ends_with('/');
  if (folder && !path.empty()) path.pop_back();
  size_t segments = 0;
  for (size_t start = 0; !path.empty() && start <= path.size(); ++segments) {
    size_t end = std::min(path.find('/', start), path.size());
    const size_t dots = end == path.size() && !folder ? 1 : 0;
    if (!is_plain_segment(std::string_view(path).substr(start, end - start), dots)) return {};
    start = end + 1;
  }
  if (segments > kSegmentsMax) return {};
  const std::string leaf = path.substr(path.rfind('/') + 1);
  const size_t dot = leaf.find('.');
  const std::string end = dot == leaf.npos ? "" : lower(leaf.substr(dot + 1));
  if (!folder && !end.empty()) return has_word(endings_of(page.content_type), end) ? path : std::string();
  return is_html(page.content_type) ? fs::join_path(path, "index.html") : std::string();
}

// "utf-8" of "text/html; charset=UTF-8"; only what may stand in a configuration.
std::string charset_of(std::string_view content_type) {
  const std::string type = lower(content_type);
  size_t start = type.find("charset=");
  if (start == type.npos) return {};
  std::string name = type.substr(start + 8);
  std::erase(name, '"');
  name.resize(std::min(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_"), name.size()));
  return name.size() <= kCharsetMax ? name : std::string();
}

std::string usual_charset(const StaticSite& site) {
  std::map<std::string, size_t> counts;
  for (const auto& [address, page] : site.pages())
    if (is_html(page.content_type)) ++counts[charset_of(page.content_type)];
  auto most = std::ranges::max_element(counts, {}, [](const auto& count) { return count.second; });
  return most == counts.end() ? std::string() : most->first;
}

// Every folder that a path needs.
std::vector<std::string> parents_of(const std::string& path) {
  std::vector<std::string> parents;
  for (size_t slash = path.find('/'); slash != path.npos; slash = path.find('/', slash + 1))
    parents.push_back(path.substr(0, slash));
  return parents;
}

// Files and folders that are taken already. "/a" and "/a/" are one file, "/a.html/b" needs a folder that is a
// file.
class Places {
 public:
  bool take(const std::string& path) {
    const std::vector<std::string> parents = parents_of(path);
    if (files_.contains(path) || folders_.contains(path)) return false;
    if (std::ranges::any_of(parents, [this](const std::string& parent) { return files_.contains(parent); }))
      return false;
    files_.insert(path);
    folders_.insert(parents.begin(), parents.end());
    return true;
  }

 private:
  std::set<std::string> files_, folders_;
};

// ---- writing ----

const std::set<std::string_view> kOurs = {kFiles, "nginx.conf", "apache.conf"};

Status check_target(fs::Dir& target) {
  for (const fs::Entry& entry : TRY(target.list()))
    if (!kOurs.contains(entry.name) && !entry.name.starts_with(fs::kTemporaryPrefix))
      return fail(make_error(Code::exists, tr("the folder holds something else: {}", printable(entry.name)))
                      .then(tr("name an empty folder, or a new one")));
  return {};
}

// For another user to read: the web server's.
Status write_public(fs::Dir& dir, const std::string& path, ByteView data) {
  auto file = TRY(dir.open(path, fs::Open::create_new));
  TRY(file->write_at(0, data));
  return file->set_mode(0644);
}

Status write_site(fs::Dir& dir, const StaticSite& site, const ExportPlan& plan) {
  for (const ExportPlan::File& file : plan.files) {
    TRY(fs::make_dirs(dir, fs::split_path(file.path).first, 0755));
    TRY(write_public(dir, file.path, *file.page->body));
  }
  TRY(write_public(dir, "__card.html", *site.service_card().body));
  TRY(write_public(dir, "__status.html", *site.status_page().body));
  http::Request status;
  status.method = "GET";
  status.target = status.path = "/__status.json";
  TRY(write_public(dir, "__status.json", *site.respond(status).body));
  return dir.sync();
}

Status write_export(fs::Dir& target, const PreparedCopy& copy, const site::SiteConfig& config,
                    const std::string& target_path) {
  if (!is_plain_folder(target_path))
    return fail(
        make_error(Code::usage, tr("a web server cannot be told this folder")).at(printable(target_path)));
  TRY(check_target(target));
  const std::string building = std::string(fs::kTemporaryPrefix) + "site";
  TRY(fs::remove_tree(target, building));
  TRY(target.make_dir(building, 0755));
  ExportPlan plan = plan_export(copy.site);
  {
    auto dir = TRY(target.open_dir(building));
    TRY(write_site(*dir, copy.site, plan));
  }
  TRY(fs::remove_tree(target, kFiles));
  TRY(target.rename(building, target, kFiles, fs::Replace::no));
  auto url = http::Url::parse(config.url);
  WebServerSite server{url ? url->host : "", fs::join_path(target_path, kFiles), plan.charset, plan.mapped};
  TRY(fs::write_file_durably(target, "nginx.conf", as_bytes(nginx_conf(server)), 0644));
  return fs::write_file_durably(target, "apache.conf", as_bytes(apache_conf(server)), 0644);
}

}  // namespace

ExportPlan plan_export(const StaticSite& site) {
  ExportPlan plan;
  plan.charset = usual_charset(site);
  Places places;
  for (const auto& [address, page] : site.pages()) {
    std::string path = plain_file(address, page);
    if (path.empty() || !places.take(path)) {
      std::string_view ends = endings_of(page.content_type);
      std::string end = ends.empty() ? "bin" : std::string(ends.substr(0, ends.find(' ')));
      path = fmt::format("{}/{:04}.{}", kMapped, plan.mapped.size() + 1, end);
      plan.mapped[address] = path;
    }
    plan.files.push_back({path, &page});
  }
  return plan;
}

Result<ExportedCopy> export_copy(fs::Dir& site_state, const site::SiteConfig& site, Language site_language,
                                 fs::Dir& target, const std::string& target_path, const Clock& clock,
                                 Log& log, std::string_view snapshot_prefix) {
  PreparedCopy copy = TRY(prepare_copy(site_state, site, site_language, clock.now(), log, snapshot_prefix));
  Status written = write_export(target, copy, site, target_path);
  if (!written) {
    Error error = std::move(written).error().in(tr("the citizens' copy cannot be exported"));
    return fail(error.where.empty() ? std::move(error).at(target_path) : std::move(error));
  }
  return ExportedCopy{copy.site.pages().size(), copy.snapshot, copy.captured};
}

}  // namespace aplomb::continuity
