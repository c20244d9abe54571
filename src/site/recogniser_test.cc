#include "site/recogniser.h"

#include <gtest/gtest.h>

#include "fs/memory_fs.h"
#include "fs/posix_fs.h"

namespace aplomb::site {
namespace {

// The files as they are shipped.
std::vector<Recogniser> shipped() {
  fs::PosixFs posix;
  Result<std::vector<Recogniser>> loaded = load_recognisers(posix, APLOMB_RECOGNISERS);
  EXPECT_TRUE(loaded) << loaded.error().what << " " << loaded.error().where;
  return loaded ? *loaded : std::vector<Recogniser>{};
}

class Site {
 public:
  Site() : root_(memory_.make_dirs("/site", 0755).value()) {}
  Site& add(const std::string& path, std::string_view text = "<?php") {
    EXPECT_TRUE(fs::make_dirs(*root_, fs::split_path(path).first, 0755));
    EXPECT_TRUE(fs::write_file_durably(*root_, path, as_bytes(text)));
    return *this;
  }
  Recognised recognised() { return recognise(*root_, shipped()).value(); }
  fs::Dir& root() { return *root_; }

 private:
  fs::MemoryFs memory_;
  std::unique_ptr<fs::Dir> root_;
};

Site& wordpress(Site& site, const std::string& base = "") {
  return site.add(base + "wp-load.php")
      .add(base + "wp-settings.php")
      .add(base + "wp-includes/version.php", "<?php\n$wp_version = '6.1.9';\n");
}
Site& dokuwiki(Site& site, const std::string& base = "") {
  return site.add(base + "doku.php")
      .add(base + "inc/init.php")
      .add(base + "lib/exe/fetch.php")
      .add(base + "VERSION", "2022-07-31b \"Igor\"\n");
}

TEST(Recogniser, KnowsEachCmsAndItsVersion) {
  Site wp, doku, media, spip;
  Recognised found = wordpress(wp).recognised();
  EXPECT_EQ(found.cms, "wordpress");
  EXPECT_EQ(found.version, "6.1.9");
  found = dokuwiki(doku).recognised();
  EXPECT_EQ(found.cms, "dokuwiki");
  EXPECT_EQ(found.version, "2022-07-31b");
  found = media.add("includes/WebStart.php")
              .add("load.php")
              .add("includes/Defines.php", "<?php\ndefine( 'MW_VERSION', '1.39.17' );")
              .recognised();
  EXPECT_EQ(found.cms, "mediawiki");
  EXPECT_EQ(found.version, "1.39.17");
  found = spip.add("spip.php")
              .add("ecrire/public.php")
              .add("ecrire/inc_version.php", "$spip_version_branche = \"4.2.8\";")
              .recognised();
  EXPECT_EQ(found.cms, "spip");
  EXPECT_EQ(found.version, "4.2.8");
}

TEST(Recogniser, TakesAnUnknownSiteAsPlain) {
  Site site;
  Recognised found = site.add("index.php").recognised();
  EXPECT_EQ(found.cms, "plain");
  EXPECT_EQ(found.version, "");
  EXPECT_TRUE(found.components.empty());
  EXPECT_FALSE(found.generated.empty());
}

TEST(Recogniser, FindsAWikiBelowACms) {
  Site site;
  wordpress(site);
  Recognised found = dokuwiki(site, "wiki/").recognised();
  ASSERT_EQ(found.components.size(), 2U);
  EXPECT_EQ(found.cms, "wordpress");
  EXPECT_EQ(found.components[1].base, "wiki");
  EXPECT_EQ(found.components[1].cms, "dokuwiki");
  EXPECT_TRUE(found.is_generated("wiki/data/index/pageword.idx"));
  EXPECT_FALSE(found.is_generated("data/index/pageword.idx"));
  EXPECT_TRUE(found.is_upload("wiki/data/media/photo.jpg"));
}

TEST(Recogniser, PhpInACacheIsNeverGenerated) {
  Site site, wp;
  for (const Recognised& found : {site.recognised(), wordpress(wp).recognised()}) {
    EXPECT_TRUE(found.is_generated("cache/page.html"));
    EXPECT_TRUE(found.is_generated("var/cache/x/page.json"));
    for (const char* path : {"cache/x.php", "cache/x.PHP", "cache/x.php.html", "cache/x.phtml",
                             "cache/x.php7", "cache/.htaccess", "cache/.user.ini", "cache/x.phar",
                             "cache/x.html.php", "templates_c/x.php", "tmp/x.php", "cache/x.php.",
                             "wp-content/cache/a/x.php", "cache/x", "cache/x.cgi", "cache/.htpasswd"})
      EXPECT_FALSE(found.is_generated(path)) << path;
  }
  EXPECT_FALSE(site.recognised().is_generated("index.html")) << "only caches";
}

TEST(Recogniser, CompiledTemplatesOfSpipAreGeneratedWhereTheyBelong) {
  Site site;
  Recognised found = site.add("spip.php").add("ecrire/public.php").add("ecrire/inc_version.php").recognised();
  EXPECT_TRUE(found.is_generated("tmp/cache/skel/html_0123abcd.php"));
  EXPECT_FALSE(found.is_generated("tmp/cache/skel/other.php"));
  EXPECT_FALSE(found.is_generated("tmp/cache/skel/html_x.php.php3"));
  EXPECT_FALSE(found.is_generated("tmp/cache/skel/x/html_0123abcd.php"));
  EXPECT_FALSE(found.is_generated("IMG/html_0123abcd.php"));
}

TEST(Recogniser, TheAdministratorMayCallCompiledTemplatesGenerated) {
  Site site;
  Recognised found = site.recognised();
  EXPECT_FALSE(found.is_generated("compiled/a/x.php"));
  SiteConfig config;
  config.generated = {*Glob::parse("compiled"), *Glob::parse("var/*.tpl.php")};
  add_configured(found, config);
  EXPECT_TRUE(found.is_generated("compiled/a/x.php"));
  EXPECT_TRUE(found.is_generated("var/x.tpl.php"));
  EXPECT_FALSE(found.is_generated("var/x.php"));
}

TEST(Recogniser, AFileMustBeAFileToBeAMarker) {
  Site site;
  site.add("wp-load.php").add("wp-settings.php").add("wp-includes/version.php/x");
  EXPECT_EQ(site.recognised().cms, "plain");
}

TEST(Recogniser, RefusesAMarkerThatAnyoneCouldPlant) {
  Result<Recogniser> inert = parse_recogniser("cms = \"x\"\nmarkers = [\"readme.txt\"]\n", "x.toml");
  ASSERT_FALSE(inert);
  EXPECT_NE(inert.error().where.find("line 2"), std::string::npos);
  EXPECT_FALSE(parse_recogniser("cms = \"x\"\nunknown = 1\n", "x.toml"));
  EXPECT_FALSE(parse_recogniser("cms = \"x\"\n[[generated]]\nwhere = \"/etc\"\n", "x.toml"));
}

TEST(Recogniser, ReadsVersionsLooselyAndOnlyVersions) {
  EXPECT_EQ(find_version("$v  =\n'1.2'", "$v = '"), "1.2");
  EXPECT_EQ(find_version("$v='1.2-rc1';", "$v = '"), "1.2-rc1");
  EXPECT_EQ(find_version("$vv $v = '3'", "$v = '"), "3");
  EXPECT_EQ(find_version("$v = '<script>'", "$v = '"), "");
  EXPECT_EQ(find_version("", "$v"), "");
  EXPECT_EQ(find_version("2022-07-31 \"x\"", ""), "2022-07-31");
  EXPECT_EQ(find_version("v=" + std::string(1000, '9'), "v=").size(), 40U);
}

TEST(Recogniser, ExecutableNamesAreKnownInEveryDisguise) {
  for (const char* name : {"a.php", "a.PhP5", "a.php.jpg", "a.phtml", ".htaccess", ".user.ini", "a.cgi",
                           "a.jsp", "a.php~", "a.inc", "a.shtml"})
    EXPECT_TRUE(is_executable_name(name)) << name;
  for (const char* name :
       {"a.html", "a.js", "php", "a.phpx", "page.pl.html", "a.jpg", "", ".", "photo.phpbb"})
    EXPECT_FALSE(is_executable_name(name)) << name;
}

}  // namespace
}  // namespace aplomb::site
