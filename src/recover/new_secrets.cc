#include "recover/new_secrets.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/messages.h"
#include "recover/wordpress_secrets.h"
#include "site/cms_config.h"
#include "site/cms_settings.h"
#include "site/maria_account.h"
#include "site/powers.h"
#include "site/sql_dump.h"

namespace aplomb::recover {
namespace {

using nlohmann::json;

constexpr char kFile[] = "recovery/secrets";
constexpr uint64_t kFileMax = 64 << 20, kConfigMax = 1 << 20;
constexpr size_t kPasswordSize = 28, kKeySize = 64;

// For servers that ask for letters of both cases, digits and another sign.
std::string new_password(Random& random) {
  return random_word(random, kPasswordSize) + "-aA1";
}

// As RFC 3986 has it for what is no letter, digit, "-", ".", "_" or "~".
std::string in_address(std::string_view text) {
  std::string out;
  for (char c : text) {
    if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '.' ||
        c == '_' || c == '~')
      out += c;
    else
      out += "%" + to_hex(ByteView(reinterpret_cast<const uint8_t*>(&c), 1));
  }
  return out;
}

class Planner {
 public:
  Planner(const archive::Machine& machine, const site::SiteConfig& site, const Case& incident,
          ServerLogins& logins, const std::set<std::string>& open)
      : machine_(machine),
        site_(site),
        case_(incident),
        logins_(logins),
        open_(open),
        future_(case_.future()) {}

  Result<NewSecrets> run() {
    for (const site::DatabaseSpec& spec : site_.databases)
      if (spec.on_server()) TRY(plan_database(spec));
    return std::move(out_);
  }

 private:
  Status plan_database(const site::DatabaseSpec& spec) {
    std::string path = object_path_of(site_, spec.server.config);
    auto config = path.empty() ? std::nullopt : TRY(find(path));
    std::string text;
    if (config) text = as_text(TRY(future_.read(path, *config, 0, kConfigMax)));
    auto cms = site::parse_cms_database(text);
    if (!cms) {
      out_.left.push_back(
          tr("the password of the database {}: the CMS's configuration is not one of the site's files, or "
             "cannot be read",
             spec.server.name));
      return {};
    }
    std::map<std::string, std::string> values;
    auto now = password_now(spec);
    bool changes = now.has_value();
    if (changes) values[site::password_setting(text)] = new_password(machine_.random);
    bool wordpress = site::password_setting(text) == "DB_PASSWORD";
    if (wordpress)
      for (const std::string& key : wordpress_keys()) values[key] = random_word(machine_.random, kKeySize);
    std::set<std::string> written;
    std::string renewed = site::with_settings(text, values, written);
    if (changes) {
      out_.passwords.push_back({spec.place(), *now, values[site::password_setting(text)]});
      out_.renewed.push_back(tr("the password of the database {}", spec.server.name));
    }
    written.erase(site::password_setting(text));
    if (!written.empty())
      out_.renewed.push_back(tr("the keys that sign the cookies of WordPress: nobody is signed in any more"));
    if (renewed != text) put_file(path, *config, renewed);
    if (wordpress) TRY(plan_rows(spec, site::cms_setting(text, "$table_prefix")));
    return {};
  }

  // The one that the server takes today, whatever the configuration says, when it can be changed.
  std::optional<std::string> password_now(const site::DatabaseSpec& spec) {
    auto login = logins_.find(spec);
    std::string now = login ? login->password : std::string();
    Status able = login ? site::check_password_can_change(*login) : Status(fail(std::move(login).error()));
    if (able) return now;
    out_.left.push_back(
        tr("the password of the database {}: {}", spec.server.name, printable(able.error().what)));
    return std::nullopt;
  }

  Result<std::optional<vault::Node>> find(const std::string& path) {
    std::optional<vault::Node> found;
    TRY(future_.for_each([&](const std::string& at, const vault::Node& node) -> Status {
      if (at == path && node.is_file() && node.size <= kConfigMax) found = node;
      return {};
    }));
    return found;
  }

  void put_file(const std::string& path, const vault::Node& now, const std::string& text) {
    NewSecrets::File file{Bytes(text.begin(), text.end()), now};
    file.node.size = text.size();
    file.node.hash = crypto::sha256(as_bytes(text));
    file.node.mtime_ns = machine_.clock.now().ns;  // PHP's cache of compiled files goes by it
    if (!open_.contains(path)) out_.objects.push_back({path, file.node.hash, file.node.mode});
    out_.files.emplace(path, std::move(file));
  }

  Status plan_rows(const site::DatabaseSpec& spec, const std::string& prefix) {
    auto staged = std::ranges::find_if(case_.databases(), [&](const StagedDatabase& database) {
      return database.entry.path == spec.place();
    });
    if (staged == case_.databases().end()) return {};
    site::ReadOptions options;
    options.image_bytes_max = site_.limits.database_mib_max * 1024 * 1024;
    options.kind = spec.kind;
    Bytes image =
        TRY(future_.read("db:" + staged->entry.name, staged->entry.node, 0, options.image_bytes_max));
    auto database = site::read_database(image, options);
    if (!database) return {};  // the gate has spoken of it
    WordPressSecrets secrets = wordpress_secrets(*database, prefix, machine_.clock.now(), machine_.random);
    if (secrets.repair.empty()) return {};
    tell(secrets);
    bool changed = false;
    if (!site::apply_repair(*database, secrets.repair, changed))
      return fail(Code::corrupt, tr("the new secrets do not fit the database {}", spec.server.name));
    vouch_for(staged->entry.name, *database, secrets);
    out_.rows[staged->entry.name] = std::move(secrets.repair);
    return {};
  }

