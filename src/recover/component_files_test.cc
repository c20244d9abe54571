// What belongs to the code goes back with it; what people write and upload does
// not.
#include "recover/component_files.h"

#include <gtest/gtest.h>

#include "crypto/crypto.h"

namespace aplomb::recover {
namespace {

struct Two {
  Listing clean, now;
  std::map<std::string, std::string> texts;
  judge::Judgement judgement;

  void put(Listing& where, const std::string& path, const std::string& text) {
    vault::Node& node = where[path];
    node.name = fs::split_path(path).second;
    node.hash = crypto::sha256(as_bytes(text));
    node.size = text.size();
  }
  Two& both(const std::string& path, const std::string& text = "same") {
    put(clean, path, text);
    put(now, path, text);
    return *this;
  }
  Two& changed(const std::string& path, const std::string& before = "before") {
    put(clean, path, before);
    put(now, path, "after");
    texts[path] = before;
    return *this;
  }
  std::set<std::string> found() {
    archive::Manifest manifest;
    manifest.roots.push_back({"/site", "", {}});
    site::Recognised recognised;
    recognised.uploads.push_back(*site::Glob::parse("uploads/**"));
    judgement.recognised = judge::RecognisedRoots(manifest, {recognised});
    return changed_component_files(
        clean, now, judgement, [this](const std::string& path, const vault::Node&) { return texts[path]; });
  }
};

constexpr char kPage[] = "<!DOCTYPE html><html><body><h1>Mentions</h1></body></html>";

}  // namespace

TEST(ComponentFiles, GoBackWithTheCodeBesideThem) {
  Two two;
  two.both("theme/header.php").changed("theme/style.css").changed("theme/page.html", "<div>{{title}}</div>");
  two.changed("theme/css/print.css")
      .changed("theme/logo.svg")
      .changed("theme/part.html", "<ul><li>menu</li></ul>");
  two.both("theme/same.css");
  EXPECT_EQ(two.found(), (std::set<std::string>{"theme/css/print.css", "theme/logo.svg", "theme/page.html",
                                                "theme/part.html", "theme/style.css"}));
}

TEST(ComponentFiles, AreMissedWhenTheyAreGone) {
  Two two;
  two.both("theme/header.php");
  two.put(two.clean, "theme/style.css", "before");
  EXPECT_EQ(two.found(), std::set<std::string>{"theme/style.css"});
}

TEST(ComponentFiles, AreNeitherPagesNorUploadsNorNewFiles) {
  Two two;
  two.both("index.php").changed("mentions.html", kPage).changed("notes.txt").changed("photo.jpg");
  two.both("uploads/x.php").changed("uploads/drawing.svg");
  two.changed("articles/list.css").changed("articles/2026/css/a.css");
  two.put(two.now, "new.css", "new");
  EXPECT_TRUE(two.found().empty());
}

TEST(ComponentFiles, AreNotWhatIsJudgedAsCodeAnyway) {
  Two two;
  two.both("index.php").changed("layout.tpl");
  two.judgement.to_approve.push_back({"layout.tpl", {}, 0644});
  EXPECT_TRUE(two.found().empty());
}

TEST(ComponentFiles, TellsPagesFromTemplates) {
  EXPECT_TRUE(is_whole_page(kPage));
  EXPECT_FALSE(is_whole_page("<!DOCTYPE html><html><title>{{ title }}</title></html>"));
  EXPECT_FALSE(is_whole_page("<div>menu</div>"));
  EXPECT_FALSE(is_whole_page(""));
}

}  // namespace aplomb::recover
