#include "site/facts.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "site/dpkg.h"
#include "site/paths.h"

namespace aplomb::site {
namespace {

constexpr uint64_t kSmallFileMax = 64 << 10, kStatusMax = 256 << 20;

constexpr auto kWebPackages = std::to_array<std::string_view>({"php",
                                                               "libapache2-mod-php",
                                                               "nginx",
                                                               "apache2",
                                                               "lighttpd",
                                                               "caddy",
                                                               "mariadb",
                                                               "mysql",
                                                               "postgresql",
                                                               "sqlite3",
                                                               "libsqlite3",
                                                               "openssl",
                                                               "openssh-server",
                                                               "wordpress",
                                                               "mediawiki",
                                                               "dokuwiki",
                                                               "spip",
                                                               "drupal",
                                                               "phpmyadmin",
                                                               "nodejs",
                                                               "redis",
                                                               "memcached",
                                                               "varnish",
                                                               "haproxy",
                                                               "exim4",
                                                               "postfix",
                                                               "fail2ban",
                                                               "aplomb"});

// Names are not unique in what follows the package ("php8.2-fpm"), so a prefix is what counts.
bool is_web_package(std::string_view name) {
  return std::ranges::any_of(kWebPackages, [&](std::string_view prefix) { return name.starts_with(prefix); });
}

// JSON is UTF-8; what is not (a hostname can be anything) is left out.
void set_text(nlohmann::json& facts, const char* key, std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  if (!text.empty() && is_readable_text(text)) facts[key] = std::move(text);
}

// /etc/localtime is a link into the time zone database; /etc/timezone is Debian's older way.
std::string timezone(fs::Dir& top) {
  if (Result<std::string> target = top.read_link("etc/localtime"))
    if (size_t at = target->find("zoneinfo/"); at != std::string::npos) return target->substr(at + 9);
  Result<Bytes> text = fs::read_file(top, "etc/timezone", kSmallFileMax);
  return text ? std::string(as_text(*text)) : "";
}

std::string small_file(fs::Dir& top, const char* path) {
  Result<Bytes> text = fs::read_file(top, path, kSmallFileMax);
  return text ? std::string(as_text(*text)) : "";
}

}  // namespace

std::map<std::string, std::string> parse_os_release(std::string_view text) {
  std::map<std::string, std::string> values;
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    size_t equals = line.find('=');
    if (equals == std::string_view::npos || line.starts_with('#')) continue;
    std::string_view value = line.substr(equals + 1);
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front())
      value = value.substr(1, value.size() - 2);
    values[std::string(line.substr(0, equals))] = value;
  }
  return values;
}

nlohmann::json system_facts(fs::Fs& fs, const std::string& top) {
  nlohmann::json facts = nlohmann::json::object();
  Result<std::unique_ptr<fs::Dir>> opened = fs.open_dir(top);
  if (!opened) return facts;
  fs::Dir& dir = **opened;

  std::string release = small_file(dir, "etc/os-release");  // a link into usr/lib on most systems
  if (release.empty()) release = small_file(dir, "usr/lib/os-release");
  std::map<std::string, std::string> values = parse_os_release(release);
  nlohmann::json system = nlohmann::json::object();
  set_text(system, "name", values["PRETTY_NAME"]);
  set_text(system, "id", values["ID"]);
  set_text(system, "version", values["VERSION_ID"]);
  facts["system"] = std::move(system);
  set_text(facts, "debian", small_file(dir, "etc/debian_version"));
  set_text(facts, "hostname", small_file(dir, "etc/hostname"));
  set_text(facts, "kernel", small_file(dir, "proc/sys/kernel/osrelease"));
  set_text(facts, "timezone", timezone(dir));

  nlohmann::json packages = nlohmann::json::object();
  if (Result<Bytes> status = fs::read_file(dir, "var/lib/dpkg/status", kStatusMax))
    for (const auto& [name, version] : parse_dpkg_status(as_text(*status)))
      if (is_web_package(name) && is_readable_text(name)) set_text(packages, name.c_str(), version);
  facts["packages"] = std::move(packages);
  return facts;
}

}  // namespace aplomb::site
