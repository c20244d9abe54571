#include "scan/context.h"

#include <gtest/gtest.h>

#include "scan/analyse.h"

namespace aplomb::scan {
namespace {

using namespace std::string_literals;

Level place(std::string_view path, std::string_view content, uint32_t mode = 0644,
            const Context& context = {}) {
  FileReport report = analyse_file(path, mode, as_bytes(content), {});
  return worst(judge_context(path, mode, report, context));
}

constexpr std::string_view kCode = "<?php echo 'marker';";
const std::string kGif = "GIF89a\1\0\1\0\0\0\0;"s;

TEST(Context, CodeWhereOnlyContentBelongs) {
  EXPECT_EQ(place("wp-content/uploads/2026/x.php", kCode), Level::suspicious);
  EXPECT_EQ(place("images/x.php", kCode), Level::suspicious);
  EXPECT_EQ(place("sites/default/files/x.php", kCode), Level::suspicious);
  EXPECT_EQ(place("uploads/a.svg", "<svg><script>x()</script></svg>"), Level::suspicious);
  EXPECT_EQ(place("uploads/run.sh", "#!/bin/sh\ntrue\n"), Level::suspicious);
  EXPECT_EQ(place("wp-content/uploads/index.php", "<?php\n// Silence is golden.\n"), Level::none);
  EXPECT_EQ(place("uploads/index.php", ""), Level::none);
  EXPECT_EQ(place("includes/media/Bitmap.php", kCode), Level::none);
  EXPECT_EQ(place("apps/core/node/files/a.php", kCode), Level::none);
  EXPECT_EQ(place("public/images/a.php", kCode), Level::suspicious);
  EXPECT_EQ(
      place("img/index.php", "<?php header('Expires: '.gmdate('D').' GMT'); header('Location: ../'); exit;"),
      Level::none);
  EXPECT_EQ(place("index.php", kCode), Level::none);
  EXPECT_EQ(place("uploads/a.gif", kGif), Level::none);
}

TEST(Context, FoldersOfTheSiteAreRespected) {
  Context context{{"documents/*/inbox"}};
  EXPECT_EQ(place("lib/documents/7/inbox/x.php", kCode, 0644, context), Level::suspicious);
  EXPECT_EQ(place("lib/documents/7/x.php", kCode, 0644, context), Level::none);
}

TEST(Context, CodeInsideContent) {
  EXPECT_EQ(place("theme/a.gif", kGif + "\n<?php echo 'marker'; ?>"), Level::suspicious);
  EXPECT_EQ(place("docs/example.md", "# How\n\n    <?php echo 'hello'; ?>\n"), Level::none);
  EXPECT_EQ(place("uploads/a.txt", kCode), Level::suspicious);
}

TEST(Context, NamesThatMislead) {
  EXPECT_EQ(place("a.php.jpg", kGif), Level::suspicious);
  EXPECT_EQ(place("a.jpg.php", kCode), Level::suspicious);
  EXPECT_EQ(place(".cache.php", kCode), Level::suspicious);
  EXPECT_EQ(place(".php-cs-fixer.dist.php", kCode), Level::none);
  EXPECT_EQ(place("a.tar.gz", "\x1f\x8b\x08 x"), Level::none);
}

TEST(Context, ProgramsWithTheRightsOfTheirOwner) {
  EXPECT_EQ(place("bin/x", "#!/bin/sh\ntrue\n", 04755), Level::suspicious);
  EXPECT_EQ(place("bin/x", "#!/bin/sh\ntrue\n", 0755), Level::none);
}

}  // namespace
}  // namespace aplomb::scan
