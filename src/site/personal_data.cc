#include "site/personal_data.h"

#include <algorithm>
#include <array>

#include "site/power_words.h"

namespace aplomb::site {
namespace {

constexpr auto kReach = std::to_array<std::string_view>(
    {"phone",       "telephone",   "tel",      "mobile",   "portable",  "fax",      "adresse",  "address",
     "street",      "rue",         "postal",   "postcode", "zip",       "birth",    "birthday", "birthdate",
     "naissance",   "dob",         "iban",     "bic",      "ssn",       "nir",      "passport", "passeport",
     "nationality", "nationalite", "handicap", "allergie", "allergies", "quotient", "medical"});

bool reaches(const Name& column) {
  // The address of a page or of a machine is none of a person.
  if (column.has("ip") || column.has("url") || column.has("web") || column.has("mac")) return false;
  return std::ranges::any_of(
      column.words, [](const std::string& word) { return std::ranges::find(kReach, word) != kReach.end(); });
}

bool is_ip(const Name& column) {
  return column.has("ip") || column.has("ipaddress");
}

}  // namespace

std::vector<PersonalColumns> personal_columns(const Database& database) {
  std::vector<PersonalColumns> found;
  for (const Table& table : database.tables) {
    const Name name = split_name(table.name);
    const bool people = is_account_table(name);
    PersonalColumns entry{table.name, table.rows.size(), {}};
    bool strong = false;
    for (const Column& column : table.columns) {
      const Name words = split_name(column.name);
      const bool direct = is_email(words) || reaches(words);
      const bool weak = is_login(words) || is_ip(words) || (people && is_person_name(words));
      if (!direct && !weak) continue;
      strong = strong || direct || (people && (is_login(words) || is_person_name(words)));
      entry.columns.push_back(column.name);
    }
    if (strong && entry.rows > 0) found.push_back(std::move(entry));
  }
  return found;
}

}  // namespace aplomb::site
