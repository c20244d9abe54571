#include "site/config.h"

#include <gtest/gtest.h>

#include "fs/memory_fs.h"
#include "site/paths.h"
#include "site/toml_document.h"

namespace aplomb::site {
namespace {

constexpr const char* kSmallest = R"(vault = "file:/srv/vault"
[[site]]
name = "mairie"
roots = ["/var/www/mairie"]
)";

Error refusal(const std::string& text) {
  Result<Config> config = parse_config(text, "/srv/aplomb.toml");
  EXPECT_FALSE(config) << text;
  return config ? Error{} : config.error();
}

Config full_config() {
  Config config;
  config.language = Language::french;
  config.vault = "file:/srv/vault";
  config.owner_key = "/srv/keys/owner.key";
  config.recovery_key = "/srv/keys/recovery.key";
  config.file = "/srv/aplomb.toml";
  config.state_dir = "/srv/aplomb-state";
  SiteConfig site;
  site.name = "mairie-2";
  site.roots = {"/var/www/mairie", "/srv/data \"x\"\\y"};
  site.url = "https://www.mairie.example/";
  site.databases = {{DatabaseKind::sqlite, "/var/www/mairie/data/é.sqlite"}};
  site.exclude = {*Glob::parse("tmp/**"), *Glob::parse("*.log")};
  site.generated = {*Glob::parse("compiled")};
  site.privileged_tables = {"agents"};
  site.health = {"/", "/contact"};
  site.logs = {"/var/log/nginx/mairie.access.log", "/srv/logs/*.log"};
  site.service = {{"systemctl stop php"}, {"systemctl start php", "true"}};
  site.continuity.listen = "0.0.0.0:8080";
  site.continuity.card = {
      {"Accueil : 01 02 03 04 05"}, {"Mairie, place de l'Église"}, {"9 h - 12 h"}, {"Cerfa 12345"}};
  site.limits = {100, 5, 7};
  config.sites = {site};
  SiteConfig second;
  second.name = "wiki";
  second.roots = {"/var/www/wiki"};
  config.sites.push_back(second);
  return config;
}

TEST(Config, ReadsBackWhatItWrites) {
  Config config = full_config();
  Result<std::string> text = write_config(config);
  ASSERT_TRUE(text) << text.error().what;
  Result<Config> read = parse_config(*text, config.file);
  ASSERT_TRUE(read) << read.error().what << " " << read.error().where;
  EXPECT_EQ(*read, config);
  EXPECT_NE(text->find("\n# "), std::string::npos) << "comments are part of what is written";
}

TEST(Config, HasDefaultsForAllButVaultNameAndRoots) {
  Result<Config> config = parse_config(kSmallest, "/srv/aplomb.toml");
  ASSERT_TRUE(config) << config.error().what;
  EXPECT_EQ(config->language, Language::english);
  EXPECT_EQ(config->state_dir, "/srv/aplomb-state");
  ASSERT_NE(config->find("mairie"), nullptr);
  EXPECT_EQ(config->find("other"), nullptr);
  EXPECT_EQ(config->sites[0].health, std::vector<std::string>{"/"});
}

TEST(Config, SavesAndLoadsThroughTheFileSystem) {
  fs::MemoryFs memory;
  Config config = full_config();
  ASSERT_TRUE(save_config(memory, config));
  Result<Config> loaded = load_config(memory, config.file);
  ASSERT_TRUE(loaded) << loaded.error().what;
  EXPECT_EQ(*loaded, config);
  Result<Config> missing = load_config(memory, "/nowhere/aplomb.toml");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::config);
  EXPECT_NE(missing.error().next.find("init"), std::string::npos);
}

TEST(Config, StateLiesBesideTheFileExceptUnderEtc) {
  EXPECT_EQ(state_dir_of("/etc/aplomb/aplomb.toml"), "/var/lib/aplomb");
  EXPECT_EQ(state_dir_of("/etcetera/aplomb.toml"), "/etcetera/aplomb-state");
  EXPECT_EQ(state_dir_of("/home/x/../y/a.toml"), "/home/y/aplomb-state");
}

TEST(Config, NamesFileLineAndKeyOfAnError) {
  Error error = refusal(std::string(kSmallest) + "colour = \"red\"\n");
  EXPECT_EQ(error.code, Code::config);
  EXPECT_EQ(error.where, "/srv/aplomb.toml, line 5, site.colour");
  EXPECT_NE(error.next.find("roots"), std::string::npos) << "the known keys are listed";

  error = refusal("vault = \"file:/v\"\n[[site]]\nname = \"Ma Mairie\"\nroots = [\"/w\"]\n");
  EXPECT_EQ(error.where, "/srv/aplomb.toml, line 3, site.name");

  error = refusal(std::string(kSmallest) + "[site.continuity]\nlisten = \"here\"\n");
  EXPECT_EQ(error.where, "/srv/aplomb.toml, line 6, site.continuity.listen");

  error = refusal("vault = \"file:/v\"\nvault = ");
  EXPECT_NE(error.where.find("line 2"), std::string::npos) << error.where;
}

