#include "site/config_rules.h"

#include <algorithm>
#include <functional>

#include "site/paths.h"

namespace aplomb::site {
namespace {

using Found = std::optional<Violation>;

bool is_port(std::string_view text) {
  if (text.empty() || text.size() > 5 || text.find_first_not_of("0123456789") != std::string_view::npos)
    return false;
  int port = std::stoi(std::string(text));
  return port >= 1 && port <= 65535;
}

bool is_listen_address(std::string_view text) {
  size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || !is_port(text.substr(colon + 1))) return false;
  return text.substr(0, colon).find_first_not_of("0123456789abcdefABCDEF.:[]*") == std::string_view::npos;
}

bool is_web_address(std::string_view url) {
  if (!url.starts_with("http://") && !url.starts_with("https://")) return false;
  std::string_view rest = url.substr(url.find("//") + 2);
  return !rest.empty() && rest.front() != '/' && is_readable_text(url) &&
         url.find_first_of(" \"<>\\") == std::string_view::npos;
}

bool is_vault_address(std::string_view vault) {
  if (!is_readable_text(vault)) return false;
  if (vault.starts_with("file:")) return vault.substr(5).starts_with('/');
  return (vault.starts_with("ssh://") && vault.size() > 6) ||
         (vault.starts_with("s3://") && vault.size() > 5);
}

bool is_absolute(std::string_view path) {
  return path.starts_with('/') && is_readable_text(path);
}

Found site_texts(const SiteConfig& site, size_t index) {
  auto bad = [&](const char* section, const char* key, std::string what, std::string next = "") {
    return Violation{index, section, key, std::move(what), std::move(next)};
  };
  if (!is_site_name(site.name))
    return bad(
        "", "name", tr("the name \"{}\" cannot be used", site.name),
        tr("use small letters, digits, '.', '_' and '-', at most 63, starting with a letter or digit"));
  if (site.roots.empty())
    return bad("", "roots", tr("the site has no folder"), tr("write roots = [\"/var/www/my-site\"]"));
  for (const std::string& root : site.roots)
    if (!is_absolute(root) || root == "/")
      return bad("", "roots", tr("the folder {} is not an absolute path below /", root),
                 tr("write the whole path, such as /var/www/my-site"));
  if (!site.url.empty() && !is_web_address(site.url))
    return bad("", "url", tr("{} is not a web address", site.url), tr("write it as https://www.example.org"));
  const std::string& publisher = site.wordpress_org;
  bool near = publisher.starts_with("http://127.0.0.1:") || publisher.starts_with("http://localhost:");
  if (!publisher.empty() && publisher != "none" && !near &&
      (!publisher.starts_with("https://") || !is_web_address(publisher)))
    return bad("", "wordpress_org", tr("{} is no address of WordPress.org or of a mirror of it", publisher),
               tr("write https://…, or \"none\" to ask nobody"));
  for (const DatabaseSpec& spec : site.databases)
    if (!is_absolute(spec.on_server() ? spec.server.config : spec.path) || spec.is_incomplete())
      return bad("", "databases", tr("the database {} is not an absolute path", spec.place()));
  for (const std::string& table : site.privileged_tables)
    if (table.empty() || !is_readable_text(table))
      return bad("", "privileged_tables", tr("a table has no name"));
  for (const std::string& path : site.health)
    if (!path.starts_with('/') || !is_readable_text(path))
      return bad("", "health", tr("the page {} does not start with '/'", path),
                 tr("write the path below the site's address, such as /contact"));
  for (const std::string& log : site.logs)
    if (!is_absolute(log) || log == "/")
      return bad("", "logs", tr("the log {} is not an absolute path", log),
                 tr("write the whole path, such as /var/log/nginx"));
  if (!is_listen_address(site.continuity.listen))
    return bad("continuity", "listen", tr("{} is not an address with a port", site.continuity.listen),
               tr("write it as 127.0.0.1:8180"));
  for (const auto& [key, commands] : {std::pair{"stop", &site.service.stop}, {"start", &site.service.start}})
    for (const std::string& command : *commands)
      if (command.empty() || !is_readable_text(command))
        return bad("service", key, tr("a command is empty or unreadable"));
  const ServiceCard& card = site.continuity.card;
  for (const auto& [key, lines] : {std::pair{"phones", &card.phones},
                                   {"counters", &card.counters},
                                   {"hours", &card.hours},
                                   {"paper", &card.paper}})
    for (const std::string& line : *lines)
      if (!is_readable_text(line)) return bad("continuity", key, tr("a line is not readable text"));
  return std::nullopt;
}

// A folder inside another would be stored twice and judged twice. Between two sites it is allowed when the
// outer one excludes it.
Found nested_roots(const Config& config, size_t index) {
  const SiteConfig& site = config.sites[index];
  for (const SiteConfig& outer : config.sites)
    for (const std::string& folder : outer.roots)
      for (const std::string& root : site.roots) {
        bool same_site = &outer == &site;
        if (same_site && &folder == &root) continue;
        if (!is_beneath(root, folder)) continue;
        if (!same_site && root != folder && any_matches_tree(outer.exclude, relative_to(root, folder)))
          continue;
        return Violation{index, "", "roots",
                         tr("the folder {} lies inside the folder {} of site {}", root, folder, outer.name),
                         same_site
                             ? tr("keep only the outer one")
                             : tr("name it in exclude of site {}, or keep only one of the two", outer.name)};
      }
  return std::nullopt;
}

// Whatever lies under a root can be fetched by the public and changed by the web server's user.
Found exposed(const Config& config) {
  std::vector<std::pair<const char*, std::string>> places = {{"owner_key", config.owner_key},
                                                             {"recovery_key", config.recovery_key}};
  if (config.vault.starts_with("file:")) places.emplace_back("vault", normal_path(config.vault.substr(5)));
  places.emplace_back("state", config.state_dir);
  for (const SiteConfig& site : config.sites)
    for (const std::string& root : site.roots)
      for (const auto& [key, path] : places)
        if (!path.empty() && is_beneath(normal_path(path), root))
          return Violation{std::nullopt, "", key, tr("{} lies inside the website {}", path, root),
                           key == std::string_view("state")
                               ? tr("move the configuration file out of the website")
                               : tr("choose a place outside of every website")};
  return std::nullopt;
}

}  // namespace

