#include "site/powers.h"

#include <algorithm>
#include <array>
#include <set>

#include "site/power_words.h"

namespace aplomb::site {
namespace {

struct Columns {
  std::vector<Name> names;
  bool any(bool (*is)(const Name&)) const { return std::ranges::any_of(names, is); }
  std::optional<size_t> first(bool (*is)(const Name&)) const {
    auto found = std::ranges::find_if(names, is);
    if (found == names.end()) return std::nullopt;
    return static_cast<size_t>(found - names.begin());
  }
};

bool holds_password_hash(const Value& value) {
  std::optional<std::string_view> bytes = value.bytes();
  return bytes && is_password_hash(*bytes);
}

// A person's table: names of columns say so, or a value is stored as only passwords are.
bool is_accounts(const Table& table, const Name& name, const Columns& columns) {
  bool account_table = is_account_table(name);
  // Articles with a reading password (post_password beside post_title) are content.
  if (!account_table && columns.any(is_title) && columns.any(is_content)) return false;
  bool login = columns.any(is_login), person = columns.any(is_person_name);
  bool real_login =
      std::ranges::any_of(columns.names, [](const Name& c) { return is_login(c) && !is_email(c); });
  if (columns.any(is_password) && (login || account_table)) return true;
  if (columns.any(is_weak_secret) && ((account_table && (login || person)) || real_login)) return true;
  if (!login && !(account_table && person)) return false;
  return std::ranges::any_of(
      table.rows, [](const Row& row) { return std::ranges::any_of(row.values, holds_password_hash); });
}

bool is_roles(const Name& name, const Columns& columns) {
  if (is_role_table(name)) return true;
  if (columns.any(is_role)) return true;
  bool content = columns.any(is_title) || columns.any(is_content);
  return !content && columns.any(is_account_reference) && columns.any(is_rank) &&
         columns.names.size() <= 6;  // a table that joins people to something, not one about something else
}

std::vector<size_t> select(const Columns& columns, auto&& wanted) {
  std::vector<size_t> chosen;
  for (size_t i = 0; i < columns.names.size(); ++i)
    if (wanted(columns.names[i])) chosen.push_back(i);
  return chosen;
}

void choose_columns(TablePowers& powers, const Name& name, const Columns& columns) {
  auto stays = [](const Name& column) { return !is_volatile(column); };
  if (powers.configured || powers.settings || powers.schedule || (powers.roles && is_role_table(name))) {
    powers.power_columns = select(columns, stays);
    if (powers.power_columns.empty())
      powers.power_columns = select(columns, [](const Name&) { return true; });
  } else {
    bool person_is_login = is_account_table(name) && !columns.any(is_login);
    powers.power_columns = select(columns, [&](const Name& column) {
      if (!stays(column)) return false;
      if (is_rank(column)) return true;
      if (powers.accounts)
        return is_kind_of_account(column) || is_state_of_account(column) || is_password(column) ||
               is_weak_secret(column) || is_login(column) || (person_is_login && is_person_name(column));
      return is_account_reference(column);
    });
  }
  if (powers.accounts) powers.role_columns = select(columns, is_kind_of_account);
  if (powers.roles) powers.role_columns = select(columns, is_rank);
}

// What WordPress schedules by itself when an article waits for its day, after an update or a clean-up: it
// comes and goes, and runs WordPress's own code, which is judged where it stands.
bool is_of_wordpress_itself(std::string_view hook) {
  static constexpr auto hooks = std::to_array<std::string_view>(
      {"delete_expired_transients", "do_pings", "importer_scheduled_cleanup", "publish_future_post",
       "recovery_mode_clean_expired_keys", "update_network_counts", "upgrader_scheduled_cleanup",
       "wp_delete_temp_updater_backups", "wp_https_detection", "wp_maybe_auto_update",
       "wp_privacy_delete_old_export_files", "wp_scheduled_auto_draft_delete", "wp_scheduled_delete",
       "wp_site_health_scheduled_check", "wp_split_shared_term_batch", "wp_update_comment_type_batch",
       "wp_update_plugins", "wp_update_themes", "wp_update_user_counts", "wp_version_check",
       // how often
       "hourly", "twicedaily", "daily", "weekly"});
  return std::ranges::find(hooks, hook) != hooks.end();
}

// WordPress's cron option holds run times and hashes of arguments that change all day; what runs is in the
// names. Serialised PHP: every quoted string that is not a hash, once.
std::string names_in(std::string_view serialised) {
  std::set<std::string_view> names;
  for (size_t open = serialised.find('"'); open != std::string_view::npos;) {
    size_t close = serialised.find('"', open + 1);
    if (close == std::string_view::npos) break;
    std::string_view text = serialised.substr(open + 1, close - open - 1);
    bool hash = text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
    if (!hash && !is_of_wordpress_itself(text)) names.insert(text);
    open = serialised.find('"', close + 1);
  }
  std::string joined;
  for (std::string_view text : names) joined += std::string(text) + "\n";
  return joined;
}

// Each cell by itself, so that no other row can change what it is.
bool holds_secret(const TablePowers& powers, const Row& row, size_t column) {
  if (holds_password_hash(row.values[column])) return true;
  auto bytes = row.values[column].bytes();
  return bytes && std::ranges::find(powers.digest_columns, column) != powers.digest_columns.end() &&
         is_hex_digest(*bytes);
}

bool holds_secret(const TablePowers& powers, const Row& row) {
  for (size_t i = 0; i < row.values.size(); ++i)
    if (holds_secret(powers, row, i)) return true;
  return false;
}

bool is_powerful_row(const TablePowers& powers, const Row& row) {
  std::optional<std::string_view> name = row.values[*powers.setting_name].bytes();
  return name && is_powerful_setting(*name);
}

std::string role_text(const Value& value) {
  if (auto bytes = value.bytes()) return std::string(*bytes);
  return value.is_null() ? "" : value.display();
}

bool only_harmless_roles(const std::vector<size_t>& role_columns, const Row& row, const Grants& grants) {
  return !role_columns.empty() && std::ranges::all_of(role_columns, [&](size_t i) {
    const std::string role = role_text(row.values[i]);
    return is_harmless_role(role) || grants.is_harmless_number(role);
  });
}

// A flag that is set, or a structure in a text: power may hide in either, whatever the role column says.
bool may_hide_power(const std::string& column, const Value& value) {
  std::string name = fold_case(column);
  bool flag = name.starts_with("is_") || name.starts_with("can_") ||
              name.find("super") != std::string::npos || name.find("staff") != std::string::npos ||
              name.find("admin") != std::string::npos;
  for (std::string_view state : {"activ", "verif", "enabl", "confirm", "delet", "online", "visib", "public"})
    if (name.find(state) != std::string::npos) flag = false;
  if (flag && !value.is_null() && role_text(value) != "0") return true;
  auto text = value.bytes();
  return text && (text->starts_with("{\"") || text->starts_with("[\"") || text->starts_with("a:"));
}

bool has_flag_or_structure(const TablePowers& powers, const Table& table, const Row& row) {
  for (size_t i = 0; i < row.values.size(); ++i) {
    bool role = std::ranges::find(powers.role_columns, i) != powers.role_columns.end();
    if (!role && may_hide_power(table.columns[i].name, row.values[i])) return true;
  }
  return false;
}

bool well_formed(const Table& table, const Row& row) {
  return row.values.size() == table.columns.size();
}

// How a grant refers to an account: 7 and '7' are the same in every database layer.
std::string reference(const Value& value) {
  if (auto bytes = value.bytes()) return fold_case(*bytes);
  return value.is_null() ? "" : value.display();
}

// "user" of user_id: the accounts that it refers to stand in a table of that name, and in no other. A login
// may be of any table: "". nullopt when the column refers to no account.
std::optional<std::string> referred(const Table& table, const Column& column) {
  const Name name = split_name(column.name);
  if (is_login(name) && !is_email(name) && name.joined != "uid") return "";
  const bool plain = name.joined == "uid" || name.joined == "entityid";  // Drupal
  if (!plain && !is_account_reference(name)) return std::nullopt;
  std::string joined;
  for (const std::string& word : plain ? split_name(table.name).words : name.words)
    if (plain ? joined.empty() : word != "id" && word != "fk" && word != "ref") joined += word;
  if (plain && joined.ends_with('s')) joined.pop_back();
  return joined;
}

std::optional<size_t> referring_column(const Table& table) {
  std::optional<size_t> login;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    auto to = referred(table, table.columns[i]);
    if (to && !to->empty()) return i;
    if (to && !login) login = i;
  }
  return login;
}

bool is_number(std::string_view text) {
  return !text.empty() && text.size() < 20 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// Drupal's "access" and "login" are when somebody was there last, not what he may: each value is a moment.
bool holds_times(const Table& table, size_t column) {
  if (table.columns[column].name == "access" || table.columns[column].name == "login")
    if (table.column("name") && table.column("created") && table.column("access") && table.column("login"))
      return true;
  constexpr int64_t kEarliest = 100'000'000, kLatest = 10'000'000'000;  // seconds, from 1973 on
  bool any = false;
  for (const Row& row : table.rows) {
    if (column >= row.values.size()) return false;
    const auto* number = std::get_if<int64_t>(&row.values[column].data);
    if (row.values[column].is_null() || (number && *number == 0)) continue;
    if (!number || *number < kEarliest || *number > kLatest) return false;
    any = true;
  }
  return any;
}

}  // namespace

TablePowers judge_table(const Table& table, const std::vector<std::string>& privileged_tables) {
  TablePowers powers;
  Name name = split_name(table.name);
  Columns columns;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    columns.names.push_back(split_name(table.columns[i].name));
    if (holds_times(table, i)) columns.names.back().words = {"timestamp"};
  }
  powers.configured = std::ranges::any_of(privileged_tables, [&](const std::string& wanted) {
    return fold_case(wanted) == fold_case(table.name);
  });
  if (!powers.configured && is_transient_table(name) && !columns.any(is_password)) {
    powers.ignored = true;
    return powers;
  }
  if (!columns.any(is_about_files))
    powers.digest_columns = select(columns, [](const Name& column) {
      return !is_digest_of_something(column) && !is_title(column) && !is_content(column);
    });
  powers.person_columns = select(columns, [](const Name& column) {
    return !is_volatile(column) &&
           (is_login(column) || is_email(column) || is_person_name(column) || is_rank(column) ||
            is_kind_of_account(column) || is_state_of_account(column));
  });
  powers.setting_name = columns.first(is_setting_name);
  powers.setting_value = columns.first(is_setting_value);
  powers.settings =
      !powers.configured && is_settings_table(name) && powers.setting_name && powers.setting_value;
  powers.per_account = powers.settings && columns.any(is_account_reference);
  powers.accounts = !powers.settings && is_accounts(table, name, columns);
  powers.roles = !powers.settings && !powers.accounts && is_roles(name, columns);
  powers.schedule = !powers.accounts && !powers.roles && is_schedule_table(name) && columns.any(is_command);
  if (powers.any()) choose_columns(powers, name, columns);
  return powers;
}

