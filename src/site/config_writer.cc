// The other direction of config.cc: a configuration as commented TOML, for a person to read and edit. Keys
// with their default value are written too: a file that shows what can be said needs no manual.
#include <fmt/format.h>

#include "site/config.h"
#include "site/config_rules.h"
#include "site/paths.h"
#include "site/toml_document.h"

namespace aplomb::site {
namespace {

class ConfigWriter {
 public:
  void comment(const std::string& text) {
    for (size_t begin = 0; begin <= text.size();) {
      size_t end = std::min(text.find('\n', begin), text.size());
      text_ += "# " + text.substr(begin, end - begin) + "\n";
      begin = end + 1;
    }
  }
  void line(const std::string& text = "") { text_ += text + "\n"; }
  void value(const char* key, const std::string& text) {
    line(fmt::format("{} = {}", key, toml_quoted(text)));
  }
  void value(const char* key, uint64_t number) { line(fmt::format("{} = {}", key, number)); }
  void values(const char* key, const std::vector<std::string>& texts) {
    std::string items;
    for (const std::string& text : texts) items += (items.empty() ? "" : ", ") + toml_quoted(text);
    line(fmt::format("{} = [{}]", key, items));
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

std::vector<std::string> patterns(const std::vector<Glob>& globs) {
  std::vector<std::string> texts;
  for (const Glob& glob : globs) texts.push_back(glob.pattern());
  return texts;
}

void write_head(ConfigWriter& out, const Config& config) {
  out.comment(tr("Configuration of Aplomb. Change it with any editor; every command reads it anew."));
  out.line();
  out.comment(tr("The language of messages and documents: \"fr\" or \"en\"."));
  out.value("language", config.language == Language::french ? "fr" : "en");
  out.comment(tr(
      "Where the backups are kept. A vault on another machine also protects against an intruder with root."));
  out.value("vault", config.vault);
  out.comment(tr("The key that signs approvals, when it is not in the state folder."));
  if (config.owner_key.empty())
    out.line("# owner_key = \"/path/to/owner.key\"");
  else
    out.value("owner_key", config.owner_key);
  out.comment(
      tr("The key that decrypts. It is best kept away from this machine and named here only on the one that "
         "judges."));
  if (config.recovery_key.empty())
    out.line("# recovery_key = \"/path/to/recovery.key\"");
  else
    out.value("recovery_key", config.recovery_key);
}

void write_site(ConfigWriter& out, const SiteConfig& site) {
  out.line();
  out.line("[[site]]");
  out.value("name", site.name);
  out.comment(tr("The folders of the site, with their whole path."));
  out.values("roots", site.roots);
  out.comment(tr("The public address; empty when it has none."));
  out.value("url", site.url);
  out.comment(
      tr("The databases, as \"sqlite:/path/to/file\" or "
         "\"mariadb://user@host/name?config=/file/with/the/password\"."));
  std::vector<std::string> specs;
  for (const DatabaseSpec& spec : site.databases) specs.push_back(spec.text());
  out.values("databases", specs);
  out.comment(tr("What is not stored, below a root: * and ? stay within one folder, ** crosses folders."));
  out.values("exclude", patterns(site.exclude));
  out.comment(tr(
      "Caches and compiled templates besides the usual ones: scanned, never restored, emptied at recovery."));
  out.values("generated", patterns(site.generated));
  out.comment(tr("Tables whose rows grant power, besides those that Aplomb recognises."));
  out.values("privileged_tables", site.privileged_tables);
  out.comment(tr("Pages that must answer after a recovery."));
  out.values("health", site.health);
  out.comment(
      tr("Whom to ask what WordPress.org published: \"\" for WordPress.org, \"none\", or the address of a "
         "mirror."));
  out.value("wordpress_org", site.wordpress_org);
  out.comment(tr("Logs of the web server: files, folders or patterns; empty: the usual places."));
  out.values("logs", site.logs);

  out.line();
  out.comment(tr("Commands that stop and start what serves the site, for a recovery."));
  out.line("[site.service]");
  out.values("stop", site.service.stop);
  out.values("start", site.service.start);

  out.line();
  out.comment(
      tr("The citizens' read-only copy, and what its page says while the site is down, one line each."));
  out.line("[site.continuity]");
  out.value("listen", site.continuity.listen);
  out.values("phones", site.continuity.card.phones);
  out.values("counters", site.continuity.card.counters);
  out.values("hours", site.continuity.card.hours);
  out.values("paper", site.continuity.card.paper);

  out.line();
  out.line("[site.limits]");
  out.comment(tr("Rows of a larger database are stored but not judged, in MiB."));
  out.value("database_mib_max", site.limits.database_mib_max);
  out.comment(tr("How long to wait for a database that others keep locked, and for one page."));
  out.value("database_wait_seconds", site.limits.database_wait_seconds);
  out.value("page_seconds", site.limits.page_seconds);
}

}  // namespace

Result<std::string> write_config(const Config& config) {
  if (auto violation = first_violation(config))
    return fail(make_error(Code::config, violation->what).at(violation->key).then(violation->next));
  ConfigWriter out;
  write_head(out, config);
  for (const SiteConfig& site : config.sites) write_site(out, site);
  std::string text = out.take();
  Config read_back = TRY(parse_config(text, config.file));
  if (read_back != config)
    return fail(
        make_error(Code::config, tr("this configuration cannot be written so that it reads back the same"))
            .then(tr("write every path without '.', '..' and doubled slashes")));
  return text;
}

}  // namespace aplomb::site
