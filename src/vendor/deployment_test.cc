// Commits of real repositories, signed by real programs: what a pinned key signed is proven, whatever the
// repository does.
#include "vendor/deployment.h"

#include <gtest/gtest.h>

#include "fs/posix_fs.h"
#include "vendor/commit_signature.h"
#include "vendor/git_repository.h"
#include "vendor/test_git.h"

namespace aplomb::vendor {
namespace {

class Commits : public testing::Test {
 protected:
  Commits() {
    git_.write("index.php", "<?php require 'lib/page.php';");
    git_.write("lib/page.php", "<?php // page");
    git_.write("lib/deep/er.php", "<?php // er");
  }
  Result<Deployment> gather(const std::string& revision = "", const std::string& inside = "") {
    GitRepository repository = TRY(GitRepository::open(fs_, git_.folder));
    Deployment deployment;
    deployment.inside = inside;
    deployment.id = TRY(repository.commit_named(revision));
    deployment.commit = TRY(repository.object(deployment.id, "commit"));
    deployment.trees = TRY(repository.trees(TRY(parse_commit(deployment.commit, deployment.id)).tree));
    deployment.signers.assign(git_.signers.begin(), git_.signers.end());
    return deployment;
  }
  Result<Deployed> proven(const std::string& revision = "", const std::string& inside = "") {
    Deployment deployment = TRY(gather(revision, inside));
    return prove(deployment);
  }

  fs::PosixFs fs_;
  TestGit git_;
};

TEST_F(Commits, AreProvenFromAPinnedKeyOfSsh) {
  std::string id = git_.commit("anne");
  auto deployed = proven();
  ASSERT_TRUE(deployed) << deployed.error().what;
  EXPECT_EQ(deployed->signer, "anne@valmont.example");
  EXPECT_EQ(deployed->commit, id);
  EXPECT_EQ(deployed->files.size(), 3U);
  EXPECT_EQ(deployed->files.at("lib/page.php"), git_id("blob", as_bytes("<?php // page"), id));
}

TEST_F(Commits, AreReadWhenPackedAndByBranchTagAndName) {
  std::string first = git_.commit("anne");
  git_.git({"tag", "-a", "-m", "one", "v1"});
  git_.write("index.php", "<?php // two");
  std::string second = git_.commit("anne");
  git_.git({"gc", "-q"});
  EXPECT_EQ(proven("main")->commit, second);
  EXPECT_EQ(proven("v1")->commit, first);
  EXPECT_EQ(proven(first)->commit, first);
  EXPECT_EQ(proven("no-such").error().code, Code::not_found);
  EXPECT_EQ(proven("../../../etc/passwd").error().code, Code::not_found);
}

TEST_F(Commits, OfOneFolderAreThatFolder) {
  git_.commit("anne");
  auto deployed = proven("", "lib/deep");
  ASSERT_TRUE(deployed);
  EXPECT_EQ(deployed->files.size(), 1U);
  EXPECT_TRUE(deployed->files.contains("er.php"));
  EXPECT_FALSE(proven("", "lib/none"));
}

TEST_F(Commits, OfNobodyOrOfAnotherKeyProveNothing) {
  git_.commit("");
  EXPECT_EQ(proven().error().code, Code::refused);
  git_.commit("mallory");
  EXPECT_EQ(proven().error().code, Code::refused);
}

TEST_F(Commits, AreProvenByAKeyOfOpenPgp) {
  std::string home = "GNUPGHOME=" + git_.top();
  TestGit::run({"gpg", "--batch", "--passphrase", "", "--quick-gen-key", "Anne <anne@valmont.example>",
                "ed25519", "sign", "never"},
               {home});
  git_.git({"add", "-A"});
  TestGit::run({"git", "-C", git_.folder, "-c", "user.name=Anne", "-c", "user.email=anne@valmont.example",
                "commit", "-q", "-S", "-m", "x"},
               {home});
  git_.signers = TestGit::run({"gpg", "--armor", "--export", "anne@valmont.example"}, {home});
  TestGit::run({"gpgconf", "--kill", "all"}, {home});
  auto deployed = proven();
  ASSERT_TRUE(deployed) << deployed.error().what;
  EXPECT_EQ(deployed->signer, "Anne <anne@valmont.example>");
  auto armoured = without_armour(as_bytes(git_.signers));
  ASSERT_TRUE(armoured);
  git_.signers.assign(armoured->begin(), armoured->end());
  EXPECT_TRUE(proven());
}

// Every byte of what is kept: a change is seen, or changes nothing that counts.
TEST_F(Commits, WithAChangedByteProveNothingElse) {
  git_.commit("anne");
  auto kept = gather();
  ASSERT_TRUE(kept);
  const std::map<std::string, std::string> files = files_of(*kept)->files;
  for (size_t tree = 0; tree < kept->trees.size(); ++tree)
    for (size_t i = 0; i < kept->trees[tree].size(); ++i) {
      Deployment changed = *kept;
      changed.trees[tree][i] ^= 1;
      EXPECT_FALSE(files_of(changed)) << tree << " " << i;
    }
  for (size_t i = 0; i < kept->commit.size(); i += 37) {
    Deployment changed = *kept;
    changed.commit[i] ^= 1;
    EXPECT_FALSE(files_of(changed)) << i;
    changed.id = git_id("commit", changed.commit, changed.id);  // he gives it its new name
    auto deployed = prove(changed);
    EXPECT_TRUE(!deployed || deployed->files == files) << i;
  }
}

// A repository whose settings and objects lie starts nothing, and proves nothing.
TEST_F(Commits, OfAHostileRepositoryStartNoProgramOfIts) {
  git_.commit("anne");
  const std::string trap = git_.top() + "/trap.sh", sprung = git_.top() + "/sprung";
  std::ofstream(trap) << "#!/bin/sh\ntouch " << sprung << "\n";
  std::filesystem::permissions(trap, std::filesystem::perms(0755));
  std::ofstream(git_.folder + "/.git/config", std::ios::app)
      << "[core]\n\tfsmonitor = " << trap << "\n\tsshCommand = " << trap << "\n\tpager = " << trap
      << "\n[gpg]\n\tprogram = " << trap << "\n[gpg \"ssh\"]\n\tprogram = " << trap
      << "\n[extensions]\n\tpartialClone = far\n[remote \"far\"]\n\turl = ext::" << trap
      << "\n\tpromisor = true\n[protocol]\n\tallow = always\n[alias]\n\tcat-file = !" << trap << "\n";
  EXPECT_TRUE(proven());
  for (const auto& entry : std::filesystem::recursive_directory_iterator(git_.folder + "/.git/objects"))
    if (entry.path().filename().string().size() == 38) std::filesystem::remove(entry.path());
  EXPECT_FALSE(proven());  // what is missing is not fetched
  EXPECT_FALSE(std::filesystem::exists(sprung));
}

TEST_F(Commits, ReadBackWhatWasKept) {
  git_.commit("anne");
  auto kept = gather();
  ASSERT_TRUE(kept);
  kept->folder = "wp-content/themes/commune";
  Bytes bytes = encode(*kept);
  EXPECT_EQ(*decode_deployment(bytes), *kept);
  for (size_t size = 0; size < bytes.size(); size += 5)
    EXPECT_FALSE(decode_deployment(ByteView(bytes).first(size))) << size;
  kept->folder = "../etc";
  EXPECT_FALSE(decode_deployment(encode(*kept)));
}

}  // namespace
}  // namespace aplomb::vendor
