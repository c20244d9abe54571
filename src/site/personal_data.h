// Which tables of a database hold data about people, by the names of their columns: what a notification to
// the data-protection authority must count. A hint for people, never a proof of absence. Pure.
#pragma once

#include <string>
#include <vector>

#include "site/database_model.h"

namespace aplomb::site {

struct PersonalColumns {
  std::string table;
  uint64_t rows = 0;
  std::vector<std::string> columns;
};

// A table counts with an address to reach somebody (e-mail, telephone, postal), a birthday, an identity or
// bank number; or with a login or a person's name in a table of people.
std::vector<PersonalColumns> personal_columns(const Database& database);

}  // namespace aplomb::site
