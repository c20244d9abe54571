// The main job from end to end on a small town's site on the disk: what goes, what stays, what is said, the
// way back, and a process killed on the way.
#include "recover/recover.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "fs/fault_fs.h"
#include "proc/worker.h"
#include "recover/test_town.h"
#include "vault/log_state.h"
#include "vault/verify.h"

extern int (*aplomb_test_early_main)(int, char**);

namespace aplomb::recover {
namespace {

// This test binary is also the confined child that it starts.
[[maybe_unused]] const bool kHooked = (aplomb_test_early_main = proc::worker_early_main, true);

bool names(const std::vector<Kept>& list, const std::string& path) {
  return std::ranges::find(list, path, &Kept::path) != list.end();
}
bool names(const std::vector<Rejected>& list, const std::string& path) {
  return std::ranges::find(list, path, &Rejected::path) != list.end();
}

Report run(Town& town, const Request& request = {}) {
  auto report = town.recovery_here().run(request);
  EXPECT_TRUE(report) << report.error().what << " " << report.error().where;
  return report.value_or(Report());
}

}  // namespace

TEST(Recovery, PutsTheSiteRightAndSaysWhatItDid) {
  Town town;
  town.live_and_be_attacked();
  Report report = run(town);
  town.expect_recovered("after the recovery");
  EXPECT_TRUE(report.verified) << (report.gate.empty() ? "" : report.gate[0]);
  EXPECT_TRUE(report.proven);
  EXPECT_TRUE(report.gate.empty());
  for (const char* path : {"uploads/help.php", "index.php", "lib/.hidden/deep/x.php", "db:town.db/users/9",
                           "db:town.db/news/1/body"})
    EXPECT_TRUE(names(report.rejected, path)) << path;
  for (const char* path : {"uploads/june.txt", "db:town.db/news/3"})
    EXPECT_TRUE(names(report.kept, path)) << path;
  EXPECT_FALSE(report.evidence.empty());
  ASSERT_TRUE(town.journal());
  EXPECT_EQ(town.journal()->step, Step::done);
  for (const Rejected& item : report.rejected) {
    auto dir = town.posix.open_dir(town.state);
    auto found = find(**dir, item.quarantine);
    ASSERT_TRUE(found) << item.path;
    EXPECT_TRUE(content(**dir, *found)) << item.path;
  }
  EXPECT_EQ(town.backup().judgement.verdict, judge::Verdict::proven_clean) << "the next night is quiet";
}

// Retention must leave what the investigation and the next recovery need, also while this one is not
// finished.
TEST(Recovery, BeginsItsEpochWithWhatTheVaultHasAndIsTrue) {
  Town town;
  SeededRandom random(5);
  for (int i = 0; i < 4; ++i) {
    Bytes bytes(900'000);
    random.fill(bytes);
    town.write("uploads/photo-" + std::to_string(i) + ".bin", as_text(bytes));
  }
  town.live_and_be_attacked();
  auto packs_of = [&] {
    uint64_t bytes = 0;
    const std::vector<vault::PackId> packs = *town.keeper->packs();
    for (const vault::PackId& pack : packs) bytes += *town.keeper->pack_size(pack);
    return bytes;
  };
  const uint64_t before = packs_of();
  ASSERT_GT(before, 3'600'000u);
  auto report = town.recovery_here().run({});
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_TRUE(report->verified);
  EXPECT_LT(packs_of() - before, 200'000u) << "evidence and the new epoch's first snapshot";
  town.reopen_vault();
  NoProgress progress;
  NullLog log;
  auto reader = *vault::VaultReader::open(*town.keeper, town.recovery, log);
  EXPECT_EQ(reader->snapshots().back().epoch, 2u);
  auto verified = vault::verify(*town.keeper, reader.get(), progress);
  ASSERT_TRUE(verified);
  EXPECT_TRUE(verified->ok());
  EXPECT_LT(town.backup().snapshot.bytes_stored, 50'000u) << "the next night counts on it";
}

TEST(Recovery, HoldsItsEvidenceAndWhatItRestsOn) {
  Town town;
  town.live_and_be_attacked();
  Report report = run(town);
  auto state = vault::read_log_state(*town.keeper);
  ASSERT_TRUE(state);
  std::set<std::string> pinned;
  for (const vault::LoggedSnapshot& snapshot : state->snapshots)
    if (snapshot.pinned) pinned.insert(snapshot.id.hex());
  EXPECT_TRUE(pinned.contains(report.evidence));
  EXPECT_TRUE(pinned.contains(report.point));
  EXPECT_TRUE(pinned.contains(report.snapshot));
}

TEST(Recovery, TheUndoIsTheHackedSiteToTheByte) {
  Town town;
  town.live_and_be_attacked();
  Tree hacked = town.tree();
  run(town);
  EXPECT_NE(town.tree(), hacked);
  Status undone = undo(town.machine, town.config, town.state);
  ASSERT_TRUE(undone) << undone.error().what;
  EXPECT_EQ(town.tree(), hacked);
  EXPECT_FALSE(town.journal());
  EXPECT_EQ(undo(town.machine, town.config, town.state).error().code, Code::not_found);
  // And it can be recovered again: the state that was recovered is now the clean point.
  EXPECT_TRUE(run(town).verified);
  town.expect_recovered("recovered again after an undo");
}

TEST(Recovery, OnceConfirmedThereIsNothingToUndo) {
  Town town;
  EXPECT_EQ(confirm(town.machine, town.state).error().code, Code::not_found);
  town.live_and_be_attacked();
  run(town);
  ASSERT_TRUE(confirm(town.machine, town.state));
  EXPECT_FALSE(town.journal());
  EXPECT_EQ(undo(town.machine, town.config, town.state).error().code, Code::not_found);
  town.expect_recovered("after the confirmation");
  for (const auto& entry : std::filesystem::directory_iterator(town.state))
    EXPECT_FALSE(entry.path().filename().string().starts_with("staging")) << entry.path();
}

// Killed while it removes what was replaced: an undo would find half of it.
TEST(Recovery, AConfirmationThatWasKilledCanOnlyBeFinished) {
  Town town;
  town.live_and_be_attacked();
  run(town);
  fs::FaultPlan plan;
  fs::FaultFs fault(town.posix, plan);
  plan.set_filter([](fs::Op op, std::string_view) { return op == fs::Op::remove; });
  plan.crash_at(3);
  EXPECT_FALSE(confirm(town.machine_with(fault), town.state));
  ASSERT_TRUE(plan.crashed());
  EXPECT_EQ(undo(town.machine, town.config, town.state).error().code, Code::not_found);
  town.expect_recovered("half confirmed");
  EXPECT_TRUE(confirm(town.machine, town.state));
  EXPECT_FALSE(town.journal());
}

TEST(Recovery, APlanThatIsNotWantedChangesNothing) {
  Town town;
  town.live_and_be_attacked();
  Tree hacked = town.tree();
  Report shown;
  Request request;
  request.confirm = [&](const Report& plan) {
    shown = plan;
    return false;
  };
  Report report = run(town, request);
  EXPECT_TRUE(names(shown.rejected, "uploads/help.php"));
  EXPECT_FALSE(report.verified || report.carried_out);
  EXPECT_EQ(town.tree(), hacked);
  EXPECT_EQ(town.recovery_here().run({}).error().code, Code::exists) << "one recovery at a time";
  ASSERT_TRUE(undo(town.machine, town.config, town.state));
  EXPECT_EQ(town.tree(), hacked);
}

TEST(Recovery, TheWholeSiteGoesBackWhenAskedTo) {
  Town town;
  town.live_and_be_attacked();
  Request request;
  request.whole = true;
  Report report = run(town, request);
  EXPECT_TRUE(report.verified);
  EXPECT_FALSE(town.has("uploads/june.txt"));
  EXPECT_EQ(town.read("uploads/may.txt"), "The fair comes in May.");
  EXPECT_EQ(town.ask("SELECT count(*) FROM news"), "2");
  EXPECT_TRUE(report.kept.empty());
}

TEST(Recovery, ADatabaseAndItsFolderThatAreGoneComeBack) {
  Town town;
  town.live_and_be_attacked();
  town.remove("data");
  Tree hacked = town.tree();
  Report report = run(town);
  EXPECT_TRUE(report.verified) << (report.gate.empty() ? "" : report.gate[0]);
  // From the last backup that had it, put right row by row: what was written since the clean point is in it.
  EXPECT_EQ(town.ask("SELECT group_concat(title) FROM news"), "Market,Fair,Choir");
  EXPECT_EQ(town.ask("SELECT count(*) FROM users"), "1");
  EXPECT_EQ(town.ask("SELECT body FROM news WHERE id = 1"), "Open on Saturday.");
  ASSERT_TRUE(undo(town.machine, town.config, town.state));
  EXPECT_EQ(town.tree(), hacked);
}

// ---- nothing was prepared, or what was prepared is not proven ----

TEST(Recovery, ASiteWhoseFolderIsGoneComesBack) {
  Town town;
  town.approve_baseline(town.backup());
  std::filesystem::permissions(town.config.roots[0], std::filesystem::perms(0750));
  const judge::Backup last = town.backup();
  EXPECT_EQ(last.judgement.verdict, judge::Verdict::proven_clean);
  std::filesystem::remove_all(town.config.roots[0]);
  auto report = town.recovery_here().run(Request{});
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_TRUE(report->verified);
  EXPECT_EQ(town.read("lib/core.php"), "<?php echo 'town';");
  EXPECT_EQ(town.ask("SELECT title FROM news"), "Market");
  EXPECT_EQ(std::filesystem::status(town.config.roots[0]).permissions(), std::filesystem::perms(0750));
  ASSERT_TRUE(undo(town.machine, town.config, town.state));
  EXPECT_TRUE(std::filesystem::is_empty(town.config.roots[0]));
}

TEST(Recovery, AnIncidentContainsAndSealsWithoutAKeyAndTheRecoveryGoesOnFromThere) {
  Town town;
  town.live_and_be_attacked();
  Tree hacked = town.tree();
  Recovery opening(town.machine, town.config, town.state, Language::english, {town.keeper.get()}, {});
  auto opened = opening.contain_and_seal({"town-1", "{\"case\": \"town-1\"}"});
  ASSERT_TRUE(opened) << opened.error().what;
  EXPECT_FALSE(opened->evidence.empty());
  EXPECT_EQ(town.tree(), hacked);
  EXPECT_EQ(town.journal()->step, Step::sealed);
  EXPECT_EQ(town.journal()->incident, "town-1");
  Report report = run(town);
  EXPECT_TRUE(report.verified);
  EXPECT_NE(report.evidence, opened->evidence) << "what happened since is sealed too";
  town.expect_recovered("after an incident");
  // What was sealed first is on hold as well.
  auto state = vault::read_log_state(*town.keeper);
  ASSERT_TRUE(state);
  for (const std::string& id : {opened->evidence, report.evidence})
    EXPECT_TRUE(std::ranges::any_of(state->snapshots, [&](const vault::LoggedSnapshot& snapshot) {
      return snapshot.id.hex() == id && snapshot.pinned;
    })) << id;
}

TEST(Recovery, AFalseAlarmIsTakenBack) {
  Town town;
  town.live_and_be_attacked();
  Tree hacked = town.tree();
  Recovery opening(town.machine, town.config, town.state, Language::english, {town.keeper.get()}, {});
  ASSERT_TRUE(opening.contain_and_seal({"town-1", ""}));
  ASSERT_TRUE(undo(town.machine, town.config, town.state));
  EXPECT_EQ(town.tree(), hacked);
  EXPECT_FALSE(town.journal());
}

TEST(Recovery, WithoutAProvenPointTheGateStaysClosedUntilAPersonSaysSo) {
  Town town;
  town.backup();  // and nobody approved it
  town.write("uploads/help.php", "<?php eval($_POST['MARKER']);");
  Tree hacked = town.tree();
  Report closed = run(town);
  EXPECT_FALSE(closed.carried_out || closed.verified || closed.proven);
  EXPECT_FALSE(closed.gate.empty());
  EXPECT_EQ(town.tree(), hacked);
  Request request;
  request.overrides = {"not-proven"};
  auto report = town.recovery_here().resume(request);
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_TRUE(report->carried_out);
  EXPECT_FALSE(report->verified) << "reopened is not proven";
  EXPECT_FALSE(town.has("uploads/help.php"));
  EXPECT_EQ(town.read("index.php"), "<?php require 'lib/core.php';");
  EXPECT_EQ(town.journal()->overrides, std::vector<std::string>{"not-proven"});
}

// What could not be sealed is not known: the gate says so before anything is
// changed, and what to do.
TEST(Recovery, WhatCouldNotBeReadIsKnownBeforeAnythingChanges) {
  Town town;
  town.live_and_be_attacked();
  std::string deep = town.config.roots[0] + "/uploads";
  for (int i = 0; i < 402; ++i) deep += "/d";
  std::filesystem::create_directories(deep);
  std::ofstream(deep + "/note.txt") << "MARKER";
  Tree hacked = town.tree();
  Report closed = run(town);
  EXPECT_FALSE(closed.carried_out);
  ASSERT_FALSE(closed.gate.empty());
  EXPECT_NE(closed.gate[0].find("could not be read"), std::string::npos) << closed.gate[0];
  EXPECT_NE(closed.gate.back().find("--override unreadable"), std::string::npos) << closed.gate.back();
  EXPECT_EQ(town.tree(), hacked);
  // A person answers for it: the rest is recovered, and the result does not
  // call itself verified.
  Request request;
  request.overrides = {"unreadable"};
  auto report = town.recovery_here().resume(request);
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_TRUE(report->carried_out);
  EXPECT_FALSE(report->verified);
  EXPECT_FALSE(report->gate.empty());
  town.expect_recovered("with something that could not be read");
  EXPECT_TRUE(std::filesystem::exists(deep + "/note.txt")) << "it stays as it is";
}

// A point that a person names is judged, wherever it lies, and the answer is
// never without a reason.
TEST(Recovery, APointBeforeTheLastClosedIncidentIsJudged) {
  Town town;
  town.live_and_be_attacked();
  Report first = run(town);
  ASSERT_TRUE(first.verified);
  ASSERT_TRUE(confirm(town.machine, town.state));
  town.write("uploads/july.txt", "Written after the first incident.");
  town.write("uploads/again.php", "<?php echo 'MARKER';");
  EXPECT_NE(town.backup().judgement.verdict, judge::Verdict::proven_clean);
  Request request;
  request.point = first.point;
  Report report = run(town, request);
  EXPECT_TRUE(report.proven) << report.point_reason.text();
  EXPECT_TRUE(report.verified) << (report.gate.empty() ? "" : report.gate[0]);
  EXPECT_NE(report.point_reason.text().find("incident"), std::string::npos);
  EXPECT_FALSE(town.has("uploads/again.php"));
  EXPECT_EQ(town.read("uploads/july.txt"), "Written after the first incident.");
  town.expect_recovered("from a point of an older epoch");
}

TEST(Recovery, APointThatIsNotProvenIsNotTakenWithoutAWordAndSaysWhy) {
  Town town;
  town.live_and_be_attacked();
  Report first = run(town);
  ASSERT_TRUE(confirm(town.machine, town.state));
  town.write("uploads/again.php", "<?php echo 'MARKER';");
  town.backup();
  Tree hacked = town.tree();
  Request request;
  request.point = first.evidence;  // the hacked state itself
  Report report = run(town, request);
  EXPECT_FALSE(report.carried_out || report.proven || report.verified);
  ASSERT_FALSE(report.gate.empty());
  EXPECT_NE(report.gate[0].find("is not proven clean: "), std::string::npos) << report.gate[0];
  EXPECT_FALSE(report.point_reason.message.empty());
  EXPECT_EQ(town.tree(), hacked);
}

TEST(Recovery, RebuildsElsewhereAndLeavesTheLiveSiteAlone) {
  Town town;
  town.live_and_be_attacked();
  Tree hacked = town.tree();
  Request request;
  request.to = town.state + "/../rebuilt";
  request.to = std::filesystem::weakly_canonical(request.to);
  Report report = run(town, request);
  EXPECT_TRUE(report.verified);
  EXPECT_EQ(town.tree(), hacked);
  EXPECT_FALSE(town.journal());
  Tree rebuilt = tree_of(town.posix, request.to);
  EXPECT_EQ(rebuilt.at("index.php"), "0 644 <?php require 'lib/core.php';");
  EXPECT_EQ(rebuilt.at("uploads/june.txt"), "0 644 Written after the intruder came.");
  EXPECT_EQ(rebuilt.at("uploads").substr(0, 5), "1 755");
  EXPECT_FALSE(rebuilt.contains("uploads/help.php"));
  EXPECT_FALSE(rebuilt.contains("lib/.hidden"));
  EXPECT_EQ(site::TestDatabase(request.to + "/data/town.db").ask("SELECT count(*) FROM users"), "1");
  EXPECT_EQ(town.recovery_here().run(request).error().code, Code::exists)
      << "the folder is not empty any more";
}

// ---- the end of an incident ----

namespace {

bool incident_closed(Town& town) {
  NullLog log;
  auto reader = vault::VaultReader::open(*town.keeper, town.recovery, log);
  EXPECT_TRUE(reader);
  return reader && judge::history_of(**reader, "town").closed.has_value();
}

}  // namespace

TEST(Recovery, AnIncidentIsClosedOnlyByAVerifiedResultOrAPersonsWord) {
  Town town;
  town.backup();  // nobody approved it
  town.write("uploads/help.php", "<?php eval($_POST['MARKER']);");
  Request request;
  request.overrides = {"unreadable"};  // answers for something else
  EXPECT_FALSE(run(town, request).carried_out);
  EXPECT_FALSE(incident_closed(town));
  request.overrides = {"not-proven"};
  auto report = town.recovery_here().resume(request);
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_FALSE(report->verified);
  EXPECT_TRUE(incident_closed(town)) << "a person answered for it";

  Town proven;
  proven.live_and_be_attacked();
  EXPECT_FALSE(incident_closed(proven));
  EXPECT_TRUE(run(proven).verified);
  EXPECT_TRUE(incident_closed(proven));

  Town reached;  // recovered, but a page does not answer: not verified, and the incident stays open
  reached.live_and_be_attacked();
  reached.config.url = "http://127.0.0.1:9";
  EXPECT_FALSE(run(reached).verified);
  EXPECT_FALSE(incident_closed(reached));
}

// A program of hundreds of megabytes, most of it a hole, is not read into memory to be set aside.
TEST(Recovery, AHugeRejectedFileStaysInTheEvidenceAlone) {
  Town town;
  town.approve_baseline(town.backup());
  town.write("big.php", "<?php echo 'MARKER';");
  std::filesystem::resize_file(town.config.roots[0] + "/big.php", (256ull << 20) + 1);
  Report report = run(town);
  EXPECT_TRUE(report.verified) << (report.gate.empty() ? "" : report.gate[0]);
  EXPECT_FALSE(town.has("big.php"));
  ASSERT_TRUE(names(report.rejected, "big.php"));
  auto dir = town.posix.open_dir(town.state);
  for (const Rejected& item : report.rejected) {
    if (item.path != "big.php") continue;
    auto found = find(**dir, item.quarantine);
    ASSERT_TRUE(found);
    EXPECT_TRUE(content(**dir, *found)->empty());
  }
}

// Nothing is stopped for a recovery that cannot be prepared.
TEST(Recovery, IsRefusedBeforeTheSiteIsContainedWhenNothingCanBeStaged) {
  Town town;
  town.live_and_be_attacked();
  std::string mark = town.state + "/stopped";
  town.config.service.stop = {"touch " + mark};
  Tree hacked = town.tree();
  fs::FaultPlan plan;
  fs::FaultFs fault(town.posix, plan);
  plan.set_filter([](fs::Op op, std::string_view path) {
    return op == fs::Op::make && (path.find("/staging-") != std::string_view::npos ||
                                  path.find("/.aplomb-") != std::string_view::npos);
  });
  plan.fail_at(1, EACCES, fs::FaultPlan::Span::from_then_on);
  archive::Machine machine = town.machine_with(fault);
  auto report = town.recovery_on(machine).run({});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Code::unsupported) << report.error().what;
  EXPECT_FALSE(std::filesystem::exists(mark));
  EXPECT_EQ(town.tree(), hacked);
  EXPECT_FALSE(town.journal());
}

TEST(Recovery, ARootThatBecameALinkIsNotFollowed) {
  Town town;
  town.approve_baseline(town.backup());
  std::string root = town.config.roots[0];
  std::filesystem::rename(root, root + "-elsewhere");
  std::filesystem::create_directory_symlink(root + "-elsewhere", root);
  archive::SnapshotRequest request{town.config, town.state, "{}", {}, false, false};
  EXPECT_FALSE(judge::backup_and_judge(town.machine, *town.keeper, {town.config, town.state}, request));
  EXPECT_FALSE(town.recovery_here().run({}));
}

TEST(Recovery, ASiteWithLinksIsProvenFromTheVaultToo) {
  Town town;
  std::filesystem::create_symlink("index.php", town.config.roots[0] + "/home.php");
  town.live_and_be_attacked();
  std::filesystem::remove(town.config.roots[0] + "/home.php");
  std::filesystem::create_symlink("/etc/passwd", town.config.roots[0] + "/home.php");
  EXPECT_TRUE(run(town).verified);
  EXPECT_EQ(std::filesystem::read_symlink(town.config.roots[0] + "/home.php"), "index.php");
}

// ---- defacement ----

TEST(Recovery, PutsBackWhatWasDefacedByMereText) {
  Town town;
  town.write("lib/style.css", "body { color: #123 }");
  for (int i = 0; i < 3; ++i)
    town.write("lib/page" + std::to_string(i) + ".txt",
               std::vector<std::string>{"Opening hours of the hall", "Waste is collected Mondays",
                                        "Swimming pool and library"}[static_cast<size_t>(i)]);
  town.sql(
      "INSERT INTO news VALUES (10, 'School', 'Lessons begin again on Monday.'),"
      "(11, 'Council', 'The council meets about the budget of the year.');");
  town.approve_baseline(town.backup());
  town.write("uploads/may.txt", "The fair comes in May.");
  town.sql("INSERT INTO news VALUES (2, 'Fair', 'In May there will be a fair beside the river.');");
  EXPECT_EQ(town.backup().judgement.verdict, judge::Verdict::proven_clean);
  // Plain text everywhere, a page in front of the program, a style that hides everything.
  town.sql("UPDATE news SET body = 'MARKER MARKER';");
  for (int i = 0; i < 3; ++i) town.write("lib/page" + std::to_string(i) + ".txt", "MARKER MARKER");
  town.write("index.html", "<p>MARKER</p>");
  town.write("lib/style.css", "body { display: none } /* MARKER */");
  town.write("uploads/june.txt", "Written meanwhile.");
  town.sql("INSERT INTO news VALUES (3, 'Choir', 'The choir sings in June.');");
  EXPECT_EQ(town.backup().judgement.verdict, judge::Verdict::not_proven);
  Report report = run(town);
  EXPECT_TRUE(report.verified) << (report.gate.empty() ? "" : report.gate[0]);
  EXPECT_FALSE(town.has("index.html"));
  EXPECT_EQ(town.read("lib/style.css"), "body { color: #123 }");
  EXPECT_EQ(town.read("lib/page1.txt"), "Waste is collected Mondays");
  EXPECT_EQ(town.read("uploads/june.txt"), "Written meanwhile.");
  EXPECT_EQ(town.ask("SELECT count(*) FROM news WHERE body LIKE '%MARKER%'"), "0");
  EXPECT_EQ(town.ask("SELECT body FROM news WHERE id = 2"), "In May there will be a fair beside the river.");
  EXPECT_EQ(town.ask("SELECT body FROM news WHERE id = 3"), "The choir sings in June.");
  EXPECT_TRUE(names(report.rejected, "lib/style.css")) << "what was there is in the quarantine";
}

// ---- too large to be looked into ----

TEST(Recovery, ADatabaseOverTheLimitStaysAndIsNotCalledProven) {
  Town town;
  town.live_and_be_attacked();
  town.config.limits.database_mib_max = 1;
  town.sql(
      "CREATE TABLE filler (id INTEGER PRIMARY KEY, x BLOB);"
      "INSERT INTO filler VALUES (1, zeroblob(3000000));");
  Report closed = run(town);
  EXPECT_FALSE(closed.carried_out);
  ASSERT_FALSE(closed.gate.empty());
  EXPECT_NE(closed.gate[0].find("too large"), std::string::npos) << closed.gate[0];
}

// ---- killed on the way ----

namespace {

// Before the k-th change of the run, or before the k-th move that touches the site.
struct Kill {
  uint64_t k = 0;
  bool in_the_switch = false;
  std::string where() const { return fmt::format("killed at {} {}", in_the_switch ? "move" : "change", k); }
};

void count_only(fs::FaultPlan& plan, bool in_the_switch, const std::string& root) {
  if (!in_the_switch) return;
  plan.set_filter([root](fs::Op op, std::string_view path) {
    bool of_the_switch = path.starts_with(root + "/") || path.find("/staging-") != std::string_view::npos;
    return op == fs::Op::rename && of_the_switch;
  });
}

// Spread over a whole run; each is a site of its own, so few of them.
std::vector<Kill> kills() {
  std::vector<Kill> kills;
  for (bool in_the_switch : {false, true}) {
    Town town;
    town.live_and_be_attacked();
    fs::FaultPlan plan;
    fs::FaultFs fault(town.posix, plan);
    count_only(plan, in_the_switch, town.config.roots[0]);
    archive::Machine machine = town.machine_with(fault);
    auto report = town.recovery_on(machine).run({});
    EXPECT_TRUE(report) << report.error().what;
    uint64_t last = plan.changes(), count = in_the_switch ? 3 : 4;
    EXPECT_GT(last, 5u);
    for (uint64_t i = 0; i < count; ++i) kills.push_back({1 + i * (last - 1) / count, in_the_switch});
  }
  return kills;
}

void kill_run(Town& town, const Kill& kill) {
  fs::FaultPlan plan;
  fs::FaultFs fault(town.posix, plan);
  count_only(plan, kill.in_the_switch, town.config.roots[0]);
  plan.crash_at(kill.k);
  archive::Machine machine = town.machine_with(fault);
  auto report = town.recovery_on(machine).run({});
  EXPECT_FALSE(report) << kill.where();
  EXPECT_TRUE(plan.crashed()) << kill.where();
  town.reopen_vault();
  auto journal = town.journal();
  if (kill.in_the_switch) {
    EXPECT_TRUE(journal && journal->step == Step::switching) << kill.where();
  }
}

}  // namespace

TEST(RecoveryKilled, ResumesToTheSameSite) {
  for (const Kill& kill : kills()) {
    Town town;
    town.live_and_be_attacked();
    kill_run(town, kill);
    bool begun = town.journal().has_value();
    auto report = begun ? town.recovery_here().resume({}) : town.recovery_here().run({});
    ASSERT_TRUE(report) << kill.where() << ": " << report.error().what;
    town.expect_recovered(kill.where());
    EXPECT_TRUE(report->verified) << kill.where();
    EXPECT_EQ(town.journal()->step, Step::done) << kill.where();
    EXPECT_TRUE(names(report->rejected, "uploads/help.php")) << kill.where();
    EXPECT_TRUE(names(report->kept, "uploads/june.txt")) << kill.where();
  }
}

TEST(RecoveryKilled, UndoesToTheByteAndStartsAgain) {
  bool again = false;
  for (const Kill& kill : kills()) {
    Town town;
    town.live_and_be_attacked();
    Tree hacked = town.tree();
    kill_run(town, kill);
    bool begun = town.journal().has_value();
    Status undone = undo(town.machine, town.config, town.state);
    EXPECT_EQ(undone.has_value(), begun) << kill.where() << ": " << (undone ? "" : undone.error().what);
    EXPECT_EQ(town.tree(), hacked) << kill.where();
    EXPECT_FALSE(town.journal()) << kill.where();
    again = !again;
    if (again) continue;
    auto report = town.recovery_here().run({});
    ASSERT_TRUE(report) << kill.where() << ": " << report.error().what;
    EXPECT_TRUE(report->verified) << kill.where();
    town.expect_recovered(kill.where() + ", undone and begun again");
  }
}

// After the switch the new epoch is opened: killed there, the old points must still be the ones to go back
// to.
TEST(RecoveryKilled, AnEpochThatWasOpenedAndNotClosedHidesNoPoint) {
  Town town;
  town.live_and_be_attacked();
  fs::FaultPlan plan;
  fs::FaultFs fault(town.posix, plan);
  plan.set_filter(
      [](fs::Op op, std::string_view path) { return op == fs::Op::rename && path.ends_with("/writer.key"); });
  plan.fail_at(1, EIO);
  archive::Machine machine = town.machine_with(fault);
  EXPECT_FALSE(town.recovery_on(machine).run({}));
  ASSERT_TRUE(plan.triggered());
  EXPECT_EQ(town.journal()->step, Step::switched);
  ASSERT_TRUE(undo(town.machine, town.config, town.state));
  Report report = run(town);
  EXPECT_TRUE(report.verified);
  town.expect_recovered("undone after the new epoch was opened");
}

// A start command that did its work before the run ended does not fail the run that goes on.
TEST(RecoveryKilled, StopsWhatHasStartedAlreadyBeforeItStartsTheSite) {
  Town town;
  town.live_and_be_attacked();
  std::string running = town.state + "/running", well = town.state + "/well";
  std::filesystem::create_directory(running);
  town.config.service.stop = {"rmdir " + running + " || true"};
  town.config.service.start = {"mkdir " + running, "test -e " + well};
  EXPECT_FALSE(town.recovery_here().run({}));
  EXPECT_EQ(town.journal()->step, Step::switched);
  std::ofstream(well) << "";
  auto report = town.recovery_here().resume({});
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_TRUE(report->verified);
}

// The undo itself is killed; whatever comes next, nothing is taken for whole that is half.
TEST(RecoveryKilled, AnUndoThatWasKilledIsFinishedOrRolledForward) {
  uint64_t changes = 0;
  for (uint64_t i = 0; i <= 4; ++i) {
    Town town;
    town.live_and_be_attacked();
    Tree hacked = town.tree();
    run(town);
    fs::FaultPlan plan;
    fs::FaultFs fault(town.posix, plan);
    uint64_t k = 1 + i * changes / 5;
    if (i > 0) plan.crash_at(k);  // the first round counts
    Status undone = undo(town.machine_with(fault), town.config, town.state);
    if (i == 0) {
      ASSERT_TRUE(undone);
      changes = plan.changes();
      continue;
    }
    std::string where = fmt::format("undo killed at change {} of {}", k, changes);
    EXPECT_FALSE(undone) << where;
    auto journal = town.journal();
    if (i % 2 == 0 && journal && journal->step == Step::switching) {
      auto report = town.recovery_here().resume({});
      ASSERT_TRUE(report) << where << ": " << report.error().what;
      town.expect_recovered(where);
    }
    Status again = undo(town.machine, town.config, town.state);
    EXPECT_EQ(again.has_value(), journal.has_value()) << where << ": " << (again ? "" : again.error().what);
    EXPECT_EQ(town.tree(), hacked) << where;
  }
}

}  // namespace aplomb::recover
