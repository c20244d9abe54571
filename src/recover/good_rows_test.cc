#include "recover/good_rows.h"

#include <gtest/gtest.h>

namespace aplomb::recover {
namespace {

using site::Value;

site::Table news(std::vector<std::pair<int64_t, std::string>> rows) {
  site::Table table;
  table.name = "news";
  table.columns = {{"id", "INTEGER"}, {"body", "TEXT"}};
  table.key_columns = {0};
  for (auto& [id, body] : rows) table.rows.push_back({{Value{id}}, {Value{id}, Value{body}}});
  return table;
}

site::Database database(site::Table table) {
  site::Database database;
  database.tables.push_back(std::move(table));
  return database;
}

judge::Judgement open(const std::vector<std::pair<std::string, std::string>>& objects) {
  judge::Judgement judgement;
  for (const auto& [path, rule] : objects) {
    judge::JudgedObject object;
    object.identity.path = path;
    if (!rule.empty()) object.findings.push_back({Level::suspicious, rule, {"test", {}}, 0});
    judgement.open.push_back(std::move(object));
  }
  return judgement;
}

std::string bodies(const site::Database& database) {
  std::string text;
  for (const site::Row& row : database.tables.at(0).rows) text += std::string(*row.values[1].bytes()) + " ";
  return text;
}

TEST(GoodRows, AreTheNewestThatWereInOrder) {
  site::Database good = database(news({{1, "one"}, {2, "two"}, {3, "three"}}));
  improve(good, "t.db", database(news({{1, "one, edited"}, {2, "MARKER"}, {4, "four"}})),
          open({{"db:t.db/news/2/body", ""}}), {});
  EXPECT_EQ(bodies(good), "one, edited two four ") << "what was deleted stays deleted";
}

TEST(GoodRows, ATableThatWasDamagedInMassSaysNothing) {
  site::Database good = database(news({{1, "one"}, {2, "two"}}));
  improve(good, "t.db", database(news({{1, ""}, {2, "edited"}, {3, ""}})),
          open({{"db:t.db/news/1/body", "mass-loss"}}), {});
  EXPECT_EQ(bodies(good), "one two ");
}

TEST(GoodRows, RowsThatWentInMassAreKept) {
  std::vector<std::pair<int64_t, std::string>> rows;
  for (int64_t i = 0; i < 20; ++i) rows.emplace_back(i, "x");
  site::Database good = database(news(rows));
  improve(good, "t.db", database(news({{1, "x"}})), {}, {});
  EXPECT_EQ(good.tables[0].rows.size(), 20u);
}

TEST(GoodRows, AnAdministratorWhoWentIsKept) {
  auto users = [](std::vector<std::string> logins) {
    site::Table table;
    table.name = "users";
    table.columns = {{"login", "TEXT"}, {"password", "TEXT"}, {"role", "TEXT"}};
    table.key_columns = {0};
    for (const std::string& login : logins)
      table.rows.push_back(
          {{Value{login}}, {Value{login}, Value{"$2y$10$abcdefghijklmnopqrstuv"}, Value{"admin"}}});
    return table;
  };
  site::Database good = database(users({"anne", "maire"}));
  improve(good, "t.db", database(users({"anne"})), {}, {});
  EXPECT_EQ(good.tables[0].rows.size(), 2u);
}

}  // namespace
}  // namespace aplomb::recover
