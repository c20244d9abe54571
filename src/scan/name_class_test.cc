#include "scan/name_class.h"

#include <gtest/gtest.h>

namespace aplomb::scan {
namespace {

struct Case {
  std::string_view path;
  Kind kind;
  bool runs_php;
  Disguise disguise;
};

TEST(NameClass, KnowsWhatTheNameSays) {
  const Case cases[] = {
      {"index.php", Kind::php, true, Disguise::none},
      {"a/b.PHTML", Kind::php, true, Disguise::none},
      {"x.pht", Kind::php, true, Disguise::none},
      {"x.phar", Kind::php, true, Disguise::none},
      {"node.module", Kind::php, false, Disguise::none},
      {"lib.inc", Kind::php, false, Disguise::none},
      {"photo.php.jpg", Kind::image, false, Disguise::code_as_content},
      {"photo.jpg.php", Kind::php, true, Disguise::content_as_code},
      {"phpthumb.gif.php", Kind::php, true, Disguise::none},
      {"class.pdf.php", Kind::php, true, Disguise::none},
      {"page.php.html", Kind::html, false, Disguise::none},
      {"app.min.js", Kind::javascript, false, Disguise::none},
      {"d/.htaccess", Kind::server_config, false, Disguise::none},
      {".user.ini", Kind::php_config, false, Disguise::none},
      {"t.woff2", Kind::font, false, Disguise::none},
      {"report.docx", Kind::document, false, Disguise::none},
      {"README", Kind::data, false, Disguise::none},
      {"a.b/noext", Kind::data, false, Disguise::none},
      {"x.locked", Kind::data, false, Disguise::none},
  };
  for (const Case& c : cases) {
    NameClass name = classify_name(c.path);
    EXPECT_EQ(name.kind, c.kind) << c.path;
    EXPECT_EQ(name.runs_php, c.runs_php) << c.path;
    EXPECT_EQ(name.disguise, c.disguise) << c.path;
  }
}

TEST(NameClass, SystemFilesGetTheirPowerFromTheirName) {
  EXPECT_EQ(classify_name("/root/.ssh/authorized_keys").system, SystemFile::authorized_keys);
  EXPECT_EQ(classify_name("/etc/cron.d/backup").system, SystemFile::crontab);
  EXPECT_EQ(classify_name("/etc/ld.so.preload").system, SystemFile::preload);
  EXPECT_EQ(classify_name("/etc/fstab").system, SystemFile::none);
}

TEST(NameClass, ContentCodeIgnoresTheFolderButNotTheType) {
  EXPECT_EQ(classify_name("a/x.php").content_code(), classify_name("b/.y.jpg.php").content_code());
  EXPECT_NE(classify_name("x.php").content_code(), classify_name("x.jpg").content_code());
  EXPECT_NE(classify_name("x.inc").content_code(), classify_name("x.php").content_code());
}

}  // namespace
}  // namespace aplomb::scan