Grants::Grants(const Database& database, const std::vector<std::string>& privileged_tables,
               const Explained& explained) {
  std::vector<std::pair<const Table*, TablePowers>> tables;
  for (const Table& table : database.tables) {
    TablePowers powers = judge_table(table, privileged_tables);
    if (powers.per_account || powers.roles) tables.emplace_back(&table, std::move(powers));
  }
  for (const auto& [table, powers] : tables) read_names(*table, powers, explained);
  for (const auto& [table, powers] : tables) read_grants(*table, powers, explained);
}

// roles(id, name): a number that means different things in two tables means the worse.
void Grants::read_names(const Table& table, const TablePowers& powers, const Explained& explained) {
  if (!powers.roles || table.key_columns.size() != 1 || !is_role_table(split_name(table.name))) return;
  auto named = std::ranges::find_if(table.columns, [](const Column& column) {
    const Name name = split_name(column.name);
    return is_person_name(name) || is_title(name) || name.has("libelle") || name.has("label") ||
           name.has("slug") || name.has("machine");
  });
  if (named == table.columns.end() || referring_column(table)) return;
  const auto column = static_cast<size_t>(named - table.columns.begin());
  for (const Row& row : table.rows) {
    if (row.key.size() != 1 || !well_formed(table, row)) continue;
    const bool harmless = is_harmless_role(role_text(row.values[column])) && explained(table, row);
    auto [known, added] = numbers_.try_emplace(reference(row.key[0]), harmless);
    known->second = known->second && harmless;
  }
}

