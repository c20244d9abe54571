#include "site/database_repair.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "site/database_rows.h"
#include "site/test_database.h"

namespace aplomb::site {
namespace {

Value integer(int64_t value) {
  return Value{value};
}

Bytes site_image() {
  return image_of(
      "CREATE TABLE users(id INTEGER PRIMARY KEY, login TEXT UNIQUE, role TEXT DEFAULT 'user', last_login "
      "INTEGER);"
      "INSERT INTO users VALUES(1,'maire','admin',100),(2,'agent','editor',200),(9,'intruder','admin',1);"
      "CREATE TABLE notes(v TEXT); INSERT INTO notes VALUES('a'),('b'),('c');"
      "CREATE TABLE log(t TEXT);"
      "CREATE TRIGGER evil AFTER DELETE ON users BEGIN INSERT INTO log VALUES('fired'); END");
}

Database rows_of(ByteView image) {
  Result<Database> database = read_database(image);
  EXPECT_TRUE(database) << database.error().what;
  return database ? *database : Database{};
}

RowChange put(std::string table, std::vector<Value> key, std::vector<std::pair<std::string, Value>> values) {
  return {std::move(table), std::move(key), RowAction::put, std::move(values)};
}
RowChange remove(std::string table, std::vector<Value> key) {
  return {std::move(table), std::move(key), RowAction::remove, {}};
}

TEST(DatabaseRepair, PutsAndRemovesRowsThroughTheChild) {
  Repair repair;
  repair.rows = {remove("users", {integer(9)}), put("users", {integer(2)}, {{"role", Value{"reader"}}}),
                 put("users", {integer(3)}, {{"login", Value{"new"}}})};
  Result<Bytes> image = repair_database(site_image(), repair);
  ASSERT_TRUE(image) << image.error().what;
  Database database = rows_of(*image);
  const Table& users = *database.find("users");
  ASSERT_EQ(users.rows.size(), 3U);
  EXPECT_EQ(users.rows[1].values, (std::vector{integer(2), Value{"agent"}, Value{"reader"}, integer(200)}))
      << "columns that are not named keep their value";
  EXPECT_EQ(users.rows[2].values, (std::vector{integer(3), Value{"new"}, Value{"user"}, Value{}}))
      << "a new row has the table's defaults";
}

TEST(DatabaseRepair, RunsNoTrigger) {
  Result<Bytes> image = repair_database(site_image(), {{}, {remove("users", {integer(9)})}});
  ASSERT_TRUE(image);
  EXPECT_TRUE(rows_of(*image).find("log")->rows.empty());
}

TEST(DatabaseRepair, AgainChangesNotAByte) {
  Repair repair;
  repair.rows = {remove("users", {integer(9)}),
                 put("users", {integer(1)}, {{"role", Value{"admin"}}, {"login", Value{"M"}}})};
  repair.schema = {{SchemaAction::drop, SchemaType::trigger, "evil", ""},
                   {SchemaAction::create, SchemaType::view, "v", "CREATE VIEW v AS SELECT login FROM users"}};
  Bytes once = *repair_database(site_image(), repair);
  EXPECT_NE(once, site_image());
  EXPECT_EQ(*repair_database(once, repair), once);
}

TEST(DatabaseRepair, DoesNotDependOnTheOrderOfUniqueValues) {
  // The two exchange their logins, and the good one takes the intruder's.
  Repair repair;
  repair.rows = {put("users", {integer(1)}, {{"login", Value{"agent"}}}),
                 put("users", {integer(2)}, {{"login", Value{"intruder"}}}),
                 put("users", {integer(9)}, {{"login", Value{"maire"}}})};
  Result<Bytes> image = repair_database(site_image(), repair);
  ASSERT_TRUE(image) << image.error().what;
  Database database = rows_of(*image);
  const Table& users = *database.find("users");
  EXPECT_EQ(users.rows[0].values[1], Value{"agent"});
  EXPECT_EQ(users.rows[1].values[1], Value{"intruder"});
  EXPECT_EQ(users.rows[2].values[1], Value{"maire"});
}

TEST(DatabaseRepair, NamesTableAndKeyOfAConflict) {
  Result<Bytes> image =
      repair_database(site_image(), {{}, {put("users", {integer(1)}, {{"login", Value{"intruder"}}})}});
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().code, Code::refused);
  EXPECT_NE(image.error().what.find("users"), std::string::npos) << image.error().what;
  EXPECT_NE(image.error().what.find("1"), std::string::npos);
}

TEST(DatabaseRepair, NamesWhatIsMissing) {
  EXPECT_EQ(repair_database(site_image(), {{}, {remove("nowhere", {integer(1)})}}).error().code,
            Code::not_found);
  Result<Bytes> no_column =
      repair_database(site_image(), {{}, {put("users", {integer(1)}, {{"colour", Value{}}})}});
  EXPECT_EQ(no_column.error().code, Code::not_found);
  EXPECT_NE(no_column.error().what.find("colour"), std::string::npos);
  EXPECT_FALSE(repair_database(site_image(), {{}, {remove("users", {integer(1), integer(2), integer(3)})}}));
}

TEST(DatabaseRepair, KeepsRowNumbersOfTablesWithoutAKey) {
  Repair repair;
  repair.rows = {put("notes", {integer(2)}, {{"v", Value{"B"}}}), remove("notes", {integer(1)}),
                 put("notes", {integer(7)}, {{"v", Value{"z"}}})};
  Result<Bytes> image = repair_database(site_image(), repair);
  ASSERT_TRUE(image) << image.error().what;
  Database database = rows_of(*image);
  const Table& notes = *database.find("notes");
  ASSERT_EQ(notes.rows.size(), 3U);
  EXPECT_EQ(notes.rows[0], (Row{{integer(2)}, {Value{"B"}}}));
  EXPECT_EQ(notes.rows[1], (Row{{integer(3)}, {Value{"c"}}}));
  EXPECT_EQ(notes.rows[2], (Row{{integer(7)}, {Value{"z"}}}));
}

TEST(DatabaseRepair, FindsRowsWithNullInTheirKey) {
  Bytes image = image_of(
      "CREATE TABLE n(k TEXT PRIMARY KEY, v); INSERT INTO n VALUES(NULL,1),(NULL,2),('k',3);"
      "CREATE TABLE w(a TEXT, b, PRIMARY KEY(a)) WITHOUT ROWID; INSERT INTO w VALUES('x',1)");
  Repair repair;
  repair.rows = {remove("n", {Value{}, integer(1)}), put("n", {Value{}, integer(2)}, {{"v", integer(5)}}),
                 put("w", {Value{"x"}}, {{"b", Value{Blob{{0}}}}}), put("w", {Value{"y"}}, {})};
  Result<Bytes> repaired = repair_database(image, repair);
  ASSERT_TRUE(repaired) << repaired.error().what;
  Database database = rows_of(*repaired);
  ASSERT_EQ(database.find("n")->rows.size(), 2U);
  EXPECT_EQ(database.find("n")->rows[0], (Row{{Value{}, integer(2)}, {Value{}, integer(5)}}));
  EXPECT_EQ(database.find("w")->rows[0].values[1], (Value{Blob{{0}}}));
  EXPECT_EQ(database.find("w")->rows.size(), 2U);
}

TEST(DatabaseRepair, MakesARowWhatItWasBefore) {
  Bytes before = site_image();
  Database original = rows_of(before);
  const Table& good = *original.find("users");
  Bytes hacked = *repair_database(
      before, {{}, {put("users", {integer(2)}, {{"role", Value{"admin"}}}), remove("users", {integer(1)})}});
  Repair repair;
  for (const Row& row : good.rows) {
    RowChange change = put("users", row.key, {});
    for (size_t i = 0; i < good.columns.size(); ++i)
      change.values.emplace_back(good.columns[i].name, row.values[i]);
    repair.rows.push_back(change);
  }
  Result<Bytes> repaired = repair_database(hacked, repair);
  ASSERT_TRUE(repaired) << repaired.error().what;
  EXPECT_EQ(*rows_of(*repaired).find("users"), good);
}

TEST(DatabaseRepair, DropsAndCreatesSchemaObjects) {
  std::string sql = "CREATE TRIGGER good AFTER INSERT ON users BEGIN SELECT 1; END";
  Repair repair;
  repair.schema = {{SchemaAction::drop, SchemaType::trigger, "evil", ""},
                   {SchemaAction::create, SchemaType::trigger, "good", sql}};
  Database database = rows_of(*repair_database(site_image(), repair));
  ASSERT_FALSE(database.objects.empty());
  EXPECT_EQ(database.objects.back().name, "good");
  EXPECT_EQ(database.objects.back().sql, sql);
  for (const SchemaObject& object : database.objects) EXPECT_NE(object.name, "evil");
}

TEST(DatabaseRepair, CreatesOnlyWhatItsNameSays) {
  auto create = [](const std::string& name, const std::string& sql) {
    return repair_database(site_image(), {{{SchemaAction::create, SchemaType::trigger, name, sql}}, {}});
  };
  EXPECT_FALSE(create("x", "DROP TABLE users"));
  EXPECT_FALSE(create("x", "CREATE TABLE x(a)"));
  EXPECT_FALSE(create("x", "CREATE TRIGGER y AFTER INSERT ON users BEGIN SELECT 1; END"));
  EXPECT_FALSE(create("x", "CREATE TRIGGER x AFTER INSERT ON users BEGIN SELECT 1; END; DROP TABLE users"));
  EXPECT_FALSE(create("x", ""));
  EXPECT_FALSE(create("x", "ATTACH 'x' AS y"));
  EXPECT_FALSE(repair_database(site_image(), {{{SchemaAction::drop, SchemaType::table, "users", ""}}, {}}));
}

TEST(DatabaseRepair, KeepsTheJournalModeOfTheImage) {
  Bytes image = image_of(
      "PRAGMA journal_mode=WAL; CREATE TABLE t(id INTEGER PRIMARY KEY, a); INSERT INTO t VALUES(1,'x')");
  ASSERT_EQ(image[18], 2);
  Result<Bytes> repaired = repair_database(image, {{}, {put("t", {integer(1)}, {{"a", Value{"y"}}})}});
  ASSERT_TRUE(repaired) << repaired.error().what;
  EXPECT_EQ((*repaired)[18], 2);
  EXPECT_EQ(rows_of(*repaired).find("t")->rows[0].values[1], Value{"y"});
}

TEST(DatabaseRepair, GrowsTheImageAsNeeded) {
  Result<Bytes> image = repair_database(
      site_image(), {{}, {put("notes", {integer(4)}, {{"v", Value{std::string(300'000, 'x')}}})}});
  ASSERT_TRUE(image) << image.error().what;
  EXPECT_GT(image->size(), 300'000U);
}

TEST(DatabaseRepair, RefusesAnImageThatIsDamagedElsewhere) {
  Bytes image = image_of(
      "CREATE TABLE t(id INTEGER PRIMARY KEY, a); CREATE TABLE other(a); INSERT INTO t VALUES(1,'x');"
      "INSERT INTO other VALUES('row')");
  std::fill(image.end() - 4096, image.end(), uint8_t{0x55});
  Result<Bytes> repaired = repair_database(image, {{}, {put("t", {integer(1)}, {{"a", Value{"y"}}})}});
  ASSERT_FALSE(repaired);
  EXPECT_EQ(repaired.error().code, Code::corrupt);
}

TEST(DatabaseRepair, DecodesWhatItEncodesAndRefusesTruncations) {
  Repair repair;
  repair.rows = {put("t", {integer(1), Value{"k"}}, {{"a", Value{}}, {"b", Value{1.5}}}),
                 remove("u", {Value{Blob{{1}}}})};
  repair.schema = {{SchemaAction::create, SchemaType::view, "v", "CREATE VIEW v"}};
  ByteWriter writer;
  encode(writer, repair);
  ByteReader reader(writer.view());
  Result<Repair> read = decode_repair(reader);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->rows, repair.rows);
  EXPECT_EQ(read->schema, repair.schema);
  for (size_t cut = 0; cut < writer.size(); ++cut) {
    ByteReader short_reader(writer.view().first(cut));
    EXPECT_FALSE(decode_repair(short_reader)) << cut;
  }
}

TEST(DatabaseRepair, HostileImagesAreErrorsAndNothingElse) {
  Bytes image = site_image();
  Repair repair;
  repair.rows = {remove("users", {integer(9)}), put("notes", {integer(1)}, {{"v", Value{"z"}}})};
  repair.schema = {{SchemaAction::drop, SchemaType::trigger, "evil", ""}};
  SeededRandom random(3);
  size_t refused = 0;
  for (int round = 0; round < 400; ++round) {
    Bytes changed = image;
    for (uint64_t flips = 1 + random.below(8); flips > 0; --flips)
      changed[random.below(changed.size())] ^= static_cast<uint8_t>(1U << random.below(8));
    if (!repair_database_image(changed, repair)) ++refused;
  }
  EXPECT_GT(refused, 0U);
}

}  // namespace
}  // namespace aplomb::site
