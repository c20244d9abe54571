#include "site/personal_data.h"

#include <gtest/gtest.h>

namespace aplomb::site {
namespace {

Table table(std::string name, std::vector<std::string> columns, size_t rows) {
  Table result;
  result.name = std::move(name);
  for (std::string& column : columns) result.columns.push_back({std::move(column), "TEXT"});
  for (size_t i = 0; i < rows; ++i)
    result.rows.push_back({{Value{static_cast<int64_t>(i)}}, std::vector<Value>(result.columns.size())});
  return result;
}

TEST(PersonalData, CountsTablesOfPeopleAndTheirColumns) {
  Database database;
  database.tables = {table("contact", {"id", "nom", "courriel", "téléphone", "message"}, 3),
                     table("inscriptions_cantine", {"enfant", "date_naissance", "allergies"}, 2),
                     table("users", {"id", "login", "password"}, 4),
                     table("news", {"id", "title", "body"}, 9), table("newsletter", {"email"}, 0)};
  auto found = personal_columns(database);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].table, "contact");
  EXPECT_EQ(found[0].rows, 3u);
  EXPECT_EQ(found[0].columns, (std::vector<std::string>{"courriel", "téléphone"}));
  EXPECT_EQ(found[1].columns, (std::vector<std::string>{"date_naissance", "allergies"}));
  EXPECT_EQ(found[2].table, "users");
}

TEST(PersonalData, TheAddressOfAPageIsNobodys) {
  Database database;
  database.tables = {table("links", {"url_address", "title"}, 1), table("log", {"ip_address", "line"}, 5)};
  EXPECT_TRUE(personal_columns(database).empty());
}

}  // namespace
}  // namespace aplomb::site
