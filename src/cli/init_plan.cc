#include "cli/init_plan.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/messages.h"
#include "cli/find_sites.h"
#include "cli/session.h"
#include "cli/terminal.h"
#include "site/data_folder.h"
#include "site/discover.h"
#include "site/maria_client.h"
#include "site/paths.h"
#include "site/virtual_hosts.h"

namespace aplomb::cli {
namespace {

class Planner {
 public:
  Planner(App& app, const Arguments& arguments) : app_(app), arguments_(arguments) {}

  Result<InitPlan> run() {
    TRY(load_config());
    TRY(take_places());
    recognisers_ = TRY(site::load_recognisers(app_.fs(), site::recogniser_folder()));
    for (const std::vector<std::string>& roots : TRY(choose_roots())) TRY(add_site(roots));
    TRY(check_places());
    auto text = site::write_config(plan_.config);  // the rules of the configuration, before anything is made
    if (!text) return fail(std::move(text).error());
    return std::move(plan_);
  }

 private:
  Status load_config() {
    site::Config& config = plan_.config;
    auto loaded = site::load_config(app_.fs(), app_.options().config);
    if (loaded) {
      config = std::move(*loaded);
      plan_.first = false;
      return {};
    }
    // "There is none" is the one error that is good news here; a broken file is another.
    auto [folder, file] = fs::split_path(app_.options().config);
    auto dir = app_.fs().open_dir(folder.empty() ? "/" : folder);
    if (dir && (*dir)->stat(file)) return fail(std::move(loaded).error());
    config.file = app_.options().config;
    config.state_dir = site::state_dir_of(config.file);
    config.language = language();
    return {};
  }

  Status take_places() {
    site::Config& config = plan_.config;
    std::string vault = arguments_.value("--vault");
    if (vault.starts_with("file:")) vault = "file:" + absolute_path(vault.substr(5));
    if (arguments_.has("--vault")) TRY(vault::parse_vault_url(vault));
    if (!plan_.first) {
      if (arguments_.has("--vault") && vault != config.vault)
        return fail(make_error(Code::exists, tr("this configuration has a vault already: {}", config.vault))
                        .at(config.file)
                        .then(tr("leave --vault out, or give another configuration with --config")));
      if (arguments_.has("--sheet"))
        return fail(make_error(Code::exists, tr("the keys of this configuration were made already"))
                        .at(config.file)
                        .then(tr("aplomb sheet --to FILE writes the recovery sheet again")));
      return {};
    }
    config.vault = arguments_.has("--vault") ? vault : "file:" + config.state_dir + "/vault";
    config.owner_key = app_.options().owner_key;
    plan_.recovery_key = app_.options().recovery_key.empty() ? config.state_dir + "/recovery.key"
                                                             : app_.options().recovery_key;
    plan_.sheet = absolute_path(arguments_.value("--sheet"));
    return {};
  }

  // Each element is one site.
  Result<std::vector<std::vector<std::string>>> choose_roots() {
    std::vector<std::string> named;
    for (const std::string& root : arguments_.values("--root"))
      named.push_back(real_path(absolute_path(root)));
    std::vector<std::vector<std::string>> sites;
    if (!named.empty()) sites.push_back(named);
    if (!named.empty()) return sites;
    for (const FoundSite& found : find_sites(app_.fs())) {
      std::string root = real_path(found.root);
      if (is_protected(root) || !wanted(root)) continue;
      sites.push_back({root});
      urls_[root] = found.url;
    }
    if (sites.empty())
      return fail(make_error(Code::usage, tr("no website was found where websites usually lie"))
                      .at("/var/www")
                      .then(tr("name its folder with --root DIR")));
    if (sites.size() > 1 && (arguments_.has("--name") || arguments_.has("--url") || arguments_.has("--db")))
      return fail(
          make_error(Code::usage, tr("there are {} sites: --name, --url and --db fit only one", sites.size()))
              .then(tr("name the folder of one with --root DIR")));
    return sites;
  }

  bool is_protected(const std::string& root) const {
    return std::ranges::any_of(plan_.config.sites, [&](const site::SiteConfig& site) {
      return std::ranges::find(site.roots, root) != site.roots.end();
    });
  }

  bool wanted(const std::string& root) {
    return !app_.options().interactive || arguments_.has("--yes") ||
           confirm(app_, tr("Protect the site in {}?", root));
  }

  Status add_site(const std::vector<std::string>& roots) {
    site::SiteConfig site;
    PlannedSite planned;
    std::vector<site::DatabaseSpec> found;
    for (const std::string& root : roots) {
      TRY(check_root(root));
      site::Discovered discovered = TRY(site::discover(app_.fs(), root, recognisers_));
      if (site.name.empty()) site.name = discovered.name;
      if (planned.cms.empty() || planned.cms == "plain") {
        planned.cms = discovered.recognised.cms;
        planned.version = discovered.recognised.version;
      }
      found.insert(found.end(), discovered.databases.begin(), discovered.databases.end());
      if (discovered.server) add_server(std::move(*discovered.server), planned, found);
      site.roots.push_back(root);
    }
    if (arguments_.has("--name")) site.name = arguments_.value("--name");
    site.url = arguments_.has("--url") ? arguments_.value("--url") : urls_[roots.front()];
    site.logs = site::logs_of_site(hosts_, site.roots);
    TRY(take_databases(site, planned, found));
    TRY(check_name(site.name));
    planned.name = site.name;
    plan_.config.sites.push_back(std::move(site));
    plan_.sites.push_back(std::move(planned));
    return {};
  }

