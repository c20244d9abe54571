#include "vendor/wordpress.h"

#include <gtest/gtest.h>

namespace aplomb::vendor {
namespace {

// A site as its telling files.
class WordPress : public testing::Test {
 protected:
  WordPress() {
    texts_["wp-includes/version.php"] = "<?php\n$wp_version = '6.4.3';\n$wp_local_package = 'fr_FR';\n";
    texts_["wp-content/plugins/agenda/agenda.php"] =
        "<?php\n/**\n * Plugin Name: Agenda de la mairie\n * Version: 2.1.0\n */\n";
    texts_["wp-content/plugins/odd/admin.php"] = "<?php // nothing";
    texts_["wp-content/plugins/odd/zz-main.php"] = "<?php /* Plugin Name: Odd\r\nversion: 0.9-rc1 */";
    texts_["wp-content/plugins/hello.php"] = "<?php\n/*\nPlugin Name: Hello Dolly\nVersion: 1.7.2\n*/";
    texts_["wp-content/themes/commune/style.css"] = "/*\nTheme Name: Commune\nVersion: 3\n*/";
  }
  std::string places(const std::string& path) {
    std::set<std::string> telling;
    for (const auto& [file, text] : texts_)
      if (tells_version(file)) telling.insert(file);
    WordPressSites sites(telling,
                         [this](const std::string& file) { return texts_.at(file).substr(0, kHeadSize); });
    std::string found;
    for (const auto& [package, below] : sites.places_of(path))
      found += question_for(package).target + " " + below + " in " + package.folder + "\n";
    return found;
  }
  std::map<std::string, std::string> texts_;
};

constexpr char kCore[] = "/core/checksums/1.0/?version=6.4.3&locale=fr_FR ";

TEST_F(WordPress, KnowsTheCoreWithItsLanguage) {
  EXPECT_EQ(places("wp-includes/load.php"), kCore + std::string("wp-includes/load.php in \n"));
  EXPECT_EQ(places("index.php"), kCore + std::string("index.php in \n"));
}

TEST_F(WordPress, KnowsPluginsByTheHeaderOfTheirMainFile) {
  EXPECT_EQ(places("wp-content/plugins/agenda/inc/ical.php"),
            "/plugin-checksums/agenda/2.1.0.json inc/ical.php in wp-content/plugins/agenda\n" +
                std::string(kCore) + "wp-content/plugins/agenda/inc/ical.php in \n");
  EXPECT_TRUE(
      places("wp-content/plugins/odd/x.php").starts_with("/plugin-checksums/odd/0.9-rc1.json x.php in"));
  EXPECT_TRUE(places("wp-content/plugins/hello.php")
                  .starts_with("/plugin-checksums/hello-dolly/1.7.2.json hello.php in wp-content/plugins\n"));
}

TEST_F(WordPress, KnowsThemesAndTranslations) {
  EXPECT_TRUE(places("wp-content/themes/commune/functions.php")
                  .starts_with("/theme/commune.3.zip functions.php in wp-content/themes/commune\n"));
  EXPECT_TRUE(places("wp-content/languages/fr_FR.l10n.php")
                  .starts_with("/translation/core/6.4.3/fr_FR.zip fr_FR.l10n.php in wp-content/languages\n"));
  EXPECT_TRUE(places("wp-content/languages/admin-network-fr_FR.l10n.php")
                  .starts_with("/translation/core/6.4.3/fr_FR.zip admin-network-fr_FR.l10n.php in"));
  EXPECT_TRUE(places("wp-content/languages/plugins/agenda-fr_FR.l10n.php")
                  .starts_with("/translation/plugin/agenda/2.1.0/fr_FR.zip agenda-fr_FR.l10n.php in "
                               "wp-content/languages/plugins\n"));
  EXPECT_TRUE(places("wp-content/languages/themes/commune-fr_FR.l10n.php")
                  .starts_with("/translation/theme/commune/3/fr_FR.zip "));
}

TEST_F(WordPress, FindsASiteBelowAnother) {
  texts_["old/wp-includes/version.php"] = "<?php $wp_version = '5.9';";
  EXPECT_EQ(places("old/index.php"), "/core/checksums/1.0/?version=5.9&locale=en_US index.php in old\n");
  EXPECT_EQ(places("elsewhere/index.php"), kCore + std::string("elsewhere/index.php in \n"));
}

TEST_F(WordPress, AsksNothingOfWhatIsNoWordPress) {
  texts_.erase("wp-includes/version.php");
  EXPECT_EQ(places("wp-content/plugins/agenda/agenda.php"), "");
  EXPECT_EQ(places(""), "");
}

TEST_F(WordPress, PutsNothingHostileIntoAnAddress) {
  texts_["wp-includes/version.php"] = "<?php $wp_version = '6.4/../../x'; $wp_local_package = '../../etc';";
  texts_["wp-content/plugins/agenda/agenda.php"] = "<?php /* Plugin Name: A\nVersion: 1.0/../../evil?x=1 */";
  texts_["wp-content/plugins/a b/a b.php"] = "<?php /* Plugin Name: A\nVersion: 1 */";
  EXPECT_EQ(places("wp-content/plugins/agenda/agenda.php").find("plugin-checksums"), std::string::npos);
  EXPECT_EQ(places("wp-content/plugins/a b/a b.php").find("plugin-checksums"), std::string::npos);
  EXPECT_EQ(places("index.php").find("etc"), std::string::npos);
  EXPECT_FALSE(is_version("1..2") || is_version("1."));
  EXPECT_FALSE(is_version("trunk"));
  EXPECT_FALSE(is_slug("..") || is_slug("") || is_slug("a/b") || is_slug("a?b") || is_slug("a%2e"));
  EXPECT_FALSE(is_slug("a..b") || is_slug("a."));
  EXPECT_FALSE(is_locale("fr/FR") || is_locale("") || is_locale("-fr"));
}

}  // namespace
}  // namespace aplomb::vendor
