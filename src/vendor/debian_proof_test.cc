// The chain from a file back to a signature, over a repository of the test's own with real gpg and gpgv: it
// holds whole, and each link that is false breaks it.
#include "vendor/debian_proof.h"

#include <gtest/gtest.h>

#include "fs/posix_fs.h"
#include "vendor/apt_store.h"
#include "vendor/test_repository.h"

namespace aplomb::vendor {
namespace {

class Repository : public testing::Test {
 protected:
  static void SetUpTestSuite() { repository = new TestRepository; }
  static void TearDownTestSuite() {
    delete repository;
    repository = nullptr;
  }
  static TestRepository* repository;

  const TestRepository::Files files_ = {{"usr/share/dokuwiki/doku.php", "<?php // wiki"},
                                        {"usr/share/dokuwiki/lib/a.js", "var a;"},
                                        {"usr/share/doc/dokuwiki/readme", "text"},
                                        {"var/lib/dokuwiki/lib/plugins/x.php", "<?php // plugin"}};
  const Bytes deb_ = TestRepository::deb(files_);
  const Sha256 hash_ = crypto::sha256(deb_);
  const std::string index_ = TestRepository::index({{"dokuwiki_1-2_all", deb_}});
  const std::string release_ = repository->sign(TestRepository::release(index_));
};
TestRepository* Repository::repository = nullptr;

TEST_F(Repository, ProvesEachFileOfAPackage) {
  DebianProof proof({repository->keyring()});
  Status added = proof.add_release(as_bytes(release_));
  ASSERT_TRUE(added) << added.error().what;
  EXPECT_TRUE(proof.add_index(as_bytes(index_), {hash_}));
  auto trees = proof.trees(deb_, hash_);
  ASSERT_TRUE(trees) << trees.error().what;
  ASSERT_EQ(trees->size(), 1u);
  EXPECT_EQ(trees->at(0).product, "dokuwiki 1-2 (Debian)");
  EXPECT_EQ(trees->at(0).files, (std::vector<std::pair<std::string, Sha256>>{
                                    {"doku.php", crypto::sha256(as_bytes("<?php // wiki"))},
                                    {"lib/a.js", crypto::sha256(as_bytes("var a;"))},
                                    {"lib/plugins/x.php", crypto::sha256(as_bytes("<?php // plugin"))}}));
}

TEST_F(Repository, BelievesNoReleaseThatAnotherKeySigned) {
  TestRepository stranger;
  EXPECT_FALSE(
      checked_release(as_bytes(stranger.sign(TestRepository::release(index_))), {repository->keyring()}));
  EXPECT_FALSE(checked_release(as_bytes(release_), {}));
  EXPECT_FALSE(checked_release(as_bytes(TestRepository::release(index_)), {repository->keyring()}));
}

TEST_F(Repository, BelievesNoByteThatWasChanged) {
  for (const char* part : {"Suite: stable", "SHA256:", "Packages"}) {
    std::string changed = release_;
    changed[changed.find(part)] ^= 1;
    EXPECT_FALSE(checked_release(as_bytes(changed), {repository->keyring()})) << part;
  }
  DebianProof proof({repository->keyring()});
  ASSERT_TRUE(proof.add_release(as_bytes(release_)));
  EXPECT_FALSE(proof.add_index(as_bytes(index_ + "\n"), {hash_}));
  Bytes other = TestRepository::deb({{"usr/share/dokuwiki/doku.php", "<?php // other"}});
  EXPECT_FALSE(proof.add_index(as_bytes(TestRepository::index({{"dokuwiki_1-2_all", other}})),
                               {crypto::sha256(other)}));
  ASSERT_TRUE(proof.add_index(as_bytes(index_), {hash_, crypto::sha256(other)}));
  EXPECT_TRUE(proof.trees(other, crypto::sha256(other))->empty());
  EXPECT_TRUE(proof.trees(other, hash_)->empty());
}

TEST_F(Repository, ReadsOnlyWhatWasSigned) {
  // A second index, named in front of the signed text and behind it.
  std::string more = "SHA256:\n " + crypto::sha256(as_bytes("evil")).hex() + " 4 Packages\n";
  EXPECT_FALSE(checked_release(as_bytes(more + release_), {repository->keyring()}));
  EXPECT_FALSE(checked_release(as_bytes(release_ + more), {repository->keyring()}));
  auto text = checked_release(as_bytes(release_), {repository->keyring()});
  ASSERT_TRUE(text);
  EXPECT_EQ(indexes_of_release(*text), std::set<Sha256>{crypto::sha256(as_bytes(index_))});
}

// What apt's hook keeps.
class AptStore : public Repository {
 protected:
  AptStore() {
    base_ = repository->folder + "/" + testing::UnitTest::GetInstance()->current_test_info()->name();
    for (const char* folder : {"/lists", "/info", "/site", "/cache"})
      dirs_[folder] = *fs_.make_dirs(base_ + folder, 0755);
    write("/lists", "example.org_debian_dists_stable_InRelease", release_);
    write("/lists", "example.org_debian_dists_stable_main_binary-all_Packages", index_);
    write("/cache", "dokuwiki_1-2_all.deb", as_text(deb_));
  }
  void write(const std::string& folder, const std::string& name, std::string_view text) {
    ASSERT_TRUE(fs::write_file_durably(*dirs_.at(folder), name, as_bytes(text)));
  }
  std::vector<std::string> keep(const std::string& deb) {
    NullLog log;
    auto kept = keep_packages(fs_, base_ + "/store", {base_ + "/lists", base_ + "/info"},
                              {base_ + "/cache/" + deb}, {base_ + "/site"}, log);
    EXPECT_TRUE(kept) << kept.error().what;
    return kept.value_or(std::vector<std::string>());
  }
  size_t stored(const std::string& ending) {
    size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(base_ + "/store"))
      count += entry.path().string().ends_with(ending);
    return count;
  }

