// The judge over small snapshots made in the test: every object gets one provenance, what changed is found
// whatever it is, and ordinary life is quiet. Confined children do the looking, as in production.
#include "judge/judge.h"

#include <gtest/gtest.h>

#include "fs/memory_fs.h"
#include "judge/test_snapshot.h"
#include "proc/worker.h"

extern int (*aplomb_test_early_main)(int, char**);

namespace aplomb::judge {
namespace {

// This test binary is also the confined child that it starts.
[[maybe_unused]] const bool kHooked = (aplomb_test_early_main = proc::worker_early_main, true);

constexpr char kUsers[] =
    "CREATE TABLE users (id INTEGER PRIMARY KEY, login TEXT, password TEXT, role TEXT, last_login TEXT);"
    "INSERT INTO users VALUES (1, 'maire', '$2y$10$abcdefghijklmnopqrstuv', 'admin', '2026-01-01');"
    "CREATE TABLE news (id INTEGER PRIMARY KEY, title TEXT, body TEXT);"
    "INSERT INTO news VALUES (1, 'Market', 'Open on Saturday.');";

class Court : public testing::Test {
 protected:
  Court() {
    site::Recogniser plain;
    plain.cms = "plain";
    plain.generated.push_back({glob("cache/**"), {glob("*.html"), glob("*.txt")}, {}});
    plain.uploads.push_back(glob("uploads/**"));
    site_.recognisers = {plain};
  }
  // Software that is known by one file and keeps what it makes in store/.
  static site::Recogniser cms(const std::string& marker) {
    site::Recogniser recogniser;
    recogniser.cms = "some";
    recogniser.markers = {marker};
    recogniser.generated.push_back({glob("store/**"), {glob("*.html")}, {}});
    return recogniser;
  }
  static site::Glob glob(const char* pattern) { return *site::Glob::parse(pattern); }

  Judgement judge(TestSnapshot& snapshot, const Earlier& before = {}) {
    Judge one(scanner_, memo_, site_, log_, progress_);
    auto judgement = one.judge(snapshot, trust_, before);
    EXPECT_TRUE(judgement) << judgement.error().what;
    return judgement.value_or(Judgement());
  }
  // What is there now is the baseline.
  void approve_all(TestSnapshot& snapshot, ApprovalKind kind = ApprovalKind::baseline,
                   Time time = Time{kDay}) {
    Judgement now = judge(snapshot);
    trust_.approve({kind, "town", time, "test", now.to_approve, now.protections});
  }
  static std::string paths(const Judgement& judgement) {
    std::string text;
    for (const JudgedObject& object : judgement.open)
      text += object.identity.path + " " + std::string(name(object.provenance)) + "\n";
    return text;
  }

