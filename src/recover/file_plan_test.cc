// The plan for files, case by case: two listings and two judgements in, steps out; and every plan carried out
// on a file system, because a plan that cannot be carried out is none.
#include "recover/file_plan.h"

#include <gtest/gtest.h>

#include "fs/memory_fs.h"
#include "recover/staging.h"
#include "recover/test_tree.h"

namespace aplomb::recover {
namespace {

using judge::JudgedObject;
using judge::ObjectVerdict;

vault::Node file(std::string_view text, uint32_t mode = 0644) {
  vault::Node node;
  node.mode = mode;
  node.size = text.size();
  node.hash = crypto::sha256(as_bytes(text));
  node.target = text;  // for a file: only so that the tests know its bytes
  return node;
}

vault::Node folder(uint32_t mode = 0755) {
  vault::Node node;
  node.type = fs::FileType::directory;
  node.mode = mode;
  return node;
}

vault::Node link(std::string_view target) {
  vault::Node node;
  node.type = fs::FileType::symlink;
  node.mode = 0777;
  node.target = target;
  return node;
}

// Two states of a site, filled in by each test.
struct Incident {
  Listing clean, hacked;
  judge::Judgement clean_judgement, hacked_judgement;
  bool whole = false, have_clean_point = true;
  std::vector<std::string> arriving;

