// Texts that a night took away in mass are found, in whatever way; what people and programs delete on
// ordinary nights is not.
#include "judge/losses.h"

#include <gtest/gtest.h>

#include <functional>

#include "base/random.h"
#include "crypto/crypto.h"

namespace aplomb::judge {
namespace {

std::string article(int number) {
  static const char* const kWords[] = {"mairie", "cantine", "travaux", "conseil", "budget", "marché",
                                       "fête",   "école",   "piscine", "musique", "avenue", "concert"};
  std::string text;
  for (int i = 0; i < 12; ++i) {
    text += kWords[(number * 7 + i * 5) % 12];
    text += static_cast<char>('a' + number * 3 % 26);
    text += static_cast<char>('a' + (number + i) % 26);
    text += ' ';
  }
  return text;
}

std::string random_bytes(size_t count, int seed) {
  Bytes bytes(count);
  SeededRandom(static_cast<uint64_t>(seed)).fill(bytes);
  return std::string(as_text(bytes));
}

std::string base64_like(int seed) {
  static const char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text = random_bytes(120, seed);
  for (char& c : text) c = kAlphabet[static_cast<unsigned char>(c) % 64];
  return text;
}

std::string hex_like(int seed) {
  return to_hex(as_bytes(random_bytes(60, seed)));
}

ContentPrint print(std::string_view text) {
  return {crypto::sha256(as_bytes(text)), scan::word_print(text)};
}

constexpr int kRows = 24;

// A table of articles, and what became of each; nullopt: the row is gone.
std::vector<Loss> after(const std::function<std::optional<std::string>(int)>& now,
                        const std::string& table = "news", bool table_stands = true,
                        const std::function<std::string(int)>& was = article) {
  Contents before;
  std::string group = "db:town.db/" + table + "/body";
  for (int i = 0; i < kRows; ++i)
    before.add(group, "db:town.db/" + table + "/" + std::to_string(i) + "/body", print(was(i)));
  TextLosses losses(before);
  losses.see_table("town.db", "other");
  if (table_stands) losses.see_table("town.db", table);
  for (int i = 0; i < 2 * kRows; ++i) {
    if (auto text = now(i))
      losses.see(group, "db:town.db/" + table + "/" + std::to_string(i) + "/body", *text, print(*text));
  }
  return losses.find();
}

std::optional<std::string> same(int i) {
  return i < kRows ? std::optional(article(i)) : std::nullopt;
}

TEST(Losses, TextsEncryptedEachToItsOwn) {
  for (auto cipher : {base64_like, hex_like, +[](int seed) { return random_bytes(90, seed); }}) {
    auto found = after([&](int i) { return i < kRows ? std::optional(cipher(i)) : std::nullopt; });
    ASSERT_EQ(found.size(), static_cast<size_t>(kRows));
    EXPECT_EQ(found[0].kind, LossKind::encrypted);
    EXPECT_EQ(found[0].path, "db:town.db/news/0/body");
    found = after([&](int i) { return i % 2 ? std::optional(cipher(i)) : same(i); });
    EXPECT_EQ(found.size(), static_cast<size_t>(kRows) / 2);
  }
}

TEST(Losses, TextsEmptied) {
  auto found = after([](int i) { return i < kRows ? std::optional<std::string>("") : std::nullopt; });
  ASSERT_EQ(found.size(), static_cast<size_t>(kRows));
  EXPECT_EQ(found[0].kind, LossKind::emptied);
  found =
      after([](int i) { return i % 3 ? std::optional<std::string>("0") : std::optional(base64_like(i)); });
  EXPECT_EQ(found.size(), static_cast<size_t>(kRows));  // some so, some otherwise
}

TEST(Losses, RowsDeletedAndTablesGone) {
  auto found = after([](int) { return std::optional<std::string>(); });
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].kind, LossKind::deleted);
  EXPECT_EQ(found[0].path, "db:town.db/news");
  EXPECT_EQ(found[0].count, static_cast<size_t>(kRows));
  EXPECT_EQ(after([](int i) { return i % 2 ? same(i) : std::nullopt; }).size(), 1u);
  found = after([](int) { return std::optional<std::string>(); }, "news", false);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].kind, LossKind::table_gone);
  EXPECT_EQ(after([](int i) { return std::optional(base64_like(i)); }, "mail_log").size(),
            static_cast<size_t>(kRows));  // a log is emptied, not encrypted
}

TEST(Losses, OrdinaryNightsAreQuiet) {
  EXPECT_TRUE(after(same).empty());
  EXPECT_TRUE(after([](int i) { return std::optional(article(i)); }).empty());       // an import
  EXPECT_TRUE(after([](int i) { return i > 8 ? same(i) : std::nullopt; }).empty());  // a clean-up
  EXPECT_TRUE(after([](int i) { return i > 8 ? same(i) : std::optional<std::string>(""); }).empty());
  EXPECT_TRUE(after([](int i) { return i > 8 ? same(i) : std::optional(base64_like(i)); }).empty());
  EXPECT_TRUE(
      after([](int i) { return i < kRows ? std::optional(article(i + 100)) : std::nullopt; }).empty());
  // The same texts under new keys, as an import that begins anew leaves them.
  EXPECT_TRUE(
      after([](int i) { return i >= kRows ? std::optional(article(i - kRows)) : std::nullopt; }).empty());
  // Earlier versions of articles that stand.
  EXPECT_TRUE(after([](int i) { return i % 4 ? std::nullopt : same(i); }, "posts", true,
                    [](int i) { return article(i / 4 * 4) + (i % 4 ? "brouillon" : ""); })
                  .empty());
  auto none = [](int) { return std::optional<std::string>(); };
  EXPECT_TRUE(after(none, "mail_log").empty());
  EXPECT_TRUE(after(none, "tl_search").empty());
  EXPECT_TRUE(after(none, "visits_of_day", true, [](int i) {
                return "visitor number " + std::to_string(i) + " read the page of the market";
              }).empty());
  EXPECT_TRUE(after(none, "states", false, [](int) { return std::string("published"); }).empty());
}

TEST(Losses, WhatLooksLikeCipher) {
  for (const char* text :
       {"Der Bürgermeister lädt ein.", "https://example.invalid/actualites/la-fete-de-la-musique-2026",
        "rue-de-la-mairie-et-du-marche-couvert", "Donaudampfschifffahrtsgesellschaftskapitaen",
        "日本語の文章には空白がありませんが暗号ではありません", "short",
        "<p>Conseil municipal</p>\n<p>Ordre du jour</p>", "2026-01-01 10:00:00 2026-01-02 10:00:00"})
    EXPECT_FALSE(looks_like_cipher(text)) << text;
  for (int i = 0; i < 50; ++i) {
    EXPECT_TRUE(looks_like_cipher(base64_like(i)));
    EXPECT_TRUE(looks_like_cipher(hex_like(i)));
    EXPECT_TRUE(looks_like_cipher(random_bytes(100, i)));
  }
}

}  // namespace
}  // namespace aplomb::judge
