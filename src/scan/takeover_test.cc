// What boasts is found in several languages, however it is made; what reports,
// warns or merely uses the words is not.
#include "scan/takeover.h"

#include <gtest/gtest.h>

namespace aplomb::scan {
namespace {

TEST(Takeover, FindsPagesThatBoast) {
  for (const char* page : {
           "HACKED BY MARKER",
           "<html><head><title>Hacked by MARKER</title></head><body "
           "bgcolor=\"black\"><h1>Owned</h1></body></html>",
           "<body style='background: #000'><center><marquee>MARKER was "
           "here</marquee>Your security is a joke"
           "</center></body>",
           "Site piraté par MARKER. Votre sécurité est nulle.",
           "<h1>PIRATÉ PAR MARKER</h1><p>Message aux admins</p>",
           "<h1>Hackeado por MARKER</h1>",
           "Gehackt von MARKER! Eure Sicherheit ist ein Witz.",
           "<title>ВЗЛОМАНО MARKER</title><body>Привет админ</body>",
           "تم اختراق الموقع MARKER",
           "Hacked&nbsp;- defaced by MARKER team, greetz to all",
           "MARKER tarafından hacklendi",
       })
    EXPECT_TRUE(find_takeover(page)) << page;
}

TEST(Takeover, LeavesOrdinaryTextsAlone) {
  std::string report =
      "<h1>Le site de la mairie a été piraté</h1><p>Dans la "
      "nuit de mardi, le site de la commune a été "
      "piraté par un "
      "groupe inconnu. Les services ont porté plainte et le "
      "site est de nouveau ouvert. Aucune donnée "
      "personnelle "
      "n'a été consultée. Le conseil rappelle les bons gestes "
      ": des mots de passe longs, des mises à "
      "jour.</p>";
  for (const std::string& page : {
           report,
           std::string("Notre site a été piraté par un groupe inconnu. Il est rétabli."),
           std::string("The town's website was hacked by unknown criminals. It "
                       "is back."),
           std::string("This field is owned by the town. Your security is our concern."),
           std::string("<body style='background:#000'><h1>Concert "
                       "rock</h1><p>Samedi, entrée libre.</p></body>"),
           std::string("Atelier: hacked by design? A talk about open hardware, "
                       "in the library."),
           std::string("Napoléon was here in 1805."),
           std::string("Marché de Noël le samedi, place de la mairie."),
           std::string(),
       })
    EXPECT_FALSE(find_takeover(page)) << page;
}

TEST(Takeover, SurvivesAnything) {
  for (const char* page :
       {"<", "<<<<>", "<script", "<script>hacked by", "\xff\xfe hacked by \xd0", "<title>"})
    (void)find_takeover(page);
  std::string deep;
  for (int i = 0; i < 20'000; ++i) deep += "<h1>";
  EXPECT_FALSE(find_takeover(deep));
}

}  // namespace
}  // namespace aplomb::scan
