#include "incident/dossier.h"

#include <gtest/gtest.h>

namespace aplomb::incident {
namespace {

DossierInput input() {
  DossierInput in;
  in.tool = "aplomb test";
  in.machine = "web1";
  in.known.site = "mairie";
  in.known.case_id = "mairie-20261127-1";
  in.known.open = true;
  in.known.now = in.known.knowledge = *parse_iso("2026-11-27T20:00:00Z");
  in.known.answers["what"] = "defaced";
  in.known.traces = {{*parse_iso("2026-11-20T10:00:00Z"), "uploads/<x>.php", "malicious", ""}};
  in.known.personal = {{"town.db", "contact", 42, {"courriel"}}};
  in.known.personal_known = true;
  return in;
}

std::string html(const DossierInput& in, const std::string& file) {
  for (const Paper& paper : papers_of(in))
    if (paper.file == file) return to_html(paper);
  return "";
}

TEST(Dossier, TheNotificationHasTheHeadingsOfTheLawAndTheCounts) {
  std::string text = html(input(), "notification-cnil.html");
  for (const char* heading : {"a) Nature de la violation", "b) Délégué", "c) Conséquences", "d) Mesures"})
    EXPECT_NE(text.find(heading), std::string::npos) << heading;
  EXPECT_NE(text.find("42 enregistrements"), std::string::npos);
  EXPECT_NE(text.find("courriel"), std::string::npos);
}

TEST(Dossier, WhatIsKnownHasItsSourceAndWhatIsNotIsToFillIn) {
  std::string text = html(input(), "plainte.html");
  EXPECT_NE(text.find("journal de l&#39;incident, ligne 1"), std::string::npos) << text.substr(0, 3000);
  EXPECT_NE(text.find("à compléter"), std::string::npos);
  EXPECT_NE(text.find("uploads/&lt;x&gt;.php"), std::string::npos) << "names come from the attacker";
  EXPECT_EQ(text.find("<x>"), std::string::npos);
}

TEST(Dossier, NoPaperSpeaksOfMaintenanceOrInventsACount) {
  DossierInput in = input();
  in.known.personal_known = false;
  in.known.personal.clear();
  for (const Paper& paper : papers_of(in)) {
    std::string text = to_html(paper);
    EXPECT_EQ(text.find("en maintenance"), std::string::npos) << paper.file;
    EXPECT_EQ(text.find("0 enregistrement"), std::string::npos) << paper.file;
    EXPECT_NE(text.find("<html lang=\"fr\">"), std::string::npos);
  }
}

}  // namespace
}  // namespace aplomb::incident