TEST(Config, RefusesWrongTypesAndUnknownKeysEverywhere) {
  std::string small = kSmallest;
  for (const std::string& text :
       {std::string("vault = 3\n"), small + "url = 1\n", small + "databases = \"sqlite:/x\"\n",
        small + "exclude = [1]\n", small + "service = 1\n", small + "[site.service]\nstopp = []\n",
        small + "[site.limits]\npage_seconds = \"3\"\n", small + "[site.limits]\npage_seconds = 0\n",
        small + "[site.limits]\npage_seconds = -1\n", "site = 1\n" + small, "language = \"de\"\n" + small,
        std::string("[[site]]\nname = \"a\"\nroots = [\"/a\"]\n")})
    EXPECT_EQ(refusal(text).code, Code::config) << text;
}

TEST(Config, RefusesRootsThatOverlap) {
  auto with_roots = [](const std::string& roots) {
    return "vault = \"file:/v\"\n[[site]]\nname = \"a\"\nroots = " + roots + "\n";
  };
  EXPECT_EQ(refusal(with_roots("[]")).code, Code::config);
  EXPECT_EQ(refusal(with_roots("[\"var/www\"]")).code, Code::config);
  EXPECT_EQ(refusal(with_roots("[\"/\"]")).code, Code::config);
  EXPECT_EQ(refusal(with_roots("[\"/w\", \"/w/x\"]")).code, Code::config);
  EXPECT_EQ(refusal(with_roots("[\"/w/x\", \"/w\"]")).code, Code::config);
  EXPECT_EQ(refusal(with_roots("[\"/w\", \"/w/\"]")).code, Code::config);
  EXPECT_TRUE(parse_config(with_roots("[\"/w\", \"/wx\"]"), "/a.toml"));
}

TEST(Config, LetsASiteLieInAnotherOnlyWhenThatOneExcludesIt) {
  std::string inner = "[[site]]\nname = \"wiki\"\nroots = [\"/w/wiki\"]\n";
  std::string outer = "vault = \"file:/v\"\n[[site]]\nname = \"a\"\nroots = [\"/w\"]\n";
  EXPECT_EQ(refusal(outer + inner).code, Code::config);
  EXPECT_TRUE(parse_config(outer + "exclude = [\"wiki\"]\n" + inner, "/a.toml"));
  EXPECT_EQ(refusal(outer + "[[site]]\nname = \"a\"\nroots = [\"/x\"]\n").where,
            "/srv/aplomb.toml, line 6, site.name");
}

TEST(Config, RefusesVaultKeysAndStateInsideAWebsite) {
  std::string site = "[[site]]\nname = \"a\"\nroots = [\"/srv/www\"]\n";
  EXPECT_EQ(refusal("vault = \"file:/srv/www/vault\"\n" + site).code, Code::config);
  EXPECT_EQ(refusal("vault = \"file:/srv/x/../www/vault\"\n" + site).code, Code::config);
  EXPECT_EQ(refusal("vault = \"file:/v\"\nowner_key = \"/srv/www/k\"\n" + site).code, Code::config);
  EXPECT_EQ(refusal("vault = \"file:/v\"\nrecovery_key = \"/srv/www/k\"\n" + site).code, Code::config);
  Result<Config> inside = parse_config("vault = \"file:/v\"\n" + site, "/srv/www/aplomb.toml");
  ASSERT_FALSE(inside);
  EXPECT_NE(inside.error().next.find("configuration"), std::string::npos);
}

TEST(Config, RefusesWhatIsNoVaultAddressOrUrl) {
  std::string site = "[[site]]\nname = \"a\"\nroots = [\"/w\"]\n";
  for (const char* vault : {"", "file:relative", "/srv/vault", "ftp://x", "ssh://", "file:/a\\u0000b"})
    EXPECT_EQ(refusal(std::string("vault = \"") + vault + "\"\n" + site).code, Code::config) << vault;
  for (const char* url : {"www.example.org", "https://", "https:///x", "https://a b", "javascript:x"})
    EXPECT_EQ(refusal("vault = \"file:/v\"\n" + site + "url = \"" + url + "\"\n").code, Code::config) << url;
  EXPECT_TRUE(parse_config("vault = \"ssh://u@host/path\"\n" + site, "/a.toml"));
  EXPECT_TRUE(parse_config("vault = \"s3://bucket/prefix\"\n" + site, "/a.toml"));
}

TEST(Config, WriterRefusesWhatTheReaderWould) {
  Config config = full_config();
  config.sites[0].name = "Mairie";
  EXPECT_FALSE(write_config(config));
  config = full_config();
  config.sites[0].roots = {"/var/www/\xff"};
  EXPECT_FALSE(write_config(config));
  config = full_config();
  config.sites[0].roots = {"/var/www/./x"};
  EXPECT_FALSE(write_config(config));
}

