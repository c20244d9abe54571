#include "site/dpkg.h"

#include <gtest/gtest.h>

#include "fs/memory_fs.h"

namespace aplomb::site {
namespace {

const std::string kSum = "0123456789abcdef0123456789abcdef";

std::string sums(const std::vector<std::string>& paths) {
  std::string text;
  for (const std::string& path : paths) text += kSum + "  " + path + "\n";
  return text;
}

class Info {
 public:
  Info() : dir_(memory_.make_dirs("/info", 0755).value()) {}
  void add(const std::string& name, const std::string& text) {
    ASSERT_TRUE(fs::write_file_durably(*dir_, name, as_bytes(text)));
  }
  std::map<std::string, VendorFile> find(const std::string& root, const std::vector<std::string>& paths) {
    return vendor_files(*dir_, root, paths).value();
  }

 private:
  fs::MemoryFs memory_;
  std::unique_ptr<fs::Dir> dir_;
};

TEST(Dpkg, ReadsSumsAndLeavesOutBrokenLines) {
  std::vector<PackageFile> files = parse_md5sums(
      kSum + "  usr/share/x/a b.php\n\nnonsense\n" + kSum + "  ../etc/passwd\n" + kSum + "  /abs\n" + "zz" +
      kSum.substr(2) + "  x\n" + kSum.substr(1) + "  y\n" + kSum + " z\n" + kSum);
  EXPECT_EQ(files, (std::vector<PackageFile>{{"usr/share/x/a b.php", kSum}, {"abs", kSum}}));
  EXPECT_EQ(parse_file_list("/.\n/usr\n/usr/a\nrelative\n/x/../y\n"),
            (std::vector<std::string>{"/usr", "/usr/a"}));
  EXPECT_EQ(package_of("libc6:amd64.list"), "libc6");
  EXPECT_EQ(package_of("php8.2-cli.md5sums"), "php8.2-cli");
}

TEST(Dpkg, KnowsTheFilesOfAPackageInPlace) {
  Info info;
  info.add("doku.md5sums", sums({"usr/share/doku/doku.php", "usr/share/doku/inc/a.php"}));
  info.add("doku.list", "/.\n/usr/share/doku\n/usr/share/doku/doku.php\n/usr/share/doku/conf.php\n");
  auto found = info.find("/usr/share/doku", {"doku.php", "inc/a.php", "conf.php", "evil.php"});
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found["doku.php"], (VendorFile{"doku", kSum, "usr/share/doku/doku.php"}));
  EXPECT_EQ(found["conf.php"].md5, std::nullopt);
}

TEST(Dpkg, KnowsACopyOfAPackagedTreeAlsoBelowAnotherSite) {
  Info info;
  info.add("doku.md5sums",
           sums({"usr/share/doku/doku.php", "usr/share/doku/inc/a.php", "usr/share/doku/inc/b.php",
                 "usr/share/doku/lib/c.php", "usr/share/doc/doku/README"}));
  info.add("doku-theme.md5sums", sums({"var/lib/doku/theme/t.php"}));
  auto found = info.find(
      "/var/www/x", {"doku.php", "inc/a.php", "lib/c.php", "theme/t.php", "evil.php", "upload/doku.php"});
  EXPECT_EQ(found.size(), 4U);
  EXPECT_EQ(found["theme/t.php"].package, "doku-theme");
  EXPECT_FALSE(found.contains("upload/doku.php")) << "the same name elsewhere is not at its place";
  EXPECT_EQ(
      info.find("/var/www/x", {"wiki/doku.php", "wiki/inc/a.php", "wiki/lib/c.php", "a/inc/b.php"}).size(),
      3U);
}

TEST(Dpkg, AFewFilesOfTheSameNameAreNoCopy) {
  Info info;
  info.add("doku.md5sums",
           sums({"usr/share/doku/index.php", "usr/share/doku/inc/a.php", "usr/share/doku/inc/b.php",
                 "usr/share/doku/inc/c.php", "usr/share/doku/inc/d.php", "usr/share/doku/inc/e.php",
                 "usr/share/doku/inc/f.php"}));
  info.add("small.md5sums", sums({"usr/share/small/index.php"}));
  EXPECT_TRUE(info.find("/var/www/x", {"index.php", "inc/a.php", "inc/b.php"}).empty());
}

TEST(Dpkg, ReadsVersionsOfInstalledPackagesOnly) {
  auto installed = parse_dpkg_status(
      "Package: a\nStatus: install ok installed\nVersion: 1\n\nPackage: b\nStatus: deinstall ok "
      "config-files\n"
      "Version: 2\n\nPackage: c\nStatus: install ok installed\nVersion: 3");
  EXPECT_EQ(installed, (std::map<std::string, std::string>{{"a", "1"}, {"c", "3"}}));
}

}  // namespace
}  // namespace aplomb::site
