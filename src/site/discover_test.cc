#include "site/discover.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "fs/memory_fs.h"
#include "site/facts.h"

namespace aplomb::site {
namespace {

class Machine {
 public:
  Machine& add(const std::string& path, std::string_view text) {
    auto [folder, name] = fs::split_path(path);
    auto dir = memory_.make_dirs(folder, 0755).value();
    EXPECT_TRUE(fs::write_file_durably(*dir, name, as_bytes(text)));
    return *this;
  }
  fs::MemoryFs& fs() { return memory_; }

 private:
  fs::MemoryFs memory_;
};

std::string database() {
  return std::string("SQLite format 3\0", 16) + std::string(2000, '\0');
}

std::vector<Recogniser> plain() {
  return {*parse_recogniser("cms = \"plain\"\n[[generated]]\nwhere = \"**/cache/**\"\nnames = [\"*.db\"]\n",
                            "plain.toml")};
}

TEST(Discover, SuggestsTheDatabasesThatLieInTheSite) {
  Machine machine;
  machine.add("/var/www/mairie/html/data/site.sqlite", database())
      .add("/var/www/mairie/html/a.db", database())
      .add("/var/www/mairie/html/cache/c.db", database())
      .add("/var/www/mairie/html/note.sqlite", std::string(3000, 'x'))
      .add("/var/www/mairie/html/short.db", "SQLite format 3");
  Result<Discovered> found = discover(machine.fs(), "/var/www/mairie/html", plain());
  ASSERT_TRUE(found) << found.error().what;
  EXPECT_EQ(found->name, "mairie");
  EXPECT_EQ(found->recognised.cms, "plain");
  EXPECT_TRUE(found->complete);
  EXPECT_EQ(found->databases, (std::vector<DatabaseSpec>{
                                  {DatabaseKind::sqlite, "/var/www/mairie/html/a.db"},
                                  // Also in a cache: no rule may make a database something to be emptied.
                                  {DatabaseKind::sqlite, "/var/www/mairie/html/cache/c.db"},
                                  {DatabaseKind::sqlite, "/var/www/mairie/html/data/site.sqlite"}}));
}

TEST(Discover, SaysWhenItCouldNotLookEverywhere) {
  Machine machine;
  machine.add("/w/a/b/c/x", "x").add("/w/a/y", "y");
  DiscoverLimits limits;
  limits.entries = 2;
  EXPECT_FALSE(discover(machine.fs(), "/w", plain(), limits)->complete);
  limits = {.entries = 100, .depth = 1};
  EXPECT_FALSE(discover(machine.fs(), "/w", plain(), limits)->complete);
}

TEST(Discover, SaysWhatToDoAboutAMissingFolder) {
  Machine machine;
  Result<Discovered> found = discover(machine.fs(), "/nowhere", plain());
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Code::not_found);
  EXPECT_NE(found.error().next.find("--root"), std::string::npos);
}

TEST(Discover, NamesASiteByTheLastFolderThatSaysSomething) {
  EXPECT_EQ(name_from_root("/var/www/mairie/htdocs/"), "mairie");
  EXPECT_EQ(name_from_root("/var/www/Mairie de Saint-Aubin"), "mairie-de-saint-aubin");
  EXPECT_EQ(name_from_root("/tmp/x/site"), "site");
  EXPECT_EQ(name_from_root("/var/www/html"), "html");
}

TEST(Facts, AreWhatTheMachineSays) {
  Machine machine;
  machine
      .add("/m/etc/os-release", "PRETTY_NAME=\"Debian GNU/Linux 12\"\nID=debian\nVERSION_ID='12'\n# x\nodd\n")
      .add("/m/etc/hostname", "web1\n")
      .add("/m/etc/timezone", "Europe/Paris\n")
      .add("/m/proc/sys/kernel/osrelease", "6.1.0-1\n")
      .add("/m/var/lib/dpkg/status",
           "Package: php8.2-cli\nStatus: install ok installed\nVersion: 8.2.36\n\n"
           "Package: vim\nStatus: install ok installed\nVersion: 9\n");
  nlohmann::json facts = system_facts(machine.fs(), "/m");
  EXPECT_EQ(facts["system"]["name"], "Debian GNU/Linux 12");
  EXPECT_EQ(facts["system"]["version"], "12");
  EXPECT_EQ(facts["hostname"], "web1");
  EXPECT_EQ(facts["kernel"], "6.1.0-1");
  EXPECT_EQ(facts["timezone"], "Europe/Paris");
  EXPECT_EQ(facts["packages"], (nlohmann::json{{"php8.2-cli", "8.2.36"}}));
}

TEST(Facts, TolerateAnythingMissingOrUnreadable) {
  Machine machine;
  machine.add("/m/etc/hostname", "\xff\xfe").add("/m/etc/os-release", "\0=\xff\nID");
  nlohmann::json facts = system_facts(machine.fs(), "/m");
  EXPECT_FALSE(facts.contains("hostname"));
  EXPECT_FALSE(facts.dump().empty());
  EXPECT_TRUE(system_facts(machine.fs(), "/nowhere").empty());
}

}  // namespace
}  // namespace aplomb::site