TEST(Config, TruncationsAreReadOrRefusedInWords) {
  std::string text = *write_config(full_config());
  for (size_t cut = 0; cut < text.size(); cut += 3) {
    Result<Config> config = parse_config(text.substr(0, cut), "/a.toml");
    EXPECT_TRUE(config || !config.error().where.empty()) << cut;
  }
}

TEST(SiteName, IsMadeOfAnything) {
  for (const char* text : {"Mairie de Saint-Aubin", "www.example.org", "été", "", "---", "_x", "A"}) {
    std::string name = site_name_from(text);
    EXPECT_TRUE(is_site_name(name)) << text << " gave " << name;
  }
  EXPECT_EQ(site_name_from("Mairie de Saint-Aubin"), "mairie-de-saint-aubin");
  EXPECT_FALSE(is_site_name(std::string(64, 'a')));
  EXPECT_FALSE(is_site_name("../x"));
}

TEST(DatabaseSpec, ReadsSqliteAndRefusesTheOthersInWords) {
  EXPECT_EQ(parse_database_spec("sqlite:/a/./b.db")->path, "/a/b.db");
  EXPECT_EQ(parse_database_spec("sqlite:///a/b.db")->path, "/a/b.db");
  EXPECT_EQ(parse_database_spec("sqlite:data/x.db", "/home")->text(), "sqlite:/home/data/x.db");
  EXPECT_EQ(parse_database_spec("sqlite:data/x.db").error().code, Code::config);
  EXPECT_EQ(parse_database_spec("sqlite:").error().code, Code::config);
  EXPECT_EQ(parse_database_spec("oracle:x").error().code, Code::config);
  EXPECT_EQ(parse_database_spec("").error().code, Code::config);
  for (const char* later : {"postgresql:name", "postgres://h/db", "pgsql://h/db"}) {
    Result<DatabaseSpec> spec = parse_database_spec(later);
    ASSERT_FALSE(spec);
    EXPECT_EQ(spec.error().code, Code::unsupported);
    EXPECT_FALSE(spec.error().next.empty());
  }
  Error in_file = refusal(std::string(kSmallest) + "databases = [\"pgsql:x\"]\n");
  EXPECT_EQ(in_file.code, Code::unsupported);
  EXPECT_NE(in_file.where.find("line 5"), std::string::npos);
}

TEST(DatabaseSpec, ReadsAServersAddressBackAsItWasWritten) {
  for (const char* text : {"mariadb://wp@localhost/mairie?socket=/run/s&config=/w/wp-config.php",
                           "mariadb://w%40p@127.0.0.1:3307/b%C3%A9b%C3%A9?config=/w/a%20b.php",
                           "mariadb://wp@[::1]/m?config=/w/c.php"}) {
    Result<DatabaseSpec> spec = parse_database_spec(text);
    ASSERT_TRUE(spec) << text;
    EXPECT_EQ(spec->text(), text);
  }
  EXPECT_EQ(parse_database_spec("mysql://u@h/n?config=/c")->text(), "mariadb://u@h/n?config=/c");
  EXPECT_TRUE(parse_database_spec("mariadb:", "/home")->is_incomplete());
  EXPECT_EQ(parse_database_spec("mysql:wp-config.php", "/home")->server.config, "/home/wp-config.php");
  for (const char* bad :
       {"mariadb:", "mariadb:/x", "mariadb://u@h/n", "mariadb://h/n?config=/c", "mariadb://u@h/?config=/c",
        "mariadb://u@-h/n?config=/c", "mariadb://u@h/-n?config=/c", "mariadb://u@h/a%2Fb?config=/c",
        "mariadb://u@h:0/n?config=/c", "mariadb://u@h:99999/n?config=/c", "mariadb://u@h/n?config=c",
        "mariadb://u@h/n?config=/c&x=/y", "mariadb://u:p@h/n?config=/c", "mariadb://u@h/n?config=/c%zz",
        "mariadb"}) {
    Result<DatabaseSpec> spec = parse_database_spec(bad);
    ASSERT_FALSE(spec) << bad;
    EXPECT_EQ(spec.error().code, Code::config) << bad;
  }
}

TEST(Paths, AreComparedByWholeComponents) {
  EXPECT_TRUE(is_beneath("/a/b", "/a"));
  EXPECT_TRUE(is_beneath("/a", "/a"));
  EXPECT_FALSE(is_beneath("/ab", "/a"));
  EXPECT_EQ(relative_to("/a/b/c", "/a"), "b/c");
  EXPECT_EQ(relative_to("/a", "/"), "a");
  EXPECT_EQ(normal_path("/a//b/../c/"), "/a/c");
}

TEST(Paths, ReadableTextIsUtf8WithoutControls) {
  for (const char* good : {"", "abc", "été", "\xf0\x9f\x98\x80", "\xef\xbf\xbd"})
    EXPECT_TRUE(is_readable_text(good)) << good;
  for (const char* bad :
       {"\n", "\x7f", "\xff", "\xc3", "\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x80"})
    EXPECT_FALSE(is_readable_text(bad)) << bad;
}

}  // namespace
}  // namespace aplomb::site
