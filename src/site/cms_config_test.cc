#include "site/cms_config.h"

#include <gtest/gtest.h>

#include "fs/memory_fs.h"
#include "site/cms_settings.h"

namespace aplomb::site {
namespace {

constexpr const char* kWordPress = R"(some text define('DB_NAME', 'outside');
<?php
/* define( 'DB_NAME', 'in a comment' ); */
// define( 'DB_NAME', 'in a line' );
# define( 'DB_NAME', 'in another' );
define( 'DB_NAME', 'mairie' );
define("DB_USER", "wp'user");
define( 'DB_PASSWORD', 'l\'été \\ "2026" $x' );
define( 'DB_HOST', 'localhost:/run/mysqld/mysqld.sock' );
define( 'DB_NAME', 'a second definition, which PHP ignores' );
$table_prefix = 'wp_';
if ( ! defined( 'ABSPATH' ) ) { define( 'ABSPATH', __DIR__ . '/' ); }
)";

TEST(CmsConfig, ReadsWordPressAsDataAndWithoutItsComments) {
  auto found = parse_cms_database(kWordPress);
  ASSERT_TRUE(found) << found.error().what;
  EXPECT_EQ(found->address.name, "mairie");
  EXPECT_EQ(found->address.user, "wp'user");
  EXPECT_EQ(found->address.socket, "/run/mysqld/mysqld.sock");
  EXPECT_EQ(found->password, "l'été \\ \"2026\" $x");
}

TEST(CmsConfig, ReadsEveryFormOfAHost) {
  auto host = [](const std::string& text) {
    auto found = parse_cms_database(
        "<?php define('DB_NAME','n');define('DB_USER','u');define('DB_PASSWORD','');"
        "define('DB_HOST','" +
        text + "');");
    if (!found) return std::string("refused");
    return found->address.host + "|" + std::to_string(found->address.port) + "|" + found->address.socket;
  };
  EXPECT_EQ(host("localhost"), "localhost|0|");
  EXPECT_EQ(host("127.0.0.1:3307"), "127.0.0.1|3307|");
  EXPECT_EQ(host("[::1]:3306"), "::1|3306|");
  EXPECT_EQ(host("::1"), "::1|0|");
  EXPECT_EQ(host(":/tmp/s"), "localhost|0|/tmp/s");
  EXPECT_EQ(host("h:port"), "refused");
}

TEST(CmsConfig, ReadsMediaWikiWhereTheLastValueCounts) {
  auto found = parse_cms_database(
      "<?php\n$wgDBtype = \"mysql\"; $wgDBserver = '127.0.0.1';\n$wgDBname='old'; $wgDBname = 'wiki';"
      "$wgDBuser = \"w\";\n$wgDBpassword = \"p\\$\";");
  ASSERT_TRUE(found) << found.error().what;
  EXPECT_EQ(found->address.name, "wiki");
  EXPECT_EQ(found->password, "p$");
}

TEST(CmsConfig, ReadsSpip) {
  auto found = parse_cms_database(
      "<?php\nif (!defined(\"_ECRIRE_INC_VERSION\")) return;\ndefined('_MYSQL_SET_SQL_MODE') || "
      "define('_MYSQL_SET_SQL_MODE',true);\n$GLOBALS['spip_connect_version'] = 0.8;\n"
      "spip_connect_db('localhost','3307','spip','l\\'été','mairie','mysql', 'spip','','utf8');\n?>");
  ASSERT_TRUE(found) << found.error().what;
  EXPECT_EQ(found->address.host, "localhost");
  EXPECT_EQ(found->address.port, 3307);
  EXPECT_EQ(found->address.user, "spip");
  EXPECT_EQ(found->address.name, "mairie");
  EXPECT_EQ(found->password, "l'été");
}

TEST(CmsConfig, IsWrittenAnewInItsSecretsAlone) {
  std::set<std::string> written;
  std::string text = with_settings(kWordPress, {{"DB_PASSWORD", "new'\\"}, {"AUTH_KEY", "absent"}}, written);
  EXPECT_EQ(written, std::set<std::string>{"DB_PASSWORD"});
  auto found = parse_cms_database(text);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->password, "new'\\");
  EXPECT_EQ(with_settings(text, {{"DB_PASSWORD", "l'été \\ \"2026\" $x"}}, written), kWordPress);
  std::string spip = "<?php spip_connect_db('h','','u','p','n','mysql');",
              wiki = "<?php $wgDBtype='mysql';$wgDBname='n';$wgDBuser='u';$wgDBpassword = \"p\" ;";
  for (const std::string& config : {spip, wiki}) {
    std::string setting = password_setting(config);
    EXPECT_EQ(parse_cms_database(with_settings(config, {{setting, "q"}}, written))->password, "q") << config;
  }
  EXPECT_EQ(cms_setting(kWordPress, "$table_prefix"), "wp_");
  EXPECT_EQ(cms_setting(kWordPress, "ABSPATH"), "");
}

