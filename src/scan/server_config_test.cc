#include "scan/server_config.h"

#include <gtest/gtest.h>

#include "scan/php_config.h"

namespace aplomb::scan {
namespace {

Level level_of(std::string_view text, std::string_view rule = "") {
  ReportBuilder report;
  analyse_server_config(text, report);
  Level level = Level::none;
  for (const Finding& finding : report.findings())
    if (rule.empty() || finding.rule == rule) level = std::max(level, finding.level);
  return level;
}

TEST(ServerConfig, ParsesDirectivesAsApacheDoes) {
  std::vector<Directive> directives =
      parse_directives("# comment\n<Files \"a b.txt\">\n  AddType  x/y \\\n   .one .two\n</Files>\r\n");
  ASSERT_EQ(directives.size(), 3u);
  EXPECT_EQ(directives[0].name, "<files");
  EXPECT_EQ(directives[0].arguments, std::vector<std::string>{"a b.txt"});
  EXPECT_EQ(directives[1].name, "addtype");
  EXPECT_EQ(directives[1].arguments, (std::vector<std::string>{"x/y", ".one", ".two"}));
  EXPECT_EQ(directives[1].line, 3u);
  EXPECT_EQ(directives[2].name, "</files");
  EXPECT_EQ(directives[2].line, 5u);
}

TEST(ServerConfig, ContentGivenToPhp) {
  EXPECT_EQ(level_of("AddType application/x-httpd-php .jpg"), Level::malicious);
  EXPECT_EQ(level_of("AddHandler application/x-httpd-php83 png ico"), Level::malicious);
  EXPECT_EQ(level_of("<FilesMatch \"\\.(gif|jpe?g)$\">\nSetHandler application/x-httpd-php\n</FilesMatch>"),
            Level::malicious);
  EXPECT_EQ(level_of("<Files logo.png>\nForceType application/x-httpd-php\n</Files>"), Level::malicious);
  EXPECT_EQ(level_of("AddType application/x-httpd-php .html .htm"), Level::suspicious);
  EXPECT_EQ(level_of("AddHandler php-script .cache"), Level::suspicious);
  EXPECT_EQ(level_of("SetHandler application/x-httpd-php"), Level::suspicious);
  EXPECT_EQ(level_of("AddHandler application/x-httpd-php .php .phtml .php5"), Level::none);
  EXPECT_EQ(
      level_of("<FilesMatch \".+\\.ph(ar|p|tml)$\">\nSetHandler application/x-httpd-php\n</FilesMatch>"),
      Level::none);
  EXPECT_EQ(level_of("<FilesMatch \".+\\.phps$\">\nSetHandler application/x-httpd-php-source\n</FilesMatch>"),
            Level::none);
  EXPECT_EQ(level_of("AddType image/svg+xml .svg\nAddType font/woff2 .woff2"), Level::none);
}

TEST(ServerConfig, HandlersNameWhatPhpGets) {
  Handlers handlers = handlers_of(
      "AddType application/x-httpd-php .JPG .php\n<Files x.txt>\nSetHandler php-script\n</Files>");
  EXPECT_EQ(handlers.php_extensions, std::vector<std::string>{"jpg"});
  EXPECT_EQ(handlers.php_names, std::vector<std::string>{"x.txt"});
  EXPECT_FALSE(handlers.all_files);
  EXPECT_TRUE(handlers_of("SetHandler application/x-httpd-php").all_files);
  EXPECT_TRUE(
      handlers_of("<FilesMatch \"\\.php$\">\nSetHandler application/x-httpd-php\n</FilesMatch>").empty());
}

TEST(ServerConfig, VisitorsLedAway) {
  std::string_view target = "RewriteRule ^(.*)$ https://shop.invalid/$1 [R=302,L]";
  EXPECT_EQ(level_of("RewriteCond %{HTTP_REFERER} (google|bing) [NC]\n" + std::string(target)),
            Level::malicious);
  EXPECT_EQ(level_of("RewriteCond %{HTTP_USER_AGENT} android [NC]\n" + std::string(target)),
            Level::suspicious);
  EXPECT_EQ(level_of(target), Level::none);  // a site that moved
  EXPECT_EQ(level_of("RewriteCond %{HTTPS} off\nRewriteRule ^ https://%{HTTP_HOST}%{REQUEST_URI} [R=301]"),
            Level::none);
  EXPECT_EQ(level_of("RewriteCond %{HTTP_REFERER} !^https://mairie\\.invalid\nRewriteRule \\.(jpg|png)$ "
                     "https://hotlink.invalid/no.png [L]"),
            Level::none);
  EXPECT_EQ(level_of("RewriteCond %{HTTP_USER_AGENT} badbot\nRewriteRule .* - [F,L]"), Level::none);
  EXPECT_EQ(level_of("ErrorDocument 404 https://shop.invalid/"), Level::suspicious);
  EXPECT_EQ(level_of("ErrorDocument 404 /404.html\nErrorDocument 403 \"No\""), Level::none);
}

TEST(ServerConfig, EveryPageRunsOneMoreFile) {
  EXPECT_EQ(level_of("php_value auto_prepend_file /srv/site/waf.php"), Level::suspicious);
  EXPECT_EQ(level_of("php_value auto_append_file \"images/logo.png\""), Level::malicious);
  EXPECT_EQ(level_of("php_value auto_prepend_file /tmp/s.php"), Level::malicious);
  EXPECT_EQ(level_of("php_value auto_prepend_file none\nphp_value memory_limit 64M"), Level::none);
}

TEST(ServerConfig, OnlyAListOfNamesRuns) {
  EXPECT_EQ(level_of("<FilesMatch \".*\\.(php|phtml)$\">\nOrder allow,deny\nDeny from all\n</FilesMatch>\n"
                     "<FilesMatch \"^(about.php|radio.php|index.php)$\">\nOrder allow,deny\nAllow from "
                     "all\n</FilesMatch>"),
            Level::suspicious);
  EXPECT_EQ(level_of("<FilesMatch \"\\.php$\">\nDeny from all\n</FilesMatch>\n<Files index.php>\nAllow from "
                     "all\n</Files>"),
            Level::none);
}

TEST(ServerConfig, ProgramsAllowed) {
  EXPECT_EQ(level_of("Options +ExecCGI"), Level::suspicious);
  EXPECT_EQ(level_of("AddHandler cgi-script .jpg"), Level::suspicious);
  EXPECT_EQ(level_of("Options -Indexes +FollowSymLinks"), Level::none);
}

TEST(ServerConfig, ProtectionIsRecognised) {
  for (std::string_view text :
       {"php_flag engine off", "Deny from all", "Require all denied", "SetHandler none", "Options -ExecCGI",
        "<FilesMatch \"\\.ph(p|tml)$\">\nRequire all denied\n</FilesMatch>", "RewriteRule \\.php$ - [F]"})
    EXPECT_TRUE(protects(text)) << text;
  for (std::string_view text :
       {"", "Options -Indexes", "<Files readme.txt>\nDeny from all\n</Files>", "Allow from all"})
    EXPECT_FALSE(protects(text)) << text;
}

Level ini_level(std::string_view text) {
  ReportBuilder report;
  analyse_php_config(text, report);
  return worst(report.findings());
}

TEST(PhpConfig, SettingsThatOpenOrCloseDoors) {
  EXPECT_EQ(ini_level("auto_prepend_file = 'wordfence-waf.php'"), Level::suspicious);
  EXPECT_EQ(ini_level("auto_prepend_file = uploads/a.ico"), Level::malicious);
  EXPECT_EQ(ini_level("auto_prepend_file=data:text/plain,x"), Level::malicious);
  EXPECT_EQ(ini_level("allow_url_include = On"), Level::suspicious);
  EXPECT_EQ(ini_level("disable_functions = none"), Level::suspicious);
  EXPECT_EQ(ini_level("extension = /tmp/m.so"), Level::malicious);
  EXPECT_EQ(ini_level("sendmail_path = /var/www/x.sh"), Level::suspicious);
  EXPECT_EQ(ini_level("; auto_prepend_file = x.php\nauto_prepend_file =\nupload_max_filesize = 64M\n"
                      "extension=curl\nsendmail_path = \"/usr/sbin/sendmail -t -i\""),
            Level::none);
  EXPECT_TRUE(php_config_protects("disable_functions = exec,system"));
  EXPECT_FALSE(php_config_protects("memory_limit = 1G"));
}

}  // namespace
}  // namespace aplomb::scan
