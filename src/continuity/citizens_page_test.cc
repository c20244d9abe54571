#include "continuity/citizens_page.h"

#include <gtest/gtest.h>

#include <cctype>
#include <nlohmann/json.hpp>

namespace aplomb::continuity {
namespace {

const Time kMorning = *parse_iso("2026-11-24T06:36:43Z");

ServiceCard card() {
  ServiceCard card;
  card.name = "Mairie de Saint-Exemple <& Cie>";
  card.phones = {{"Accueil \"jour\"", "+33 (0)1 02 03 04 05"}, {"Astreinte", "demander"}};
  card.counters = {{"Hôtel de ville", "1 place de l’Église", "lundi–vendredi 9 h–12 h"}};
  card.on_paper = {"Actes d'état civil <script>alert(1)</script>"};
  card.next_update = *parse_iso("2026-11-24T11:00:00Z");
  return card;
}

StatusInfo status() {
  return {kMorning, kMorning, "Nous travaillons au retour du site <b>."};
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::string bannered(std::string_view page) {
  return std::string(as_text(with_banner(as_bytes(page), "[B]")));
}

TEST(Banner, SaysTheDateInBothLanguagesTheSitesOwnFirst) {
  std::string local = to_local(kMorning);
  std::string date = local.substr(0, 10), hour = local.substr(11);
  std::string french = banner_html(kMorning, Language::french);
  size_t in_french = french.find("<strong>Copie du " + date + " &#224; " + hour);
  size_t in_english = french.find("Copy of " + date + " at " + hour);
  ASSERT_NE(in_french, french.npos) << french;
  ASSERT_NE(in_english, french.npos) << french;
  EXPECT_LT(in_french, in_english);
  EXPECT_TRUE(contains(french, "<span lang=\"en\">"));
  std::string english = banner_html(kMorning, Language::english);
  EXPECT_LT(english.find("Copy of "), english.find("Copie du "));
}

TEST(Banner, FitsAPageOfAnyEncoding) {
  for (char c : banner_html(kMorning, Language::french)) EXPECT_TRUE(c >= 0x20 && c < 0x7f);
}

TEST(Banner, GoesRightAfterTheBodyTag) {
  EXPECT_EQ(bannered("<html><body><p>x"), "<html><body>[B]<p>x");
  EXPECT_EQ(bannered("<BODY\nclass='a>b' onload=\"f(1>0)\"\n>x"),
            "<BODY\nclass='a>b' onload=\"f(1>0)\"\n>[B]x");
  EXPECT_EQ(bannered("<body>1<body>2"), "<body>[B]1<body>2");
}

TEST(Banner, IsNotMisledByWhatOnlyLooksLikeABodyTag) {
  EXPECT_EQ(
      bannered("<!-- <body> --><head><title><body></title><script>'<body>'</script><style><body></style>"
               "<meta content='<body>'></head><bodyguard><body>x"),
      "<!-- <body> --><head><title><body></title><script>'<body>'</script><style><body></style>"
      "<meta content='<body>'></head><bodyguard><body>[B]x");
  EXPECT_EQ(bannered("<!--><body>x"), "<!--><body>[B]x");
  EXPECT_EQ(bannered("a < b's <body>x"), "a < b's <body>[B]x");
}

TEST(Banner, FindsAPlaceInAPageWithoutBodyTag) {
  EXPECT_EQ(bannered("<!doctype html><title>t</title><p>x"), "<!doctype html>[B]<title>t</title><p>x");
  EXPECT_EQ(bannered("<html><head></head><p>x"), "<html><head></head>[B]<p>x");
  EXPECT_EQ(bannered("\xef\xbb\xbf<p>x"), "\xef\xbb\xbf[B]<p>x");
  EXPECT_EQ(bannered(""), "[B]");
}

// Cut at every byte: the banner is added once and not a byte of the page is lost.
TEST(Banner, AddsNothingElseWhereverThePageIsCut) {
  const std::string page =
      "<!doctype html><!-- c --><html lang='fr'><head><title>a</title><script>if(a<b)</script></head>"
      "<body class=\"x\"><p>b</p></body></html>";
  for (size_t cut = 0; cut <= page.size(); ++cut) {
    std::string start = page.substr(0, cut), out = bannered(start);
    size_t place = out.find("[B]");
    ASSERT_NE(place, out.npos);
    EXPECT_EQ(out.erase(place, 3), start);
  }
}

TEST(CitizensPage, EscapesEveryText) {
  for (const std::string& html : {service_card_html(card()), status_html(card(), status())}) {
    EXPECT_FALSE(contains(html, "<script"));
    EXPECT_FALSE(contains(html, "<& Cie>"));
    EXPECT_FALSE(contains(html, "site <b>"));
    EXPECT_TRUE(contains(html, "Saint-Exemple &lt;&amp; Cie&gt;"));
    EXPECT_TRUE(contains(html, "Accueil &quot;jour&quot;"));
    EXPECT_TRUE(contains(html, "&lt;script&gt;"));
  }
  EXPECT_EQ(escape_html("<a href=\"x\" b='y'>&"), "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;");
}

TEST(CitizensPage, HoldsAllOfTheCard) {
  for (const std::string& html : {service_card_html(card()), status_html(card(), status())}) {
    EXPECT_TRUE(contains(html, "<a href=\"tel:+330102030405\">+33 (0)1 02 03 04 05</a>"));
    EXPECT_TRUE(contains(html, "<dd>demander</dd>"));
    EXPECT_TRUE(contains(html, "1 place de l’Église"));
    EXPECT_TRUE(contains(html, "lundi–vendredi 9 h–12 h"));
    EXPECT_TRUE(contains(html, "Prochaine information le " + to_local(*card().next_update).substr(0, 10)));
  }
}

TEST(CitizensPage, IsAccessible) {
  for (Language language : {Language::french, Language::english}) {
    ServiceCard one = card();
    one.language = language;
    for (const std::string& html : {service_card_html(one), status_html(one, status())}) {
      EXPECT_TRUE(contains(html, language == Language::french ? "<html lang=\"fr\">" : "<html lang=\"en\">"));
      EXPECT_TRUE(contains(html, "<main>") && contains(html, "</main>"));
      EXPECT_TRUE(contains(html, "<title>"));
      EXPECT_TRUE(contains(html, "name=\"viewport\""));
      EXPECT_EQ(html.find("<h1>"), html.rfind("<h1>"));
      EXPECT_TRUE(contains(html, language == Language::french ? "lang=\"en\"" : "lang=\"fr\""));
    }
  }
}

TEST(CitizensPage, NeverCallsItMaintenance) {
  std::string all = service_card_html(card()) + status_html(card(), status()) +
                    status_json(card(), status(), 3) + banner_html(kMorning, Language::french);
  EXPECT_FALSE(contains(lower(all), "maintenance"));
}

TEST(CitizensPage, KeepsTheStatusOutOfSearchEnginesButNotTheCard) {
  EXPECT_TRUE(contains(status_html(card(), status()), "noindex"));
  EXPECT_FALSE(contains(service_card_html(card()), "noindex"));
}

TEST(CitizensPage, GivesTheStatusToPrograms) {
  auto json = nlohmann::json::parse(status_json(card(), status(), 3));
  EXPECT_EQ(json["state"], "read-only-copy");
  EXPECT_EQ(json["pages"], 3);
  EXPECT_EQ(json["since"], "2026-11-24T06:36:43Z");
  EXPECT_EQ(json["next_update"], "2026-11-24T11:00:00Z");
  EXPECT_EQ(json["site"], card().name);
  ServiceCard broken = card();
  broken.name = "\xff";
  broken.next_update.reset();
  json = nlohmann::json::parse(status_json(broken, status(), 0));
  EXPECT_EQ(json["state"], "service-card");
  EXPECT_TRUE(json["next_update"].is_null());
}

}  // namespace
}  // namespace aplomb::continuity
