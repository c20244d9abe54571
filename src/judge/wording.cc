#include "judge/wording.h"

#include "base/messages.h"
#include "judge/trust.h"
#include "site/power_words.h"

namespace aplomb::judge {
namespace {

constexpr size_t kShown = 80;

constexpr const char* kNewFile = tr_later("it is new, and nothing explains it");
constexpr const char* kChangedFile = tr_later("it was changed, and nothing explains the change");

// Without the quotes of a text.
std::string shown(const site::Value& value) {
  std::string text = value.display(kShown);
  bool quoted = text.size() >= 2 && text.starts_with('\'') && text.ends_with('\'');
  return quoted ? text.substr(1, text.size() - 2) : text;
}

// Of an account: what its holder signs in with, else what he is called.
std::string person_of(const site::Table& table, const site::Row& row) {
  for (auto tells : {site::is_login, site::is_person_name})
    for (size_t i = 0; i < row.values.size() && i < table.columns.size(); ++i)
      if (tells(site::split_name(table.columns[i].name))) return shown(row.values[i]);
  return row.key.empty() ? "" : shown(row.key.front());
}

}  // namespace

Reason plain_file(Before before) {
  return {before == Before::approved ? kChangedFile : kNewFile, {}};
}

Reason plain_row(const site::Table& table, const site::TablePowers& powers, const site::Row& row,
                 Before before) {
  bool known = before == Before::approved;
  if (powers.settings && powers.setting_name && *powers.setting_name < row.values.size()) {
    std::string name = shown(row.values[*powers.setting_name]);
    if (powers.per_account)
      return {known ? tr_later("what an account may do was changed: {}")
                    : tr_later("an account may do something new: {}"),
              {name}};
    return {known ? tr_later("the setting {} was changed") : tr_later("the setting {} is new"), {name}};
  }
  if (powers.accounts)
    return {known ? tr_later("the account {} was changed: its password, its address or its rights")
                  : tr_later("the account {} is new, or has new rights"),
            {person_of(table, row)}};
  if (powers.roles)
    return {
        known ? tr_later("a right in the table {} was changed") : tr_later("a right in the table {} is new"),
        {table.name}};
  if (powers.schedule)
    return {known ? tr_later("a scheduled job in the table {} was changed")
                  : tr_later("a scheduled job in the table {} is new"),
            {table.name}};
  return {known ? tr_later("a row of the table {} that gives power was changed")
                : tr_later("a row of the table {} that gives power is new"),
          {table.name}};
}

Reason plain_schema(Before before) {
  return {before == Before::approved ? tr_later("a trigger or view of the database was changed")
                                     : tr_later("a trigger or view of the database is new"),
          {}};
}

Reason plain_value() {
  return {tr_later("a text of the database holds something that would run, and nobody approved it"), {}};
}

bool is_plain(const Reason& reason) {
  return reason == nothing_explains() || reason.message == kNewFile || reason.message == kChangedFile;
}

}  // namespace aplomb::judge
