// The judge with a publisher on loopback: what WordPress.org published explains itself, at its own place
// alone.
#include "judge/vendors.h"

#include <gtest/gtest.h>

#include "fs/memory_fs.h"
#include "fs/posix_fs.h"
#include "judge/judge.h"
#include "judge/test_snapshot.h"
#include "judge/vouchers.h"
#include "vendor/git_repository.h"
#include "vendor/test_git.h"
#include "vendor/test_publisher.h"

namespace aplomb::judge {
namespace {

using vendor::Files;
using vendor::Package;
using vendor::PackageKind;

constexpr char kShell[] = "<?php eval($_POST['x']);";

std::string version_file(const std::string& version) {
  return "<?php\n$wp_version = '" + version + "';\n$wp_local_package = 'fr_FR';\n";
}
Files core_files(const std::string& version) {
  return {{"index.php", "<?php require 'wp-load.php'; // " + version},
          {"wp-load.php", "<?php // loads " + version},
          {"wp-includes/version.php", version_file(version)}};
}
Files agenda_files(const std::string& version) {
  return {{"agenda.php", "<?php\n/*\nPlugin Name: Agenda\nVersion: " + version + "\n*/\n"},
          {"inc/ical.php", "<?php // iCal of " + version},
          {"agenda.js", "document.title = 'Agenda " + version + "';"}};
}
constexpr char kAgenda[] = "wp-content/plugins/agenda";

Package core(const std::string& version) {
  return {PackageKind::core, "", "", version, "fr_FR"};
}
Package agenda(const std::string& version) {
  return {PackageKind::plugin, kAgenda, "agenda", version, ""};
}

class Witnesses : public testing::Test {
 protected:
  Witnesses() {
    site::Recogniser plain;
    plain.cms = "plain";
    site_.recognisers = {plain};
    publisher_.publish(core("6.4.3"), core_files("6.4.3"));
    publisher_.publish(agenda("2.1"), agenda_files("2.1"));
    install("", core_files("6.4.3"));
    install(kAgenda, agenda_files("2.1"));
  }
  void install(const std::string& folder, const Files& files) {
    for (const auto& [path, text] : files) snapshot_.file(fs::join_path(folder, path), text);
  }
  Judgement judge() {
    Vendors vendors(publisher_.address,
                    vendor::Answers::load(*state_, "publishers", crypto::Secret(Bytes(32, 1))), clock_,
                    std::move(dpkg_));
    Judge one(scanner_, memo_, site_, log_, progress_, &vendors);
    auto judgement = one.judge(snapshot_, trust_, {});
    EXPECT_TRUE(judgement) << judgement.error().what;
    EXPECT_TRUE(vendors.save(*state_, "publishers"));
    return judgement.value_or(Judgement());
  }
  void approve_all() {
    Judgement now = judge();
    trust_.approve({ApprovalKind::baseline, "mairie", Time{kDay}, "test", now.to_approve, now.protections});
  }
  static std::string open(const Judgement& judgement) {
    std::string text;
    for (const JudgedObject& object : judgement.open)
      text += object.identity.path + ": " + object.reason().text() + "\n";
    return text;
  }

