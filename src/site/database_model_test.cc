#include "site/database_model.h"

#include <gtest/gtest.h>

namespace aplomb::site {
namespace {

Database sample() {
  Table table{"users", {{"id", "INTEGER"}, {"name", ""}}, {0}, {}};
  table.rows.push_back({{Value{int64_t{1}}}, {Value{int64_t{1}}, Value{"été"}}});
  table.rows.push_back({{Value{int64_t{2}}}, {Value{int64_t{2}}, Value{Blob{{0, 255}}}}});
  table.rows.push_back({{Value{int64_t{3}}}, {Value{-0.5}, Value{}}});
  return {{table}, {{SchemaType::trigger, "t", "users", "CREATE TRIGGER t"}}};
}

Bytes encoded(const Database& database) {
  ByteWriter writer;
  encode(writer, database);
  return writer.take();
}

TEST(DatabaseModel, DecodesWhatItEncodes) {
  Bytes bytes = encoded(sample());
  ByteReader reader(bytes);
  Result<Database> read = decode_database(reader);
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_TRUE(reader.at_end());
  EXPECT_EQ(*read, sample());
}

TEST(DatabaseModel, RefusesEveryTruncation) {
  Bytes bytes = encoded(sample());
  for (size_t cut = 0; cut < bytes.size(); ++cut) {
    ByteReader reader(ByteView(bytes).first(cut));
    EXPECT_FALSE(decode_database(reader)) << cut;
  }
}

TEST(DatabaseModel, SurvivesEveryChangedByte) {
  Bytes bytes = encoded(sample());
  for (size_t at = 0; at < bytes.size(); ++at)
    for (int value : {0, 1, 127, 128, 255}) {
      Bytes changed = bytes;
      changed[at] = static_cast<uint8_t>(value);
      ByteReader reader(changed);
      Result<Database> read = decode_database(reader);
      for (const Table& table : read ? read->tables : std::vector<Table>{})
        for (const Row& row : table.rows) ASSERT_EQ(row.values.size(), table.columns.size());
    }
}

TEST(DatabaseModel, RefusesMoreValuesThanItsLimit) {
  Bytes bytes = encoded(sample());
  ByteReader reader(bytes);
  ModelLimits limits;
  limits.values = 7;  // three rows of two values and a key need more
  Result<Database> read = decode_database(reader, limits);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::limit);
}

TEST(DatabaseModel, KeepsStorageClassesApart) {
  EXPECT_NE(Value{"1"}, Value{int64_t{1}});
  EXPECT_NE(Value{"1"}, (Value{Blob{{'1'}}}));
  EXPECT_NE(Value{1.0}, Value{int64_t{1}});
  EXPECT_EQ((Value{Blob{{'a', 'b'}}}.bytes()), "ab");
  EXPECT_EQ(Value{int64_t{1}}.bytes(), std::nullopt);
}

TEST(DatabaseModel, ShowsValuesWithoutControlCharactersAndCutBetweenLetters) {
  EXPECT_EQ(Value{}.display(), "NULL");
  EXPECT_EQ(Value{int64_t{-3}}.display(), "-3");
  EXPECT_EQ(Value{"a\x1b[2Jb"}.display(), "'a [2Jb'");
  EXPECT_EQ(Value{"éé"}.display(3), "'é'…");
  EXPECT_EQ((Value{Blob{{0, 255}}}.display()), "x'00ff'");
}

TEST(DatabaseModel, FindsTablesAndColumnsAsSqlDoes) {
  Database database = sample();
  ASSERT_NE(database.find("USERS"), nullptr);
  EXPECT_EQ(database.find("USERS")->column("Name"), 1U);
  EXPECT_EQ(database.find("USERS")->column("nom"), std::nullopt);
  EXPECT_EQ(database.find("user"), nullptr);
}

}  // namespace
}  // namespace aplomb::site