void Grants::read_grants(const Table& table, const TablePowers& powers, const Explained& explained) {
  const std::optional<size_t> account = referring_column(table);
  if (!account) return;
  Granted& granted = granted_[*referred(table, table.columns[*account])];
  for (const Row& row : table.rows) {
    const RowPower power = row_power(table, powers, row, *this);
    if (power == RowPower::none || !well_formed(table, row)) continue;
    auto [known, added] = granted.harmless.try_emplace(reference(row.values[*account]), true);
    known->second = known->second && power == RowPower::ordinary;
    granted.tells_power = granted.tells_power || (power == RowPower::power && explained(table, row));
  }
}

bool Grants::is_harmless_number(std::string_view role) const {
  auto found = is_number(role) ? numbers_.find(std::string(role)) : numbers_.end();
  return found != numbers_.end() && found->second;
}

bool Grants::only_harmless(const Table& table, const Row& row) const {
  std::vector<std::string> names;
  if (row.key.size() == 1) names.push_back(reference(row.key[0]));
  for (size_t i = 0; i < table.columns.size(); ++i)
    if (is_login(split_name(table.columns[i].name))) names.push_back(reference(row.values[i]));
  const std::string accounts = split_name(table.name).joined;
  bool any = false, harmless = true, told = false;
  for (const auto& [called, granted] : granted_) {
    if (accounts.find(called) == std::string::npos) continue;
    told = told || granted.tells_power;
    for (const std::string& name : names) {
      auto found = granted.harmless.find(name);
      if (found == granted.harmless.end()) continue;
      any = true;
      harmless = harmless && found->second;
    }
  }
  return any ? harmless : told;
}