TEST(CmsConfig, FindsWhereEachCmsKeepsIt) {
  for (const char* place : {"/w/site/wp-config.php", "/w/wp-config.php", "/w/site/LocalSettings.php",
                            "/w/site/config/connect.php"}) {
    fs::MemoryFs fs;
    ASSERT_TRUE(fs.make_dirs("/w/site/config", 0755));
    auto [folder, name] = fs::split_path(place);
    auto dir = fs.open_dir(folder);
    ASSERT_TRUE(fs::write_file_durably(**dir, name, as_bytes(kWordPress)));
    EXPECT_EQ(find_cms_config(fs, "/w/site"), place);
  }
}

TEST(CmsConfig, GuessesNothingThatPhpWouldCompute) {
  for (const char* text :
       {"", "<?php",
        "<?php define('DB_NAME', getenv('X')); define('DB_USER','u'); define('DB_PASSWORD','p');",
        "<?php define('DB_NAME', \"a$b\"); define('DB_USER','u'); define('DB_PASSWORD','p');",
        "<?php define('DB_NAME', 'a' . 'b'); define('DB_USER','u'); define('DB_PASSWORD','p');",
        "<?php $wgDBtype='sqlite'; $wgDBname='n'; $wgDBuser='u'; $wgDBpassword='p';",
        "<?php spip_connect_db('localhost','','u',$pass,'n','mysql');",
        "<?php spip_connect_db('localhost','','u','p','n','sqlite3');", "<?php define('DB_NAME', 'n",
        "<?php /* define('DB_NAME','n')"}) {
    auto found = parse_cms_database(text);
    ASSERT_FALSE(found) << text;
    EXPECT_EQ(found.error().code, Code::not_found);
  }
}

TEST(CmsConfig, CompletesTheShortFormAndKeepsNoPassword) {
  fs::MemoryFs fs;
  auto dir = fs.make_dirs("/var/www/mairie", 0755);
  ASSERT_TRUE(dir);
  ASSERT_TRUE(fs::write_file_durably(**dir, "wp-config.php", as_bytes(kWordPress)));
  auto spec = complete_spec(fs, *parse_database_spec("mysql:", "/"), {"/var/www/mairie"});
  ASSERT_TRUE(spec) << spec.error().what;
  EXPECT_EQ(spec->text(),
            "mariadb://wp%27user@localhost/mairie?socket=/run/mysqld/mysqld.sock&config=/var/www/mairie/"
            "wp-config.php");
  EXPECT_EQ(*parse_database_spec(spec->text()), *spec);
  EXPECT_EQ(spec->entry_name(), "mairie.sql");
  EXPECT_FALSE(complete_spec(fs, *parse_database_spec("mysql:", "/"), {"/var/www"}));
}

}  // namespace
}  // namespace aplomb::site