  Status check_root(const std::string& root) {
    for (const site::SiteConfig& site : plan_.config.sites)
      if (std::ranges::find(site.roots, root) != site.roots.end())
        return fail(
            make_error(Code::exists, tr("this folder is protected already, as the site {}", site.name))
                .at(root)
                .then(tr("aplomb status shows how it stands")));
    auto dir = app_.fs().open_dir(root);
    if (dir) return {};
    Error error = std::move(dir).error().in(tr("the site's folder cannot be opened")).at(root);
    if (error.code == Code::io) error.code = Code::usage;  // not a folder, or not readable: nothing was begun
    return fail(std::move(error).then(tr("name the folder of an existing website with --root")));
  }

  // One that nobody named: the site is protected without it when it cannot be reached, and that is said.
  void add_server(site::DatabaseSpec spec, PlannedSite& planned, std::vector<site::DatabaseSpec>& found) {
    if (arguments_.has("--db")) return;
    if (Status reached = check_server(spec); !reached)
      planned.unsaved.push_back({spec.text(), reached.error().what});
    else if (std::ranges::find(found, spec) == found.end())
      found.push_back(std::move(spec));
  }

  Status check_server(const site::DatabaseSpec& spec) {
    site::ServerLogin login = TRY(site::login_of(app_.fs(), spec));
    Status reached = site::check_server(login);
    if (reached) return {};
    return fail(std::move(reached).error().in(tr("the database of the site cannot be read")));
  }

  Result<site::DatabaseSpec> take_server(site::DatabaseSpec spec, const std::vector<std::string>& roots) {
    if (!spec.server.config.empty()) spec.server.config = real_path(spec.server.config);
    if (spec.is_incomplete()) spec = TRY(site::complete_spec(app_.fs(), std::move(spec), roots));
    TRY(check_server(spec));
    return spec;
  }

  Status take_databases(site::SiteConfig& site, PlannedSite& planned,
                        const std::vector<site::DatabaseSpec>& found) {
    if (!arguments_.has("--db")) {
      site.databases = found;
      return {};
    }
    for (const std::string& text : arguments_.values("--db")) {
      site::DatabaseSpec spec = TRY(site::parse_database_spec(text, absolute_path(".")));
      if (spec.on_server()) {
        site.databases.push_back(TRY(take_server(std::move(spec), site.roots)));
        continue;
      }
      auto [folder, file] = fs::split_path(spec.path);
      auto dir = app_.fs().open_dir(folder.empty() ? "/" : folder);
      auto stat = dir ? (*dir)->stat(file) : Result<fs::Stat>(fail(std::move(dir).error()));
      if (!stat || stat->type != fs::FileType::regular)
        return fail(make_error(Code::not_found, tr("the database is not there"))
                        .at(spec.path)
                        .then(tr("check the path behind --db")));
      if (stat->size > 0 && !site::is_sqlite(**dir, file))
        return fail(make_error(Code::unsupported, tr("this is no SQLite database, or it is encrypted"))
                        .at(spec.path)
                        .then(tr("leave it out: as a file of the site it is saved all the same")));
      site.databases.push_back(std::move(spec));
    }
    for (const site::DatabaseSpec& spec : found)
      if (std::ranges::find(site.databases, spec) == site.databases.end())
        planned.other_databases.push_back(spec.path);
    return {};
  }

  Status check_name(const std::string& name) {
    if (!site::is_site_name(name))
      return fail(make_error(Code::usage, tr("the name \"{}\" cannot be used", printable(name)))
                      .then(tr("use small letters, digits, '.', '_' and '-', at most 63, starting with a "
                               "letter or digit")));
    if (!plan_.config.find(name)) return {};
    return fail(make_error(Code::exists, tr("there is a site \"{}\" already", name))
                    .at(plan_.config.file)
                    .then(tr("choose another name with --name, or aplomb backup {} for that one", name)));
  }

  // Links are looked through here: the rules of the configuration compare paths as they are written.
  static std::string real_path(const std::string& path) {
    std::error_code error;
    std::filesystem::path real = std::filesystem::weakly_canonical(path, error);
    return error ? path : real.string();
  }

  Status check_places() {
    const site::Config& config = plan_.config;
    std::vector<std::pair<std::string, std::string>> places = {
        {tr("the vault"), local_folder(config.vault).value_or("")},
        {tr("the state of Aplomb"), config.state_dir},
        {tr("the owner key"), config.owner_key},
        {tr("the recovery key"), plan_.recovery_key},
        {tr("the recovery sheet"), plan_.sheet}};
    vault::VaultUrl url = TRY(vault::parse_vault_url(config.vault));
    if (const auto* s3 = std::get_if<vault::S3Address>(&url))
      places.emplace_back(tr("the file of the S3 credentials"), s3->credentials);
    for (const site::SiteConfig& site : config.sites)
      for (const std::string& root : site.roots)
        for (const auto& [what, path] : places)
          if (!path.empty() && site::is_beneath(real_path(path), real_path(root)))
            return fail(make_error(Code::config, tr("{} would lie inside the website, where visitors could "
                                                    "fetch it and an intruder change it",
                                                    what))
                            .at(path)
                            .then(tr("choose a place outside of {}", root)));
    return {};
  }

  App& app_;
  const Arguments& arguments_;
  InitPlan plan_;
  std::vector<site::Recogniser> recognisers_;
  const std::vector<site::VirtualHost> hosts_ = site::find_virtual_hosts(app_.fs());
  std::map<std::string, std::string> urls_;  // by root: what the web server calls a site that was found
};

}  // namespace

Result<InitPlan> plan_init(App& app, const Arguments& arguments) {
  return Planner(app, arguments).run();
}

}  // namespace aplomb::cli