  fs::PosixFs fs_;
  std::string base_;
  std::map<std::string, std::shared_ptr<fs::Dir>> dirs_;
};

TEST_F(AptStore, KeepsAPackageOfTheSiteWithItsWitnesses) {
  write("/site", "doku.php", "<?php // an older one");
  ASSERT_TRUE(fs::make_dirs(*dirs_.at("/site"), "lib/plugins", 0755));
  write("/site", "lib/plugins/x.php", "<?php");
  write("/site", "lib/a.js", "");
  EXPECT_EQ(keep("dokuwiki_1-2_all.deb"), std::vector<std::string>{"dokuwiki_1-2_all.deb"});
  EXPECT_EQ(stored(".deb") + stored(".Packages") + stored(".InRelease"), 3u);
}

TEST_F(AptStore, KeepsWhatALinkOfTheSiteLeadsTo) {
  ASSERT_TRUE(dirs_.at("/site")->make_symlink("/usr/share/dokuwiki/doku.php", "doku.php"));
  EXPECT_EQ(keep("dokuwiki_1-2_all.deb").size(), 1u);
}

TEST_F(AptStore, KeepsNothingElse) {
  write("/site", "index.php", "<?php // not a wiki");
  EXPECT_TRUE(keep("dokuwiki_1-2_all.deb").empty());
  EXPECT_EQ(stored(".deb"), 0u);
}

TEST_F(AptStore, LetsGoWhatNoPackageRefersTo) {
  ASSERT_TRUE(dirs_.at("/site")->make_symlink("/usr/share/dokuwiki/", "wiki"));
  for (int version : {1, 2, 3, 4}) {
    Bytes deb = TestRepository::deb({{"usr/share/dokuwiki/doku.php", "<?php //" + std::to_string(version)}});
    std::string name = "dokuwiki_" + std::to_string(version) + "_all";
    std::string index = TestRepository::index({{name, deb}});
    write("/lists", "example.org_debian_dists_stable_InRelease",
          repository->sign(TestRepository::release(index)));
    write("/lists", "example.org_debian_dists_stable_main_binary-all_Packages", index);
    write("/cache", name + ".deb", as_text(deb));
    EXPECT_EQ(keep(name + ".deb").size(), 1u);
  }
  EXPECT_EQ(stored(".deb"), 2u);
  EXPECT_EQ(stored(".Packages"), 2u);
  EXPECT_EQ(stored(".InRelease"), 2u);
}

TEST_F(AptStore, KeepsNothingThatNoSignedIndexNames) {
  ASSERT_TRUE(dirs_.at("/site")->make_symlink("/usr/share/dokuwiki", "wiki"));
  write("/cache", "dokuwiki_9_all.deb",
        as_text(TestRepository::deb({{"usr/share/dokuwiki/doku.php", "<?php // 9"}})));
  EXPECT_TRUE(keep("dokuwiki_9_all.deb").empty());
}

}  // namespace
}  // namespace aplomb::vendor
