#include "scan/tree_scan.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "fs/fault_fs.h"
#include "fs/memory_fs.h"

namespace aplomb::scan {
namespace {

class TreeScanTest : public testing::Test {
 protected:
  void write(const std::string& path, std::string_view content, uint32_t mode = 0644) {
    auto [parent, name] = fs::split_path("/site/" + path);
    auto dir = fs_.make_dirs(parent, 0755);
    ASSERT_TRUE(dir);
    ASSERT_TRUE(fs::write_file_durably(**dir, name, as_bytes(content), mode));
  }

  TreeScan scan(const std::vector<std::string>& paths, unsigned workers = 2) {
    NoProgress progress;
    Result<TreeScan> result = scan_trees(fs_, paths, scanner_, clock_, progress, workers);
    EXPECT_TRUE(result) << result.error().what;
    return result.value_or(TreeScan{});
  }

  fs::MemoryFs fs_;
  Scanner scanner_;
  SystemClock clock_;
};

constexpr std::string_view kLoader = "eval(atob('YWxlcnQoMSk='))";

TEST_F(TreeScanTest, FindsByContentAndByPlaceInOrder) {
  write("index.php", "<?php echo 'hello';");
  write("b.js", kLoader);
  write("a/x.js", kLoader);
  write("uploads/x.php", "<?php echo 'marker';");
  write("uploads/index.php", "<?php // Silence is golden\n");
  TreeScan result = scan({"/site"});
  EXPECT_EQ(result.files, 5u);
  ASSERT_EQ(result.findings.size(), 3u);
  EXPECT_EQ(result.findings[0].path, "/site/a/x.js");
  EXPECT_EQ(result.findings[1].path, "/site/b.js");
  EXPECT_EQ(result.findings[2].path, "/site/uploads/x.php");
  EXPECT_EQ(verdict(result.findings[2].finding.level), "suspicious");
  EXPECT_TRUE(result.warnings.empty());
  EXPECT_EQ(scan({"/site"}, 1).findings, result.findings);
}

TEST_F(TreeScanTest, HtaccessReachesTheFoldersBelowOnly) {
  write("d/.htaccess", "AddType application/x-httpd-php .note\n");
  write("d/e/x.note", "<?php echo 'marker';");
  write("f/x.note", "<?php echo 'marker';");
  write("images/.htaccess", "AddType application/x-httpd-php .note\n");
  write("images/x.note", "<?php echo 'marker';");
  std::vector<std::string> paths;
  for (const PathFinding& f : scan({"/site"}).findings) paths.push_back(f.path + " " + f.finding.rule);
  EXPECT_EQ(paths, (std::vector<std::string>{"/site/d/.htaccess server-runs-content-as-php",
                                             "/site/images/.htaccess server-runs-content-as-php",
                                             "/site/images/x.note context-php-in-uploads"}));
}

TEST_F(TreeScanTest, LinksAreNotFollowedAndFilesCanBeNamed) {
  write("real/x.js", kLoader);
  auto dir = fs_.open_dir("/site");
  ASSERT_TRUE(dir);
  ASSERT_TRUE((*dir)->make_symlink("real", "link"));
  ASSERT_TRUE((*dir)->make_symlink("real/x.js", "y.js"));
  EXPECT_EQ(scan({"/site"}).files, 1u);
  EXPECT_EQ(scan({"/site/real/x.js"}).findings.size(), 1u);
  NoProgress progress;
  Result<TreeScan> missing = scan_trees(fs_, {"/nowhere"}, scanner_, clock_, progress);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::not_found);
}

TEST_F(TreeScanTest, WhatCannotBeReadIsAWarning) {
  write("a.txt", "x");
  write("b.txt", "y");
  fs::FaultPlan plan;
  plan.set_filter(
      [](fs::Op op, std::string_view path) { return op == fs::Op::open && path == "/site/a.txt"; });
  plan.fail_at(1, EACCES);
  fs::FaultFs faulty(fs_, plan);
  NoProgress progress;
  Result<TreeScan> result = scan_trees(faulty, {"/site"}, scanner_, clock_, progress, 1);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->files, 1u);
  ASSERT_EQ(result->warnings.size(), 1u);
  EXPECT_NE(result->warnings[0].find("/site/a.txt"), std::string::npos);
}

TEST_F(TreeScanTest, MassEncryptionIsSeenOverTheWholeTree) {
  for (int i = 0; i < 12; ++i) {
    std::string noise(3000, '\0');
    SeededRandom(static_cast<uint64_t>(i)).fill({reinterpret_cast<uint8_t*>(noise.data()), noise.size()});
    write("img/" + std::to_string(i) + ".jpg.locked", noise);
  }
  TreeScan result = scan({"/site"});
  ASSERT_EQ(result.findings.size(), 12u);
  EXPECT_EQ(verdict(result.findings[0].finding.level), "malicious");
}

}  // namespace
}  // namespace aplomb::scan