RowPower row_power(const Table& table, const TablePowers& powers, const Row& row, const Grants& grants) {
  if (powers.ignored || !well_formed(table, row)) return RowPower::none;
  if (powers.configured || powers.schedule) return RowPower::power;
  if (powers.settings && is_powerful_row(powers, row)) {
    Name setting = split_name(*row.values[*powers.setting_name].bytes());
    bool role = powers.per_account && (is_role(setting) || setting.joined.ends_with("userlevel"));
    return role && is_harmless_role(role_text(row.values[*powers.setting_value])) ? RowPower::ordinary
                                                                                  : RowPower::power;
  }
  if (powers.accounts || powers.roles) {
    const bool elsewhere = powers.accounts && powers.role_columns.empty() && grants.only_harmless(table, row);
    return (elsewhere || only_harmless_roles(powers.role_columns, row, grants)) &&
                   !has_flag_or_structure(powers, table, row)
               ? RowPower::ordinary
               : RowPower::power;
  }
  return holds_secret(powers, row) ? RowPower::power : RowPower::none;
}

Bytes power_bytes(const Table& table, const TablePowers& powers, const Row& row) {
  ByteWriter writer;
  writer.text(fold_case(table.name));
  if (powers.ignored || !well_formed(table, row)) return writer.take();
  auto has = [](const std::vector<size_t>& list, size_t i) {
    return std::ranges::find(list, i) != list.end();
  };
  bool person = !powers.any() && holds_secret(powers, row);
  for (size_t i = 0; i < row.values.size(); ++i) {
    bool chosen = has(powers.power_columns, i) || (person && has(powers.person_columns, i)) ||
                  ((powers.accounts || person) && may_hide_power(table.columns[i].name, row.values[i]));
    if (!chosen && !(holds_secret(powers, row, i) && !is_volatile(split_name(table.columns[i].name))))
      continue;
    writer.text(fold_case(table.columns[i].name));
    bool cron =
        powers.settings && i == powers.setting_value && row.values[*powers.setting_name] == Value{"cron"};
    if (cron && row.values[i].bytes()) {
      writer.text(names_in(*row.values[i].bytes()));
    } else {
      encode(writer, row.values[i]);
    }
  }
  return writer.take();
}

}  // namespace aplomb::site
