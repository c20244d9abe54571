// The rehearsal on a small town's site: what is rebuilt, what is measured, that nothing is touched, and what
// a hacked night, a damaged vault and a drill that was killed do to it. The pages are in
// tests/scenarios/drill.sh.
#include "recover/drill.h"

#include <gtest/gtest.h>

#include <fstream>

#include "proc/worker.h"
#include "recover/page_server.h"
#include "recover/rebuild.h"
#include "recover/rebuilt_check.h"
#include "recover/test_town.h"

extern int (*aplomb_test_early_main)(int, char**);

namespace aplomb::recover {
namespace {

[[maybe_unused]] const bool kHooked = (aplomb_test_early_main = proc::worker_early_main, true);

DrillReport rehearse(Town& town) {
  auto report = drill(town.machine, town.config, town.state, *town.keeper, town.recovery, town.state);
  EXPECT_TRUE(report) << report.error().what << " " << report.error().where;
  return report.value_or(DrillReport());
}

std::string first(const DrillReport& report) {
  return report.problems.empty() ? "" : report.problems.front();
}

// Nothing of the drill is left but its record.
void expect_gone(Town& town) {
  for (const auto& entry : std::filesystem::directory_iterator(town.state))
    EXPECT_EQ(entry.path().filename().string().find("drill-"), std::string::npos) << entry.path();
}

}  // namespace

TEST(Drill, RebuildsTheLastPointAndMeasures) {
  Town town;
  judge::Backup backup = town.backup();
  town.approve_baseline(backup);
  Tree before = town.tree();
  DrillReport report = rehearse(town);
  EXPECT_TRUE(report.record.ok) << first(report);
  EXPECT_EQ(report.record.point, backup.snapshot.id.hex());
  EXPECT_TRUE(report.proven && report.newest);
  EXPECT_GT(report.record.rto_seconds, 0);
  EXPECT_GE(report.record.rpo_seconds, 0);
  EXPECT_EQ(report.record.files, 6u) << "the database among them";
  EXPECT_EQ(report.databases, 1u);
  EXPECT_EQ(report.record.pages_checked, 0u);
  EXPECT_FALSE(report.pages_note.empty()) << "why no page was compared";
  EXPECT_EQ(town.tree(), before);
  EXPECT_FALSE(town.journal()) << "no recovery is under way";
  expect_gone(town);
  auto kept = load_record(town.posix, town.state);
  ASSERT_TRUE(kept);
  EXPECT_EQ(*kept, report.record);
}

TEST(Drill, GoesBackBeforeAHackedNightAndTouchesNothing) {
  Town town;
  town.live_and_be_attacked();
  Tree hacked = town.tree();
  DrillReport report = rehearse(town);
  EXPECT_TRUE(report.record.ok) << first(report);
  EXPECT_TRUE(report.proven);
  EXPECT_FALSE(report.newest);
  EXPECT_EQ(town.tree(), hacked);
  town.reopen_vault();
  EXPECT_TRUE(town.recovery_here().run({})->verified) << "the recovery afterwards is as without the drill";
  town.expect_recovered("after a drill");
}

TEST(Drill, SaysWhenNoPointIsProven) {
  Town town;
  town.backup();  // and nobody approved it
  DrillReport report = rehearse(town);
  EXPECT_FALSE(report.record.ok || report.proven);
  EXPECT_TRUE(report.record.point.empty());
  EXPECT_LT(report.record.rpo_seconds, 0);
  EXPECT_GT(report.record.rto_seconds, 0) << "it was rebuilt all the same";
  EXPECT_NE(first(report).find("no point is proven clean"), std::string::npos) << first(report);
}

TEST(Drill, IsNotWellWhenTheVaultIsDamaged) {
  Town town;
  SeededRandom random(7);
  Bytes photo(300'000);
  random.fill(photo);
  town.write("uploads/photo.bin", as_text(photo));
  town.approve_baseline(town.backup());
  size_t packs = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(town.state + "/../vault")) {
    if (!entry.is_regular_file() || entry.file_size() < 250'000) continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(150'000);
    file << "MARKER";
    ++packs;
  }
  ASSERT_GT(packs, 0u);
  town.reopen_vault();
  DrillReport report = rehearse(town);
  EXPECT_FALSE(report.record.ok);
  EXPECT_FALSE(report.problems.empty());
  expect_gone(town);
  EXPECT_FALSE(load_record(town.posix, town.state)->ok);
}

TEST(Drill, RemovesWhatAKilledDrillLeft) {
  Town town;
  town.approve_baseline(town.backup());
  const std::string left = town.state + "/aplomb-drill-0011223344556677";
  std::filesystem::create_directories(left + "/site/closed/deep");
  std::ofstream(left + "/site/closed/deep/mail.txt") << "in clear";
  std::filesystem::permissions(left + "/site/closed", std::filesystem::perms(0500));
  std::ofstream(town.state + "/drill-folder") << left;
  EXPECT_TRUE(rehearse(town).record.ok);
  EXPECT_FALSE(std::filesystem::exists(left));
  expect_gone(town);
}

TEST(Drill, ADamagedNoteRemovesNothing) {
  Town town;
  town.approve_baseline(town.backup());
  for (const std::string& note : {town.config.roots[0], std::string("aplomb-drill-0"), std::string("/")}) {
    std::ofstream(town.state + "/drill-folder") << note;
    EXPECT_FALSE(*remove_left_drill(town.posix, town.state)) << note;
    EXPECT_TRUE(town.has("index.php"));
  }
}

// ---- what is read back ----

TEST(RebuiltCheck, SeesWhatIsNotAsItWasMeant) {
  Town town;
  town.approve_baseline(town.backup());
  auto incident =
      *Case::open({town.machine, town.config, town.state, *town.keeper, town.recovery, "", true, {}});
  Report plan;
  ASSERT_TRUE(incident->plan(plan));
  const std::string folder = town.state + "/rebuilt";
  ASSERT_TRUE(rebuild(town.machine, *incident, folder));
  auto target = *town.posix.open_dir(folder);
  EXPECT_TRUE(check_rebuilt(*incident, *target)->problems.empty());
  std::ofstream(folder + "/index.php") << "<?php require 'lib/c0re.php';";
  std::filesystem::remove(folder + "/uploads/plan.txt");
  std::ofstream(folder + "/data/town.db", std::ios::app) << "x";
  EXPECT_EQ(check_rebuilt(*incident, *target)->problems.size(), 3u);
}

// ---- which pages, and how they are asked for ----

TEST(RehearsePages, PagesComeFirstThenTheRestInTheirOrder) {
  std::vector<archive::PageEntry> pages{{"/style.css", "text/css", {}, {}},
                                        {"/", "text/html", {}, {}},
                                        {"/photo.jpg", "image/jpeg", {}, {}},
                                        {"/news", "text/html; charset=utf-8", {}, {}}};
  std::string order;
  for (const archive::PageEntry& page : choose_pages(pages, 3)) order += page.url_path + " ";
  EXPECT_EQ(order, "/ /news /style.css ");
}

TEST(PageServer, QuestionAndAnswerComeBackAndAreRefusedWhenCut) {
  PageQuestion question{
      "/srv/www", "/srv/www/router.php", "http://town.example", {"/", "/news?page=2"}, 5000};
  ByteWriter asked;
  encode(asked, question);
  ByteReader reader(asked.view());
  auto back = decode_question(reader);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->paths, question.paths);
  EXPECT_EQ(back->router, question.router);
  Served served{"", {{200, "", {1, 2, 3}}, {0, "no answer", {}}}};
  ByteWriter said;
  encode(said, served);
  ByteReader answer(said.view());
  auto pages = decode_served(answer);
  ASSERT_TRUE(pages);
  EXPECT_EQ(pages->pages[0].body, (Bytes{1, 2, 3}));
  EXPECT_EQ(pages->pages[1].what, "no answer");
  for (size_t size = 0; size < asked.size(); ++size) {
    ByteReader cut(asked.view().first(size));
    EXPECT_FALSE(decode_question(cut)) << size;
  }
  for (size_t size = 0; size < said.size(); ++size) {
    ByteReader cut(said.view().first(size));
    EXPECT_FALSE(decode_served(cut)) << size;
  }
}

}  // namespace aplomb::recover
