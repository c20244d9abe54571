#include "recover/wordpress_secrets.h"

#include <gtest/gtest.h>

namespace aplomb::recover {
namespace {

using site::Value;

Value text(const char* value) {
  return Value{std::string(value)};
}
Value number(int64_t value) {
  return Value{value};
}

site::Table table(const char* name, std::vector<const char*> columns, std::vector<std::vector<Value>> rows) {
  site::Table out;
  out.name = name;
  for (const char* column : columns) out.columns.push_back({column, ""});
  out.key_columns = {0};
  for (auto& row : rows) out.rows.push_back({{row[0]}, std::move(row)});
  return out;
}

site::Database wordpress() {
  site::Database database;
  database.tables = {
      table("v_options", {"option_id", "option_name", "option_value"},
            {{number(1), text("siteurl"), text("http://x")}, {number(2), text("auth_salt"), text("old")}}),
      table("v_usermeta", {"umeta_id", "user_id", "meta_key", "meta_value"},
            {{number(1), number(7), text("v_capabilities"), text("a:1:{s:13:\"administrator\";b:1;}")},
             {number(2), number(8), text("v_capabilities"), text("a:1:{s:6:\"editor\";b:1;}")},
             {number(3), number(8), text("session_tokens"), text("a:0:{}")},
             {number(4), number(8), text("_application_passwords"), text("a:0:{}")},
             {number(5), number(8), text("wp_capabilities"), text("a:1:{s:13:\"administrator\";b:1;}")}}),
      table("v_users", {"ID", "user_login", "user_pass", "user_activation_key"},
            {{number(7), text("maire"), text("$P$Bold"), text("")},
             {number(8), text("agent"), text("$P$Bold"), text("")}})};
  return database;
}

// The value was computed by WordPress 6.1's own class-phpass.php.
TEST(WordPressSecrets, HashAsWordPressDoes) {
  EXPECT_EQ(portable_hash("mot de passe é", "abcdefgh"), "$P$BabcdefghQK4YLnH93kwLMh00Iagi7.");
}

TEST(WordPressSecrets, OfAdministratorsAreMadeAnewAndDoorsOfAllAreClosed) {
  SeededRandom random(1);
  WordPressSecrets secrets = wordpress_secrets(wordpress(), "v_", Time{1'700'000'000'123'456'789}, random);
  ASSERT_EQ(secrets.administrators.size(), 1U);
  const auto& administrator = secrets.administrators[0];
  EXPECT_EQ(administrator.login, "maire");
  EXPECT_EQ(administrator.key.size(), 20U);
  EXPECT_EQ(secrets.sessions, 1U);
  EXPECT_EQ(secrets.application_passwords, 1U);
  std::vector<std::pair<std::string, Value>> removed;
  for (const site::RowChange& change : secrets.repair.rows) {
    if (change.action == site::RowAction::remove) {
      removed.emplace_back(change.table, change.key[0]);
      continue;
    }
    EXPECT_EQ(change.table, "v_users");
    EXPECT_EQ(change.key[0], number(7));
    ASSERT_EQ(change.values.size(), 2U);
    EXPECT_EQ(change.values[0].first, "user_pass");
    std::string hash(change.values[1].second.bytes().value());
    ASSERT_TRUE(hash.starts_with("1700000000:$P$B")) << hash;
    EXPECT_EQ(hash.substr(11), portable_hash(administrator.key, hash.substr(15, 8)));
  }
  EXPECT_EQ(removed, (std::vector<std::pair<std::string, Value>>{
                         {"v_usermeta", number(3)}, {"v_usermeta", number(4)}, {"v_options", number(2)}}));
}

TEST(WordPressSecrets, AreNoneWhereThereIsNoWordPress) {
  SeededRandom random(1);
  EXPECT_TRUE(wordpress_secrets(wordpress(), "wp_", Time{}, random).repair.empty());
  EXPECT_TRUE(wordpress_secrets(site::Database(), "wp_", Time{}, random).repair.empty());
}

TEST(WordPressSecrets, WordsAreOfLettersAndDigitsAndDiffer) {
  SeededRandom random(1);
  std::string word = random_word(random, 64);
  EXPECT_EQ(word.size(), 64U);
  EXPECT_EQ(word.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
            std::string::npos);
  EXPECT_NE(word, random_word(random, 64));
}

}  // namespace
}  // namespace aplomb::recover