  void tell(const WordPressSecrets& secrets) {
    if (secrets.sessions > 0)
      out_.renewed.push_back(tr_n("{} session was ended", "{} sessions were ended", secrets.sessions));
    if (secrets.application_passwords > 0)
      out_.renewed.push_back(tr_n("the application passwords of {} account were revoked",
                                  "the application passwords of {} accounts were revoked",
                                  secrets.application_passwords));
    for (const auto& administrator : secrets.administrators) {
      out_.renewed.push_back(tr("the password of the administrator {}", printable(administrator.login)));
      out_.administrators.push_back(
          {administrator.login, site_.url.substr(0, site_.url.find_last_not_of('/') + 1) +
                                    "/wp-login.php?action=rp&key=" + administrator.key +
                                    "&login=" + in_address(administrator.login)});
    }
  }

  // The accounts whose passwords change, as the judge knows them.
  void vouch_for(const std::string& name, const site::Database& database, const WordPressSecrets& secrets) {
    const site::Table* users = database.find(secrets.users);
    if (!users) return;
    site::TablePowers powers = site::judge_table(*users, site_.privileged_tables);
    for (const auto& administrator : secrets.administrators)
      for (const site::Row& row : users->rows) {
        if (row.key != administrator.row) continue;
        std::string path = judge::row_path(name, *users, row);
        if (!open_.contains(path))
          out_.objects.push_back({path, crypto::sha256(site::power_bytes(*users, powers, row)), 0});
      }
  }

  const archive::Machine& machine_;
  const site::SiteConfig& site_;
  const Case& case_;
  ServerLogins& logins_;
  const std::set<std::string>& open_;
  StagedView future_;
  NewSecrets out_;
};

json hex(const std::string& text) {
  return to_hex(as_bytes(text));
}

std::string unhex(const json& value) {
  auto bytes = from_hex(value.get<std::string>());
  return bytes ? std::string(as_text(*bytes)) : std::string();
}

}  // namespace

Result<NewSecrets> plan_new_secrets(const archive::Machine& machine, const site::SiteConfig& site,
                                    const Case& incident, ServerLogins& logins,
                                    const std::set<std::string>& open) {
  return Planner(machine, site, incident, logins, open).run();
}

Status save_secrets(fs::Dir& site_state, const NewSecrets& secrets) {
  json passwords = json::array(), objects = json::array(), administrators = json::array();
  for (const NewSecrets::Password& password : secrets.passwords)
    passwords.push_back(
        {{"place", hex(password.place)}, {"before", hex(password.before)}, {"after", hex(password.after)}});
  for (const judge::Identity& object : secrets.objects)
    objects.push_back({{"path", hex(object.path)}, {"hash", object.hash.hex()}, {"mode", object.mode}});
  for (const NewPassword& administrator : secrets.administrators)
    administrators.push_back({{"login", hex(administrator.login)}, {"link", hex(administrator.link)}});
  json value = {{"passwords", passwords}, {"objects", objects}, {"administrators", administrators}};
  TRY(fs::make_dirs(site_state, "recovery", 0700));
  return fs::write_file_durably(site_state, kFile, as_bytes(value.dump()), 0600);
}

Result<NewSecrets> load_secrets(fs::Dir& site_state) {
  NewSecrets secrets;
  auto bytes = fs::read_file(site_state, kFile, kFileMax);
  if (!bytes) {
    if (bytes.error().code == Code::not_found) return secrets;
    return fail(std::move(bytes).error());
  }
  try {
    json value = json::parse(as_text(*bytes));
    for (const json& item : value.at("passwords"))
      secrets.passwords.push_back(
          {unhex(item.at("place")), unhex(item.at("before")), unhex(item.at("after"))});
    for (const json& item : value.at("objects")) {
      auto hash = Sha256::parse(item.at("hash").get<std::string>());
      if (!hash) return fail(Code::corrupt, tr("the recovery's new secrets cannot be read"));
      secrets.objects.push_back({unhex(item.at("path")), *hash, item.at("mode").get<uint32_t>()});
    }
    for (const json& item : value.at("administrators"))
      secrets.administrators.push_back({unhex(item.at("login")), unhex(item.at("link"))});
  } catch (const json::exception&) {
    return fail(make_error(Code::corrupt, tr("the recovery's new secrets cannot be read")).at(kFile));
  }
  return secrets;
}

Status set_passwords(const site::SiteConfig& site, ServerLogins& logins, const NewSecrets& secrets,
                     Which which) {
  for (const NewSecrets::Password& password : secrets.passwords) {
    auto spec = std::ranges::find(site.databases, password.place, &site::DatabaseSpec::place);
    if (spec == site.databases.end()) continue;
    const std::string& wanted = which == Which::after ? password.after : password.before;
    site::ServerLogin login = TRY(logins.find(*spec));
    if (login.password != wanted) TRY(site::set_password(login, wanted));
    logins.forget(*spec);
  }
  return {};
}

}  // namespace aplomb::recover