  site::SiteConfig config_;
  SiteKnowledge site_{config_, {}};
  fs::MemoryFs memory_;
  std::unique_ptr<fs::Dir> state_ = std::move(*memory_.make_dirs("/state", 0700));
  Memo memo_ = Memo::load(*state_, "memo", crypto::Secret(Bytes(32, 1)));
  scan::Scanner scanner_;
  NullLog log_;
  NoProgress progress_;
  Trust trust_;
};

}  // namespace

TEST_F(Court, CodeThatNobodyApprovedIsNotProven) {
  TestSnapshot snapshot;
  snapshot.file("index.php", "<?php echo 'hello';").file("about.txt", "About us");
  Judgement judgement = judge(snapshot);
  EXPECT_EQ(judgement.verdict, Verdict::not_proven);
  EXPECT_EQ(paths(judgement), "index.php unexplained\n");
  EXPECT_EQ(judgement.objects, 1u);
  EXPECT_EQ(judgement.since, Time{});
}

TEST_F(Court, AnApprovedBaselineIsProvenCleanAndSaysWhatItRestsOn) {
  TestSnapshot snapshot;
  snapshot.file("index.php", "<?php echo 'hello';")
      .file("site.js", "function a() { return 1; }")
      .file("about.txt", "About us");
  snapshot.database(kUsers);
  approve_all(snapshot);
  Judgement judgement = judge(snapshot);
  EXPECT_EQ(judgement.verdict, Verdict::proven_clean) << paths(judgement);
  EXPECT_EQ(judgement.objects, 3u) << "index.php, site.js and the mayor's row";
  EXPECT_EQ(judgement.trusted_on_baseline, 3u);
  EXPECT_EQ(judgement.since, Time{kDay});
  EXPECT_TRUE(judgement.open.empty());
}

TEST_F(Court, WhatAPersonApprovedDoesNotRestOnTheBaseline) {
  TestSnapshot snapshot;
  snapshot.file("index.php", "<?php echo 'hello';");
  approve_all(snapshot, ApprovalKind::person);
  EXPECT_EQ(judge(snapshot).trusted_on_baseline, 0u);
  EXPECT_EQ(judge(snapshot).verdict, Verdict::proven_clean);
}

TEST_F(Court, AChangedByteOrModeIsUnexplained) {
  TestSnapshot snapshot;
  snapshot.file("index.php", "<?php echo 'hello';").file("tool.sh", "#!/bin/sh\ntrue\n", 0644);
  approve_all(snapshot);
  snapshot.file("index.php", "<?php echo 'hullo';");
  EXPECT_EQ(paths(judge(snapshot)), "index.php unexplained\n");
  snapshot.file("index.php", "<?php echo 'hello';", 0666);
  Judgement judgement = judge(snapshot);
  EXPECT_EQ(paths(judgement), "index.php unexplained\n");
  EXPECT_NE(judgement.open[0].reason().text().find("another mode"), std::string::npos)
      << "it says that it knows the content";
  snapshot.file("index.php", "<?php echo 'hello';").file("tool.sh", "#!/bin/sh\ntrue\n", 0755);
  EXPECT_EQ(paths(judge(snapshot)), "tool.sh unexplained\n");
}

TEST_F(Court, ATextThatNoDetectorKnowsIsStillUnexplained) {
  TestSnapshot snapshot;
  snapshot.file("index.php", "<?php echo 'hello';");
  approve_all(snapshot);
  snapshot.file("help.php", "<?php echo 'MARKER';");
  Judgement judgement = judge(snapshot);
  EXPECT_EQ(paths(judgement), "help.php unexplained\n");
  EXPECT_TRUE(judgement.open[0].findings.empty());
  EXPECT_FALSE(judgement.findings_anywhere);
}

TEST_F(Court, AMaliciousFindingIsInfectedEvenWhenApproved) {
  TestSnapshot snapshot;
  snapshot.file("x.php", "<?php eval($_POST['MARKER']);");
  approve_all(snapshot);
  Judgement judgement = judge(snapshot);
  EXPECT_EQ(judgement.verdict, Verdict::infected);
  EXPECT_EQ(paths(judgement), "x.php unchanged\n");
  EXPECT_TRUE(judgement.findings_anywhere);
}

TEST_F(Court, WhatAServerSettingSendsToPhpBecomesAnObject) {
  TestSnapshot snapshot;
  snapshot.file("index.php", "<?php echo 1;").file("photos/notes.txt", "<?php echo 'MARKER';");
  approve_all(snapshot);
  uint64_t before = judge(snapshot).objects;
  snapshot.file("photos/.htaccess", "AddType application/x-httpd-php .txt\n");
  Judgement judgement = judge(snapshot);
  EXPECT_NE(paths(judgement).find("photos/.htaccess unexplained\n"), std::string::npos) << paths(judgement);
  EXPECT_GT(judgement.objects, before) << "the setting itself, and what it makes of the text";
  // One that stands elsewhere makes nothing of it.
  snapshot.remove("photos/.htaccess");
  snapshot.file("other/.htaccess", "AddType application/x-httpd-php .txt\n");
  EXPECT_EQ(judge(snapshot).objects, before + 1);
}

TEST_F(Court, AnInertFileBecomesAnObjectWhenASettingExecutesIt) {
  TestSnapshot snapshot;
  snapshot.file("photos/a.txt", "Just a text.");
  EXPECT_EQ(judge(snapshot).objects, 0u);
  snapshot.file(".htaccess", "AddHandler application/x-httpd-php .txt\n");
  Judgement judgement = judge(snapshot);
  EXPECT_NE(paths(judgement).find("photos/a.txt unexplained\n"), std::string::npos) << paths(judgement);
}

TEST_F(Court, AProtectionThatIsRemovedIsMissed) {
  TestSnapshot snapshot;
  snapshot.file("uploads/.htaccess", "php_flag engine off\n");
  approve_all(snapshot);
  EXPECT_EQ(judge(snapshot).verdict, Verdict::proven_clean);
  EXPECT_EQ(judge(snapshot).protections, std::vector<std::string>{"uploads/.htaccess"});
  snapshot.remove("uploads/.htaccess");
  Judgement judgement = judge(snapshot);
  EXPECT_EQ(judgement.verdict, Verdict::not_proven);
  ASSERT_EQ(judgement.open.size(), 1u);
  EXPECT_EQ(judgement.open[0].kind, ObjectKind::missing);
  EXPECT_EQ(judgement.open[0].identity.path, "uploads/.htaccess");
  snapshot.file("uploads/.htaccess", "# nothing\n");
  judgement = judge(snapshot);
  ASSERT_EQ(judgement.open.size(), 1u) << "emptied is changed, and said once";
  EXPECT_EQ(judgement.open[0].kind, ObjectKind::file);
}

TEST_F(Court, CachesAreQuietButNeverForCode) {
  TestSnapshot snapshot;
  snapshot.file("cache/page.html", "<html><script>a();</script></html>");
  Judgement judgement = judge(snapshot);
  EXPECT_EQ(judgement.verdict, Verdict::proven_clean) << paths(judgement);
  EXPECT_EQ(judgement.generated, std::vector<std::string>{"cache/page.html"});
  EXPECT_EQ(judgement.objects, 0u);
  snapshot.file("cache/page.php", "<?php echo 'MARKER';").file("cache/note.txt", "<?php echo 'MARKER';");
  judgement = judge(snapshot);
  EXPECT_NE(paths(judgement).find("cache/page.php unexplained\n"), std::string::npos) << paths(judgement);
  EXPECT_EQ(judgement.generated, std::vector<std::string>{"cache/page.html"})
      << "a text that holds code is no cache either";
}

TEST_F(Court, ALinkIsAnObjectAndItsTargetCounts) {
  TestSnapshot snapshot;
  snapshot.link("current", "releases/1");
  EXPECT_EQ(paths(judge(snapshot)), "current unexplained\n");
  approve_all(snapshot);
  EXPECT_EQ(judge(snapshot).verdict, Verdict::proven_clean);
  snapshot.link("current", "/etc");
  EXPECT_EQ(paths(judge(snapshot)), "current unexplained\n");
}

// ---- databases ----

TEST_F(Court, ARogueAdministratorIsUnexplainedAndALoginIsNot) {
  TestSnapshot snapshot;
  snapshot.database(kUsers);
  approve_all(snapshot);
  snapshot.database(std::string(kUsers) + "UPDATE users SET last_login = '2026-02-02';");
  EXPECT_EQ(judge(snapshot).verdict, Verdict::proven_clean);
  snapshot.database(std::string(kUsers) +
                    "INSERT INTO users VALUES (9, 'ghost', '$2y$10$bbbbbbbbbbbbbbbbbbbbbb', 'admin', '');");
  Judgement judgement = judge(snapshot);
  EXPECT_EQ(paths(judgement), "db:town.db/users/9 unexplained\n");
  EXPECT_EQ(judgement.open[0].kind, ObjectKind::row);
  snapshot.database(std::string(kUsers) + "UPDATE users SET password = '$2y$10$cccccccccccccccccccccc';");
  EXPECT_EQ(paths(judge(snapshot)), "db:town.db/users/1 unexplained\n");
}

TEST_F(Court, OrdinaryRowsAreQuietAndAScriptInOneIsNot) {
  TestSnapshot snapshot;
  snapshot.database(kUsers);
  approve_all(snapshot);
  snapshot.database(std::string(kUsers) + "INSERT INTO news VALUES (2, 'Fair', 'In <b>May</b>.');");
  EXPECT_EQ(judge(snapshot).verdict, Verdict::proven_clean);
  snapshot.database(std::string(kUsers) +
                    "UPDATE news SET body = 'Hello <script src=//x.example/x.js></script>';");
  Judgement judgement = judge(snapshot);
  EXPECT_EQ(paths(judgement), "db:town.db/news/1/body unexplained\n");
  EXPECT_EQ(judgement.open[0].kind, ObjectKind::value);
}

TEST_F(Court, TriggersAndViewsMustBeExplained) {
  TestSnapshot snapshot;
  snapshot.database(std::string(kUsers) + "CREATE VIEW v AS SELECT title FROM news;");
  approve_all(snapshot);
  EXPECT_EQ(judge(snapshot).verdict, Verdict::proven_clean);
  snapshot.database(std::string(kUsers) +
                    "CREATE VIEW v AS SELECT title FROM news;"
                    "CREATE TRIGGER t AFTER INSERT ON news BEGIN UPDATE users SET role = 'admin'; END;");
  Judgement judgement = judge(snapshot);
  EXPECT_EQ(paths(judgement), "db:town.db/trigger:t unexplained\n");
  EXPECT_EQ(judgement.open[0].kind, ObjectKind::schema);
}

TEST_F(Court, ADatabaseThatCannotBeReadIsNotProven) {
  TestSnapshot snapshot;
  snapshot.database(kUsers);
  approve_all(snapshot);
  snapshot.written().databases[0].name = "other.db";
  snapshot.file("db:other.db", std::string(4096, 'x'));
  snapshot.written().databases[0].node.size = 4096;
  Judgement judgement = judge(snapshot);
  EXPECT_EQ(judgement.verdict, Verdict::not_proven);
  EXPECT_EQ(judgement.open[0].kind, ObjectKind::database);
}

TEST_F(Court, ADatabaseThatIsTooLargeIsNotProven) {
  TestSnapshot snapshot;
  snapshot.database(kUsers);
  config_.limits.database_mib_max = 0;
  Judgement judgement = judge(snapshot);
  EXPECT_EQ(judgement.verdict, Verdict::not_proven);
  EXPECT_EQ(judgement.open[0].findings[0].rule, "database-too-large");
}

// ---- what the snapshot itself admits, or lies about ----

TEST_F(Court, WhatCouldNotBeReadOrChangedInHidingIsNotProven) {
  TestSnapshot snapshot;
  snapshot.file("a.txt", "a");
  EXPECT_EQ(judge(snapshot).verdict, Verdict::proven_clean);
  snapshot.written().skipped.push_back({"secret.php", "permission denied"});
  snapshot.written().alerts.push_back({"a.txt", "its bytes changed"});
  EXPECT_EQ(paths(judge(snapshot)), "a.txt unexplained\nsecret.php unexplained\n");
}

TEST_F(Court, AFileThatIsNotWhatItsSnapshotSaysIsNotExplainedByIt) {
  TestSnapshot snapshot;
  snapshot.file("index.php", "<?php echo 'hello';");
  approve_all(snapshot);
  snapshot.file("index.php", "<?php echo 'MARKER!';");
  snapshot.claim("index.php", "<?php echo 'hello';");
  memo_ = Memo::load(*state_, "none", crypto::Secret(Bytes(32, 1)));
  Judgement judgement = judge(snapshot);
  EXPECT_EQ(paths(judgement), "index.php unexplained\n");
  EXPECT_EQ(judgement.open[0].identity.hash, Sha256());
}

TEST_F(Court, ALieAboutAHashTeachesTheMemoNothing) {
  std::string bad = "<?php eval($_POST['MARKER']);", good = "<?php echo 'hello world, here I am';";
  TestSnapshot liar;
  liar.file("a.php", good);
  liar.claim("a.php", bad);
  judge(liar);
  TestSnapshot later;
  later.file("b.php", bad);
  EXPECT_EQ(judge(later).verdict, Verdict::infected);
}

TEST_F(Court, ALargeFileIsHashedToItsEndAndJudgedByItsEnds) {
  std::string large(scan::Scanner::kWholeMax + 1, 'a');
  TestSnapshot snapshot;
  snapshot.file("a.txt", large);
  EXPECT_EQ(judge(snapshot).verdict, Verdict::proven_clean);
  TestSnapshot liar;
  liar.file("b.txt", large + "b");
  liar.claim("b.txt", large + "c");
  EXPECT_EQ(paths(judge(liar)), "b.txt unexplained\n");
}

TEST_F(Court, AnUnreadableFileIsNotProven) {
  TestSnapshot snapshot;
  snapshot.file("new.php", "<?php echo 1;");
  snapshot.unreadable = "new.php";
  EXPECT_EQ(judge(snapshot).verdict, Verdict::not_proven);
}

// ---- work done once, and the same answer whoever does it ----

TEST_F(Court, TheSameContentIsReadOnce) {
  TestSnapshot snapshot;
  snapshot.file("a.php", "<?php echo 1;").file("b.php", "<?php echo 2;");
  Judgement first = judge(snapshot);
  int reads = snapshot.reads;
  EXPECT_EQ(paths(judge(snapshot)), paths(first));
  EXPECT_EQ(snapshot.reads, reads);
}

TEST_F(Court, TheAnswerDoesNotDependOnWhoWasQuicker) {
  TestSnapshot snapshot;
  for (int i = 0; i < 30; ++i) {
    std::string n = std::to_string(i);
    snapshot.file("code/f" + n + ".php", "<?php echo " + n + ";").file("cache/" + n + ".html", "<html>" + n);
    snapshot.file("uploads/" + n + "/.htaccess", "php_flag engine off\n# " + n);
  }
  auto all = [&] {
    memo_ = Memo::load(*state_, "none", crypto::Secret(Bytes(32, 1)));
    Judgement judgement = judge(snapshot);
    std::string text = paths(judgement);
    for (const Identity& identity : judgement.to_approve) text += identity.path + identity.hash.hex();
    for (const std::string& path : judgement.protections) text += path;
    for (const std::string& path : judgement.generated) text += path;
    for (const scan::SnapshotFile& fact : judgement.facts) text += fact.path;
    return text;
  };
  std::string first = all();
  for (int round = 0; round < 4; ++round) EXPECT_EQ(all(), first);
}

TEST_F(Court, EveryObjectIsCountedOnceAndCanBeApproved) {
  TestSnapshot snapshot;
  snapshot.file("a.php", "<?php echo 1;")
      .file("b.txt", "text")
      .file("cache/c.html", "<html>")
      .link("l", "a.php");
  snapshot.database(std::string(kUsers) + "CREATE VIEW v AS SELECT title FROM news;");
  Judgement judgement = judge(snapshot);
  EXPECT_EQ(judgement.objects, judgement.to_approve.size());
  std::set<Identity> distinct(judgement.to_approve.begin(), judgement.to_approve.end());
  EXPECT_EQ(distinct.size(), judgement.to_approve.size());
  EXPECT_EQ(judgement.facts.size(), 3u) << "files, not links";
  approve_all(snapshot);
  EXPECT_EQ(judge(snapshot).verdict, Verdict::proven_clean);
}

TEST_F(Court, EachRootHasItsOwnRules) {
  TestSnapshot snapshot({"www", "forum"});
  site_.recognisers = {cms("code.php")};  // the forum is other software
  snapshot.file("www/code.php", "<?php echo 1;")
      .file("www/store/a.html", "<script>a()</script>")
      .file("forum/store/a.html", "<script>a()</script>");
  EXPECT_EQ(judge(snapshot).generated, std::vector<std::string>{"www/store/a.html"});
}

TEST_F(Court, MassEncryptionIsSeenAcrossTheSnapshot) {
  TestSnapshot snapshot;
  Earlier before;
  SeededRandom random(7);
  for (int i = 0; i < 12; ++i)
    snapshot.file("docs/" + std::to_string(i) + ".txt", std::string(8192, 'a') + " plain words");
  before = earlier_of(judge(snapshot));
  for (int i = 0; i < 12; ++i) {
    Bytes noise(8192);
    random.fill(noise);
    snapshot.file("docs/" + std::to_string(i) + ".txt", as_text(noise));
  }
  Judgement judgement = judge(snapshot, before);
  EXPECT_EQ(judgement.verdict, Verdict::infected);
  EXPECT_EQ(judgement.open.size(), 12u);
  EXPECT_EQ(judgement.open[0].level(), Level::malicious);
}

// ---- names that a hostile database chooses ----

TEST_F(Court, RowsWhoseNamesLookTheSameAreTwo) {
  std::string login(100, 'a');
  std::string people =
      "CREATE TABLE users (login TEXT PRIMARY KEY, password TEXT, role TEXT);"
      "INSERT INTO users VALUES ('" +
      login + "1', '$2y$10$abcdefghijklmnopqrstuv', 'admin');";
  TestSnapshot snapshot;
  snapshot.database(people);
  approve_all(snapshot);
  EXPECT_EQ(judge(snapshot).verdict, Verdict::proven_clean);
  snapshot.database(people + "INSERT INTO users VALUES ('" + login +
                    "2', '$2y$10$bcdefghijklmnopqrstuv', 'admin');");
  Judgement judgement = judge(snapshot);
  ASSERT_EQ(judgement.open.size(), 1u) << "only the new one, and it hides behind nobody";
  EXPECT_EQ(judgement.open[0].kind, ObjectKind::row);
}

TEST_F(Court, WhatIsSaidOfEitherOfTwoThingsOfOneNameHolds) {
  std::string news =
      "CREATE TABLE news (id INTEGER PRIMARY KEY, \"2\" TEXT);"
      "INSERT INTO news VALUES (1, '<script>greet()</script>');";
  TestSnapshot snapshot;
  snapshot.database(news);
  approve_all(snapshot);
  EXPECT_EQ(judge(snapshot).verdict, Verdict::proven_clean);
  // A row of another table has the same path as the value: db:town.db/news/1/2.
  snapshot.database(news +
                    "CREATE TABLE \"news/1\" (id INTEGER PRIMARY KEY, login TEXT, password TEXT);"
                    "INSERT INTO \"news/1\" VALUES (2, 'ghost', '$2y$10$abcdefghijklmnopqrstuv');");
  EXPECT_EQ(paths(judge(snapshot)), "db:town.db/news/1/2 unexplained\n");
}

TEST_F(Court, ATriggerOrASettingThatIsRemovedIsMissed) {
  TestSnapshot snapshot;
  std::string guarded = std::string(kUsers) +
                        "CREATE TRIGGER guard BEFORE DELETE ON users BEGIN SELECT raise(ABORT, 'no'); END;";
  snapshot.file("index.php", "<?php echo 1;")
      .file(".user.ini", "disable_functions = exec\n")
      .database(guarded);
  approve_all(snapshot);
  EXPECT_EQ(judge(snapshot).verdict, Verdict::proven_clean);
  snapshot.remove(".user.ini");
  snapshot.database(kUsers);
  Judgement judgement = judge(snapshot);
  ASSERT_EQ(judgement.open.size(), 2u);
  for (const JudgedObject& object : judgement.open) EXPECT_EQ(object.kind, ObjectKind::missing);
  EXPECT_EQ(judgement.open[0].identity.path, ".user.ini");
  EXPECT_EQ(judgement.open[1].identity.path, "db:town.db/trigger:guard");
}

TEST_F(Court, AMentionOfCodeIsContent) {
  TestSnapshot snapshot;
  snapshot.database(kUsers);
  approve_all(snapshot);
  snapshot.database(std::string(kUsers) +
                    "INSERT INTO news VALUES (7, 'Question', 'What does <?php at the top of a page mean?'),"
                    "(8, 'Film', '<iframe src=\"https://www.youtube.com/embed/abc\"></iframe>');");
  Judgement judgement = judge(snapshot);
  EXPECT_EQ(paths(judgement), "");
  EXPECT_EQ(judgement.verdict, Verdict::proven_clean);
}

// What the numbers of roles mean is known once roles(id, name) was approved: then members come and go.
TEST_F(Court, MembersWhoseRoleIsANumberComeAndGo) {
  std::string sql =
      "CREATE TABLE roles (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO roles VALUES (1, 'admin'), (2, "
      "'member');"
      "CREATE TABLE users (id INTEGER PRIMARY KEY, login TEXT, password TEXT);"
      "CREATE TABLE user_roles (user_id INT, role_id INT, PRIMARY KEY (user_id, role_id));";
  auto account = [](int id, int role) {
    return "INSERT INTO users VALUES (" + std::to_string(id) + ", 'u" + std::to_string(id) +
           "', '$2y$10$abcdefghijklmnopqrstuv'); INSERT INTO user_roles VALUES (" + std::to_string(id) +
           ", " + std::to_string(role) + ");";
  };
  sql += account(1, 1);
  for (int id = 2; id < 12; ++id) sql += account(id, 2);
  TestSnapshot snapshot;
  snapshot.database(sql);
  approve_all(snapshot);
  EXPECT_EQ(judge(snapshot).verdict, Verdict::proven_clean) << paths(judge(snapshot));
  snapshot.database(sql + account(50, 2));
  EXPECT_EQ(judge(snapshot).verdict, Verdict::proven_clean) << paths(judge(snapshot));
  snapshot.database(sql + account(51, 1));
  const std::string rogue = paths(judge(snapshot));
  EXPECT_NE(rogue.find("db:town.db/user_roles/51,1"), std::string::npos) << rogue;
  EXPECT_NE(rogue.find("db:town.db/users/51 unexplained"), std::string::npos) << rogue;
  snapshot.database(sql + "INSERT INTO roles VALUES (3, 'guest');" + account(52, 3));
  EXPECT_NE(paths(judge(snapshot)).find("db:town.db/users/52 unexplained"), std::string::npos)
      << "an intruder may call a role what he likes";
}

TEST_F(Court, CodeThatVanishedInMassIsMissed) {
  TestSnapshot snapshot;
  for (int i = 0; i < 9; ++i) snapshot.file("f" + std::to_string(i) + ".php", "<?php echo 1;");
  approve_all(snapshot);
  snapshot.remove("f0.php");
  EXPECT_EQ(judge(snapshot).verdict, Verdict::proven_clean) << "one less is housekeeping";
  snapshot.remove("f1.php");
  snapshot.remove("f2.php");
  Judgement judgement = judge(snapshot);
  EXPECT_EQ(judgement.verdict, Verdict::not_proven);
  ASSERT_EQ(judgement.open.size(), 3u);
  EXPECT_EQ(judgement.open[0].kind, ObjectKind::missing);
}

// What is approved today was not there yet in the states before, and they stay what they were.
TEST_F(Court, AnApprovalChangesNothingInTheStatesBeforeIt) {
  TestSnapshot snapshot;
  for (int i = 0; i < 8; ++i) snapshot.file("f" + std::to_string(i) + ".php", "<?php echo 1;");
  approve_all(snapshot);
  TestSnapshot first = snapshot;
  first.at = Time{kDay};
  for (int i = 0; i < 4; ++i) snapshot.file("plugin/g" + std::to_string(i) + ".php", "<?php echo 2;");
  snapshot.file("plugin/.htaccess", "php_flag engine off\n");
  approve_all(snapshot, ApprovalKind::person, Time{9 * kDay});
  EXPECT_EQ(judge(first).verdict, Verdict::proven_clean) << paths(judge(first));
  EXPECT_EQ(judge(snapshot).verdict, Verdict::proven_clean);
  first.at = Time{9 * kDay};
  EXPECT_EQ(judge(first).verdict, Verdict::not_proven) << "from then on it is missed";
}

TEST_F(Court, WhatIsGivenUpIsMissedNoMoreAndStaysExplainedBefore) {
  TestSnapshot snapshot;
  for (int i = 0; i < 8; ++i) snapshot.file("f" + std::to_string(i) + ".php", "<?php echo 1;");
  approve_all(snapshot);
  TestSnapshot first = snapshot;
  first.at = Time{kDay};
  std::vector<Identity> gone;
  for (int i = 0; i < 4; ++i) {
    snapshot.remove("f" + std::to_string(i) + ".php");
    gone.push_back({"f" + std::to_string(i) + ".php", Sha256(), 0});
  }
  EXPECT_EQ(judge(snapshot).open.size(), 4u);
  trust_.revoke({ApprovalKind::person, "town", Time{9 * kDay}, "test", gone, {}});
  EXPECT_EQ(judge(snapshot).verdict, Verdict::proven_clean);
  EXPECT_EQ(judge(first).verdict, Verdict::proven_clean) << paths(judge(first));
}

// ---- which software it is ----

// Planted files of some software must not turn its folders into caches, where
// nothing needs explaining.
TEST_F(Court, APlantedMarkerMakesNoCache) {
  TestSnapshot snapshot;
  site_.recognisers.push_back(cms("code.php"));
  snapshot.file("index.php", "<?php echo 1;");
  approve_all(snapshot);
  snapshot.file("code.php", "<?php echo 'MARKER';").file("store/a.html", "<script>a()</script>");
  Judgement judgement = judge(snapshot);
  EXPECT_TRUE(judgement.generated.empty());
  EXPECT_EQ(paths(judgement), "code.php unexplained\nstore/a.html unexplained\n");
}

// An update changes the markers themselves; they stay where somebody answered
// for them.
TEST_F(Court, AnUpdatedMarkerStaysOne) {
  TestSnapshot snapshot;
  site_.recognisers.push_back(cms("code.php"));
  snapshot.file("code.php", "<?php echo 1;");
  approve_all(snapshot);
  snapshot.file("code.php", "<?php echo 2;").file("store/a.html", "<script>a()</script>");
  EXPECT_EQ(judge(snapshot).generated, std::vector<std::string>{"store/a.html"});
}

// ---- defacement ----

TEST_F(Court, APageInFrontOfAProgramMustBeExplained) {
  TestSnapshot snapshot;
  snapshot.file("index.php", "<?php echo 1;").file("about/index.html", "<p>About</p>");
  approve_all(snapshot);
  EXPECT_EQ(judge(snapshot).verdict, Verdict::proven_clean);
  TestSnapshot beside = snapshot;
  beside.file("index.html", "<p>MARKER</p>");
  EXPECT_EQ(paths(judge(beside)), "index.html unexplained\n");
  TestSnapshot instead = beside;
  instead.remove("index.php");
  EXPECT_NE(paths(judge(instead)).find("index.html unexplained"), std::string::npos);
  approve_all(beside, ApprovalKind::person);
  EXPECT_EQ(judge(beside).verdict, Verdict::proven_clean);
  snapshot.file("about/index.html", "<p>About us</p>");
  EXPECT_EQ(judge(snapshot).verdict, Verdict::proven_clean) << "no program answers for that folder";
}

TEST_F(Court, ManyFilesThatBecameOneAreNotProvenUntilAPersonSaysSo) {
  TestSnapshot snapshot;
  const char* texts[] = {"The market opens on Saturday", "School begins again next week",
                         "A concert for everybody tonight", "Roads are closed near the river",
                         "Council meets about the budget"};
  for (int i = 0; i < 5; ++i) snapshot.file("pages/" + std::to_string(i) + ".html", texts[i]);
  approve_all(snapshot);
  Earlier before = earlier_of(judge(snapshot));
  TestSnapshot edited = snapshot;
  edited.file("pages/1.html", "School begins a day later");
  EXPECT_EQ(judge(edited, before).verdict, Verdict::proven_clean);
  for (int i = 0; i < 5; ++i) snapshot.file("pages/" + std::to_string(i) + ".html", "MARKER MARKER");
  Judgement judgement = judge(snapshot, before);
  EXPECT_EQ(judgement.verdict, Verdict::not_proven);
  ASSERT_EQ(judgement.open.size(), 5u);
  EXPECT_EQ(judgement.open[0].findings[0].rule, "mass-overwrite");
  trust_.approve({ApprovalKind::person, "town", Time{}, "test", judgement.to_approve, {}});
  EXPECT_EQ(judge(snapshot, before).verdict, Verdict::proven_clean);
}

TEST_F(Court, AllRowsOverwrittenAreNotProvenAndOneRewrittenArticleIs) {
  auto with = [](const std::string& more) {
    TestSnapshot snapshot;
    snapshot.database(std::string(kUsers) +
                      "INSERT INTO news VALUES (2, 'School', 'Lessons begin "
                      "again on Monday morning.'),"
                      " (3, 'Council', 'The council meets about next year in "
                      "the big hall.');" +
                      more);
    return snapshot;
  };
  TestSnapshot clean = with("");
  approve_all(clean);
  Earlier before = earlier_of(judge(clean));
  TestSnapshot rewritten = with(
      "UPDATE news SET body = 'Everything is different now, says the mayor.' "
      "WHERE id = 2;"
      "INSERT INTO news VALUES (4, 'More', 'News are written every day.');");
  EXPECT_EQ(judge(rewritten, before).verdict, Verdict::proven_clean);
  TestSnapshot overwritten = with("UPDATE news SET body = 'MARKER MARKER MARKER';");
  Judgement judgement = judge(overwritten, before);
  EXPECT_EQ(judgement.verdict, Verdict::not_proven);
  EXPECT_EQ(judgement.open.size(), 3u);
  EXPECT_EQ(judgement.open[0].identity.path, "db:town.db/news/1/body");
}

TEST_F(Court, WhatChangedWithAnEncryptionIsPartOfIt) {
  auto site = [](bool encrypted, const std::string& blob) {
    TestSnapshot snapshot;
    for (int i = 0; i < 12; ++i)
      snapshot.file("p" + std::to_string(i) + ".html",
                    encrypted ? std::string("\x81\x02\x93\xfe\x07 \x1c", 7) + static_cast<char>(i)
                              : "<p>Market, day " + std::to_string(i) + "</p>");
    snapshot.file("data/big.bin", std::string("\x01\x90\x00\xff", 4) + blob)
        .file("data/keep.bin", "\x02\x80");
    return snapshot;
  };
  TestSnapshot clean = site(false, "a"), quiet = site(false, "b"), hit = site(true, "b");
  approve_all(clean);
  Earlier before = earlier_of(judge(clean));
  EXPECT_EQ(judge(quiet, before).verdict, Verdict::proven_clean);
  Judgement judgement = judge(hit, before);
  EXPECT_EQ(judgement.verdict, Verdict::infected);
  ASSERT_EQ(judgement.open.size(), 13u);
  EXPECT_EQ(judgement.open[0].identity.path, "data/big.bin");
}

TEST_F(Court, TextsThatWereLostInMassAreNotProvenUntilAPersonSaysSo) {
  auto with = [](const std::string& more) {
    TestSnapshot snapshot;
    snapshot.database(std::string(kUsers) +
                      "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 30) "
                      "INSERT INTO news SELECT i, 'Title', 'The council met in the hall of the school, and "
                      "spoke about the market of day number ' || i FROM n;" +
                      more);
    return snapshot;
  };
  TestSnapshot clean = with("");
  approve_all(clean);
  Earlier before = earlier_of(judge(clean));
  auto found = [&](const std::string& sql) {
    TestSnapshot later = with(sql);
    Judgement judgement = judge(later, before);
    return std::string(name(judgement.verdict)) + " " + std::to_string(judgement.open.size()) +
           (judgement.open.empty() ? "" : " " + judgement.open[0].identity.path);
  };
  EXPECT_EQ(found("UPDATE news SET body = NULL;"), "not-proven 30 db:town.db/news/1/body");
  EXPECT_EQ(found("UPDATE news SET body = '';"), "not-proven 30 db:town.db/news/1/body");
  EXPECT_EQ(found("UPDATE news SET body = randomblob(200);"), "not-proven 30 db:town.db/news/1/body");
  EXPECT_EQ(found("UPDATE news SET body = hex(randomblob(100));"), "not-proven 30 db:town.db/news/1/body");
  EXPECT_EQ(found("DROP TABLE news;"), "not-proven 1 db:town.db/news");
  EXPECT_EQ(found("ALTER TABLE news RENAME TO x;"), "not-proven 1 db:town.db/news");
  EXPECT_EQ(found("DELETE FROM news;"), "not-proven 1 db:town.db/news");
  EXPECT_EQ(found("DELETE FROM news WHERE id > 22;"), "proven-clean 0");
  EXPECT_EQ(found("ALTER TABLE news ADD COLUMN place TEXT;"), "proven-clean 0");
  for (const char* sql : {"DELETE FROM news;", "UPDATE news SET body = x'ff00' WHERE id < 30;"}) {
    TestSnapshot wanted = with(sql);
    trust_.approve({ApprovalKind::person, "town", Time{}, "test", judge(wanted, before).to_approve, {}});
    Judgement judgement = judge(wanted, before);
    EXPECT_EQ(judgement.verdict, Verdict::proven_clean);
    EXPECT_EQ(judge(wanted, earlier_of(judgement)).verdict, Verdict::proven_clean);  // the night after, too
  }
}

TEST_F(Court, WhatBoastsIsNotProven) {
  TestSnapshot snapshot;
  snapshot.file("index.php", "<?php echo 1;").file("page.html", "<h1>Market</h1>").database(kUsers);
  approve_all(snapshot);
  snapshot.file("page.html",
                "<title>Hacked by MARKER</title><body "
                "bgcolor=black><h1>Hacked by MARKER</h1></body>");
  snapshot.database(std::string(kUsers) +
                    "UPDATE news SET body = 'HACKED BY MARKER, your security is a joke';");
  Judgement judgement = judge(snapshot);
  EXPECT_EQ(paths(judgement), "db:town.db/news/1/body unexplained\npage.html unexplained\n");
  EXPECT_EQ(judgement.open[0].findings[0].rule, "page-takeover");
}

// ---- accounts that no name gives away ----

TEST_F(Court, AnAccountIsFoundByItsPasswordAlone) {
  constexpr char people[] =
      "CREATE TABLE people (id INTEGER PRIMARY KEY, nom TEXT, secret TEXT);"
      "INSERT INTO people VALUES (1, 'maire', "
      "'5f4dcc3b5aa765d61d8327deb882cf99'), (2, 'agent', "
      "'$2y$10$abcdefghijk');";
  TestSnapshot snapshot;
  snapshot.database(people);
  approve_all(snapshot);
  EXPECT_EQ(judge(snapshot).verdict, Verdict::proven_clean);
  snapshot.database(std::string(people) +
                    "INSERT INTO people VALUES (9, 'ghost', "
                    "'0d107d09f5bbe40cade3de5c71e9e9b7');"
                    "UPDATE people SET secret = "
                    "'7c6a180b36896a0a8c02787eeafb0e4c' WHERE id = 1;");
  EXPECT_EQ(paths(judge(snapshot)), "db:town.db/people/1 unexplained\ndb:town.db/people/9 unexplained\n");
}

}  // namespace aplomb::judge
