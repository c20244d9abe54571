#include "site/virtual_hosts.h"

#include <gtest/gtest.h>

#include "fs/memory_fs.h"

namespace aplomb::site {
namespace {

constexpr const char* kNginx = R"(
# server { root /commented; }
server {
  listen 80;
  server_name mairie.example.org;
  return 301 https://$host$request_uri;
}
server {
  listen 443 ssl; listen [::]:443 ssl;
  server_name _ *.example.org www.mairie.example.org mairie.example.org;
  root "/var/www/mairie";
  location /static { root /var/www/static; }
  location ~ \.php$ { fastcgi_pass unix:/run/php/php8.2-fpm.sock; }
}
server { listen 127.0.0.1:8080; root /srv/www/école/; }
server { root $somewhere; server_name a.example.org; }
)";

constexpr const char* kApache = R"(
<VirtualHost *:80>
  ServerName wiki.example.org
  DocumentRoot /var/lib/mediawiki
</VirtualHost>
# <VirtualHost *:443>
<IfModule mod_ssl.c>
<virtualhost _default_:443>
  servername wiki.example.org:443
  DOCUMENTROOT "/var/lib/mediawiki"
  SSLEngine on
</virtualhost>
</IfModule>
)";

TEST(VirtualHosts, OfNginxAreItsServersWithAFolder) {
  EXPECT_EQ(parse_nginx(kNginx),
            (std::vector<VirtualHost>{{"/var/www/mairie", "https://www.mairie.example.org"},
                                      {"/srv/www/école", ""}}));
  EXPECT_EQ(parse_nginx("server { listen 8081; server_name a.b; root /w; }"),
            (std::vector<VirtualHost>{{"/w", "http://a.b:8081"}}));
}

TEST(VirtualHosts, OfApacheAreItsBlocks) {
  EXPECT_EQ(parse_apache(kApache),
            (std::vector<VirtualHost>{{"/var/lib/mediawiki", "http://wiki.example.org"},
                                      {"/var/lib/mediawiki", "https://wiki.example.org"}}));
}

TEST(VirtualHosts, SayWhereTheirLogsLie) {
  using Logs = std::vector<std::string>;
  EXPECT_EQ(parse_nginx("server { root /w; access_log /l/w.log combined; error_log /l/w.err; "
                        "location /x { access_log off; } }")[0]
                .logs,
            (Logs{"/l/w.log", "/l/w.err"}));
  EXPECT_EQ(parse_nginx("server { root /w; access_log /l/w.log; }")[0].logs,
            (Logs{"/l/w.log", "/var/log/nginx/error.log"}))
      << "errors go where the server's own go";
  for (const char* own : {"server { root /w; }", "server { root /w; access_log off; }",
                          "server { root /w; access_log /l/$host.log; }",
                          "server { root /w; access_log syslog:server=1.2.3.4; error_log /l/w.err; }"})
    EXPECT_TRUE(parse_nginx(own)[0].logs.empty()) << own;
  EXPECT_EQ(parse_apache("<VirtualHost *:80>\nDocumentRoot /w\nCustomLog ${APACHE_LOG_DIR}/w.log combined\n"
                         "ErrorLog \"/l/w.err\"\n</VirtualHost>")[0]
                .logs,
            (Logs{"/var/log/apache2/w.log", "/l/w.err"}));
  EXPECT_TRUE(
      parse_apache("<VirtualHost *:80>\nDocumentRoot /w\nCustomLog \"|/bin/rotatelogs /l/w\" combined\n"
                   "</VirtualHost>")[0]
          .logs.empty());
}

TEST(VirtualHosts, OfASiteAreTheLogsOfAllThatServeIt) {
  using Logs = std::vector<std::string>;
  const std::vector<VirtualHost> hosts = {{"/w/public", "", {"/l/a.log", "/l/e.log"}},
                                          {"/w", "", {"/l/b.log", "/l/e.log"}},
                                          {"/other", "", {"/l/other.log"}}};
  EXPECT_EQ(logs_of_site(hosts, {"/w"}), (Logs{"/l/a.log", "/l/e.log", "/l/b.log"}));
  EXPECT_TRUE(logs_of_site({hosts[0], {"/w", "", {}}}, {"/w"}).empty()) << "one writes into the server's own";
  EXPECT_TRUE(logs_of_site(hosts, {"/nobody"}).empty());
}

TEST(VirtualHosts, OfEveryTruncationAreReadWithoutHarm) {
  for (std::string text :
       {std::string(kNginx), std::string(kApache), std::string("server {'"), std::string("}}}")})
    for (size_t size = 0; size <= text.size(); ++size) {
      parse_nginx(text.substr(0, size));
      parse_apache(text.substr(0, size));
    }
}

TEST(VirtualHosts, AreFoundWhereDebianSwitchesThemOn) {
  fs::MemoryFs fs;
  auto etc = fs.make_dirs("/etc", 0755);
  ASSERT_TRUE(etc);
  for (const char* folder : {"nginx/sites-enabled", "nginx/sites-available", "apache2/sites-enabled"})
    ASSERT_TRUE(fs::make_dirs(**etc, folder, 0755));
  ASSERT_TRUE(fs::write_file_durably(**etc, "nginx/sites-available/mairie", as_bytes(kNginx)));
  ASSERT_TRUE((*etc)->make_symlink("../sites-available/mairie", "nginx/sites-enabled/mairie"));
  ASSERT_TRUE((*etc)->make_symlink("/nowhere", "nginx/sites-enabled/broken"));
  ASSERT_TRUE(fs::write_file_durably(**etc, "apache2/sites-enabled/wiki.conf", as_bytes(kApache)));
  EXPECT_EQ(find_virtual_hosts(fs),
            (std::vector<VirtualHost>{{"/var/www/mairie", "https://www.mairie.example.org"},
                                      {"/var/lib/mediawiki", "https://wiki.example.org"},
                                      {"/srv/www/école", ""}}));
}

}  // namespace
}  // namespace aplomb::site
