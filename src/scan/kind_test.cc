#include "scan/kind.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/random.h"
#include "scan/analyse.h"
#include "scan/sample.h"

namespace aplomb::scan {
namespace {

using namespace std::string_literals;

std::string random_bytes(size_t count, uint64_t seed = 1) {
  std::string out(count, '\0');
  SeededRandom(seed).fill({reinterpret_cast<uint8_t*>(out.data()), out.size()});
  return out;
}

std::string prose(size_t count) {
  std::string out;
  while (out.size() < count) out += "The council meets on the first Tuesday of each month. ";
  return out;
}

const std::string kJpeg = "\xff\xd8\xff\xe0\0\x10JFIF\0"s + random_bytes(9000, 7);

Classification look(std::string_view path, const std::string& content, uint32_t mode = 0644,
                    const Handlers& handlers = {}) {
  return classify(path, mode, as_bytes(content), handlers);
}

struct Case {
  std::string_view path;
  std::string content;
  Kind kind;
  bool executable, fits;
};

TEST(Kind, TypeExecutionAndFitByTable) {
  const Case cases[] = {
      {"a.jpg", kJpeg, Kind::image, false, true},
      {"a.png", kJpeg, Kind::image, false, true},  // some image
      {"a.jpg", random_bytes(9000), Kind::image, false, false},
      {"a.jpg", prose(900), Kind::image, false, false},
      {"a.jpg", "", Kind::image, false, true},
      {"a.jpg",
       "\x7f"
       "ELF\2\1\1"s +
           std::string(100, '\0'),
       Kind::elf, true, false},
      {"a.txt", prose(900), Kind::text, false, true},
      {"a.txt", "caf\xe9 et th\xe9\n", Kind::text, false, true},    // Latin-1
      {"a.csv", "\xff\xfe"s + "a\0b\0"s, Kind::text, false, true},  // UTF-16
      {"a.txt", "a\0b"s, Kind::text, false, false},
      {"a.txt", "#!/bin/sh\ntrue\n", Kind::script, true, true},
      {"a.php", "<?php echo 1;", Kind::php, true, true},
      {"a.php", random_bytes(5000), Kind::php, true, false},
      {"a.inc", "<?php echo 1;", Kind::php, true, true},
      {"a.inc", prose(100), Kind::text, false, true},
      {"a.js", "alert(1)", Kind::javascript, true, true},
      {"a.css", "a { color: red }", Kind::style, false, true},
      {"a.html", "<p>Hello <b>world</b>", Kind::html, false, true},
      {"a.html", "<p onclick='x()'>Hello", Kind::html, true, true},
      {"a.html", "<script>x()</script>", Kind::html, true, true},
      {"a.html", "<script type='application/ld+json'>{}</script>", Kind::html, false, true},
      {"a.html", "<a href='java\nscript:x()'>Hello", Kind::html, true, true},
      {"a.html", "<meta http-equiv=refresh content='0; url=x.html'>", Kind::html, true, true},
      {"a.svg", "<svg><path d='M0 0'/></svg>", Kind::svg, false, true},
      {"a.svg", "<svg><script>x()</script></svg>", Kind::svg, true, true},
      {"noext", "<!DOCTYPE html><p>x", Kind::html, false, true},
      {"noext", "PK\3\4"s + random_bytes(3000), Kind::archive, false, true},
      {"noext", prose(300), Kind::text, false, true},
      {"a.locked", random_bytes(5000), Kind::data, false, false},
      {"a.locked", "# header\n" + prose(5000) + random_bytes(9000), Kind::data, false, true},
      {"a.gpg", random_bytes(5000), Kind::data, false, true},
      {"a.docx", "PK\3\4"s + random_bytes(3000), Kind::document, false, true},
      {"a.docx", random_bytes(3000), Kind::document, false, false},
      {".htaccess", "Options -Indexes\n", Kind::server_config, true, true},
      {"m.wasm", "\0asm\1\0\0\0"s, Kind::wasm, true, true},
  };
  for (const Case& c : cases) {
    Classification found = look(c.path, c.content);
    EXPECT_EQ(name(found.kind), name(c.kind)) << c.path;
    EXPECT_EQ(found.executable, c.executable) << c.path << ": " << c.content.substr(0, 40);
    EXPECT_EQ(found.fits_type, c.fits) << c.path << ": " << c.content.substr(0, 40);
    EXPECT_EQ(found.mismatch.message.empty(), c.fits) << c.path;
  }
}

TEST(Kind, TheExecuteBitMakesANamelessTextAScript) {
  EXPECT_FALSE(look("run", "true\n", 0644).executable);
  EXPECT_TRUE(look("run", "true\n", 0755).executable);
  EXPECT_FALSE(look("a.jpg", kJpeg, 0777).executable);
}

TEST(Kind, TheServersConfigurationMakesAnythingPhp) {
  Handlers handlers{{"jpg"}, {"note.txt"}, false};
  EXPECT_EQ(look("a.jpg", kJpeg, 0644, handlers).kind, Kind::php);
  EXPECT_TRUE(look("a.jpg.bak", prose(90), 0644, handlers).executable);
  EXPECT_EQ(look("d/note.txt", prose(90), 0644, handlers).kind, Kind::php);
  EXPECT_EQ(look("other.txt", prose(90), 0644, handlers).kind, Kind::text);
}

TEST(Kind, CodeAppendedToAPhotographIsFound) {
  Classification found = look("a.jpg", kJpeg + "\n<?php echo 'marker'; ?>\n");
  EXPECT_EQ(found.kind, Kind::image);
  EXPECT_TRUE(found.executable);
  EXPECT_TRUE(found.facts.holds_php);
}

TEST(Kind, AnArchiveThatStoresASiteIsNotCode) {
  std::string tar(512, '\0');
  tar.replace(257, 5, "ustar");
  EXPECT_FALSE(look("backup.tar", tar + "<?php echo 'marker';").executable);
  std::string zip = "PK\3\4"s + "<?php echo 'marker'; ?>" + "PK\5\6"s + std::string(18, '\0');
  EXPECT_FALSE(look("backup.zip", zip).executable);
  EXPECT_TRUE(look("backup.zip", zip + "\n<?php echo 'marker';\n").executable);
}

// Five letters in the right place make no archive of what a server would run.
TEST(Kind, CodeThatPretendsToBeATarArchiveIsCode) {
  std::string text = "<?php /*";
  text.resize(257, ' ');
  text += "ustar */ echo 'MARKER';";
  for (const char* name : {"a.php", "a.inc", "a.phtml"}) {
    Classification found = classify(name, 0644, as_bytes(text), {});
    EXPECT_TRUE(found.executable) << name;
    EXPECT_TRUE(found.facts.holds_php) << name;
  }
}

TEST(Kind, ServerSideIncludesExecute) {
  for (const char* name : {"a.shtml", "a.shtm", "a.stm"})
    EXPECT_TRUE(classify(name, 0644, as_bytes("<!--#exec cmd=\"true\" -->"), {}).executable) << name;
}

TEST(Kind, GuardsDoNothing) {
  for (std::string guard : {"<?php\n// Silence is golden\n", "", "<?php exit;",
                            "<?php defined('ABSPATH') || exit; ?>", "<?php header('Location: ../'); exit();",
                            "<?php if (!defined('X')) { header('HTTP/1.0 403 Forbidden'); die('no'); }"})
    EXPECT_TRUE(look("index.php", guard).facts.does_nothing) << guard;
  for (std::string code :
       {"<?php echo 'marker';", "<?php $f('marker');", "<?php 'f'('marker');", "<?php `true`;",
        "<?php include 'x';", "<?php marker();", "<?php $a = 1;", "<?php (f)('marker');"})
    EXPECT_FALSE(look("index.php", code).facts.does_nothing) << code;
}

TEST(Kind, ContentClassSeparatesWhatIsJudgedDifferently) {
  Handlers handlers{{"jpg"}, {}, false};
  EXPECT_EQ(content_class("a/x.jpg", 0644, {}), content_class("b/y.png", 0600, {}));
  EXPECT_NE(content_class("x.jpg", 0644, {}), content_class("x.jpg", 0644, handlers));
  EXPECT_NE(content_class("run", 0644, {}), content_class("run", 0755, {}));
}

TEST(Sample, RandomBytesAreToldFromEverythingElse) {
  size_t passed = 0;
  for (uint64_t seed = 0; seed < 200; ++seed) passed += passes_for_random(as_bytes(random_bytes(4096, seed)));
  EXPECT_GE(passed, 199u);
  EXPECT_TRUE(passes_for_random(as_bytes(random_bytes(256))));
  EXPECT_FALSE(passes_for_random(as_bytes(prose(4096))));
  EXPECT_FALSE(passes_for_random(as_bytes(to_hex(as_bytes(random_bytes(2048))))));
  EXPECT_FALSE(passes_for_random(as_bytes(random_bytes(100))));
  EXPECT_EQ(entropy_milli(as_bytes(std::string(100, 'a'))), 0);
  EXPECT_GT(entropy_milli(as_bytes(random_bytes(4096))), 7900);
}

TEST(Analyse, OnlyTheNameClassAndTheContentMatter) {
  std::string content = "<script>document.write(atob('" + std::string(80, 'A') + "'))</script>";
  FileReport a = analyse_file("one/x.html", 0644, as_bytes(content), {});
  FileReport b = analyse_file("uploads/.y.html", 0600, as_bytes(content), {});
  EXPECT_EQ(a, b);
}

}  // namespace
}  // namespace aplomb::scan
