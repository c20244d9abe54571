// Many that became one are found; what people and machines do to a site on
// ordinary nights is not.
#include "judge/overwrite.h"

#include <gtest/gtest.h>

#include "crypto/crypto.h"

namespace aplomb::judge {
namespace {

constexpr char kNews[] = "db:town.db/news/body";

struct Site {
  Contents before, now;
  void put(Contents& where, const std::string& group, const std::string& path, const std::string& text) {
    where.add(group, path, {crypto::sha256(as_bytes(text)), scan::word_print(text)});
  }
  void change(const std::string& group, const std::string& path, const std::string& old,
              const std::string& fresh) {
    put(before, group, path, old);
    put(now, group, path, fresh);
  }
  std::vector<std::string> found() const {
    std::vector<std::string> paths;
    for (const Overwritten& item : find_overwritten(before, now)) paths.push_back(item.path);
    return paths;
  }
};

// Texts that have nothing in common, as long as articles are.
std::string article(int number) {
  std::string text;
  for (int i = 0; i < 12; ++i) {
    std::string word;
    for (int k = 0; k < 5; ++k)
      word += static_cast<char>('a' + (number * 31 + i * 17 + k * (number + 3)) % 26);
    text += word + " ";
  }
  return text;
}

TEST(Overwrite, FindsRowsThatAllBecameTheSame) {
  Site site;
  for (int i = 0; i < 6; ++i)
    site.change(kNews, "row" + std::to_string(i), article(i), "MARKER was written here");
  EXPECT_EQ(site.found().size(), 6u);
}

TEST(Overwrite, FindsThemAlsoWhenANumberOrANameDiffers) {
  Site site;
  for (int i = 0; i < 6; ++i)
    site.change(kNews, "row" + std::to_string(i), article(i),
                "This MARKER page belongs from today on to nobody but us, number " + std::to_string(i));
  EXPECT_EQ(site.found().size(), 6u);
}

TEST(Overwrite, FindsBothRowsOfATableOfTwo) {
  Site site;
  site.change(kNews, "1", article(1), "MARKER");
  site.change(kNews, "2", article(2), "MARKER");
  EXPECT_EQ(site.found(), (std::vector<std::string>{"1", "2"}));
}

TEST(Overwrite, FindsTextsThatWereEmptied) {
  Site site;
  for (int i = 0; i < 4; ++i) site.change(kNews, std::to_string(i), article(i), "");
  EXPECT_EQ(site.found().size(), 4u);
}

TEST(Overwrite, FindsAFewAmongManyRows) {
  Site site;
  for (int i = 0; i < 100; ++i)
    site.change(kNews, std::to_string(i), article(i), i < 5 ? "MARKER text" : article(i));
  EXPECT_EQ(site.found().size(), 5u);
}

TEST(Overwrite, FindsFilesThatBecameOne) {
  Site site;
  for (int i = 0; i < 5; ++i)
    site.change("", "page" + std::to_string(i) + ".html", article(i), "<h1>MARKER</h1>");
  for (int i = 10; i < 40; ++i) site.change("", "page" + std::to_string(i) + ".html", article(i), article(i));
  EXPECT_EQ(site.found().size(), 5u);
}

TEST(Overwrite, FindsThreeFilesAmongManyWhenTheyHoldTheVerySame) {
  Site site;
  for (int i = 0; i < 3; ++i)
    site.change("", std::to_string(i) + ".txt", article(i), "MARKER was written here");
  for (int i = 10; i < 60; ++i) site.change("", std::to_string(i) + ".txt", article(i), article(i));
  EXPECT_EQ(site.found().size(), 3u);
  Site rotated;  // logs that begin anew
  for (int i = 0; i < 3; ++i) rotated.change("", std::to_string(i) + ".log", article(i), "");
  for (int i = 10; i < 60; ++i) rotated.change("", std::to_string(i) + ".txt", article(i), article(i));
  EXPECT_TRUE(rotated.found().empty());
}

TEST(Overwrite, IsQuietOnOrdinaryNights) {
  Site edited;  // one article is rewritten, one corrected, two are new, one is
                // gone
  for (int i = 0; i < 10; ++i) edited.change(kNews, std::to_string(i), article(i), article(i));
  edited.change(kNews, "3", article(3), article(33));
  edited.change(kNews, "4", article(4), article(4) + "corrected");
  edited.put(edited.now, kNews, "98", "The same text twice");
  edited.put(edited.now, kNews, "99", "The same text twice");
  edited.put(edited.before, kNews, "97", article(97));
  EXPECT_TRUE(edited.found().empty());

  Site imported;  // many new rows, all alike
  for (int i = 0; i < 3; ++i) imported.change(kNews, std::to_string(i), article(i), article(i));
  for (int i = 10; i < 60; ++i) imported.put(imported.now, kNews, std::to_string(i), "Imported: no text yet");
  EXPECT_TRUE(imported.found().empty());

  Site footer;  // every page gets the same paragraph at its end
  for (int i = 0; i < 10; ++i)
    footer.change("", std::to_string(i) + ".html", article(i), article(i) + " Plan Vigipirate");
  EXPECT_TRUE(footer.found().empty());

  Site states;  // short texts of few kinds become the same: published, archived
  for (int i = 0; i < 10; ++i)
    states.change("db:town.db/news/state", std::to_string(i), i % 2 ? "draft" : "in review", "published");
  EXPECT_TRUE(states.found().empty());

  Site sisters;  // pages made of one template are made anew from another
  for (int i = 0; i < 10; ++i)
    sisters.change("", std::to_string(i) + ".html", article(1) + std::to_string(i),
                   article(2) + std::to_string(i));
  EXPECT_TRUE(sisters.found().empty());
}

TEST(Overwrite, PrintsTravelAsBytes) {
  Site site;
  site.change(kNews, "1", article(1), "MARKER");
  auto back = decode_contents(encode(site.before));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->groups(), site.before.groups());
  Bytes bytes = encode(site.before);
  for (size_t i = 0; i < bytes.size(); ++i) EXPECT_FALSE(decode_contents(ByteView(bytes).first(i)));
}

}  // namespace
}  // namespace aplomb::judge
