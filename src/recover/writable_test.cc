#include "recover/writable.h"

#include <gtest/gtest.h>

namespace aplomb::recover {
namespace {

vault::Node folder(uint32_t mode, uint32_t uid = 33, uint32_t gid = 33) {
  vault::Node node;
  node.type = fs::FileType::directory;
  node.mode = mode;
  node.uid = uid;
  node.gid = gid;
  return node;
}

TEST(Writable, TheFirstClassThatFitsDecides) {
  Who owner{33, {100}}, member{1000, {33}}, other{1000, {100}}, root{0, {0}};
  EXPECT_TRUE(may_write_into(folder(0755), owner));
  EXPECT_FALSE(may_write_into(folder(0577), owner)) << "the owner's own bits, whatever others may";
  EXPECT_FALSE(may_write_into(folder(0600), owner)) << "without search, nothing in it can be named";
  EXPECT_TRUE(may_write_into(folder(0570), member));
  EXPECT_FALSE(may_write_into(folder(0755), member));
  EXPECT_TRUE(may_write_into(folder(0553), other));
  EXPECT_FALSE(may_write_into(folder(0775), other));
  EXPECT_TRUE(may_write_into(folder(0), root));
}

TEST(Writable, NamesTheFoldersInWhichThePlanMovesSomething) {
  Listing now;
  now["uploads"] = folder(0555);
  now["lib"] = folder(0755);
  now["quiet"] = folder(0555);
  FilePlan plan;
  for (const char* path : {"uploads/x.php", "uploads/y.php", "lib/z.php", "new/file.php", "index.php"})
    plan.steps.push_back({FileStep::remove, path, {}, true});
  plan.steps.push_back({FileStep::attributes, "quiet/folder", {}, false});
  EXPECT_EQ(unwritable_folders(plan, now, {33, {}}), std::vector<std::string>{"uploads"});
  EXPECT_TRUE(unwritable_folders(plan, now, {0, {}}).empty());
}

}  // namespace
}  // namespace aplomb::recover
