#include "cli/rollback.h"

#include <gtest/gtest.h>

#include "cli/find_sites.h"
#include "fs/memory_fs.h"

namespace aplomb::cli {
namespace {

void write(fs::Fs& fs, const std::string& path, std::string_view text) {
  auto [folder, name] = fs::split_path(path);
  auto dir = fs.make_dirs(folder, 0755);
  ASSERT_TRUE(dir);
  ASSERT_TRUE(fs::write_file_durably(**dir, name, as_bytes(text)));
}

bool exists(fs::Fs& fs, const std::string& path) {
  auto [folder, name] = fs::split_path(path);
  auto dir = fs.open_dir(folder.empty() ? "/" : folder);
  return dir && (*dir)->stat(name);
}

TEST(Rollback, RemovesWhatWasMadeWithItsNewParentsAndNothingElse) {
  fs::MemoryFs fs;
  write(fs, "/srv/mine", "x");
  {
    Rollback rollback(fs);
    rollback.making("/srv/new/deep/file");
    write(fs, "/srv/new/deep/file", "y");
    rollback.making("/srv/mine");  // it is there already
  }
  EXPECT_FALSE(exists(fs, "/srv/new"));
  EXPECT_TRUE(exists(fs, "/srv/mine"));
}

TEST(Rollback, PutsAReplacedFileBack) {
  fs::MemoryFs fs;
  write(fs, "/etc/a.toml", "before");
  {
    Rollback rollback(fs);
    ASSERT_TRUE(rollback.replacing("/etc/a.toml"));
    write(fs, "/etc/a.toml", "after");
  }
  auto dir = fs.open_dir("/etc");
  ASSERT_TRUE(dir);
  EXPECT_EQ(as_text(*fs::read_file(**dir, "a.toml", 100)), "before");
}

TEST(Rollback, KeepsEverythingOnceToldTo) {
  fs::MemoryFs fs;
  write(fs, "/srv/mine", "x");
  {
    Rollback rollback(fs);
    rollback.making("/srv/new");
    write(fs, "/srv/new", "y");
    rollback.keep();
  }
  EXPECT_TRUE(exists(fs, "/srv/new"));
}

TEST(FindSites, TakesFoldersWithAStartPageOrAPublicPart) {
  fs::MemoryFs fs;
  write(fs, "/var/www/town/index.php", "x");
  write(fs, "/var/www/app/public/index.php", "x");
  write(fs, "/var/www/notes/readme.txt", "x");
  EXPECT_EQ(find_sites(fs), (std::vector<FoundSite>{{"/var/www/app", ""}, {"/var/www/town", ""}}));
}

TEST(FindSites, TakesTheHomeItselfWhenItIsTheSite) {
  fs::MemoryFs fs;
  write(fs, "/var/www/index.html", "x");
  write(fs, "/var/www/sub/index.html", "x");
  EXPECT_EQ(find_sites(fs), (std::vector<FoundSite>{{"/var/www", ""}}));
  fs::MemoryFs empty;
  EXPECT_TRUE(find_sites(empty).empty());
}

TEST(FindSites, TakesWhatTheWebServerServesByItsName) {
  fs::MemoryFs fs;
  write(fs, "/var/www/app/public/index.php", "x");
  write(fs, "/usr/share/wiki/index.php", "x");
  write(fs, "/home/jeanne/public_html/index.html", "x");
  write(fs, "/etc/nginx/sites-enabled/all",
        "server { server_name app.example.org; root /var/www/app/public; }"
        "server { server_name wiki.example.org; root /usr/share/wiki; listen 443 ssl; }"
        "server { server_name j.example.org; root /home/jeanne/public_html; }"
        "server { server_name gone.example.org; root /srv/gone; }");
  EXPECT_EQ(find_sites(fs), (std::vector<FoundSite>{{"/home/jeanne/public_html", "http://j.example.org"},
                                                    {"/usr/share/wiki", "https://wiki.example.org"},
                                                    {"/var/www/app", "http://app.example.org"}}));
}

}  // namespace
}  // namespace aplomb::cli
