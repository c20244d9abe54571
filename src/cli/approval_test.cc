#include "cli/approval.h"

#include <gtest/gtest.h>

#include "cli/backup_run.h"

namespace aplomb::cli {
namespace {

using judge::JudgedObject;
using judge::ObjectKind;
using judge::ObjectVerdict;
using judge::Provenance;

Sha256 hash_of(uint8_t byte) {
  Sha256 hash;
  hash.bytes.fill(byte);
  return hash;
}

JudgedObject object(std::string path, ObjectVerdict verdict = ObjectVerdict::unproven, uint8_t hash = 1) {
  JudgedObject made;
  made.identity = {std::move(path), hash_of(hash), 0644};
  made.verdict = verdict;
  if (verdict == ObjectVerdict::infected) made.findings.push_back({Level::malicious, "rule", {"bad", {}}, 1});
  return made;
}

std::vector<std::string> paths(const std::vector<JudgedObject>& objects) {
  std::vector<std::string> list;
  for (const JudgedObject& item : objects) list.push_back(item.identity.path);
  return list;
}

TEST(Approval, NeverTakesAMaliciousObjectHoweverItIsNamed) {
  std::vector<JudgedObject> open = {object("a.php"), object("b/x.php", ObjectVerdict::infected)};
  for (const std::vector<std::string>& names :
       std::vector<std::vector<std::string>>{{}, {"b/x.php"}, {"b"}, {"a.php", "b/"}}) {
    Selection selection = select(open, names);
    for (const std::string& path : paths(selection.approved)) EXPECT_EQ(path, "a.php");
    ASSERT_EQ(selection.rejected.size(), 1u);
    EXPECT_EQ(selection.rejected[0].path, "b/x.php");
  }
}

TEST(Approval, NeverTakesWhatWasNotRead) {
  Selection selection = select({object("locked.php", ObjectVerdict::unproven, 0)}, {});
  EXPECT_TRUE(selection.approved.empty());
  EXPECT_EQ(selection.rejected.size(), 1u);
}

TEST(Approval, TakesFoldersAndTablesButNotNeighboursOfTheSameBeginning) {
  std::vector<JudgedObject> open = {object("plugins/a/x.php"), object("plugins/ab/y.php"),
                                    object("db:t.db/users/2")};
  EXPECT_EQ(paths(select(open, {"plugins/a"}).approved), std::vector<std::string>{"plugins/a/x.php"});
  EXPECT_EQ(paths(select(open, {"db:t.db/users"}).approved), std::vector<std::string>{"db:t.db/users/2"});
}

TEST(Approval, SaysWhichNameFitsNothing) {
  EXPECT_EQ(select({object("a.php")}, {"a.php", "b.php"}).unknown, std::vector<std::string>{"b.php"});
}

TEST(Approval, GivesUpAProtectionThatIsGone) {
  JudgedObject gone = object("uploads/.htaccess", ObjectVerdict::unproven, 0);
  gone.kind = ObjectKind::missing;
  Selection selection = select({gone}, {});
  EXPECT_EQ(paths(selection.given_up), std::vector<std::string>{"uploads/.htaccess"});
  EXPECT_TRUE(selection.approved.empty());
}

TEST(Approval, LeavesWhatADetectorObjectsToUnlessItIsNamedItself) {
  JudgedObject odd = object("plugins/a/odd.php"), many = object("pages/1.html");
  odd.findings.push_back({Level::suspicious, "php-hidden", {"odd", {}}, 1});
  many.findings.push_back({Level::suspicious, "mass-overwrite", {"the same", {}}, 0});
  std::vector<JudgedObject> open = {object("plugins/a/a.php"), odd, many};
  for (const std::vector<std::string>& names :
       std::vector<std::vector<std::string>>{{}, {"plugins/a", "pages"}, {"plugins", "pages/1.html"}}) {
    Selection selection = select(open, names);
    EXPECT_EQ(paths(selection.approved), (std::vector<std::string>{"plugins/a/a.php", "pages/1.html"}));
    EXPECT_EQ(paths(selection.objected), std::vector<std::string>{"plugins/a/odd.php"});
  }
  EXPECT_EQ(paths(select(open, {"plugins/a/odd.php"}).approved),
            std::vector<std::string>{"plugins/a/odd.php"});
}

TEST(Approval, GroupsByComponentAndThenByReason) {
  JudgedObject other = object("wp-content/plugins/seo/b.php");
  other.explanation = {"another", {}};
  Selection selection =
      select({object("wp-content/plugins/seo/a.php"), other, object("wp-content/plugins/seo/c.php"),
              object("wp-content/themes/commune/functions.php")},
             {});
  auto groups = by_component(selection);
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_EQ(groups.at("wp-content/plugins/seo").size(), 2u);
  EXPECT_EQ(groups.at("wp-content/plugins/seo").at("").size(), 2u);
}

TEST(Approval, AComponentIsAPieceOfSoftwareATableOrTwoFolders) {
  EXPECT_EQ(component_of("index.php"), "index.php");
  EXPECT_EQ(component_of("theme/header.php"), "theme");
  EXPECT_EQ(component_of("wp-content/plugins/seo/seo.php"), "wp-content/plugins/seo");
  EXPECT_EQ(component_of("wp-content/plugins/hello.php"), "wp-content/plugins/hello.php");
  EXPECT_EQ(component_of("www/wp-content/themes/commune/inc/a.php"), "www/wp-content/themes/commune");
  EXPECT_EQ(component_of("wp-includes/js/jquery/jquery.js"), "wp-includes");
  EXPECT_EQ(component_of("wp-content/uploads/2026/03/x.php"), "wp-content/uploads");
  EXPECT_EQ(component_of("extensions/Cite/src/Cite.php"), "extensions/Cite");
  EXPECT_EQ(component_of("plugins/auto/saisies/saisies.php"), "plugins/auto/saisies");
  EXPECT_EQ(component_of("lib/tpl/dokuwiki/main.php"), "lib/tpl/dokuwiki");
  EXPECT_EQ(component_of("db:town.db/users/3"), "db:town.db/users");
  EXPECT_EQ(component_of("db:town.db"), "db:town.db");
}

judge::Note note_of(std::vector<JudgedObject> open, judge::Verdict verdict) {
  judge::Note note;
  note.point.open = std::move(open);
  note.point.verdict = verdict;
  return note;
}

judge::Trust trust_in(const std::vector<JudgedObject>& objects) {
  judge::Trust trust;
  judge::Approval approval;
  for (const JudgedObject& item : objects) approval.objects.push_back(item.identity);
  trust.approve(approval);
  return trust;
}

TEST(Reconsider, ApprovedObjectsLeaveTheNoteAndTheVerdictFollows) {
  judge::Note note = note_of({object("a.php"), object("b.php")}, judge::Verdict::not_proven);
  reconsider(note, trust_in({object("a.php")}));
  EXPECT_EQ(paths(note.point.open), std::vector<std::string>{"b.php"});
  EXPECT_EQ(note.point.verdict, judge::Verdict::not_proven);
  reconsider(note, trust_in({object("b.php")}));
  EXPECT_TRUE(note.point.open.empty());
  EXPECT_EQ(note.point.verdict, judge::Verdict::proven_clean);
}

TEST(Reconsider, AnotherContentOrModeStaysUnexplained) {
  JudgedObject other_mode = object("a.php");
  other_mode.identity.mode = 0755;
  judge::Note note = note_of({object("a.php")}, judge::Verdict::not_proven);
  reconsider(note, trust_in({object("a.php", ObjectVerdict::unproven, 2), other_mode}));
  EXPECT_EQ(note.point.open.size(), 1u);
}

TEST(Reconsider, MaliciousStaysMaliciousWhateverIsApproved) {
  JudgedObject bad = object("x.php", ObjectVerdict::infected);
  judge::Note note = note_of({bad}, judge::Verdict::infected);
  reconsider(note, trust_in({bad}));
  EXPECT_EQ(note.point.verdict, judge::Verdict::infected);
  EXPECT_EQ(note.point.open.size(), 1u);
}

TEST(Reconsider, AMissingProtectionLeavesOnlyWhenItWasGivenUp) {
  JudgedObject gone = object("uploads/.htaccess", ObjectVerdict::unproven, 0);
  gone.kind = ObjectKind::missing;
  judge::Approval baseline;
  baseline.protections = {"uploads/.htaccess"};
  judge::Trust trust;
  trust.approve(baseline);
  judge::Note note = note_of({gone}, judge::Verdict::not_proven);
  reconsider(note, trust);
  EXPECT_EQ(note.point.open.size(), 1u);
  judge::Approval given_up;
  given_up.objects = {gone.identity};
  trust.revoke(given_up);
  reconsider(note, trust);
  EXPECT_TRUE(note.point.open.empty());
}

}  // namespace
}  // namespace aplomb::cli
