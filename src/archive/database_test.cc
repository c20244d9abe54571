// Databases of a site in a snapshot, and back at their place.
#include <gtest/gtest.h>

#include "archive/test_site.h"
#include "site/test_database.h"

namespace aplomb::archive {
namespace {

using vault::random_bytes;

struct SiteWithDatabase : PosixSite {
  std::string path = site.base + "/site/data/town.db";

  SiteWithDatabase() {
    put_file(*site.root, "index.php", vault::text_bytes("<?php"));
    EXPECT_TRUE(site.root->make_dir("data", 0750));
    site::TestDatabase(path).run(
        "PRAGMA journal_mode=wal; CREATE TABLE news(title); INSERT INTO news VALUES('one');");
    EXPECT_TRUE(site.root->set_mode("data/town.db", 0640));
    site.config.databases = {{site::DatabaseKind::sqlite, path}};
  }
};

std::string titles(const std::string& path) {
  return site::TestDatabase(path).ask("SELECT group_concat(title) FROM news");
}

TEST(DatabaseSnapshot, HoldsTheLastTransactionAndComesBackAtItsPlace) {
  SiteWithDatabase live;
  site::TestDatabase open(live.path);
  open.run("INSERT INTO news VALUES('in the log only')");  // not checkpointed: it is in town.db-wal
  auto saved = live.site.backup();
  ASSERT_TRUE(saved) << saved.error().what;
  ASSERT_EQ(saved->manifest.databases.size(), 1u);
  EXPECT_EQ(saved->manifest.databases[0].name, "town.db");
  EXPECT_EQ(saved->manifest.databases[0].object_path, "data/town.db");
  EXPECT_TRUE(saved->manifest.skipped.empty());
  EXPECT_EQ(saved->manifest.files, 2u);
  auto target = live.site.folder("restored");
  ASSERT_TRUE(live.site.restore_to(*target, saved->id));
  EXPECT_EQ(target->stat("data")->mtime_ns, live.site.root->stat("data")->mtime_ns);
  EXPECT_EQ(titles(live.site.base + "/restored/data/town.db"), "one,in the log only");
  EXPECT_EQ(target->stat("data/town.db")->mode, 0640u);
  auto view = *live.site.view(saved->id);
  EXPECT_FALSE(view->find("data/town.db")) << "it stands in the manifest, not in the tree";
  EXPECT_FALSE(view->find("data/town.db-wal"));
}

TEST(DatabaseSnapshot, IsRestoredAloneByNameOrPlace) {
  SiteWithDatabase live;
  auto saved = live.site.backup();
  ASSERT_TRUE(saved);
  for (const char* path : {"db:town.db", "data/town.db", "data"}) {
    auto target = live.site.folder(std::string("restored-") + std::to_string(path[1]) +
                                   std::to_string(std::string(path).size()));
    ASSERT_TRUE(live.site.restore_to(*target, saved->id, {path})) << path;
    EXPECT_EQ(vault::files_in(*target), std::vector<std::string>{"data/town.db"}) << path;
  }
}

TEST(DatabaseSnapshot, IsNotDestroyedByTheJournalOfAnother) {
  SiteWithDatabase live;
  auto saved = live.site.backup();
  ASSERT_TRUE(saved);
  {
    site::TestDatabase later(live.path);
    later.run("PRAGMA wal_autocheckpoint=0; INSERT INTO news VALUES('of the attacker');");
    // The process dies here: its log stays beside the database.
    site::write_all(live.path + "-kept", site::read_all(live.path + "-wal"));
  }
  ASSERT_TRUE(
      live.site.root->rename("data/town.db-kept", *live.site.root, "data/town.db-wal", fs::Replace::yes));
  ASSERT_TRUE(live.site.restore_to(*live.site.root, saved->id));
  EXPECT_FALSE(live.site.root->stat("data/town.db-wal"));
  EXPECT_EQ(titles(live.path), "one");
}

TEST(DatabaseSnapshot, OutsideTheRootsGoesToAFolderOfItsOwn) {
  SiteWithDatabase live;
  const std::string other = live.site.base + "/outside.db";
  site::TestDatabase(other).run("CREATE TABLE news(title); INSERT INTO news VALUES('outside');");
  live.site.config.databases.push_back({site::DatabaseKind::sqlite, other});
  auto saved = live.site.backup();
  ASSERT_TRUE(saved);
  auto target = live.site.folder("restored");
  ASSERT_TRUE(live.site.restore_to(*target, saved->id));
  EXPECT_EQ(titles(live.site.base + "/restored/databases/outside.db"), "outside");
}

TEST(DatabaseSnapshot, StoresAnEncryptedDatabaseAsTheBytesItHas) {
  SiteWithDatabase live;
  const Bytes encrypted = random_bytes(5, 40'000);
  site::write_all(live.path, encrypted);
  put_file(*live.site.root, "data/town.db-wal", random_bytes(6, 3000));
  auto saved = live.site.backup();
  ASSERT_TRUE(saved) << saved.error().what;
  ASSERT_EQ(saved->manifest.databases.size(), 1u);
  ASSERT_EQ(saved->manifest.skipped.size(), 1u);
  EXPECT_EQ(saved->manifest.skipped[0].path, "db:town.db");
  auto target = live.site.folder("restored");
  ASSERT_TRUE(live.site.restore_to(*target, saved->id));
  EXPECT_EQ(get_file(*target, "data/town.db"), encrypted);
  EXPECT_EQ(get_file(*target, "data/town.db-wal"), random_bytes(6, 3000))
      << "what lies beside it is evidence too";
}

TEST(DatabaseSnapshot, NamesADatabaseThatIsMissingAndSavesTheRest) {
  SiteWithDatabase live;
  live.site.config.databases.push_back({site::DatabaseKind::sqlite, live.site.base + "/missing.db"});
  auto saved = live.site.backup();
  ASSERT_TRUE(saved);
  EXPECT_EQ(saved->manifest.databases.size(), 1u);
  ASSERT_EQ(saved->manifest.skipped.size(), 1u);
  EXPECT_EQ(saved->manifest.skipped[0].path, "db:missing.db");
}

TEST(DatabaseSnapshot, AddsLittleWhenLittleChanged) {
  SiteWithDatabase live;
  {
    site::TestDatabase database(live.path);
    database.run(
        "CREATE TABLE big(x); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 4000) "
        "INSERT INTO big SELECT hex(randomblob(200)) FROM n");
  }
  auto first = live.site.backup();
  ASSERT_TRUE(first);
  site::TestDatabase(live.path).run("INSERT INTO news VALUES('two')");
  auto second = live.site.backup();
  ASSERT_TRUE(second);
  EXPECT_LT(second->bytes_stored, first->bytes_stored / 2);
}

}  // namespace
}  // namespace aplomb::archive
