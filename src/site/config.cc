#include "site/config.h"

#include <algorithm>
#include <cerrno>

#include "site/config_rules.h"
#include "site/paths.h"
#include "site/toml_document.h"

namespace aplomb::site {
namespace {

constexpr uint64_t kFileMax = 1 << 20;

Result<std::vector<DatabaseSpec>> databases(TomlTable& table) {
  std::vector<DatabaseSpec> result;
  for (const std::string& text : TRY(table.texts("databases"))) {
    Result<DatabaseSpec> spec = parse_database_spec(text);
    if (!spec) {
      Error error = table.error("databases", spec.error().what + ": " + text, spec.error().next);
      error.code = spec.error().code;
      return fail(std::move(error));
    }
    result.push_back(std::move(*spec));
  }
  return result;
}

Status parse_sections(TomlTable& table, SiteConfig& site) {
  TomlTable service = TRY(table.table("service"));
  site.service.stop = TRY(service.texts("stop"));
  site.service.start = TRY(service.texts("start"));
  TRY(service.finish());

  TomlTable continuity = TRY(table.table("continuity"));
  site.continuity.listen = TRY(continuity.text("listen", site.continuity.listen));
  site.continuity.card.phones = TRY(continuity.texts("phones"));
  site.continuity.card.counters = TRY(continuity.texts("counters"));
  site.continuity.card.hours = TRY(continuity.texts("hours"));
  site.continuity.card.paper = TRY(continuity.texts("paper"));
  TRY(continuity.finish());

  TomlTable limits = TRY(table.table("limits"));
  SiteLimits& values = site.limits;
  values.database_mib_max = TRY(limits.number("database_mib_max", values.database_mib_max, 1, 900));
  values.database_wait_seconds =
      TRY(limits.number("database_wait_seconds", values.database_wait_seconds, 1, 3600));
  values.page_seconds = TRY(limits.number("page_seconds", values.page_seconds, 1, 600));
  return limits.finish();
}

Result<SiteConfig> parse_site(TomlTable& table) {
  SiteConfig site;
  site.name = TRY(table.text("name"));
  site.roots = TRY(table.texts("roots"));
  for (std::string& root : site.roots) root = normal_path(root);
  site.url = TRY(table.text("url"));
  site.databases = TRY(databases(table));
  site.exclude = TRY(table.globs("exclude"));
  site.generated = TRY(table.globs("generated"));
  site.privileged_tables = TRY(table.texts("privileged_tables"));
  site.health = TRY(table.texts("health", {"/"}));
  site.wordpress_org = TRY(table.text("wordpress_org"));
  site.logs = TRY(table.texts("logs"));
  TRY(parse_sections(table, site));
  TRY(table.finish());
  return site;
}

// A broken rule becomes an error at the line of its key.
Error located(const Violation& violation, TomlTable& root, std::vector<TomlTable>& sites) {
  TomlTable& table = violation.site ? sites[*violation.site] : root;
  if (violation.section.empty()) return table.error(violation.key, violation.what, violation.next);
  Result<TomlTable> section = table.table(violation.section);
  return section ? section->error(violation.key, violation.what, violation.next) : std::move(section).error();
}

}  // namespace

const SiteConfig* Config::find(std::string_view site_name) const {
  auto found = std::ranges::find(sites, site_name, &SiteConfig::name);
  return found == sites.end() ? nullptr : &*found;
}

std::string state_dir_of(std::string_view config_file) {
  std::string file = normal_path(config_file);
  if (is_beneath(file, "/etc")) return "/var/lib/aplomb";
  size_t slash = file.rfind('/');
  if (slash == std::string::npos) return "aplomb-state";
  return file.substr(0, slash) + "/aplomb-state";
}

Result<Config> parse_config(std::string_view text, const std::string& file) {
  TomlTable root = TRY(TomlTable::parse(text, file));
  Config config;
  config.file = file;
  config.state_dir = state_dir_of(file);
  std::string language = TRY(root.text("language", "en"));
  if (language != "en" && language != "fr")
    return fail(
        root.error("language", tr("the language {} is not known", language), tr("write \"fr\" or \"en\"")));
  config.language = language == "fr" ? Language::french : Language::english;
  config.vault = TRY(root.text("vault"));
  config.owner_key = TRY(root.text("owner_key"));
  config.recovery_key = TRY(root.text("recovery_key"));
  std::vector<TomlTable> sites = TRY(root.tables("site"));
  for (TomlTable& table : sites) config.sites.push_back(TRY(parse_site(table)));
  TRY(root.finish());
  if (auto violation = first_violation(config)) return fail(located(*violation, root, sites));
  return config;
}

Result<Config> load_config(fs::Fs& fs, const std::string& file) {
  auto [folder, name] = fs::split_path(file);
  Result<std::unique_ptr<fs::Dir>> dir =
      fs.open_dir(folder.empty() ? (file.starts_with('/') ? "/" : ".") : folder);
  Result<Bytes> text = dir ? fs::read_file(**dir, name, kFileMax) : fail(std::move(dir).error());
  if (text) return parse_config(as_text(*text), file);
  Error error = std::move(text).error();
  if (error.code == Code::not_found)
    return fail(make_error(Code::config, tr("there is no configuration yet"))
                    .at(file)
                    .then(tr("run aplomb init, or name the file with --config")));
  if (error.sys_errno == EACCES) error.code = Code::config;  // nothing of the work has begun
  return fail(std::move(error).in(tr("cannot read the configuration")));
}

Status save_config(fs::Fs& fs, const Config& config) {
  std::string text = TRY(write_config(config));
  auto [folder, name] = fs::split_path(config.file);
  std::unique_ptr<fs::Dir> dir = TRY(fs.make_dirs(folder.empty() ? "/" : folder, 0755));
  return fs::write_file_durably(*dir, name, as_bytes(text), 0640);
}

}  // namespace aplomb::site