  vendor::TestPublisher publisher_;
  site::SiteConfig config_;
  SiteKnowledge site_{config_, {}};
  fs::MemoryFs memory_;
  std::unique_ptr<fs::Dir> state_ = std::move(*memory_.make_dirs("/state", 0700));
  std::unique_ptr<fs::Dir> dpkg_;
  Memo memo_ = Memo::load(*state_, "memo", crypto::Secret(Bytes(32, 1)));
  scan::Scanner scanner_;
  NullLog log_;
  NoProgress progress_;
  ManualClock clock_{Time{30 * kDay}};
  Trust trust_;
  TestSnapshot snapshot_;
};

TEST_F(Witnesses, ExplainWhatWordPressOrgPublished) {
  Judgement judgement = judge();
  EXPECT_EQ(judgement.verdict, Verdict::proven_clean) << open(judgement);
}

TEST_F(Witnesses, ExplainAnUpdateOfTheNight) {
  approve_all();
  publisher_.publish(core("6.4.4"), core_files("6.4.4"));
  publisher_.publish(agenda("2.2"), agenda_files("2.2"));
  install("", core_files("6.4.4"));
  install(kAgenda, agenda_files("2.2"));
  Judgement judgement = judge();
  EXPECT_EQ(judgement.verdict, Verdict::proven_clean) << open(judgement);
  EXPECT_EQ(judgement.trusted_on_baseline, 0u);
}

TEST_F(Witnesses, AreABetterProofThanTheBaseline) {
  snapshot_.file("wp-config.php", "<?php // of this town");
  approve_all();
  EXPECT_EQ(judge().trusted_on_baseline, 1u);
}

TEST_F(Witnesses, LeaveABackdoorAmongAnUpdateUnexplained) {
  approve_all();
  publisher_.publish(agenda("2.2"), agenda_files("2.2"));
  install(kAgenda, agenda_files("2.2"));
  snapshot_.file("wp-content/plugins/agenda/inc/cache.php", "<?php // nothing that a detector knows");
  snapshot_.file("wp-content/plugins/agenda/inc/ical.php", "<?php // iCal of 2.2, and more");
  Judgement judgement = judge();
  EXPECT_EQ(judgement.verdict, Verdict::not_proven);
  EXPECT_EQ(open(judgement),
            "wp-content/plugins/agenda/inc/cache.php: agenda 2.2 of WordPress.org has no such file\n"
            "wp-content/plugins/agenda/inc/ical.php: it is not the file that WordPress.org published in "
            "agenda 2.2\n");
}

TEST_F(Witnesses, ExplainAtItsOwnPlaceAlone) {
  approve_all();
  snapshot_.file("wp-content/uploads/ical.php", agenda_files("2.1").at("inc/ical.php"));
  snapshot_.file("wp-content/plugins/agenda/ical.php", agenda_files("2.1").at("inc/ical.php"));
  EXPECT_EQ(judge().open.size(), 2u);
}

TEST_F(Witnesses, DoNotMakeANewPluginWanted) {
  approve_all();
  Package files{PackageKind::plugin, "wp-content/plugins/file-manager", "file-manager", "6.0", ""};
  Files content = {{"file-manager.php", "<?php\n/*\nPlugin Name: File Manager\nVersion: 6.0\n*/"}};
  publisher_.publish(files, content);
  install(files.folder, content);
  Judgement judgement = judge();
  EXPECT_EQ(
      open(judgement),
      "wp-content/plugins/file-manager/file-manager.php: WordPress.org published it in file-manager 6.0, and "
      "nobody approved yet that this site has it\n");
}

TEST_F(Witnesses, AnMd5IsOutrankedByMaliceASha256IsNot) {
  Files core_with = core_files("6.4.3"), agenda_with = agenda_files("2.1");
  core_with["wp-load.php"] = kShell;
  agenda_with["inc/ical.php"] = kShell;
  publisher_.publish(core("6.4.3"), core_with);
  publisher_.publish(agenda("2.1"), agenda_with);
  install("", core_with);
  install(kAgenda, agenda_with);
  Judgement judgement = judge();
  ASSERT_EQ(judgement.open.size(), 1u) << open(judgement);
  EXPECT_EQ(judgement.open[0].identity.path, "wp-load.php");
  EXPECT_EQ(judgement.open[0].provenance, Provenance::vendor);
  EXPECT_EQ(judgement.open[0].verdict, ObjectVerdict::infected);
}

TEST_F(Witnesses, SayWhyNobodyCouldBeAsked) {
  approve_all();
  install(kAgenda, agenda_files("2.2"));
  publisher_.status = 503;
  Judgement judgement = judge();
  ASSERT_EQ(judgement.open.size(), 3u);
  EXPECT_TRUE(
      judgement.open[0].reason().text().starts_with("WordPress.org could not be asked about agenda 2.2"))
      << open(judgement);
}

TEST_F(Witnesses, ExplainNothingThatIsSetUid) {
  approve_all();
  publisher_.publish(agenda("2.2"), agenda_files("2.2"));
  install(kAgenda, agenda_files("2.2"));
  snapshot_.file("wp-content/plugins/agenda/inc/ical.php", agenda_files("2.2").at("inc/ical.php"), 04755);
  EXPECT_EQ(judge().open.size(), 1u);
}

// What is deployed from `git`, with the keys it says.
Result<vendor::Deployment> deployment_of(const vendor::TestGit& git) {
  fs::PosixFs fs;
  auto repository = TRY(vendor::GitRepository::open(fs, git.folder));
  vendor::Deployment deployment;
  deployment.folder = "local";
  deployment.signers.assign(git.signers.begin(), git.signers.end());
  deployment.id = TRY(repository.commit_named(""));
  deployment.commit = TRY(repository.object(deployment.id, "commit"));
  deployment.trees = TRY(repository.trees(TRY(vendor::parse_commit(deployment.commit, deployment.id)).tree));
  return deployment;
}

TEST_F(Witnesses, BelieveACommitThatAPinnedKeySigned) {
  approve_all();
  vendor::TestGit git;
  const std::string code = "<?php // the town's own";
  git.write("page.php", code);
  git.write("eval.php", kShell);
  std::string commit = git.commit("anne").substr(0, 12);
  snapshot_.file("local/page.php", code).file("page.php", code);
  auto deployment = deployment_of(git);
  ASSERT_TRUE(deployment) << deployment.error().what;
  EXPECT_EQ(add_commit(trust_, *deployment).error().code, Code::refused);  // nobody pinned the keys

  Approval pin{ApprovalKind::person,
               "mairie",
               Time{kDay},
               "test",
               {{kSignersPath, crypto::sha256(deployment->signers), 0}},
               {}};
  trust_.approve(pin);
  ASSERT_TRUE(add_commit(trust_, *deployment));
  Judgement elsewhere = judge();  // the same content at another place
  ASSERT_EQ(elsewhere.open.size(), 1U) << open(elsewhere);
  EXPECT_EQ(elsewhere.open[0].identity.path, "page.php");

  snapshot_.remove("page.php");
  EXPECT_EQ(judge().verdict, Verdict::proven_clean);
  snapshot_.file("local/page.php", code + " and more").file("local/eval.php", kShell);
  Judgement judgement = judge();
  ASSERT_EQ(judgement.open.size(), 2U) << open(judgement);
  EXPECT_EQ(judgement.open[0].verdict, ObjectVerdict::infected);  // malice outranks a commit
  EXPECT_EQ(judgement.open[1].reason().text(), "it is not what the commit " + commit + " has at this place");

  trust_.revoke(pin);
  EXPECT_FALSE(add_commit(trust_, *deployment));
}

TEST_F(Witnesses, OnTheMachineDpkgExplainsWhatItInstalled) {
  TestSnapshot wiki;
  Files files = {{"doku.php", "<?php // 1"},
                 {"feed.php", "<?php // 2"},
                 {"inc/a.php", "<?php // 3"},
                 {"inc/b.php", "<?php // 4"}};
  std::string sums;
  for (const auto& [path, text] : files) {
    wiki.file(path, text);
    sums += vendor::md5_of(as_bytes(text)).hex() + "  usr/share/dokuwiki/" + path + "\n";
  }
  wiki.file("inc/b.php", "<?php // changed").file("own.php", "<?php // ours");
  dpkg_ = std::move(*memory_.make_dirs("/info", 0755));
  ASSERT_TRUE(fs::write_file_durably(*dpkg_, "dokuwiki.md5sums", as_bytes(sums)));
  snapshot_ = wiki;
  EXPECT_EQ(
      open(judge()),
      "inc/b.php: it is not what dpkg installed with the package dokuwiki\nown.php: nothing explains it\n");
}

}  // namespace
}  // namespace aplomb::judge
