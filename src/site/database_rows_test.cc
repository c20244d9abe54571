#include "site/database_rows.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "proc/worker.h"
#include "site/test_database.h"

extern int (*aplomb_test_early_main)(int, char**);

namespace aplomb::site {
namespace {

// This test binary is also the confined child that it starts.
[[maybe_unused]] const bool kHooked = (aplomb_test_early_main = proc::worker_early_main, true);

Database read(ByteView image) {
  Result<Database> database = read_database(image);
  EXPECT_TRUE(database) << database.error().what;
  return database ? *database : Database{};
}

TEST(DatabaseRows, ReadsEveryStorageClassThroughTheChild) {
  Database database =
      read(image_of("CREATE TABLE t(id INTEGER PRIMARY KEY, v);"
                    "INSERT INTO t VALUES(1,NULL),(2,-5),(3,1.5),(4,'été'),(5,x'00ff'),(6,'')"));
  ASSERT_EQ(database.tables.size(), 1U);
  const Table& table = database.tables[0];
  ASSERT_EQ(table.rows.size(), 6U);
  EXPECT_EQ(table.key_columns, std::vector<size_t>{0});
  EXPECT_EQ(table.rows[0].values[1], Value{});
  EXPECT_EQ(table.rows[1].values[1], Value{int64_t{-5}});
  EXPECT_EQ(table.rows[2].values[1], Value{1.5});
  EXPECT_EQ(table.rows[3].values[1], Value{"été"});
  EXPECT_EQ(table.rows[4].values[1], (Value{Blob{{0, 255}}}));
  EXPECT_EQ(table.rows[5].values[1], Value{""});
  EXPECT_EQ(table.rows[3].key, std::vector{Value{int64_t{4}}});
}

TEST(DatabaseRows, KeysByPrimaryKeyOrRowNumber) {
  Database database = read(image_of(
      "CREATE TABLE none(v); INSERT INTO none VALUES('a'),('b');"
      "CREATE TABLE pair(b TEXT, a TEXT, PRIMARY KEY(a, b)); INSERT INTO pair VALUES('x','y');"
      "CREATE TABLE wr(k TEXT PRIMARY KEY, v) WITHOUT ROWID; INSERT INTO wr VALUES('z',1),('a',2);"
      "CREATE TABLE hidden(rowid TEXT, _rowid_ TEXT, oid TEXT); INSERT INTO hidden VALUES('p','q','r');"
      "CREATE TABLE nulls(k TEXT PRIMARY KEY, v); INSERT INTO nulls VALUES(NULL,1),(NULL,2),('k',3)"));
  EXPECT_EQ(database.find("none")->rows[1].key, std::vector{Value{int64_t{2}}});
  EXPECT_EQ(database.find("pair")->rows[0].key, (std::vector{Value{"y"}, Value{"x"}}));
  EXPECT_EQ(database.find("wr")->rows[0].key, std::vector{Value{"a"}}) << "rows are sorted by key";
  EXPECT_EQ(database.find("hidden")->rows[0].key, (std::vector{Value{"p"}, Value{"q"}, Value{"r"}}));
  const Table& nulls = *database.find("nulls");
  EXPECT_EQ(nulls.rows[0].key, (std::vector{Value{}, Value{int64_t{1}}}));
  EXPECT_EQ(nulls.rows[1].key, (std::vector{Value{}, Value{int64_t{2}}}));
  EXPECT_EQ(nulls.rows[2].key, std::vector{Value{"k"}});
}

TEST(DatabaseRows, LeavesOutGeneratedColumnsAndVirtualTables) {
  Database database =
      read(image_of("CREATE TABLE g(a INTEGER PRIMARY KEY, b AS (a*2), c AS (a*3) STORED, d); INSERT INTO "
                    "g(a,d) VALUES(1,9);"
                    "CREATE VIRTUAL TABLE f USING fts5(body); INSERT INTO f VALUES('hello')"));
  ASSERT_NE(database.find("g"), nullptr);
  EXPECT_EQ(database.find("g")->columns.size(), 2U);
  EXPECT_EQ(database.find("g")->rows[0].values, (std::vector{Value{int64_t{1}}, Value{int64_t{9}}}));
  EXPECT_EQ(database.tables.size(), 1U);
}

TEST(DatabaseRows, QuotesEveryName) {
  Database database =
      read(image_of("CREATE TABLE \"a\"\"b; DROP TABLE x\"(\"c\"\"d\" TEXT, \"select\" TEXT);"
                    "INSERT INTO \"a\"\"b; DROP TABLE x\" VALUES('1','2')"));
  const Table* table = database.find("a\"b; DROP TABLE x");
  ASSERT_NE(table, nullptr);
  EXPECT_EQ(table->rows.size(), 1U);
  EXPECT_EQ(table->columns[0].name, "c\"d");
}

TEST(DatabaseRows, ListsTriggersAndViews) {
  Database database =
      read(image_of("CREATE TABLE t(a); CREATE VIEW v AS SELECT * FROM t; CREATE INDEX i ON t(a);"
                    "CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM t; END; INSERT INTO t VALUES(1)"));
  ASSERT_EQ(database.objects.size(), 4U);
  EXPECT_EQ(database.objects[0].type, SchemaType::table);
  EXPECT_EQ(database.objects[1].name, "i");
  EXPECT_EQ(database.objects[2].name, "v");
  EXPECT_EQ(database.objects[3].type, SchemaType::trigger);
  EXPECT_EQ(database.objects[3].table, "t");
  EXPECT_NE(database.objects[3].sql.find("DELETE FROM t"), std::string::npos);
}

TEST(DatabaseRows, ReadsAnImageInWalMode) {
  EXPECT_EQ(read(image_of("PRAGMA journal_mode=WAL; CREATE TABLE t(a); INSERT INTO t VALUES(1)"))
                .find("t")
                ->rows.size(),
            1U);
}

TEST(DatabaseRows, ReadsTextOfEveryEncodingAsUtf8) {
  EXPECT_EQ(read(image_of("PRAGMA encoding='UTF-16le'; CREATE TABLE t(a); INSERT INTO t VALUES('été')"))
                .tables[0]
                .rows[0]
                .values[0],
            Value{"été"});
}

TEST(DatabaseRows, AnEmptyFileIsAnEmptyDatabase) {
  EXPECT_EQ(read({}), Database{});
}

TEST(DatabaseRows, SaysThatOtherBytesAreNoDatabase) {
  Result<Database> database = read_database(as_bytes(std::string(5000, 'x')));
  ASSERT_FALSE(database);
  EXPECT_EQ(database.error().code, Code::corrupt);
}

TEST(DatabaseRows, NamesTheTableWhosePageIsDamaged) {
  Bytes image = image_of("CREATE TABLE good(a); CREATE TABLE victim(a); INSERT INTO victim VALUES('row')");
  ASSERT_EQ(image.size(), 3 * 4096U);
  std::fill(image.begin() + 2 * 4096, image.end(), uint8_t{0x55});
  Result<Database> database = read_database(image);
  ASSERT_FALSE(database);
  EXPECT_EQ(database.error().code, Code::corrupt);
  EXPECT_NE(database.error().what.find("victim"), std::string::npos) << database.error().what;
}

TEST(DatabaseRows, RefusesWhatIsTooLarge) {
  Bytes image = image_of("CREATE TABLE t(a)");
  ReadOptions options;
  options.image_bytes_max = image.size() - 1;
  EXPECT_EQ(read_database(image, options).error().code, Code::limit);

  ModelLimits limits;
  limits.values = 10;
  Outcome<Bytes> many = read_database_image(
      image_of("CREATE TABLE t(a); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<50)"
               " INSERT INTO t SELECT i FROM n"),
      limits);
  ASSERT_FALSE(many);
  EXPECT_EQ(many.error().code, Code::limit);
}

// A schema is code. Reading must not run it: this view and this generated column would never end.
TEST(DatabaseRows, DoesNotRunWhatTheSchemaAsksFor) {
  Database database =
      read(image_of("CREATE TABLE t(a, b AS (length(printf('%.*c', 100000000, 'x'))));"
                    "INSERT INTO t(a) VALUES(1);"
                    "CREATE VIEW v AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT "
                    "count(*) FROM n"));
  EXPECT_EQ(database.tables.size(), 1U);
}

TEST(DatabaseRows, HostileImagesAreErrorsAndNothingElse) {
  Bytes image = image_of(
      "PRAGMA page_size=512; CREATE TABLE users(id INTEGER PRIMARY KEY, login TEXT UNIQUE, role TEXT);"
      "CREATE TABLE w(k TEXT PRIMARY KEY, v) WITHOUT ROWID; CREATE VIEW v AS SELECT * FROM users;"
      "CREATE TRIGGER g AFTER INSERT ON users BEGIN SELECT 1; END;"
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<60)"
      " INSERT INTO users SELECT i, 'u'||i, hex(zeroblob(i*9)) FROM n; INSERT INTO w SELECT login, role FROM "
      "users");
  size_t read_well = 0, refused = 0;
  auto attempt = [&](ByteView bytes) {
    Outcome<Bytes> model = read_database_image(bytes);
    ++(model ? read_well : refused);
    if (!model) return;
    ByteReader reader(*model);
    ASSERT_TRUE(decode_database(reader));
  };
  for (size_t cut = 0; cut < image.size(); cut += 97) attempt(ByteView(image).first(cut));
  SeededRandom random(11);
  for (int round = 0; round < 1200; ++round) {
    Bytes changed = image;
    for (uint64_t flips = 1 + random.below(6); flips > 0; --flips)
      changed[random.below(round % 2 ? 700 : changed.size())] ^= static_cast<uint8_t>(1U << random.below(8));
    attempt(changed);
  }
  EXPECT_GT(read_well, 0U);
  EXPECT_GT(refused, 0U);
}

TEST(DatabaseRows, TheParentOutlivesHostileImages) {
  Bytes image = image_of("CREATE TABLE t(a); INSERT INTO t VALUES(zeroblob(20000))");
  SeededRandom random(5);
  for (int round = 0; round < 20; ++round) {
    Bytes changed = image;
    for (int k = 0; k < 40; ++k) changed[random.below(changed.size())] = static_cast<uint8_t>(random.u64());
    Result<Database> database = read_database(changed);
    EXPECT_TRUE(database || !database.error().what.empty());
  }
}

}  // namespace
}  // namespace aplomb::site
