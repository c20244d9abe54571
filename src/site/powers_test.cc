#include "site/powers.h"

#include <gtest/gtest.h>

#include "site/power_words.h"

namespace aplomb::site {
namespace {

constexpr const char* kHash = "$2y$10$abcdefghijklmnopqrstuv";

Table table(std::string name, std::vector<std::string> columns, std::vector<std::vector<Value>> rows = {}) {
  Table result;
  result.name = std::move(name);
  for (std::string& column : columns) result.columns.push_back({std::move(column), "TEXT"});
  for (auto& values : rows) {
    Row row;
    row.key = {Value{static_cast<int64_t>(result.rows.size() + 1)}};
    row.values = std::move(values);
    result.rows.push_back(std::move(row));
  }
  return result;
}

TablePowers judge(const Table& t) {
  return judge_table(t, {});
}
RowPower power(const Table& t, size_t row = 0) {
  return row_power(t, judge(t), t.rows.at(row), {});
}

// Whether the row means the same power when one column changes.
bool same_power(const Table& before, const std::string& column, Value value) {
  Table after = before;
  after.rows[0].values[*after.column(column)] = std::move(value);
  return power_bytes(before, judge(before), before.rows[0]) ==
         power_bytes(after, judge(after), after.rows[0]);
}

TEST(Powers, RecognisesAccountsInBothLanguages) {
  for (const auto& columns :
       std::vector<std::vector<std::string>>{{"id", "login", "password"},
                                             {"id", "nom", "mot_de_passe"},
                                             {"id", "email", "passwordHash"},
                                             {"uid", "pseudo", "mdp"},
                                             {"id", "identifiant", "motDePasse", "droits"},
                                             {"ID", "user_login", "user_pass", "user_email"},
                                             {"id", "username", "hash"},
                                             {"id", "name", "secret"},
                                             {"id", "courriel", "pwd"}}) {
    EXPECT_TRUE(judge(table("utilisateurs", columns)).accounts) << columns[1];
    EXPECT_TRUE(judge(table("users", columns)).accounts) << columns[1];
  }
  EXPECT_TRUE(judge(table("t42", {"login", "password"})).accounts) << "whatever the table is called";
  EXPECT_TRUE(
      judge(table("user", {"user_id", "user_name", "user_password", "user_touched", "user_token"})).accounts);
  EXPECT_TRUE(
      judge(table("spip_auteurs", {"id_auteur", "nom", "login", "pass", "statut", "webmestre"})).accounts);
}

TEST(Powers, RecognisesAPasswordByItsHashWhateverTheNames) {
  EXPECT_TRUE(
      judge(table("x1", {"a", "ident", "zz"}, {{Value{"1"}, Value{"maire"}, Value{kHash}}})).accounts);
  // In a table of something else, only the row that holds one has power.
  Table odd = table("things", {"id", "colour"}, {{Value{"1"}, Value{"red"}}, {Value{"2"}, Value{kHash}}});
  EXPECT_FALSE(judge(odd).any());
  EXPECT_EQ(power(odd, 0), RowPower::none);
  EXPECT_EQ(power(odd, 1), RowPower::power);
  EXPECT_FALSE(same_power(table("things", {"id", "colour"}, {{Value{"2"}, Value{kHash}}}), "colour",
                          Value{"$2y$10$zzzzzzzzzzzzzzzzzzzz"}));
}

constexpr const char* kMd5 = "5f4dcc3b5aa765d61d8327deb882cf99";

// Whatever the table and its columns are called, whoever has a password there
// has power.
TEST(Powers, FindsPeopleByTheShapeOfTheirPasswordsAlone) {
  for (const char* hash :
       {kHash, kMd5, "5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8",
        "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8",
        "5f4dcc3b5aa765d61d8327deb882cf99:salt", "$argon2id$v=19$m=65536,t=4,p=1$c2FsdA$aGFzaA",
        "$P$Babcdefghijklmnopqrstuvwxyz01234", "$6$salt$abcdefghij"}) {
    Table people = table("people", {"id", "nom", "secret"}, {{Value{"1"}, Value{"maire"}, Value{hash}}});
    EXPECT_EQ(power(people), RowPower::power) << hash;
    EXPECT_FALSE(same_power(people, "secret", Value{"0d107d09f5bbe40cade3de5c71e9e9b7"})) << hash;
    EXPECT_FALSE(same_power(people, "nom", Value{"ghost"})) << hash;
    Table odd = table("t7", {"a", "b", "zz"}, {{Value{"1"}, Value{"maire"}, Value{hash}}});
    EXPECT_EQ(power(odd), RowPower::power) << hash;
  }
}

// No share that can be diluted: the row is judged by what it holds itself.
TEST(Powers, NoNumberOfOtherRowsHidesARowWithAPassword) {
  Table people = table("people", {"id", "nom", "secret"});
  for (int i = 0; i < 1000; ++i)
    people.rows.push_back({{}, {Value{int64_t{i}}, Value{"junk"}, Value{"some words"}}});
  people.rows.push_back({{}, {Value{int64_t{1000}}, Value{"ghost"}, Value{kMd5}}});
  EXPECT_EQ(power(people, 1000), RowPower::power);
  EXPECT_EQ(power(people, 0), RowPower::none);
}

// Digests are everywhere: a night of uploads, subscriptions and comments must
// stay quiet.
TEST(Powers, TakesNoDigestOfSomethingElseForAPassword) {
  for (const auto& columns : std::vector<std::vector<std::string>>{{"id", "nom", "md5"},
                                                                   {"id", "path", "hash"},
                                                                   {"id", "fichier", "empreinte"},
                                                                   {"id", "email", "token"},
                                                                   {"id", "courriel", "cle_desinscription"},
                                                                   {"id", "title", "etag"},
                                                                   {"id", "nom", "avatar"},
                                                                   {"id", "author", "body"}}) {
    Table some = table("choses", columns, {{Value{"1"}, Value{"x"}, Value{kMd5}}});
    EXPECT_EQ(power(some), RowPower::none) << columns[2];
  }
}

TEST(Powers, RecognisesRoles) {
  for (const char* name : {"roles", "permissions", "user_roles", "droits", "user_groups", "groupes",
                           "habilitations", "admins", "acl"})
    EXPECT_TRUE(judge(table(name, {"id", "what"})).roles) << name;
  EXPECT_TRUE(judge(table("x", {"id", "role"})).roles);
  EXPECT_TRUE(judge(table("x", {"id", "capabilities"})).roles);
  EXPECT_TRUE(judge(table("x", {"id", "is_admin"})).roles);
  EXPECT_TRUE(judge(table("x", {"user_id", "level"})).roles);
  EXPECT_TRUE(judge(table("x", {"id_utilisateur", "groupe"})).roles);
}

TEST(Powers, LeavesContentAlone) {
  for (const Table& content :
       {table("wp_posts", {"ID", "post_author", "post_title", "post_content", "post_password", "post_name",
                           "post_status"}),
        table("articles", {"id", "titre", "texte", "auteur", "date"}),
        table("pages", {"id", "title", "content", "updated_at"}),
        table("river_levels", {"station", "level", "time"}),
        table("orders", {"id", "user_id", "status", "total"}), table("newsletter", {"id", "email", "token"}),
        table("events", {"id", "title", "place"}), table("downloads", {"name", "hash"}),
        table("comments", {"id", "author", "email", "body"}),
        table("contacts", {"id", "nom", "email", "telephone"})})
    EXPECT_FALSE(judge(content).any()) << content.name;
}

TEST(Powers, IgnoresSessionsAndCaches) {
  for (const char* name :
       {"sessions", "cache", "objectcache", "wp_session", "cache_render", "user_sessions", "transients"}) {
    TablePowers powers = judge(table(name, {"id", "user_id", "role", "data"}));
    EXPECT_TRUE(powers.ignored && !powers.any()) << name;
  }
  // A table with passwords is never ignored, whatever it is called.
  EXPECT_TRUE(judge(table("session_users", {"login", "password"})).accounts);
}

TEST(Powers, ChangeOfWhatGrantsPowerIsAChange) {
  Table users = table("users", {"id", "login", "email", "password", "role", "is_admin", "active"},
                      {{Value{int64_t{1}}, Value{"maire"}, Value{"m@x"}, Value{kHash}, Value{"editor"},
                        Value{int64_t{0}}, Value{int64_t{1}}}});
  for (const char* column : {"login", "email", "password", "role", "is_admin", "active"})
    EXPECT_FALSE(same_power(users, column, Value{"other"})) << column;
}

TEST(Powers, ChangeOfOrdinaryUseIsNone) {
  std::vector<std::string> columns = {"id", "login", "password"};
  std::vector<Value> row = {Value{int64_t{1}}, Value{"maire"}, Value{kHash}};
  std::vector<std::string> ordinary = {"last_login",
                                       "lastSeen",
                                       "derniere_connexion",
                                       "updated_at",
                                       "date_maj",
                                       "session_token",
                                       "last_ip",
                                       "failed_attempts",
                                       "login_count",
                                       "password_changed_at",
                                       "remember_token",
                                       "reset_token",
                                       "token_expires",
                                       "user_agent",
                                       "tentatives",
                                       "visits",
                                       "user_editcount",
                                       "user_touched",
                                       "user_activation_key",
                                       "en_ligne",
                                       "avatar",
                                       "biography",
                                       "password_reset_token",
                                       "email_verification_token"};
  for (const std::string& column : ordinary) {
    columns.push_back(column);
    row.push_back(Value{"before"});
  }
  Table users = table("users", columns, {row});
  for (const std::string& column : ordinary) EXPECT_TRUE(same_power(users, column, Value{"after"})) << column;
  EXPECT_FALSE(same_power(users, "password", Value{"after"}));
}

TEST(Powers, AnIntruderCannotMakeATableLookHarmlessByAddingRows) {
  Table users = table("x1", {"ident", "zz"}, {{Value{"maire"}, Value{kHash}}});
  for (int i = 0; i < 1000; ++i) users.rows.push_back({{}, {Value{"junk text"}, Value{"some words"}}});
  EXPECT_TRUE(judge(users).accounts);
}

TEST(Powers, TellsHarmlessRolesFromPower) {
  Table users = table("users", {"login", "password", "role"},
                      {{Value{"a"}, Value{kHash}, Value{"subscriber"}},
                       {Value{"b"}, Value{kHash}, Value{"Abonné"}},
                       {Value{"c"}, Value{kHash}, Value{"admin"}},
                       {Value{"d"}, Value{kHash}, Value{"editor"}},
                       {Value{"e"}, Value{kHash}, Value{}},
                       {Value{"f"}, Value{kHash}, Value{"[\"ROLE_USER\",\"ROLE_ADMIN\"]"}}});
  EXPECT_EQ(power(users, 0), RowPower::ordinary);
  EXPECT_EQ(power(users, 1), RowPower::ordinary);
  EXPECT_EQ(power(users, 2), RowPower::power);
  EXPECT_EQ(power(users, 3), RowPower::power);
  EXPECT_EQ(power(users, 4), RowPower::ordinary);
  EXPECT_EQ(power(users, 5), RowPower::power);
  Table flags = table("membres", {"login", "mdp", "is_admin", "niveau"},
                      {{Value{"a"}, Value{kHash}, Value{int64_t{0}}, Value{int64_t{0}}},
                       {Value{"b"}, Value{kHash}, Value{int64_t{1}}, Value{int64_t{0}}},
                       {Value{"c"}, Value{kHash}, Value{int64_t{0}}, Value{"9"}}});
  EXPECT_EQ(power(flags, 0), RowPower::ordinary);
  EXPECT_EQ(power(flags, 1), RowPower::power);
  EXPECT_EQ(power(flags, 2), RowPower::power);
  EXPECT_EQ(power(table("users", {"login", "password"}, {{Value{"a"}, Value{"x"}}})), RowPower::power)
      << "no role is known: all may";
}

// A harmless role does not make an account harmless when a flag or a structure beside it says more.
TEST(Powers, SeesPowerBesideAHarmlessRole) {
  for (const auto& [column, value] :
       std::vector<std::pair<std::string, Value>>{{"is_staff", Value{int64_t{1}}},
                                                  {"can_publish", Value{"1"}},
                                                  {"superuser", Value{int64_t{1}}},
                                                  {"extra", Value{"{\"admin\":true}"}},
                                                  {"prefs", Value{"a:1:{s:5:\"admin\";b:1;}"}}}) {
    auto with = [&, &name = column](const Value& what) {
      return table("users", {"login", "password", "role", name},
                   {{Value{"a"}, Value{kHash}, Value{"subscriber"}, what}});
    };
    EXPECT_EQ(power(with(value)), RowPower::power) << column;
    EXPECT_EQ(power(with(Value{})), RowPower::ordinary) << column;
    EXPECT_FALSE(same_power(with(Value{}), column, value)) << column;
  }
  EXPECT_EQ(power(table("users", {"login", "password", "role", "is_active"},
                        {{Value{"a"}, Value{kHash}, Value{"subscriber"}, Value{int64_t{1}}}})),
            RowPower::ordinary)
      << "being active is no power";
}

TEST(Powers, JudgesSettingsByTheirName) {
  Table options = table("wp_options", {"option_id", "option_name", "option_value", "autoload"},
                        {{Value{int64_t{1}}, Value{"active_plugins"}, Value{"a:0:{}"}, Value{"yes"}},
                         {Value{int64_t{2}}, Value{"blogname"}, Value{"Mairie"}, Value{"yes"}},
                         {Value{int64_t{3}}, Value{"_transient_timeout_plugins"}, Value{"1"}, Value{"no"}},
                         {Value{int64_t{4}}, Value{"wp_user_roles"}, Value{"a:1:{}"}, Value{"yes"}},
                         {Value{int64_t{5}}, Value{"default_role"}, Value{"administrator"}, Value{"yes"}},
                         {Value{int64_t{6}}, Value{"siteurl"}, Value{"https://x"}, Value{"yes"}}});
  EXPECT_TRUE(judge(options).settings);
  EXPECT_EQ(power(options, 0), RowPower::power);
  EXPECT_EQ(power(options, 1), RowPower::none);
  EXPECT_EQ(power(options, 2), RowPower::none);
  EXPECT_EQ(power(options, 3), RowPower::power);
  EXPECT_EQ(power(options, 4), RowPower::power);
  EXPECT_EQ(power(options, 5), RowPower::power);

  Table meta = table("wp_usermeta", {"umeta_id", "user_id", "meta_key", "meta_value"},
                     {{Value{int64_t{1}}, Value{int64_t{1}}, Value{"wp_capabilities"},
                       Value{"a:1:{s:13:\"administrator\";b:1;}"}},
                      {Value{int64_t{2}}, Value{int64_t{2}}, Value{"wp_capabilities"},
                       Value{"a:1:{s:10:\"subscriber\";b:1;}"}},
                      {Value{int64_t{3}}, Value{int64_t{2}}, Value{"session_tokens"}, Value{"a:1:{}"}},
                      {Value{int64_t{4}}, Value{int64_t{2}}, Value{"admin_color"}, Value{"fresh"}},
                      {Value{int64_t{5}}, Value{int64_t{1}}, Value{"wp_user_level"}, Value{"10"}},
                      {Value{int64_t{6}}, Value{int64_t{2}}, Value{"wp_user_level"}, Value{"0"}}});
  EXPECT_EQ(power(meta, 0), RowPower::power);
  EXPECT_EQ(power(meta, 1), RowPower::ordinary);
  EXPECT_EQ(power(meta, 2), RowPower::none);
  EXPECT_EQ(power(meta, 3), RowPower::none);
  EXPECT_EQ(power(meta, 4), RowPower::power);
  EXPECT_EQ(power(meta, 5), RowPower::ordinary);
}

// WordPress: who may what stands in usermeta, not beside the password.
TEST(Powers, AnAccountIsAsHarmlessAsWhatIsGrantedToItElsewhere) {
  Table users =
      table("wp_users", {"user_login", "user_pass"},
            {{Value{"maire"}, Value{kHash}}, {Value{"anne"}, Value{kHash}}, {Value{"x"}, Value{kHash}}});
  auto granted = [](int64_t user, const char* role) {
    return std::vector<Value>{Value{user}, Value{"wp_capabilities"}, Value{role}};
  };
  constexpr const char* kAdmin = "a:1:{s:13:\"administrator\";b:1;}";
  constexpr const char* kSubscriber = "a:1:{s:10:\"subscriber\";b:1;}";
  Table meta = table("wp_usermeta", {"user_id", "meta_key", "meta_value"},
                     {granted(1, kAdmin), granted(2, kSubscriber)});
  Table other =
      table("agents", {"login", "password"}, {{Value{"a"}, Value{kHash}}, {Value{"b"}, Value{kHash}}});
  auto power_in = [&](const Table& t, size_t row, bool explained = true) {
    const Grants grants(Database{{users, meta, other}, {}}, {},
                        [&](const Table&, const Row&) { return explained; });
    return row_power(t, judge(t), t.rows.at(row), grants);
  };
  EXPECT_EQ(power_in(users, 0), RowPower::power);
  EXPECT_EQ(power_in(users, 1), RowPower::ordinary);
  EXPECT_EQ(power_in(users, 2), RowPower::ordinary) << "others of its table are granted power";
  EXPECT_EQ(power_in(users, 2, false), RowPower::power) << "an intruder may have said so";
  EXPECT_EQ(power_in(other, 1), RowPower::power) << "user 2 is another table's";
  meta.rows.push_back({{Value{int64_t{9}}}, granted(2, kAdmin)});
  EXPECT_EQ(power_in(users, 1), RowPower::power) << "one harmless role among others";
}

TEST(Powers, ARoleThatIsANumberIsWhatItIsCalled) {
  Table roles = table("roles", {"id", "name"},
                      {{Value{int64_t{1}}, Value{"admin"}}, {Value{int64_t{2}}, Value{"member"}}});
  roles.key_columns = {0};
  Table users = table(
      "users", {"login", "password", "role_id"},
      {{Value{"maire"}, Value{kHash}, Value{int64_t{1}}}, {Value{"anne"}, Value{kHash}, Value{int64_t{2}}}});
  Table joined = table("user_roles", {"user_id", "role_id"}, {{Value{int64_t{1}}, Value{int64_t{2}}}});
  auto power_in = [&](const Table& t, size_t row, bool explained) {
    const Grants grants(Database{{users, roles, joined}, {}}, {},
                        [&](const Table&, const Row&) { return explained; });
    return row_power(t, judge(t), t.rows.at(row), grants);
  };
  EXPECT_EQ(power_in(users, 0, true), RowPower::power);
  EXPECT_EQ(power_in(users, 1, true), RowPower::ordinary);
  EXPECT_EQ(power_in(users, 1, false), RowPower::power);
  EXPECT_EQ(power_in(joined, 0, true), RowPower::ordinary);
  EXPECT_EQ(power_in(roles, 1, true), RowPower::power) << "what a role is called decides";
}

TEST(Powers, AMomentIsNoRight) {
  Table users = table("users_field_data", {"uid", "name", "pass", "access"},
                      {{Value{int64_t{1}}, Value{"maire"}, Value{kHash}, Value{int64_t{1700000000}}},
                       {Value{int64_t{2}}, Value{"anne"}, Value{kHash}, Value{int64_t{0}}}});
  EXPECT_TRUE(same_power(users, "access", Value{int64_t{1764000000}}));
  Table drupal = table("users", {"uid", "name", "pass", "created", "access", "login"},
                       {{Value{int64_t{1}}, Value{"maire"}, Value{kHash}, Value{int64_t{1}},
                         Value{int64_t{1}}, Value{int64_t{1}}}});
  EXPECT_TRUE(same_power(drupal, "access", Value{int64_t{7}}));
  users.rows[1].values[3] = Value{int64_t{9}};
  EXPECT_FALSE(same_power(users, "access", Value{int64_t{3}})) << "a level";
}

TEST(Powers, ScheduledRunsAreTheirNamesAndNotTheirTimes) {
  auto cron = [](const std::string& value) {
    return table("wp_options", {"option_id", "option_name", "option_value"},
                 {{Value{int64_t{1}}, Value{"cron"}, Value{value}}});
  };
  Table before = cron(
      "a:1:{i:1700000000;a:1:{s:16:\"wp_version_check\";a:1:{s:32:\"40cd750bba9870f18aada2478b24840a\";a:0:{}"
      "}}}");
  EXPECT_EQ(power(before), RowPower::power);
  EXPECT_TRUE(same_power(before, "option_value",
                         Value{"a:1:{i:1700043200;a:1:{s:16:\"wp_version_check\";a:1:{s:32:"
                               "\"11cd750bba9870f18aada2478b24840a\";a:0:{}}}}"}));
  EXPECT_FALSE(
      same_power(before, "option_value", Value{"a:1:{i:1700043200;a:1:{s:9:\"evil_hook\";a:0:{}}}"}));

  EXPECT_TRUE(same_power(before, "option_value",
                         Value{"a:1:{i:1700043200;a:1:{s:19:\"publish_future_post\";a:1:{s:32:"
                               "\"11cd750bba9870f18aada2478b24840a\";a:0:{}}}}"}))
      << "an article that waits for its day";

  EXPECT_TRUE(judge(table("scheduled_tasks", {"id", "command", "last_run"})).schedule);
  EXPECT_FALSE(judge(table("tasks", {"id", "title", "done"})).any());
}

TEST(Powers, TheAdministratorsWordCounts) {
  Table plain =
      table("Elections", {"id", "value", "updated_at"}, {{Value{"1"}, Value{"x"}, Value{"monday"}}});
  EXPECT_FALSE(judge(plain).any());
  TablePowers powers = judge_table(plain, {"elections"});
  EXPECT_TRUE(powers.configured);
  EXPECT_EQ(row_power(plain, powers, plain.rows[0], {}), RowPower::power);
  Row changed = plain.rows[0];
  changed.values[2] = Value{"tuesday"};
  EXPECT_EQ(power_bytes(plain, powers, plain.rows[0]), power_bytes(plain, powers, changed));
  changed.values[1] = Value{"y"};
  EXPECT_NE(power_bytes(plain, powers, plain.rows[0]), power_bytes(plain, powers, changed));
  EXPECT_TRUE(judge_table(table("cache", {"a"}), {"cache"}).configured);
}

TEST(Powers, BytesKeepColumnsAndTypesApart) {
  auto bytes = [](std::vector<Value> row) {
    Table t = table("roles", {"a", "b"}, {std::move(row)});
    return power_bytes(t, judge(t), t.rows[0]);
  };
  EXPECT_NE(bytes({Value{"xy"}, Value{""}}), bytes({Value{"x"}, Value{"y"}}));
  EXPECT_NE(bytes({Value{"1"}, Value{}}), bytes({Value{int64_t{1}}, Value{}}));
}

TEST(Powers, RowsThatDoNotFitTheirTableAreNothing) {
  Table users = table("users", {"login", "password"});
  users.rows.push_back({{}, {Value{"x"}}});
  EXPECT_EQ(power(users), RowPower::none);
  EXPECT_FALSE(power_bytes(users, judge(users), users.rows[0]).empty());
}

TEST(PowerWords, SplitsNamesAsPeopleWriteThem) {
  EXPECT_EQ(split_name("motDePasse").words, (std::vector<std::string>{"mot", "de", "passe"}));
  EXPECT_EQ(split_name("mot_de_passe").joined, "motdepasse");
  EXPECT_EQ(split_name("HTTPPassword2").words, (std::vector<std::string>{"http", "password"}));
  EXPECT_EQ(split_name("Rôle-Privilégié").words, (std::vector<std::string>{"role", "privilegie"}));
  EXPECT_TRUE(split_name("").words.empty());
  EXPECT_TRUE(split_name("\xc3").words.empty());
}

TEST(PowerWords, KnowsHowPasswordsAreStored) {
  for (const char* hash :
       {kHash, "$argon2id$v=19$m=65536,t=4,p=1$c2FsdA$aGFzaA", "$P$Babcdefghijklmnopqrstuvwxyz01234",
        "$6$salt$abcdefghij", ":pbkdf2:sha512:30000:64:salt:hash",
        "pbkdf2_sha256$260000$salt$hash=", "{SSHA}abcdefghijklmnop", "$wp$2y$10$abcdefghij"})
    EXPECT_TRUE(is_password_hash(hash)) << hash;
  for (const char* text : {"", "$2y$", "It costs $6$ or so, they say", "$1 million dollars",
                           "d41d8cd98f00b204e9800998ecf8427e", "hello"})
    EXPECT_FALSE(is_password_hash(text)) << text;
}

}  // namespace
}  // namespace aplomb::site
