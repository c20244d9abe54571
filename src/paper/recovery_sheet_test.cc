#include "paper/recovery_sheet.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace aplomb::paper {
namespace {

RecoverySheet example() {
  RecoverySheet sheet;
  for (int i = 1; i <= 27; ++i)
    sheet.words.push_back("mot" + std::string(1, static_cast<char>('a' + i % 26)) + "x");
  sheet.title = "TITLE";
  sheet.end = "END";
  sheet.sites = {"mairie"};
  sheet.vault = "file:/srv/<vault>";
  sheet.mark = "1a2b-3c4d";
  sheet.machine = "serveur1";
  sheet.config = "/etc/aplomb/aplomb.toml";
  sheet.date = "27/11/2026 10:00";
  return sheet;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

TEST(RecoverySheet, SaysInBothFormsWhatIsNeededOnTheDay) {
  for (const std::string& text : {sheet_html(example()), sheet_text(example())}) {
    for (const char* part : {"27/11/2026", "mairie", "serveur1", "1a2b-3c4d", "/etc/aplomb/aplomb.toml",
                             "aplomb clean-point mairie --recovery-key words.txt",
                             "aplomb recover mairie --recovery-key words.txt",
                             "aplomb restore SNAPSHOT --to FOLDER --recovery-key words.txt",
                             "must not be written on it", "Two copies"})
      EXPECT_TRUE(has(text, part)) << part;
  }
}

TEST(RecoverySheet, HoldsTheWordsInOrderBetweenTitleAndEnd) {
  const RecoverySheet sheet = example();
  for (const std::string& text : {sheet_html(sheet), sheet_text(sheet)}) {
    std::istringstream lines(text.substr(text.find("\nTITLE\n") + 7));
    std::vector<std::string> words;
    for (std::string word; lines >> word && word != "END";)
      if (!word.ends_with('.')) words.push_back(word);
    EXPECT_EQ(words, sheet.words);
  }
}

TEST(RecoverySheet, NeedsNothingFromElsewhereAndEscapesWhatItIsTold) {
  const std::string html = sheet_html(example());
  for (const char* part : {"<script", "<link", "<img", "src=", "url(", "@import", "href="})
    EXPECT_FALSE(has(html, part));
  size_t addresses = 0;
  for (size_t at = 0; (at = html.find("http", at)) != html.npos; ++at) ++addresses;
  EXPECT_EQ(addresses, 1u) << "the name of SVG's namespace alone";
  EXPECT_TRUE(has(html, "file:/srv/&lt;vault&gt;"));
}

TEST(RecoverySheet, FitsTheLinesOfAPrinter) {
  std::istringstream lines(sheet_text(example()));
  size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) EXPECT_LE(line.size(), 80u) << line;
  EXPECT_LE(count, 60u) << "one page";
}

TEST(RecoverySheet, NamesNoSiteInItsCommandsWhenThereAreSeveral) {
  RecoverySheet sheet = example();
  sheet.sites = {"mairie", "wiki"};
  EXPECT_TRUE(has(sheet_text(sheet), "mairie, wiki"));
  EXPECT_TRUE(has(sheet_text(sheet), "aplomb recover SITE "));
}

}  // namespace
}  // namespace aplomb::paper
