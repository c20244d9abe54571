#include "vendor/git_object.h"

#include <gtest/gtest.h>

namespace aplomb::vendor {
namespace {

const std::string kTree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";  // the empty one
const std::string kFile = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";

std::string commit_id(const std::string& body) {
  return git_id("commit", as_bytes(body), kTree);
}
Result<GitCommit> parsed(const std::string& body) {
  return parse_commit(as_bytes(body), commit_id(body));
}
const std::string kHead = "tree " + kTree + "\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1767312000 +0100\n";

std::string tree_body(const std::string& mode, const std::string& name) {
  const Bytes id = *from_hex(kFile);
  std::string body = mode + " " + name;
  body.push_back('\0');
  return body + std::string(id.begin(), id.end());
}
Result<std::vector<GitEntry>> parsed_tree(const std::string& body) {
  return parse_tree(as_bytes(body), git_id("tree", as_bytes(body), kTree));
}

TEST(GitObject, NamesWhatGitNames) {
  EXPECT_EQ(git_id("tree", {}, kTree), kTree);
  EXPECT_EQ(git_id("blob", {}, kTree), kFile);
  EXPECT_EQ(git_id("tree", {}, std::string(64, '0')),
            "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321");
}

TEST(GitObject, TakesTheSignatureOutOfACommit) {
  const std::string tail = "\nDeploy\n\ngpgsig is only a word here\n";
  auto commit =
      parsed(kHead + "gpgsig -----BEGIN SSH SIGNATURE-----\n U1NI\n -----END SSH SIGNATURE-----\n" + tail);
  ASSERT_TRUE(commit) << commit.error().what;
  EXPECT_EQ(commit->payload, kHead + tail);
  EXPECT_EQ(commit->signature, "-----BEGIN SSH SIGNATURE-----\nU1NI\n-----END SSH SIGNATURE-----\n");
  EXPECT_EQ(commit->tree, kTree);
  EXPECT_EQ(commit->time, 1767312000);
  EXPECT_EQ(parsed(kHead + tail)->signature, "");
}

TEST(GitObject, LeavesOutTheSignatureOfTheOtherForm) {
  auto commit = parsed(kHead + "gpgsig-sha256 x\n y\ngpgsig a\n b\nencoding z\n\nDeploy\n");
  ASSERT_TRUE(commit);
  EXPECT_EQ(commit->payload, kHead + "encoding z\n\nDeploy\n");
  EXPECT_EQ(commit->signature, "a\nb\n");
}

TEST(GitObject, RefusesWhatIsNoCommit) {
  EXPECT_FALSE(parsed(""));
  EXPECT_FALSE(parsed("object " + kTree + "\ntype commit\ntag v1\n\n"));  // a signed tag signs something else
  EXPECT_FALSE(parsed("tree " + kTree + "0\n\n"));
  EXPECT_FALSE(parsed(kHead + "gpgsig a\n b\ngpgsig c\n d\n\nDeploy\n"));
  EXPECT_FALSE(parse_commit(as_bytes(kHead + "\n"), kTree));
}

TEST(GitObject, ReadsATree) {
  auto entries = parsed_tree(tree_body("100755", "a") + tree_body("120000", "b") + tree_body("40000", "c"));
  ASSERT_TRUE(entries);
  EXPECT_EQ(*entries, (std::vector<GitEntry>{{GitEntry::Kind::file, "a", kFile},
                                             {GitEntry::Kind::other, "b", kFile},
                                             {GitEntry::Kind::folder, "c", kFile}}));
}

TEST(GitObject, RefusesNamesThatLeadOutOfATree) {
  for (const char* name : {"", ".", "..", "a/b", "/etc"})
    EXPECT_FALSE(parsed_tree(tree_body("100644", name))) << name;
  std::string body = tree_body("100644", "a");
  for (size_t size = 1; size < body.size(); ++size) EXPECT_FALSE(parsed_tree(body.substr(0, size))) << size;
  EXPECT_FALSE(parse_tree(as_bytes(body), kTree));
}

}  // namespace
}  // namespace aplomb::vendor
