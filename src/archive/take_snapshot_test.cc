#include "archive/take_snapshot.h"

#include <gtest/gtest.h>

#include "archive/test_site.h"

namespace aplomb::archive {
namespace {

using vault::random_bytes;
using vault::text_bytes;

// The paths that are opened to be read in a backup, through the fault plan.
struct WatchedSite : MemorySite {
  std::vector<std::string> opened;
  std::function<void(fs::Op, const std::string&)> before = [](fs::Op, const std::string&) {};

  WatchedSite() {
    for (const char* name : {"a", "b", "c"})
      put_file(*site.root, name, text_bytes(std::string("content of ") + name));
    plan.set_filter([this](fs::Op op, std::string_view path) {
      if (!path.starts_with("/srv/site/")) return false;
      before(op, std::string(path.substr(10)));
      if (op == fs::Op::open) opened.emplace_back(path.substr(10));
      return true;
    });
  }
  SnapshotResult backup(bool read_everything = false) {
    opened.clear();
    site.clock.advance(kHour);
    auto saved = site.backup(read_everything);
    EXPECT_TRUE(saved) << (saved ? "" : saved.error().what);
    return saved ? std::move(*saved) : SnapshotResult();
  }
  // Past the fault plan, as the site's own programs do.
  std::unique_ptr<fs::Dir> direct() { return std::move(*memory.open_dir("/srv/site")); }
};

TEST(TakeSnapshot, OpensOnlyWhatChanged) {
  WatchedSite live;
  live.backup();
  EXPECT_EQ(live.opened, (std::vector<std::string>{"a", "b", "c"}));
  live.backup();
  EXPECT_TRUE(live.opened.empty());
  put_file(*live.direct(), "b", text_bytes("changed"));
  live.backup();
  EXPECT_EQ(live.opened, (std::vector<std::string>{"b"}));
  live.backup(true);
  EXPECT_EQ(live.opened, (std::vector<std::string>{"a", "b", "c"}));
}

TEST(TakeSnapshot, OfASiteThatDidNotChangeAddsAtMostSixtyFourKibibytes) {
  constexpr int kFiles = 20'000;
  WatchedSite live;
  auto dir = live.direct();
  for (int i = 0; i < kFiles; ++i)
    put_file(*dir, "page " + std::to_string(i), text_bytes("of its own " + std::to_string(i)));
  EXPECT_GT(live.backup().bytes_stored, uint64_t{kFiles});
  EXPECT_LE(live.backup().bytes_stored, uint64_t{64 * 1024});
}

TEST(TakeSnapshot, SeesAnEditThatKeepsSizeAndTimeOfChange) {
  WatchedSite live;
  live.backup();
  auto dir = live.direct();
  const int64_t mtime = dir->stat("b")->mtime_ns;
  put_file(*dir, "b", text_bytes("CONTENT OF b"));
  ASSERT_TRUE(dir->set_mtime("b", mtime));
  ASSERT_EQ(dir->stat("b")->mtime_ns, mtime);
  auto saved = live.backup();
  EXPECT_EQ(live.opened, (std::vector<std::string>{"b"}));
  EXPECT_TRUE(saved.manifest.alerts.empty()) << "the time of the inode tells it, so nothing was hidden";
  auto view = *live.site.view(saved.id);
  EXPECT_EQ(*view->read("b", *view->find("b"), 0, 100), text_bytes("CONTENT OF b"));
}

// Rewrites the list of the last backup as an attacker with the disk in his hands would have it.
void forge_list(TestSite& site, const std::string& path, const Sha256& hash) {
  ByteWriter bound;
  bound.id(site.vault.writer.vault);
  bound.id(site.vault.writer.domain);
  bound.text(site.vault.writer.site);
  const Sha256 binding = crypto::sha256(bound.view());
  auto state = *site.live.open_dir(site.state_path());
  auto old = FileListReader::open(*state, "files.list", binding);
  std::vector<ListedFile> files;
  while (auto file = old->next()) files.push_back(*file);
  ASSERT_FALSE(files.empty()) << "the binding is the one of the format page";
  auto forged = *FileListWriter::create(*state, "files.list", old->run_start(), binding);
  for (ListedFile& file : files) {
    if (file.path == path) file.node.hash = hash;
    ASSERT_TRUE(forged->add(file.path, file.node));
  }
  ASSERT_TRUE(forged->finish());
}

TEST(TakeSnapshot, ReadsAgainWhatMayHaveChangedWithinTheClocksGrain) {
  WatchedSite live;
  const int64_t made = live.site.root->stat("b")->ctime_ns;
  live.site.clock.set(Time{made + kSecond});
  ASSERT_TRUE(live.site.backup());
  forge_list(live.site, "b",
             crypto::sha256(text_bytes("what it held")));  // as if it changed in the same instant
  live.site.clock.set(Time{made + kDay});
  auto again = live.backup();
  EXPECT_EQ(live.opened, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_TRUE(again.manifest.alerts.empty()) << "nobody hid anything";
  live.backup();
  EXPECT_TRUE(live.opened.empty()) << "now they are old enough";
}

TEST(TakeSnapshot, RaisesAnAlertWhenChanceFindsOtherBytes) {
  WatchedSite live;
  live.backup();
  forge_list(live.site, "b", crypto::sha256(text_bytes("what it held")));
  auto quiet = live.backup();
  EXPECT_TRUE(live.opened.empty());
  EXPECT_TRUE(quiet.manifest.alerts.empty());
  live.site.random.reread = true;
  auto loud = live.backup();
  EXPECT_EQ(live.opened, (std::vector<std::string>{"a", "b", "c"}));
  ASSERT_EQ(loud.manifest.alerts.size(), 1u);
  EXPECT_EQ(loud.manifest.alerts[0].path, "b");
  EXPECT_TRUE(live.backup().manifest.alerts.empty()) << "told once; the new bytes are what is saved now";
}

TEST(TakeSnapshot, ReadsEverythingWhenItsListIsLostDamagedOrOfAnotherSite) {
  WatchedSite live;
  auto state = [&] { return std::move(*live.memory.open_dir("/srv/state")); };
  live.backup();
  ASSERT_TRUE(state()->remove("files.list"));
  live.backup();
  EXPECT_EQ(live.opened.size(), 3u);
  Bytes list = get_file(*state(), "files.list");
  put_file(*state(), "files.list", ByteView(list).first(list.size() - 3));
  live.backup();
  EXPECT_EQ(live.opened, std::vector<std::string>{"c"}) << "what stands before the damage is believed";
  list = get_file(*state(), "files.list");
  list[20] ^= 1;  // the binding
  put_file(*state(), "files.list", list);
  live.backup();
  EXPECT_EQ(live.opened.size(), 3u);
}

// The vault's disk is full after some packs; a commit never comes through.
struct FailingStore final : vault::WriterStore {
  vault::WriterStore& store;
  int packs_left;
  FailingStore(vault::WriterStore& store, int packs) : store(store), packs_left(packs) {}

  Result<std::vector<bool>> has(const vault::DomainId& domain, std::span<const vault::ChunkId> ids) override {
    return store.has(domain, ids);
  }
  Result<std::unique_ptr<vault::PackSink>> begin_pack(const vault::DomainId& domain) override {
    if (packs_left-- <= 0) return fail(os_error(ENOSPC, "no room", "packs"));
    return store.begin_pack(domain);
  }
  Result<vault::Receipt> commit(ByteView) override { return fail(os_error(ENOSPC, "no room", "log")); }
};

TEST(TakeSnapshot, GoesOnWhereAnInterruptedBackupStopped) {
  constexpr size_t kFiles = 100, kSize = 900'000;  // several packs
  WatchedSite live;
  for (size_t i = 0; i < kFiles; ++i)
    put_file(*live.direct(), fmt::format("photo{:03}", i), random_bytes(i + 1, kSize));
  auto interrupt = [&](int packs) {
    FailingStore store(*live.site.keeper, packs);
    SnapshotRequest request{
        .site = live.site.config, .state_path = live.site.state_path(), .facts_json = "{}", .pages = {}};
    live.opened.clear();
    EXPECT_FALSE(take_snapshot(live.site.machine(), store, live.site.vault.writer, request));
    live.site.keeper = *live.site.vault.open();  // as the next run does
  };
  interrupt(3);
  const size_t read_at_first = live.opened.size();
  EXPECT_LT(read_at_first, kFiles) << "it was interrupted";
  interrupt(100);  // now only the commit fails
  EXPECT_LT(live.opened.size(), kFiles + 3 - 15) << "at least a pack was finished, and is not read again";
  auto saved = live.backup();
  EXPECT_TRUE(live.opened.empty()) << "all of it was stored";
  auto target = live.site.folder("restored");
  ASSERT_TRUE(live.site.restore_to(*target, saved.id));
  EXPECT_EQ(get_file(*target, "photo042"), random_bytes(43, kSize));
  EXPECT_FALSE((*live.memory.open_dir("/srv/state"))->stat("files.list.interrupted"));
}

TEST(TakeSnapshot, ReadsWhatChangedAfterAnInterruptedBackup) {
  WatchedSite live;
  live.backup();
  FailingStore store(*live.site.keeper, 100);
  SnapshotRequest request{
      .site = live.site.config, .state_path = live.site.state_path(), .facts_json = "{}", .pages = {}};
  put_file(*live.direct(), "b", text_bytes("changed"));
  live.site.clock.advance(kHour);
  ASSERT_FALSE(take_snapshot(live.site.machine(), store, live.site.vault.writer, request));
  put_file(*live.direct(), "b", text_bytes("CHANGED"));
  put_file(*live.direct(), "c", text_bytes("changed too"));
  auto saved = live.backup();
  EXPECT_EQ(live.opened, (std::vector<std::string>{"b", "c"}));
  auto view = *live.site.view(saved.id);
  EXPECT_EQ(*view->read("b", *view->find("b"), 0, 100), text_bytes("CHANGED"));
}

TEST(TakeSnapshot, ReadsAgainWhatTheVaultLost) {
  WatchedSite live;
  live.backup();
  auto vault_folder = live.site.vault.folder();
  for (const std::string& pack : vault::files_in(*vault_folder, "packs/"))
    ASSERT_TRUE(vault_folder->remove(pack));
  live.site.keeper = *live.site.vault.open();
  auto saved = live.backup();
  EXPECT_EQ(live.opened.size(), 3u);
  auto target = live.site.folder("restored");
  EXPECT_TRUE(live.site.restore_to(*target, saved.id));
}

TEST(TakeSnapshot, NamesWhatItCannotReadAndSavesTheRest) {
  for (fs::Op op : {fs::Op::open, fs::Op::read}) {
    WatchedSite live;
    live.plan.set_filter(
        [&](fs::Op found, std::string_view path) { return found == op && path == "/srv/site/b"; });
    live.plan.fail_at(1, EACCES);
    auto saved = live.site.backup();
    ASSERT_TRUE(saved);
    ASSERT_EQ(saved->manifest.skipped.size(), 1u);
    EXPECT_EQ(saved->manifest.skipped[0].path, "b");
    EXPECT_FALSE(saved->manifest.skipped[0].reason.empty());
    EXPECT_EQ(saved->manifest.files, 2u);
    EXPECT_TRUE((*live.site.view(saved->id))->find("c"));
  }
}

TEST(TakeSnapshot, FailsWhenTheSitesFolderIsNotThere) {
  WatchedSite live;
  live.site.config.roots = {"/srv/elsewhere"};
  auto failed = live.site.backup();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().where, "/srv/elsewhere");
  EXPECT_EQ(live.site.keeper->log()->size(), 1u);
}

TEST(TakeSnapshot, TakesAFileThatVanishesAsNeverThere) {
  WatchedSite live;
  live.before = [&](fs::Op op, const std::string& path) {
    if (op == fs::Op::open && path == "b") (void)live.direct()->remove("b");
  };
  auto saved = live.backup();
  EXPECT_TRUE(saved.manifest.skipped.empty());
  EXPECT_EQ(saved.manifest.files, 2u);
}

TEST(TakeSnapshot, ReadsAFileThatChangesOnceMore) {
  WatchedSite live;
  int reads = 0;
  live.before = [&](fs::Op op, const std::string& path) {
    if (op == fs::Op::read && path == "b" && ++reads == 1)
      put_file(*live.direct(), "b", text_bytes("longer than it was"));
  };
  auto saved = live.backup();
  auto view = *live.site.view(saved.id);
  vault::Node node = *view->find("b");
  EXPECT_FALSE(node.unstable);
  EXPECT_EQ(*view->read("b", node, 0, 100), text_bytes("longer than it was"));
}

TEST(TakeSnapshot, MarksAFileThatNeverHoldsStill) {
  WatchedSite live;
  int reads = 0;
  auto write = [&] { put_file(*live.direct(), "b", random_bytes(static_cast<uint64_t>(reads), 300'000)); };
  live.before = [&](fs::Op op, const std::string& path) {
    if (op != fs::Op::read || path != "b") return;
    ++reads;
    write();
  };
  for (int large = 0; large < 2; ++large) {  // read whole, and streamed
    auto saved = live.backup();
    auto view = *live.site.view(saved.id);
    vault::Node node = *view->find("b");
    EXPECT_TRUE(node.unstable);
    Bytes stored = *view->read("b", node, 0, 1 << 20);
    EXPECT_EQ(stored.size(), node.size);
    EXPECT_EQ(crypto::sha256(stored), node.hash) << "it hangs together at least";
    EXPECT_GE(reads, 3);
  }
  live.before = [](fs::Op, const std::string&) {};
  live.backup();
  EXPECT_EQ(live.opened, std::vector<std::string>{"b"}) << "it is never taken over unread";
}

TEST(TakeSnapshot, SavesFilesBeyondTheirShrinkingAndGrowing) {
  WatchedSite live;
  put_file(*live.direct(), "b", random_bytes(1, 2 << 20));
  int reads = 0;
  live.before = [&](fs::Op op, const std::string& path) {
    if (op != fs::Op::read || path != "b") return;
    ++reads;
    put_file(*live.direct(), "b", random_bytes(1, reads % 2 == 1 ? 300'001 : 2 << 20));
  };
  auto saved = live.backup();
  auto view = *live.site.view(saved.id);
  vault::Node node = *view->find("b");
  Bytes stored = *view->read("b", node, 0, 4 << 20);
  EXPECT_EQ(stored.size(), node.size);
  EXPECT_EQ(crypto::sha256(stored), node.hash);
}

TEST(TakeSnapshot, LeavesOutWhatTheConfigurationExcludes) {
  WatchedSite live;
  auto dir = live.direct();
  ASSERT_TRUE(dir->make_dir("cache", 0755));
  put_file(*dir, "cache/x", text_bytes("x"));
  live.site.config.exclude = {*site::Glob::parse("cache"), *site::Glob::parse("*a")};
  auto view = *live.site.view(live.backup().id);
  EXPECT_FALSE(view->find("cache"));
  EXPECT_FALSE(view->find("a"));
  EXPECT_TRUE(view->find("b"));
}

TEST(TakeSnapshot, SavesPagesAndShortensWhatTheSiteMakesTooLong) {
  WatchedSite live;
  live.site.pages = {{"/", "text/html", text_bytes("<h1>Mairie</h1>")},
                     {"/odd", std::string(1000, 'x'), text_bytes("odd")},
                     {"/" + std::string(5000, 'y'), "text/html", text_bytes("lost")}};
  auto saved = live.backup();
  auto view = *live.site.view(saved.id);
  ASSERT_EQ(view->manifest().pages.size(), 2u);
  EXPECT_EQ(*view->page(view->manifest().pages[0]), text_bytes("<h1>Mairie</h1>"));
  EXPECT_EQ(view->manifest().pages[1].content_type.size(), kTextMax);
  EXPECT_EQ(view->manifest().skipped.size(), 1u);
}

TEST(TakeSnapshot, OfASiteThatHasTooManyAttributesCanBeReadAgain) {
  WatchedSite live;
  auto dir = live.direct();
  for (int i = 0; i < 300; ++i)
    ASSERT_TRUE(dir->set_xattr("b", {"user.x" + std::to_string(i), text_bytes("1")}));
  auto saved = live.backup();
  ASSERT_EQ(saved.manifest.skipped.size(), 1u);
  auto view = *live.site.view(saved.id);
  EXPECT_EQ(view->find("b")->xattrs.size(), vault::kXattrsMax);
}

// Attributes as large as the system allows, on one file after the other:
// bounded, named, and named again.
TEST(TakeSnapshot, OfASiteWithHugeAttributesCanBeReadAgain) {
  WatchedSite live;
  auto dir = live.direct();
  for (const char* name : {"user.a", "user.b", "user.c", "user.d"})
    ASSERT_TRUE(dir->set_xattr("b", {name, Bytes(60'000, 'x')}));
  for (int run = 0; run < 2; ++run) {
    auto saved = live.backup();
    ASSERT_EQ(saved.manifest.skipped.size(), 1u) << "run " << run;
    EXPECT_EQ(saved.manifest.skipped[0].path, "b");
    auto view = *live.site.view(saved.id);
    EXPECT_EQ(view->find("b")->xattrs.size(), 2u);
  }
}

TEST(TakeSnapshot, OfFoldersNestedTooDeeplyCanBeReadAgain) {
  WatchedSite live;
  std::string path;
  for (int depth = 0; depth < 450; ++depth) {
    path = fs::join_path(path, std::string(200, 'd'));
    if (depth % 50 == 0) path.back() = 'e';
  }
  ASSERT_TRUE(fs::make_dirs(*live.direct(), path, 0755));
  auto saved = live.backup();
  ASSERT_EQ(saved.manifest.skipped.size(), 1u);
  EXPECT_GT(saved.manifest.skipped[0].path.size(), 65'536u);
  auto view = *live.site.view(saved.id);
  uint64_t entries = 0;
  EXPECT_TRUE(view->for_each([&](const std::string&, const vault::Node&) -> Status {
    ++entries;
    return {};
  }));
  EXPECT_GT(entries, 400u);
}

TEST(TakeSnapshot, KeepsSeveralRootsApart) {
  MemorySite live;
  auto one = *live.fault.make_dirs("/srv/www/html", 0755);
  auto two = *live.fault.make_dirs("/srv/other/html", 0755);
  put_file(*one, "index.php", text_bytes("one"));
  put_file(*two, "index.php", text_bytes("two"));
  live.site.config.roots = {"/srv/www/html", "/srv/other/html"};
  EXPECT_EQ(root_labels(live.site.config.roots), (std::vector<std::string>{"html", "html-2"}));
  auto saved = live.site.backup();
  ASSERT_TRUE(saved);
  auto target = live.site.folder("restored");
  ASSERT_TRUE(live.site.restore_to(*target, saved->id));
  EXPECT_EQ(get_file(*target, "html/index.php"), text_bytes("one"));
  EXPECT_EQ(get_file(*target, "html-2/index.php"), text_bytes("two"));
  auto part = live.site.folder("part");
  ASSERT_TRUE(live.site.restore_to(*part, saved->id, {"html-2"}));
  EXPECT_EQ(get_file(*part, "html-2/index.php"), text_bytes("two"));
  EXPECT_FALSE(part->stat("html"));
}

TEST(TakeSnapshot, IsOpenedOnTheMachineWithoutAKey) {
  WatchedSite live;
  live.backup();
  auto view = open_machine_snapshot(live.site.machine(), live.site.vault.writer, live.site.state_path());
  ASSERT_TRUE(view);
  std::map<std::string, vault::Node> files;
  ASSERT_TRUE((*view)->for_each([&](const std::string& path, const vault::Node& node) -> Status {
    files[path] = node;
    return {};
  }));
  EXPECT_EQ(files.size(), 3u);
  EXPECT_EQ(*(*view)->read("a", files["a"], 0, 100), text_bytes("content of a"));
  put_file(*live.direct(), "a", text_bytes("Content of a"));
  EXPECT_EQ((*view)->read("a", files["a"], 0, 100).error().code, Code::corrupt)
      << "live bytes are believed by their hash";
  WatchedSite none;
  EXPECT_EQ(open_machine_snapshot(none.site.machine(), none.site.vault.writer, "/srv").error().code,
            Code::not_found);
}

TEST(TakeSnapshot, LetsTheJudgeSeeWhatWasSavedOfAFileThatChangesAgain) {
  WatchedSite live;
  auto saved = live.site.backup();
  ASSERT_TRUE(saved);
  auto view = open_machine_snapshot(live.site.machine(), live.site.vault.writer, live.site.state_path(),
                                    saved->recent.get());
  ASSERT_TRUE(view);
  std::map<std::string, vault::Node> files;
  ASSERT_TRUE((*view)->for_each([&](const std::string& path, const vault::Node& node) -> Status {
    files[path] = node;
    return {};
  }));
  put_file(*live.direct(), "a", text_bytes("Content of a"));
  EXPECT_EQ((*view)->read("a", files["a"], 0, 100), text_bytes("content of a"));
  EXPECT_EQ((*view)->read("a", files["a"], 8, 2), text_bytes("of"));
}

TEST(RecentBytes, KeepsWhatIsSmallAndNewWithinItsLimit) {
  RecentBytes recent(Time{10'000 * kSecond});
  Bytes large(RecentBytes::kFileMax, 7);
  auto named = [](uint8_t name) {
    Sha256 hash;
    hash.bytes[0] = name;
    return hash;
  };
  recent.offer(10'000 * kSecond - RecentBytes::kRecent - 1, named(1), text_bytes("old"));
  EXPECT_FALSE(recent.find(named(1)));
  recent.offer(10'000 * kSecond, named(2), Bytes(RecentBytes::kFileMax + 1));
  EXPECT_FALSE(recent.find(named(2)));
  for (uint8_t i = 0; i < 80; ++i) recent.offer(10'000 * kSecond, named(i), large);
  EXPECT_TRUE(recent.find(named(63)));
  EXPECT_FALSE(recent.find(named(64))) << "16 MiB are 64 of them";
}

TEST(SiteLock, IsHeldByOneRun) {
  MemorySite live;
  auto held = lock_site(live.site.machine(), "/srv/state");
  ASSERT_TRUE(held);
  struct Impatient final : Clock {
    Time now() const override { return {}; }
    int64_t monotonic_ns() const override { return ticks += 3 * kSecond; }
    mutable int64_t ticks = 0;
  } clock;
  Machine machine{live.fault, clock, live.site.random, live.site.log, live.site.progress};
  EXPECT_EQ(lock_site(machine, "/srv/state").error().code, Code::busy);
  held->reset();
  EXPECT_TRUE(lock_site(machine, "/srv/state"));
}

}  // namespace
}  // namespace aplomb::archive