bool is_site_name(std::string_view name) {
  if (name.empty() || name.size() > 63) return false;
  auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return plain(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return plain(c) || c == '.' || c == '_' || c == '-'; });
}

std::string site_name_from(std::string_view text) {
  std::string name;
  for (char c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (plain || ((c == '.' || c == '_') && !name.empty())) {
      name += c;
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  name.resize(std::min<size_t>(name.size(), 63));
  while (!name.empty() && name.back() == '-') name.pop_back();
  return name.empty() ? "site" : name;
}

std::optional<Violation> first_violation(const Config& config) {
  auto top = [](const char* key, std::string what, std::string next) {
    return Violation{std::nullopt, "", key, std::move(what), std::move(next)};
  };
  if (config.vault.empty())
    return top("vault", tr("the vault is not named"), tr("write vault = \"file:/path\""));
  if (!is_vault_address(config.vault))
    return top("vault", tr("{} is not the address of a vault", config.vault),
               tr("write it as file:/absolute/path, ssh://user@host/path or s3://bucket/prefix"));
  for (const auto& [key, path] :
       {std::pair{"owner_key", &config.owner_key}, {"recovery_key", &config.recovery_key}})
    if (!path->empty() && !is_absolute(*path))
      return top(key, tr("the path {} is not absolute", *path), tr("write the whole path"));
  for (size_t i = 0; i < config.sites.size(); ++i) {
    if (Found found = site_texts(config.sites[i], i)) return found;
    for (size_t k = 0; k < i; ++k)
      if (config.sites[k].name == config.sites[i].name)
        return Violation{i, "", "name", tr("two sites are named {}", config.sites[i].name),
                         tr("rename one of them")};
  }
  for (size_t i = 0; i < config.sites.size(); ++i)
    if (Found found = nested_roots(config, i)) return found;
  return exposed(config);
}

}  // namespace aplomb::site
