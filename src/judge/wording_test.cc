#include "judge/wording.h"

#include <gtest/gtest.h>

namespace aplomb::judge {
namespace {

using site::Value;

site::Table table(const std::string& name, const std::vector<std::string>& columns,
                  std::vector<Value> values) {
  site::Table made;
  made.name = name;
  for (const std::string& column : columns) made.columns.push_back({column});
  site::Row row;
  row.key = {values.front()};
  row.values = std::move(values);
  made.rows = {row};
  return made;
}

std::string said(const site::Table& table, Before before) {
  return plain_row(table, site::judge_table(table, {}), table.rows.front(), before).text();
}

TEST(Wording, NamesTheSettingAndTheAccount) {
  auto option = table("wp_options", {"option_id", "option_name", "option_value"},
                      {Value{int64_t{6}}, Value{"siteurl"}, Value{"https://mairie.example"}});
  EXPECT_EQ(said(option, Before::approved), "the setting siteurl was changed");
  EXPECT_EQ(said(option, Before::unknown), "the setting siteurl is new");
  auto user = table("wp_users", {"ID", "user_login", "user_pass"},
                    {Value{int64_t{3}}, Value{"stagiaire"}, Value{"$P$Bxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}});
  EXPECT_EQ(said(user, Before::unknown), "the account stagiaire is new, or has new rights");
  auto grant = table("wp_usermeta", {"umeta_id", "user_id", "meta_key", "meta_value"},
                     {Value{int64_t{3}}, Value{int64_t{3}}, Value{"wp_capabilities"}, Value{"a:1:{}"}});
  EXPECT_EQ(said(grant, Before::approved), "what an account may do was changed: wp_capabilities");
}

TEST(Wording, IsPlainUntilSomebodyKnowsMore) {
  EXPECT_TRUE(is_plain(plain_file(Before::unknown)));
  EXPECT_TRUE(is_plain(plain_file(Before::approved)));
  EXPECT_FALSE(is_plain({"agenda 2.2 of WordPress.org has no such file", {}}));
}

}  // namespace
}  // namespace aplomb::judge
