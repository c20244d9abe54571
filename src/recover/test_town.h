// For tests: a small town's site of files and SQLite in a folder of its own, protected by a vault beside it,
// edited, attacked with inert markers, and recovered.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "fs/posix_fs.h"
#include "recover/quarantine.h"
#include "recover/recover.h"
#include "recover/test_tree.h"
#include "recover/undo.h"
#include "site/test_database.h"
#include "vault/keeper.h"

namespace aplomb::recover {

// A folder of its own that goes with the object; in memory where the machine can: a recovery syncs hundreds
// of times.
class TownFolder {
 public:
  TownFolder() {
    bool in_memory = access("/dev/shm", W_OK) == 0;
    std::string pattern =
        (in_memory ? std::filesystem::path("/dev/shm") : std::filesystem::temp_directory_path()) /
        "aplomb-town-XXXXXX";
    path_ = std::filesystem::canonical(mkdtemp(pattern.data()));
  }
  ~TownFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TownFolder(const TownFolder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class Town {
 public:
  Town() {
    std::filesystem::create_directory(folder_.path() + "/vault");
    config.name = "town";
    config.roots = {folder_ / "site"};
    config.databases = {{site::DatabaseKind::sqlite, folder_ / "site/data/town.db"}};
    config.generated = {*site::Glob::parse("cache/**")};
    config.continuity.listen = "nowhere";  // no citizens' copy: a word in the log
    header.id = {};
    random_.fill(header.id.bytes);
    header.recovery_public = box_.public_key;
    header.owner_verify = owner.verify_key;
    keeper = std::move(
        *vault::Keeper::create(*posix.open_dir(folder_ / "vault"), header, {clock_, random_, log_}));
    recovery.vault = header.id;
    recovery.recovery_public = header.recovery_public;
    recovery.owner_verify = header.owner_verify;
    recovery.secret = box_.secret.clone();
    build();
    EXPECT_TRUE(judge::open_epoch(machine, *keeper, owner, header, "town", 1, state));
  }

  void build() {
    for (const char* path : {"site/lib", "site/uploads", "site/cache", "site/data"})
      std::filesystem::create_directories(folder_ / path);
    write("index.php", "<?php require 'lib/core.php';");
    write("lib/core.php", "<?php echo 'town';");
    write("uploads/.htaccess", "php_flag engine off\n");
    write("uploads/plan.txt", "The plan of the town.");
    write("cache/home.html", "<html>home</html>");
    sql("CREATE TABLE users (id INTEGER PRIMARY KEY, login TEXT, password TEXT, role TEXT, last_login TEXT);"
        "INSERT INTO users VALUES (1, 'maire', '$2y$10$abcdefghijklmnopqrstuv', 'admin', '');"
        "CREATE TABLE news (id INTEGER PRIMARY KEY, title TEXT, body TEXT);"
        "INSERT INTO news VALUES (1, 'Market', 'Open on Saturday.');");
  }

  void write(const std::string& path, std::string_view text) {
    site::write_all(folder_ / ("site/" + path), as_bytes(text));
  }
  std::string read(const std::string& path) const {
    return std::string(as_text(site::read_all(folder_ / ("site/" + path))));
  }
  bool has(const std::string& path) const { return std::filesystem::exists(folder_ / ("site/" + path)); }
  void remove(const std::string& path) { std::filesystem::remove_all(folder_ / ("site/" + path)); }
  void sql(const std::string& statements) {
    site::TestDatabase(folder_ / "site/data/town.db").run(statements);
  }
  std::string ask(const std::string& query) {
    return site::TestDatabase(folder_ / "site/data/town.db").ask(query);
  }
  // Everything of the site: names, modes, bytes and times.
  Tree tree() { return tree_of(posix, folder_ / "site", Times::compared); }

  judge::Backup backup() {
    archive::SnapshotRequest request{config, state, "{}", {}, false, false};
    auto backup = judge::backup_and_judge(machine, *keeper, {config, state}, request);
    EXPECT_TRUE(backup) << backup.error().what;
    return backup ? std::move(*backup) : judge::Backup();
  }
  void approve_baseline(const judge::Backup& backup) {
    judge::Approval approval{judge::ApprovalKind::baseline, "town",
                             backup.note.point.time,        "test",
                             backup.judgement.to_approve,   backup.judgement.protections};
    EXPECT_TRUE(judge::sign_approval(machine, *keeper, owner, header, state, vault::RecordKind::approval,
                                     approval, {backup.snapshot.id}));
  }
  // A proven point, honest edits in a second one, then the intruder, in a third.
  void live_and_be_attacked() {
    approve_baseline(backup());
    write("uploads/may.txt", "The fair comes in May.");
    write("uploads/plan.txt", "The new plan of the town.");
    sql("INSERT INTO news VALUES (2, 'Fair', 'In May.'); UPDATE users SET last_login = 'today';");
    EXPECT_EQ(backup().judgement.verdict, judge::Verdict::proven_clean);
    write("index.php", "<?php /* MARKER */ require 'lib/core.php';");
    write("uploads/help.php", "<?php echo 'MARKER';");
    std::filesystem::create_directories(folder_ / "site/lib/.hidden/deep");
    write("lib/.hidden/deep/x.php", "<?php echo 'MARKER';");
    remove("uploads/.htaccess");
    remove("lib/core.php");
    std::filesystem::permissions(folder_ / "site/uploads", std::filesystem::perms::all);
    write("uploads/june.txt", "Written after the intruder came.");
    sql("INSERT INTO users VALUES (9, 'ghost', '$2y$10$bbbbbbbbbbbbbbbbbbbbbb', 'admin', '');"
        "UPDATE news SET body = 'Open <script src=//x.example/x.js></script>' WHERE id = 1;"
        "INSERT INTO news VALUES (3, 'Choir', 'In June.');");
    EXPECT_NE(backup().judgement.verdict, judge::Verdict::proven_clean);
  }

  Recovery recovery_on(const archive::Machine& on) {
    return Recovery(on, config, state, Language::english, stores(), keys(), folder_ / "machine");
  }
  Recovery recovery_here() { return recovery_on(machine); }
  Stores stores() { return {keeper.get(), keeper.get(), keeper.get()}; }
  Keys keys() const { return {&recovery, &owner}; }
  // Another process opens the vault anew.
  void reopen_vault() {
    keeper.reset();
    keeper = std::move(*vault::Keeper::open(*posix.open_dir(folder_ / "vault"), {clock_, random_, log_}));
  }
  std::optional<Journal> journal() {
    auto dir = posix.open_dir(state);
    auto loaded = dir ? load_journal(**dir) : std::optional<Journal>();
    EXPECT_TRUE(loaded);
    return loaded ? *loaded : std::nullopt;
  }
  archive::Machine machine_with(fs::Fs& files) { return {files, clock_, random_, log_, progress_}; }

  // What must be so after every good recovery.
  void expect_recovered(const std::string& where) {
    EXPECT_EQ(read("index.php"), "<?php require 'lib/core.php';") << where;
    EXPECT_EQ(read("lib/core.php"), "<?php echo 'town';") << where;
    EXPECT_EQ(read("uploads/.htaccess"), "php_flag engine off\n") << where;
    EXPECT_EQ(read("uploads/plan.txt"), "The new plan of the town.") << where;
    EXPECT_EQ(read("uploads/may.txt"), "The fair comes in May.") << where;
    EXPECT_EQ(read("uploads/june.txt"), "Written after the intruder came.") << where;
    for (const char* gone : {"uploads/help.php", "lib/.hidden", "cache/home.html"})
      EXPECT_FALSE(has(gone)) << gone << ", " << where;
    EXPECT_EQ(tree().at("uploads").substr(0, 5), "1 755") << where;
    EXPECT_EQ(ask("SELECT count(*) FROM users"), "1") << where;
    EXPECT_EQ(ask("SELECT last_login FROM users"), "today") << where;
    EXPECT_EQ(ask("SELECT body FROM news WHERE id = 1"), "Open on Saturday.") << where;
    EXPECT_EQ(ask("SELECT group_concat(title) FROM (SELECT title FROM news ORDER BY id)"),
              "Market,Fair,Choir")
        << where;
  }

 private:
  TownFolder folder_;
  SystemClock clock_;
  SystemRandom random_;
  NullLog log_;
  NoProgress progress_;
  crypto::BoxKeyPair box_ = crypto::make_box_key(random_);

 public:
  fs::PosixFs posix;
  archive::Machine machine{posix, clock_, random_, log_, progress_};
  const std::string state = folder_ / "state";
  site::SiteConfig config;
  vault::VaultHeader header;
  crypto::SigningKey owner = crypto::make_signing_key(random_);
  crypto::KeyFile recovery;
  std::unique_ptr<vault::Keeper> keeper;
};

}  // namespace aplomb::recover
