#include "site/sqlite_copy.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "site/test_database.h"

namespace aplomb::site {
namespace {

constexpr const char* kRows =
    "CREATE TABLE t(a INTEGER PRIMARY KEY, b); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n "
    "WHERE i<2000)"
    " INSERT INTO t SELECT i, hex(zeroblob(100)) FROM n;";

CopyOptions quick() {
  return {.timeout_ms = 50, .bytes_max = 1 << 30};
}

TEST(SqliteCopy, CopiesALiveDatabase) {
  TestFolder folder;
  TestDatabase live(folder / "live");
  live.run(kRows);
  Result<CopyStats> stats = copy_sqlite(folder / "live", folder / "copy");
  ASSERT_TRUE(stats) << stats.error().what;
  EXPECT_EQ(stats->bytes, std::filesystem::file_size(folder / "copy"));
  EXPECT_EQ(TestDatabase(folder / "copy").ask("SELECT count(*) FROM t"), "2000");
  struct stat found;
  ASSERT_EQ(stat((folder / "copy").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777, 0600U);
}

// A rollback journal whose super-journal is another's file: played back, it would have SQLite delete that
// file.
void plant_journal(const std::string& database, const std::string& victim) {
  Bytes image = read_all(database);
  auto big = [](Bytes& out, uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<uint8_t>(value >> shift));
  };
  const Bytes magic = {0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7};
  Bytes journal = magic;
  big(journal, 0);
  big(journal, 1234);
  journal.insert(journal.end(), image.begin() + 28, image.begin() + 32);  // pages of the database
  big(journal, 512);
  big(journal, 4096);
  journal.resize(512);
  big(journal, 0x40000000 / 4096 + 1);
  uint32_t sum = 0;
  for (char c : victim) sum += static_cast<uint32_t>(static_cast<int32_t>(static_cast<signed char>(c)));
  journal.insert(journal.end(), victim.begin(), victim.end());
  big(journal, static_cast<uint32_t>(victim.size()));
  big(journal, sum);
  journal.insert(journal.end(), magic.begin(), magic.end());
  std::ofstream(database + "-journal", std::ios::binary)
      .write(reinterpret_cast<const char*>(journal.data()), static_cast<std::streamsize>(journal.size()));
}

TEST(SqliteCopy, APlantedJournalDeletesNothing) {
  TestFolder folder;
  {
    TestDatabase live(folder / "live");
    live.run(kRows);
  }
  std::ofstream(folder / "victim") << "not the website's";
  plant_journal(folder / "live", folder / "victim");
  EXPECT_FALSE(copy_sqlite(folder / "live", folder / "copy", quick()));
  EXPECT_TRUE(std::filesystem::exists(folder / "victim"));
  EXPECT_FALSE(SqliteFreeze::begin(folder / "live", 50));
  EXPECT_TRUE(std::filesystem::exists(folder / "victim"));
  EXPECT_TRUE(std::filesystem::exists(folder / "live-journal"));
}

TEST(SqliteCopy, IncludesTheWriteAheadLogAndLeavesItAlone) {
  TestFolder folder;
  TestDatabase live(folder / "live");
  live.run("PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0");
  live.run(kRows);
  Bytes log = read_all(folder / "live-wal"), database = read_all(folder / "live");
  ASSERT_GT(log.size(), 0U);
  ASSERT_TRUE(copy_sqlite(folder / "live", folder / "copy"));
  EXPECT_EQ(TestDatabase(folder / "copy").ask("SELECT count(*) FROM t"), "2000");
  EXPECT_EQ(read_all(folder / "live-wal"), log);
  EXPECT_EQ(read_all(folder / "live"), database);
}

TEST(SqliteCopy, SeesOnlyWhatIsCommitted) {
  TestFolder folder;
  TestDatabase live(folder / "live");
  live.run(kRows);
  live.run("BEGIN IMMEDIATE; DELETE FROM t");
  ASSERT_TRUE(copy_sqlite(folder / "live", folder / "copy"));
  EXPECT_EQ(TestDatabase(folder / "copy").ask("SELECT count(*) FROM t"), "2000");
}

TEST(SqliteCopy, WaitsForAnotherProgramsExclusiveLockThenSaysBusy) {
  TestFolder folder;
  TestDatabase live(folder / "live");
  live.run(kRows);
  live.run("BEGIN EXCLUSIVE");
  Result<CopyStats> stats = copy_sqlite(folder / "live", folder / "copy", quick());
  ASSERT_FALSE(stats);
  EXPECT_EQ(stats.error().code, Code::busy);
  EXPECT_FALSE(std::filesystem::exists(folder / "copy"));
  live.run("COMMIT");
  EXPECT_TRUE(copy_sqlite(folder / "live", folder / "copy", quick()));
}

TEST(SqliteCopy, IsConsistentWhileOthersWrite) {
  TestFolder folder;
  TestDatabase(folder / "live")
      .run(
          "CREATE TABLE t(a, b); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<3000)"
          " INSERT INTO t SELECT 0, hex(zeroblob(1000)) FROM n");
  ASSERT_GT(std::filesystem::file_size(folder / "live"), 1024U * 4096) << "more than one step of the copy";
  std::jthread writer([&](std::stop_token stop) {
    TestDatabase other(folder / "live");
    other.run("PRAGMA synchronous=OFF");
    sqlite3_busy_timeout(other.db(), 10'000);
    // The first and the last row always change together; a torn copy would show two values.
    while (!stop.stop_requested()) {
      EXPECT_EQ(other.try_run("UPDATE t SET a = a + 1 WHERE rowid IN (1, 3000)"), SQLITE_OK);
      std::this_thread::yield();
    }
  });
  for (int i = 0; i < 5; ++i) {
    std::string name = folder / ("copy" + std::to_string(i));
    Result<CopyStats> stats = copy_sqlite(folder / "live", name);
    ASSERT_TRUE(stats) << stats.error().what;
    TestDatabase copy(name);
    EXPECT_EQ(copy.ask("SELECT count(DISTINCT a) FROM t WHERE rowid IN (1, 3000)"), "1");
    EXPECT_EQ(copy.ask("PRAGMA integrity_check"), "ok");
  }
}

TEST(SqliteCopy, AnEmptyFileStaysEmpty) {
  TestFolder folder;
  write_all(folder / "live", {});
  Result<CopyStats> stats = copy_sqlite(folder / "live", folder / "copy");
  ASSERT_TRUE(stats) << stats.error().what;
  EXPECT_EQ(stats->bytes, 0U);
  EXPECT_EQ(std::filesystem::file_size(folder / "copy"), 0U);
}

TEST(SqliteCopy, RefusesWhatIsNoDatabase) {
  TestFolder folder;
  for (const std::string& content :
       {std::string("hello"), std::string(10'000, 'x'), std::string("SQLite format 3\0", 16)}) {
    write_all(folder / "live", as_bytes(content));
    Result<CopyStats> stats = copy_sqlite(folder / "live", folder / "copy", quick());
    ASSERT_FALSE(stats) << content.size();
    EXPECT_EQ(stats.error().code, Code::corrupt) << stats.error().what;
    EXPECT_FALSE(std::filesystem::exists(folder / "copy"));
  }
}

TEST(SqliteCopy, SaysWhatIsMissingOrNotAllowed) {
  TestFolder folder;
  EXPECT_EQ(copy_sqlite(folder / "nowhere", folder / "copy").error().code, Code::not_found);
  EXPECT_EQ(copy_sqlite("relative", folder / "copy").error().code, Code::config);
  ASSERT_EQ(mkfifo((folder / "fifo").c_str(), 0600), 0);
  EXPECT_EQ(copy_sqlite(folder / "fifo", folder / "copy").error().code, Code::refused);
  std::filesystem::create_directory(folder / "dir");
  EXPECT_EQ(copy_sqlite(folder / "dir", folder / "copy").error().code, Code::refused);
  TestDatabase(folder / "live").run("CREATE TABLE t(a)");
  CopyOptions small;
  small.bytes_max = 100;
  EXPECT_EQ(copy_sqlite(folder / "live", folder / "copy", small).error().code, Code::limit);
}

TEST(SqliteCopy, FollowsNoLink) {
  TestFolder folder;
  std::filesystem::create_directory(folder / "real");
  TestDatabase(folder / "real/live").run("CREATE TABLE t(a)");
  std::filesystem::create_symlink(folder / "real/live", folder / "link");
  std::filesystem::create_symlink(folder / "real", folder / "folder");
  EXPECT_EQ(copy_sqlite(folder / "link", folder / "copy").error().code, Code::refused);
  EXPECT_EQ(copy_sqlite(folder / "folder/live", folder / "copy").error().code, Code::refused);
}

TEST(SqliteCopy, WritesNothingThatIsThere) {
  TestFolder folder;
  TestDatabase(folder / "live").run("CREATE TABLE t(a)");
  write_all(folder / "copy", as_bytes("precious"));
  EXPECT_FALSE(copy_sqlite(folder / "live", folder / "copy"));
  EXPECT_EQ(as_text(read_all(folder / "copy")), "precious");
  std::filesystem::create_symlink(folder / "target", folder / "link");
  EXPECT_FALSE(copy_sqlite(folder / "live", folder / "link"));
  EXPECT_FALSE(std::filesystem::exists(folder / "target"));
}

// A program died in a transaction: the database is only whole with its journal played back.
TEST(SqliteCopy, PlaysBackTheJournalOfADeadWriter) {
  TestFolder folder;
  {
    TestDatabase live(folder / "live");
    live.run(kRows);
    live.run("PRAGMA cache_size=5; BEGIN; UPDATE t SET b = 'half'");
    std::filesystem::copy_file(folder / "live", folder / "dead");
    std::filesystem::copy_file(folder / "live-journal", folder / "dead-journal");
  }
  Result<CopyStats> stats = copy_sqlite(folder / "dead", folder / "copy");
  ASSERT_TRUE(stats) << stats.error().what;
  TestDatabase copy(folder / "copy");
  EXPECT_EQ(copy.ask("SELECT count(*) FROM t WHERE b = 'half'"), "0");
  EXPECT_EQ(copy.ask("PRAGMA integrity_check"), "ok");
}

TEST(SqliteCopy, TruncatedDatabasesAreErrorsOrCopies) {
  TestFolder folder;
  TestDatabase(folder / "whole").run(kRows);
  Bytes whole = read_all(folder / "whole");
  for (size_t cut = 0; cut < whole.size(); cut += 4099) {
    std::string name = folder / std::to_string(cut);
    write_all(name, ByteView(whole).first(cut));
    Result<CopyStats> stats = copy_sqlite(name, name + ".copy", quick());
    EXPECT_EQ(stats.has_value(), std::filesystem::exists(name + ".copy")) << cut;
  }
}

class Freeze : public testing::TestWithParam<const char*> {};

TEST_P(Freeze, KeepsWritersOutWhileReadersAndCopiesWork) {
  TestFolder folder;
  TestDatabase site(folder / "live");
  site.run(std::string("PRAGMA journal_mode=") + GetParam());
  site.run(kRows);
  Result<SqliteFreeze> freeze = SqliteFreeze::begin(folder / "live", 1000);
  ASSERT_TRUE(freeze) << freeze.error().what;
  EXPECT_EQ(site.try_run("DELETE FROM t"), SQLITE_BUSY);
  EXPECT_EQ(site.ask("SELECT count(*) FROM t"), "2000");
  EXPECT_TRUE(copy_sqlite(folder / "live", folder / "copy"));
  EXPECT_TRUE(freeze->still_held());
  EXPECT_EQ(site.try_run("DELETE FROM t"), SQLITE_BUSY) << "a copy does not end the freeze";
  freeze->release();
  EXPECT_FALSE(freeze->still_held());
  EXPECT_EQ(site.try_run("DELETE FROM t"), SQLITE_OK);
}

TEST_P(Freeze, IsBusyWhenAnotherWrites) {
  TestFolder folder;
  TestDatabase site(folder / "live");
  site.run(std::string("PRAGMA journal_mode=") + GetParam());
  site.run("CREATE TABLE t(a); BEGIN IMMEDIATE");
  Result<SqliteFreeze> freeze = SqliteFreeze::begin(folder / "live", 50);
  ASSERT_FALSE(freeze);
  EXPECT_EQ(freeze.error().code, Code::busy);
}

TEST_P(Freeze, ChangesNothingInTheFile) {
  TestFolder folder;
  TestDatabase(folder / "live").run(std::string("PRAGMA journal_mode=") + GetParam() + ";" + kRows);
  Bytes before = read_all(folder / "live");
  {
    ASSERT_TRUE(SqliteFreeze::begin(folder / "live", 50));
  }
  EXPECT_EQ(read_all(folder / "live"), before);
}

INSTANTIATE_TEST_SUITE_P(JournalModes, Freeze, testing::Values("DELETE", "WAL", "TRUNCATE"));

TEST(SqliteFreezeLock, NoticesThatItWasLost) {
  TestFolder folder;
  TestDatabase(folder / "live").run("CREATE TABLE t(a)");
  Result<SqliteFreeze> freeze = SqliteFreeze::begin(folder / "live", 50);
  ASSERT_TRUE(freeze);
  ASSERT_TRUE(freeze->still_held());
  close(open((folder / "live").c_str(), O_RDONLY));  // drops the locks of the whole process
  Status held = freeze->still_held();
  ASSERT_FALSE(held);
  EXPECT_EQ(held.error().code, Code::io);
}

TEST(SqliteFreezeLock, RefusesWhatIsNoDatabase) {
  TestFolder folder;
  EXPECT_EQ(SqliteFreeze::begin(folder / "nowhere", 50).error().code, Code::not_found);
  write_all(folder / "text", as_bytes(std::string(3000, 'x')));
  EXPECT_EQ(SqliteFreeze::begin(folder / "text", 50).error().code, Code::corrupt);
}

}  // namespace
}  // namespace aplomb::site
