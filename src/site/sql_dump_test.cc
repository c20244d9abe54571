#include "site/sql_dump.h"

#include <gtest/gtest.h>

#include "site/dump_child.h"
#include "site/sql_text.h"

namespace aplomb::site {
namespace {

// As mariadb-dump 10.11 writes it, shortened.
constexpr const char* kDump = R"sql(/*M!999999\- enable the sandbox mode */ 

/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET NAMES utf8mb4 */;
DROP TABLE IF EXISTS `wp_posts`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `wp_posts` (
  `ID` bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  `post_title` text NOT NULL COMMENT 'a GENERATED,  PRIMARY KEY (`x`)',
  `price` decimal(10,2) DEFAULT NULL,
  `kind` enum('a','b c') DEFAULT 'a',
  `twice` decimal(10,2) GENERATED ALWAYS AS (`price` * 2) VIRTUAL,
  `raw` blob DEFAULT NULL,
  PRIMARY KEY (`ID`),
  KEY `title` (`post_title`(191))
) ENGINE=InnoDB AUTO_INCREMENT=12 DEFAULT CHARSET=utf8mb4;
/*!40101 SET character_set_client = @saved_cs_client */;
INSERT INTO `wp_posts` (`ID`, `post_title`, `price`, `kind`, `raw`) VALUES (1,'l\'été; -- /* \\ \n\0\Z\"',12.50,'b c',0x00FF);
INSERT INTO `wp_posts` (`ID`, `post_title`, `price`, `kind`, `raw`) VALUES (18446744073709551615,'',NULL,'a',NULL);
CREATE TABLE `we``ird` (
  `a` int(11) DEFAULT NULL
) ENGINE=MyISAM;
INSERT INTO `we``ird` (`a`) VALUES (3);
INSERT INTO `we``ird` (`a`) VALUES (-3);
/*!50003 SET @saved_sql_mode       = @@sql_mode */ ;
/*!50003 SET sql_mode              = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION' */ ;
DELIMITER ;;
/*!50003 CREATE*/ /*!50017 DEFINER=`wp`@`localhost`*/ /*!50003 TRIGGER `note` AFTER INSERT ON `wp_posts`
FOR EACH ROW BEGIN
  INSERT INTO `we``ird` VALUES (1); -- a comment;
END */;;
DELIMITER ;
/*!50003 SET sql_mode              = @saved_sql_mode */ ;
DELIMITER ;;
CREATE DEFINER=`wp`@`localhost` PROCEDURE `tidy`()
BEGIN DELETE FROM `we``ird`; END ;;
DELIMITER ;
/*!50106 SET @save_time_zone= @@TIME_ZONE */ ;
DELIMITER ;;
/*!50003 SET sql_mode              = 'STRICT_TRANS_TABLES' */ ;;
/*!50003 SET time_zone             = 'SYSTEM' */ ;;
/*!50106 CREATE*/ /*!50117 DEFINER=`wp`@`localhost`*/ /*!50106 EVENT mairie.chaque_nuit ON SCHEDULE EVERY 1 DAY DO CALL tidy() */ ;;
/*!50003 CREATE*/ /*!50017 DEFINER=`wp`@`localhost`*/ /*!50003 TRIGGER /* x */ compté BEFORE DELETE ON wp_posts FOR EACH ROW SET @a = 1 */;;
DELIMITER ;
/*!50001 CREATE VIEW `overview` AS SELECT
 1 AS `ID` */;
/*!50001 DROP VIEW IF EXISTS `overview`*/;
/*!50001 CREATE ALGORITHM=UNDEFINED */
/*!50013 DEFINER=`wp`@`localhost` SQL SECURITY DEFINER */
/*!50001 VIEW `overview` AS select `wp_posts`.`ID` AS `ID` from `wp_posts` */;
)sql";

Database parsed(std::string_view text) {
  auto database = parse_dump(as_bytes(text));
  EXPECT_TRUE(database) << (database ? "" : database.error().reason.text());
  return database ? *database : Database();
}

TEST(SqlDump, ReadsTablesRowsAndWhatActsByItself) {
  Database database = parsed(kDump);
  ASSERT_EQ(database.tables.size(), 2U);
  const Table& odd = database.tables[0];
  EXPECT_EQ(odd.name, "we`ird");
  ASSERT_EQ(odd.rows.size(), 2U);
  EXPECT_EQ(odd.rows[0].key, std::vector<Value>{Value{int64_t{-3}}});
  const Table& posts = database.tables[1];
  ASSERT_EQ(posts.columns.size(), 5U);
  EXPECT_EQ(posts.columns[0].type, "bigint(20)");
  EXPECT_EQ(posts.columns[3].type, "enum('a','b c')");
  EXPECT_EQ(posts.key_columns, std::vector<size_t>{0});
  ASSERT_EQ(posts.rows.size(), 2U);
  EXPECT_EQ(posts.rows[0].values[1].bytes(), std::string_view("l'été; -- /* \\ \n\0\x1a\"", 21));
  EXPECT_EQ(posts.rows[0].values[2], Value{std::string("12.50")});
  EXPECT_EQ(posts.rows[0].values[4], (Value{Blob{Bytes{0, 255}}}));
  EXPECT_EQ(posts.rows[1].key, std::vector<Value>{Value{std::string("18446744073709551615")}});
  std::vector<std::string> seen;
  for (const SchemaObject& object : database.objects)
    seen.push_back(std::string(schema_word(object.type)) + " " + object.name);
  EXPECT_EQ(seen,
            (std::vector<std::string>{"table we`ird", "table wp_posts", "view overview", "trigger compté",
                                      "trigger note", "routine tidy", "event chaque_nuit"}));
  EXPECT_EQ(database.objects[3].table, "wp_posts");
  EXPECT_TRUE(
      database.objects[6].sql.starts_with("-- sql_mode STRICT_TRANS_TABLES\n-- time_zone SYSTEM\nCREATE "))
      << database.objects[6].sql;
  const SchemaObject& trigger = database.objects[4];
  EXPECT_EQ(trigger.table, "wp_posts");
  EXPECT_EQ(trigger.sql,
            "-- sql_mode STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION\nCREATE DEFINER=`wp`@`localhost` TRIGGER "
            "`note` "
            "AFTER INSERT ON `wp_posts`\nFOR EACH ROW BEGIN\n  INSERT INTO `we``ird` VALUES (1); -- a "
            "comment;\nEND");
  EXPECT_NE(database.objects[2].sql.find("VIEW `overview` AS select"), std::string::npos);
}

TEST(SqlDump, RoutinesOfOneNameDoNotHideEachOther) {
  Database database = parsed(
      "DELIMITER ;;\nCREATE PROCEDURE `p`() BEGIN /* x */ SELECT 'FUNCTION'; END ;;\n"
      "CREATE FUNCTION `p`() RETURNS int RETURN 1 ;;\nCREATE PACKAGE `p` AS PROCEDURE a; END ;;\n"
      "CREATE PACKAGE BODY `p` AS PROCEDURE a AS BEGIN NULL; END; END ;;\n"
      "CREATE PACKAGE BODY `q` AS PROCEDURE a AS BEGIN NULL; END; END ;;\nDELIMITER ;\n");
  EXPECT_EQ(database.objects.size(), 5U);
  Bytes drops = write_changes(database, Database(), "WORD");
  for (const char* drop : {"DROP PROCEDURE IF EXISTS `p`", "DROP FUNCTION IF EXISTS `p`",
                           "DROP PACKAGE IF EXISTS `p`", "DROP PACKAGE BODY IF EXISTS `q`"})
    EXPECT_NE(as_text(drops).find(drop), std::string_view::npos) << drop;
}

TEST(SqlDump, IsReadBackAsItWasWritten) {
  Database database = parsed(kDump);
  Bytes text = write_dump(database);
  EXPECT_EQ(parsed(as_text(text)), database);
  EXPECT_EQ(write_dump(parsed(as_text(text))), text);
}

TEST(SqlDump, OfEveryTruncationIsReadOrRefused) {
  std::string text = kDump;
  for (size_t size = 0; size < text.size(); ++size) (void)parse_dump(as_bytes(text.substr(0, size)));
}

TEST(SqlDump, RefusesRowsThatFitNoTable) {
  std::string table = "CREATE TABLE `t` (\n  `a` int\n);\n";
  for (const char* bad :
       {"INSERT INTO `u` VALUES (1);", "INSERT INTO `t` (`b`) VALUES (1);", "INSERT INTO `t` VALUES (1,2);",
        "INSERT INTO `t` VALUES (1) ON DUPLICATE KEY;", "INSERT INTO `t` VALUES (SLEEP(9));",
        "INSERT INTO t VALUES (1);", "INSERT INTO `t` SELECT 1;", "INSERT INTO `t` VALUES ('x);"})
    EXPECT_FALSE(parse_dump(as_bytes(table + bad))) << bad;
}

TEST(SqlDump, ARepairChangesItsRowsAndObjectsAlone) {
  Database database = parsed(kDump);
  Repair repair;
  repair.rows = {{"wp_posts", {Value{int64_t{1}}}, RowAction::put, {{"post_title", Value{std::string("x")}}}},
                 {"WE`IRD", {Value{int64_t{3}}}, RowAction::remove, {}},
                 {"we`ird", {Value{int64_t{7}}}, RowAction::put, {{"a", Value{int64_t{7}}}}}};
  repair.schema = {{SchemaAction::drop, SchemaType::trigger, "note", ""}};
  bool changed = false;
  ASSERT_TRUE(apply_repair(database, repair, changed));
  EXPECT_TRUE(changed);
  EXPECT_EQ(database.find("wp_posts")->rows[0].values[1], Value{std::string("x")});
  EXPECT_EQ(database.find("wp_posts")->rows[0].values[2], Value{std::string("12.50")});
  ASSERT_EQ(database.tables[0].rows.size(), 2U);
  EXPECT_EQ(database.tables[0].rows[1].key, std::vector<Value>{Value{int64_t{7}}});
  EXPECT_EQ(database.objects.size(), 6U);
  ASSERT_TRUE(apply_repair(database, repair, changed));
  EXPECT_FALSE(changed);
}

std::string changes(const Database& from, const Database& to) {
  Bytes text = write_changes(from, to, "WORD");
  return std::string(as_text(text));
}

TEST(SqlDump, ChangesNameOnlyWhatDiffersAndKeepTriggersOut) {
  Database from = parsed(kDump), to = from;
  EXPECT_EQ(changes(from, to).find("DELETE"), std::string::npos);
  EXPECT_EQ(changes(from, to).find("CREATE"), std::string::npos);
  to.tables[1].rows[0].values[1] = Value{std::string("O'Neill \\")};
  std::string text = changes(from, to);
  size_t drop = text.find("DROP TRIGGER IF EXISTS `note`"),
         remove = text.find("DELETE FROM `wp_posts` WHERE `ID` = 1"),
         put = text.find("REPLACE INTO `wp_posts`"), create = text.find("TRIGGER `note` AFTER");
  EXPECT_LT(drop, remove);
  EXPECT_LT(remove, put);
  EXPECT_LT(put, create);
  EXPECT_NE(create, std::string::npos);
  EXPECT_NE(text.find("'O\\'Neill \\\\'"), std::string::npos);
  EXPECT_EQ(text.find("18446744073709551615"), std::string::npos);
  EXPECT_EQ(text.find("we``ird` ("), std::string::npos);
}

TEST(SqlDump, ATableOfAnotherShapeIsMadeAnewAndItsCounterIsNoShape) {
  Database from = parsed(kDump), to = from;
  std::string& create = to.objects[1].sql;
  create.replace(create.find("AUTO_INCREMENT=12"), 17, "AUTO_INCREMENT=99");
  EXPECT_EQ(changes(from, to).find("DROP TABLE"), std::string::npos);
  create.replace(create.find("decimal(10,2) DEFAULT"), 13, "decimal(12,2)");
  EXPECT_NE(changes(from, to).find("DROP TABLE IF EXISTS `wp_posts`"), std::string::npos);
  Database empty;
  EXPECT_NE(changes(from, empty).find("DROP TABLE IF EXISTS `wp_posts`"), std::string::npos);
  EXPECT_NE(changes(empty, from).find("REPLACE INTO `we``ird` (`a`) VALUES (-3),(3)"), std::string::npos);
}

TEST(SqlDump, AnIntrudersTextEndsNoStatement) {
  Database from = parsed(kDump), to = from;
  to.tables[1].rows[0].values[1] =
      Value{std::string("'; DROP TABLE wp_users;\n\\! true\nWORD\nDELIMITER ;\n\0x", 52)};
  Bytes text = write_changes(from, to, "WORD");
  // Outside of quotes nothing of it is left: the statements are as many as with a harmless text.
  to.tables[1].rows[0].values[1] = Value{std::string("harmless")};
  auto count = [](ByteView bytes) {
    StatementReader reader(as_text(bytes));
    size_t statements = 0;
    while (reader.next()) ++statements;
    return statements;
  };
  EXPECT_EQ(count(text), count(write_changes(from, to, "WORD")));
  EXPECT_EQ(as_text(text).find("\nWORD\nDELIMITER"), std::string_view::npos);
}

TEST(DumpChild, ReadsRepairsAndComparesInConfinement) {
  ByteView dump = as_bytes(kDump);
  auto database = read_dump(dump, 20'000);
  ASSERT_TRUE(database) << database.error().what;
  EXPECT_EQ(*database, parsed(kDump));
  Repair repair;
  auto same = repair_dump(dump, repair, 20'000);
  ASSERT_TRUE(same);
  EXPECT_EQ(as_text(*same), kDump);
  repair.rows = {{"we`ird", {Value{int64_t{3}}}, RowAction::remove, {}}};
  auto repaired = repair_dump(dump, repair, 20'000);
  ASSERT_TRUE(repaired) << repaired.error().what;
  auto statements = dump_changes(dump, *repaired, "WORD", 20'000);
  ASSERT_TRUE(statements) << statements.error().what;
  // Without a primary key the table is filled anew.
  EXPECT_NE(
      as_text(*statements).find("DELETE FROM `we``ird`\nWORD\nREPLACE INTO `we``ird` (`a`) VALUES (-3)"),
      std::string_view::npos)
      << as_text(*statements);
  auto bad = read_dump(as_bytes("INSERT INTO `t` VALUES (1);"), 20'000);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, Code::corrupt);
}

}  // namespace
}  // namespace aplomb::site