  // In both states.
  void both(const std::string& path, const vault::Node& node) {
    clean[path] = hacked[path] = node;
    clean[path].name = hacked[path].name = fs::split_path(path).second;
  }
  // The clean point's code: explained there.
  void code(const std::string& path) {
    clean_judgement.to_approve.push_back({path, clean.at(path).hash, clean.at(path).mode});
  }
  void bad(const std::string& path, Level level = Level::none) {
    JudgedObject object;
    object.identity.path = path;
    object.explanation = {"nothing explains it", {}};
    object.verdict = level >= Level::malicious ? ObjectVerdict::infected : ObjectVerdict::unproven;
    if (level != Level::none) object.findings.push_back({level, "test-rule", {"a detector spoke", {}}, 0});
    hacked_judgement.open.push_back(object);
  }
  FilePlan plan() const {
    FilePlanInput input{hacked, clean, hacked_judgement, clean_judgement, whole, have_clean_point};
    input.arriving = arriving;
    return plan_files(input);
  }
};

std::string show(const FilePlan& plan) {
  std::string text;
  for (const PlannedFile& step : plan.steps) {
    constexpr const char* kNames[] = {"restore", "remove", "make_dir", "attributes", "remove_dir"};
    text += std::string(kNames[static_cast<int>(step.step)]) + " " + step.path +
            (step.quarantine ? " (quarantine)" : "") + "\n";
  }
  for (const Kept& kept : plan.kept) text += "keep " + kept.path + "\n";
  for (const std::string& path : plan.deleted) text += "deleted " + path + "\n";
  return text;
}

std::string reason_of(const FilePlan& plan, const std::string& path) {
  for (const PlannedFile& step : plan.steps)
    if (step.path == path) return step.reason.message;
  return "(no step)";
}

void build(fs::Dir& dir, const Listing& listing) {
  for (const auto& [path, node] : listing) {
    if (node.is_dir()) {
      ASSERT_TRUE(dir.make_dir(path, node.mode)) << path;
    } else if (node.is_file()) {
      ASSERT_TRUE(fs::write_file_durably(dir, path, as_bytes(node.target), node.mode)) << path;
    } else {
      ASSERT_TRUE(dir.make_symlink(node.target, path)) << path;
    }
  }
}

// Carries the plan out on the hacked state and takes it back; returns the state in between.
Tree outcome(const Incident& incident, const FilePlan& plan) {
  fs::MemoryFs memory;
  EXPECT_TRUE(memory.make_dirs("/state", 0700));
  auto site = memory.make_dirs("/site", 0755);
  build(**site, incident.hacked);
  Tree original = tree_of(memory, "/site", Times::compared);
  Staging staging(memory, "/state", "test");
  EXPECT_TRUE(staging.open({"/site"}));
  for (const PlannedFile& step : plan.steps) {
    const auto clean = incident.clean.find(step.path);
    const vault::Node node = clean == incident.clean.end() ? vault::Node() : clean->second;
    Status added;
    switch (step.step) {
      case FileStep::restore:
        added = staging.put_bytes(0, step.path, as_bytes(node.target), node);
        break;
      case FileStep::remove:
        added = staging.remove(0, step.path);
        break;
      case FileStep::remove_dir:
        added = staging.remove_dir(0, step.path);
        break;
      case FileStep::make_dir:
        added = staging.make_dir(0, step.path, node);
        break;
      case FileStep::attributes:
        added = staging.attributes(0, step.path, node);
        break;
    }
    EXPECT_TRUE(added) << step.path;
  }
  auto switch_plan = staging.finish();
  EXPECT_TRUE(switch_plan);
  Status done = carry_out(memory, *switch_plan);
  EXPECT_TRUE(done) << done.error().what << " " << done.error().where;
  Tree result = tree_of(memory, "/site");
  EXPECT_TRUE(carry_out(memory, *switch_plan));
  EXPECT_EQ(tree_of(memory, "/site"), result) << "carried out twice";
  EXPECT_TRUE(take_back(memory, *switch_plan));
  EXPECT_EQ(tree_of(memory, "/site", Times::compared), original) << "taken back";
  return result;
}

std::string names(const Tree& tree) {
  std::string text;
  for (const auto& [path, entry] : tree)
    if (!path.empty()) text += path + (entry[0] == '1' ? "/ " : " ");
  return text;
}

}  // namespace

TEST(FilePlan, WhatDidNotChangeIsLeftAlone) {
  Incident incident;
  incident.both("index.php", file("code"));
  incident.both("photos", folder());
  incident.both("photos/a.jpg", file("a"));
  incident.code("index.php");
  EXPECT_EQ(show(incident.plan()), "");
}

TEST(FilePlan, UnexplainedNewFileGoes) {
  Incident incident;
  incident.hacked["shell.php"] = file("MARKER");
  incident.bad("shell.php");
  EXPECT_EQ(show(incident.plan()), "remove shell.php (quarantine)\n");
  EXPECT_EQ(names(outcome(incident, incident.plan())), "");
}

TEST(FilePlan, ChangedCodeComesFromTheCleanPoint) {
  Incident incident;
  incident.clean["index.php"] = file("clean");
  incident.hacked["index.php"] = file("clean; MARKER");
  incident.code("index.php");
  incident.bad("index.php", Level::malicious);
  FilePlan plan = incident.plan();
  EXPECT_EQ(show(plan), "restore index.php (quarantine)\n");
  EXPECT_EQ(reason_of(plan, "index.php"), "a detector spoke");
  EXPECT_EQ(outcome(incident, plan).at("index.php"), "0 644 clean");
}

TEST(FilePlan, CodeWithAnotherModeIsPutBack) {
  Incident incident;
  incident.clean["tool.cgi"] = file("same", 0644);
  incident.hacked["tool.cgi"] = file("same", 0755);
  incident.bad("tool.cgi");
  EXPECT_EQ(outcome(incident, incident.plan()).at("tool.cgi"), "0 644 same");
}

TEST(FilePlan, NewAndChangedContentIsKept) {
  Incident incident;
  incident.clean["page.txt"] = file("first");
  incident.hacked["page.txt"] = file("second");
  incident.hacked["new.jpg"] = file("picture");
  FilePlan plan = incident.plan();
  EXPECT_EQ(show(plan), "keep new.jpg\nkeep page.txt\n");
  EXPECT_EQ(names(outcome(incident, plan)), "new.jpg page.txt ");
  EXPECT_NE(plan.kept[0].reason, plan.kept[1].reason);
}

TEST(FilePlan, CachesAreEmptiedAndNeverRestored) {
  Incident incident;
  incident.clean["cache/old.html"] = file("old");
  incident.hacked["cache/new.html"] = file("new");
  incident.both("cache", folder());
  incident.both("cache/same.html", file("same"));
  incident.clean_judgement.generated = {"cache/old.html", "cache/same.html"};
  incident.hacked_judgement.generated = {"cache/new.html", "cache/same.html"};
  EXPECT_EQ(show(incident.plan()), "remove cache/new.html\nremove cache/same.html\n");
}

TEST(FilePlan, WhatADetectorSaysOfACacheIsKeptForThePerson) {
  Incident incident;
  incident.hacked["cache.html"] = file("MARKER");
  incident.hacked_judgement.generated = {"cache.html"};
  incident.bad("cache.html", Level::malicious);
  EXPECT_EQ(show(incident.plan()), "remove cache.html (quarantine)\n");
}

TEST(FilePlan, MissingCodeComesBackWithItsFolders) {
  Incident incident;
  incident.clean["lib"] = folder(0750);
  incident.clean["lib/inner"] = folder(0700);
  incident.clean["lib/inner/core.php"] = file("core");
  incident.code("lib/inner/core.php");
  FilePlan plan = incident.plan();
  EXPECT_EQ(show(plan), "make_dir lib\nmake_dir lib/inner\nrestore lib/inner/core.php\n");
  Tree tree = outcome(incident, plan);
  EXPECT_EQ(tree.at("lib"), "1 750 ");
  EXPECT_EQ(tree.at("lib/inner"), "1 700 ");
}

TEST(FilePlan, AProtectionThatIsGoneComesBack) {
  Incident incident;
  incident.clean[".htaccess"] = file("deny");
  incident.clean_judgement.protections = {".htaccess"};
  JudgedObject missing;
  missing.kind = judge::ObjectKind::missing;
  missing.identity.path = ".htaccess";
  incident.hacked_judgement.open = {missing};
  EXPECT_EQ(show(incident.plan()), "restore .htaccess\n");
}

TEST(FilePlan, AFewDeletionsAreHonoured) {
  Incident incident;
  for (int i = 0; i < 9; ++i) incident.clean["old" + std::to_string(i)] = file("x");
  incident.both("stays", file("y"));
  FilePlan plan = incident.plan();
  EXPECT_TRUE(plan.steps.empty());
  EXPECT_EQ(plan.deleted.size(), 9u);
}

TEST(FilePlan, MassDeletionIsUndone) {
  Incident incident;
  for (int i = 0; i < 10; ++i) incident.clean["old" + std::to_string(i)] = file("x");
  for (int i = 0; i < 40; ++i) incident.both("stays" + std::to_string(i), file("y"));
  EXPECT_EQ(incident.plan().steps.size(), 10u);
  EXPECT_TRUE(incident.plan().deleted.empty());
  incident.both("one more", file("y"));  // now less than one in five
  EXPECT_TRUE(incident.plan().steps.empty());
  EXPECT_EQ(incident.plan().deleted.size(), 10u);
}

TEST(FilePlan, TheWholeContentComesBackHoweverLittleItWas) {
  Incident incident;
  incident.both("index.php", file("code"));
  incident.code("index.php");
  for (const char* path : {"a.jpg", "b.jpg", "c.jpg"}) incident.clean[path] = file("picture");
  EXPECT_EQ(incident.plan().steps.size(), 3u);
  Incident emptied;
  emptied.clean["note.txt"] = file("text");
  EXPECT_EQ(emptied.plan().steps.size(), 1u);
}

TEST(FilePlan, AFolderThatWasEmptiedComesBackWithItsEmptyFolders) {
  Incident incident;
  for (int i = 0; i < 60; ++i) incident.both("pages/" + std::to_string(i), file("y"));
  incident.both("pages", folder());
  incident.clean["uploads"] = incident.clean["tmp"] = folder();
  for (int i = 0; i < 6; ++i) incident.clean["uploads/" + std::to_string(i)] = file("x");
  FilePlan plan = incident.plan();
  EXPECT_TRUE(plan.deleted.empty());
  EXPECT_EQ(plan.steps.size(), 8u) << show(plan);
  EXPECT_NE(show(plan).find("make_dir tmp"), std::string::npos) << show(plan);
}

TEST(FilePlan, TheSameBytesUnderAWiderModeGoBack) {
  Incident incident;
  for (const char* path : {"config.json", "index.php", "photo.jpg"}) incident.both(path, file(path));
  incident.code("index.php");
  incident.hacked["config.json"].mode = 0777;
  incident.hacked["index.php"].uid = 33;
  incident.hacked["photo.jpg"].mode = 0600;
  EXPECT_EQ(show(incident.plan()), "restore config.json\nrestore index.php\n");
}

TEST(FilePlan, WhatWasEncryptedUnderAnotherNameComesBack) {
  Incident incident;
  incident.both("photos", folder());
  incident.clean["photos/a.jpg"] = file("picture");
  incident.clean["photos/b.tar.gz"] = file("archive");
  incident.clean["photos/gone.jpg"] = file("deleted by the editor");
  incident.hacked["photos/a.jpg.locked"] = file("noise");
  incident.hacked["photos/b.tar.gz.id-7.locked"] = file("noise");
  incident.bad("photos/a.jpg.locked", Level::malicious);
  incident.bad("photos/b.tar.gz.id-7.locked", Level::malicious);
  FilePlan plan = incident.plan();
  EXPECT_EQ(names(outcome(incident, plan)), "photos/ photos/a.jpg photos/b.tar.gz ");
  EXPECT_EQ(plan.deleted, std::vector<std::string>{"photos/gone.jpg"});
}

TEST(FilePlan, WhatWasEncryptedInPlaceComesBack) {
  Incident incident;
  incident.clean["a.jpg"] = file("picture");
  incident.hacked["a.jpg"] = file("noise");
  incident.bad("a.jpg", Level::malicious);
  EXPECT_EQ(outcome(incident, incident.plan()).at("a.jpg"), "0 644 picture");
}

TEST(FilePlan, AFolderOfTheIntruderGoesWithEverythingInIt) {
  Incident incident;
  for (const char* path : {"hidden", "hidden/deep", "hidden/deep/empty", "hidden/deep/x"})
    incident.hacked[path] = folder();
  incident.hacked["hidden/deep/x/shell.php"] = file("MARKER");
  incident.bad("hidden/deep/x/shell.php");
  EXPECT_EQ(names(outcome(incident, incident.plan())), "");
}

TEST(FilePlan, ANewFolderThatHoldsContentStays) {
  Incident incident;
  incident.hacked["2026"] = folder();
  incident.hacked["2026/photo.jpg"] = file("picture");
  incident.hacked["2026/shell.php"] = file("MARKER");
  incident.hacked["empty"] = folder();
  incident.bad("2026/shell.php");
  EXPECT_EQ(names(outcome(incident, incident.plan())), "2026/ 2026/photo.jpg empty/ ");
}

TEST(FilePlan, AFoldersModeIsPutBack) {
  Incident incident;
  incident.both("uploads", folder(0755));
  incident.hacked["uploads"].mode = 0777;
  EXPECT_EQ(show(incident.plan()), "attributes uploads\n");
  EXPECT_EQ(outcome(incident, incident.plan()).at("uploads"), "1 755 ");
}

TEST(FilePlan, ALinkInPlaceOfAFolderGoesAndTheFolderComesBack) {
  Incident incident;
  incident.clean["lib"] = folder();
  incident.clean["lib/core.php"] = file("core");
  incident.code("lib/core.php");
  incident.hacked["lib"] = link("/tmp/evil");
  incident.bad("lib");
  Tree tree = outcome(incident, incident.plan());
  EXPECT_EQ(names(tree), "lib/ lib/core.php ");
  EXPECT_EQ(show(incident.plan()), "remove lib (quarantine)\nmake_dir lib\nrestore lib/core.php\n");
}

TEST(FilePlan, WhatIsKeptIsToldFromThePointAndWhatComesBackMayBeLater) {
  Incident incident;
  incident.clean["later.jpg"] = file("uploaded after the point");
  incident.hacked["later.jpg"] = file("noise");
  incident.both("since.txt", file("written after the point"));
  incident.both("old.txt", file("of the point"));
  incident.bad("later.jpg", Level::malicious);
  Listing point{{"old.txt", incident.clean["old.txt"]}};
  FilePlanInput input{incident.hacked, incident.clean, incident.hacked_judgement, incident.clean_judgement};
  input.point = &point;
  FilePlan plan = plan_files(input);
  EXPECT_EQ(show(plan), "restore later.jpg (quarantine)\nkeep since.txt\n");
}

// ---- a file where a folder was, and the other way round ----

TEST(FilePlan, AKeptFileMakesRoomForAFolderOfCode) {
  Incident incident;
  incident.clean["lib"] = folder();
  incident.clean["lib/core.php"] = file("core");
  incident.code("lib/core.php");
  incident.hacked["lib"] = file("harmless text");
  FilePlan plan = incident.plan();
  EXPECT_EQ(show(plan), "remove lib (quarantine)\nmake_dir lib\nrestore lib/core.php\n");
  EXPECT_EQ(names(outcome(incident, plan)), "lib/ lib/core.php ");
}

TEST(FilePlan, AFolderMakesRoomForAFileOfCode) {
  Incident incident;
  incident.clean["index.php"] = file("code");
  incident.code("index.php");
  incident.hacked["index.php"] = folder();
  incident.hacked["index.php/deep"] = folder();
  incident.hacked["index.php/deep/shell.php"] = file("MARKER");
  incident.hacked["index.php/note.txt"] = file("harmless text");
  incident.bad("index.php/deep/shell.php");
  FilePlan plan = incident.plan();
  EXPECT_EQ(names(outcome(incident, plan)), "index.php ");
  EXPECT_TRUE(plan.kept.empty());
  EXPECT_EQ(show(plan),
            "remove index.php/deep/shell.php (quarantine)\nremove index.php/note.txt (quarantine)\n"
            "remove_dir index.php/deep\nremove_dir index.php\nrestore index.php\n");
}

TEST(FilePlan, WhereOnlyContentWasNothingHasToMakeRoom) {
  Incident incident;
  incident.clean["news"] = folder();
  incident.clean["news/a.txt"] = file("deleted since");
  incident.clean["page"] = file("deleted since");
  incident.hacked["news"] = file("now a file");
  incident.hacked["page"] = folder();
  incident.hacked["page/a.txt"] = file("now in a folder");
  FilePlan plan = incident.plan();
  EXPECT_EQ(show(plan), "keep news\nkeep page/a.txt\ndeleted news/a.txt\ndeleted page\n");
}

TEST(FilePlan, ADatabaseGetsItsFolderBack) {
  Incident incident;
  incident.clean["data"] = folder(0700);
  incident.arriving = {"data/town.db"};
  EXPECT_EQ(show(incident.plan()), "make_dir data\n");
  incident.hacked["data"] = file("in the way");
  EXPECT_EQ(show(incident.plan()), "remove data (quarantine)\nmake_dir data\n");
  incident.hacked["data"] = folder(0700);
  EXPECT_EQ(show(incident.plan()), "");
}

// ---- several roots ----

TEST(FilePlan, TheFolderOfARootIsNoFolderToMake) {
  Incident incident;
  incident.clean["www/index.php"] = file("code");  // "www" is a root's label, and in no listing
  incident.code("www/index.php");
  EXPECT_EQ(show(incident.plan()), "restore www/index.php\n");
}

// ---- the whole site, or no point at all ----

TEST(FilePlan, AWholeRollBackIsTheCleanPoint) {
  Incident incident;
  incident.whole = true;
  for (const char* path : {"empty", "lib", "swap"}) incident.clean[path] = folder();
  incident.both("photos", folder());
  incident.clean["lib/core.php"] = file("core");
  incident.clean["page.txt"] = file("first");
  incident.clean["deleted.txt"] = file("gone since");
  incident.clean["swap/in.txt"] = file("in");
  incident.hacked["page.txt"] = file("second");
  incident.hacked["new.jpg"] = file("picture");
  incident.hacked["newer"] = folder();
  incident.hacked["newer/empty"] = folder();
  incident.hacked["newer/b.jpg"] = file("picture");
  incident.hacked["swap"] = file("a file now");
  incident.hacked["shell.php"] = file("MARKER");
  incident.bad("shell.php");
  incident.code("lib/core.php");
  FilePlan plan = incident.plan();
  fs::MemoryFs memory;
  auto site = memory.make_dirs("/site", 0755);
  build(**site, incident.clean);
  EXPECT_EQ(outcome(incident, plan), tree_of(memory, "/site"));
  EXPECT_TRUE(plan.kept.empty());
  EXPECT_TRUE(plan.deleted.empty());
  EXPECT_EQ(reason_of(plan, "deleted.txt"), "missing now; the whole site is rolled back");
}

TEST(FilePlan, WithoutACleanPointOnlyWhatADetectorSpokeOfGoes) {
  Incident incident;
  incident.have_clean_point = false;
  incident.hacked["index.php"] = file("never seen before");
  incident.hacked["shell.php"] = file("MARKER");
  incident.hacked["odd.php"] = file("odd");
  incident.hacked["folder"] = folder();
  incident.hacked["folder/evil.php"] = file("MARKER");
  incident.bad("index.php");
  incident.bad("shell.php", Level::malicious);
  incident.bad("folder/evil.php", Level::malicious);
  incident.bad("odd.php", Level::suspicious);
  FilePlan plan = incident.plan();
  EXPECT_EQ(show(plan),
            "remove folder/evil.php (quarantine)\nremove odd.php (quarantine)\nremove shell.php "
            "(quarantine)\nkeep index.php\n");
  incident.whole = true;
  EXPECT_EQ(show(incident.plan()), show(plan)) << "there is nothing to roll back to";
}

// ---- a point that a person named although it is not proven ----

TEST(FilePlan, WhatIsMaliciousInTheNamedPointIsNeverRestored) {
  Incident incident;
  incident.both("sleeper.php", file("MARKER"));
  incident.clean["gone.php"] = file("MARKER");
  incident.code("sleeper.php");
  incident.code("gone.php");
  incident.bad("sleeper.php", Level::malicious);
  for (const char* path : {"sleeper.php", "gone.php"}) {
    JudgedObject object;
    object.identity.path = path;
    object.verdict = ObjectVerdict::infected;
    incident.clean_judgement.open.push_back(object);
  }
  EXPECT_EQ(show(incident.plan()), "remove sleeper.php (quarantine)\n");
  incident.whole = true;
  EXPECT_EQ(show(incident.plan()), "remove sleeper.php (quarantine)\n");
}

TEST(FilePlan, WhatIsAsUnexplainedInTheNamedPointStaysAsItIs) {
  Incident incident;
  incident.both("plugin.php", file("code"));
  incident.code("plugin.php");
  incident.bad("plugin.php");
  EXPECT_EQ(show(incident.plan()), "");
}

}  // namespace aplomb::recover
