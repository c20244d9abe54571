#include "archive/restore.h"

#include <gtest/gtest.h>

#include <atomic>

#include "archive/sparse_hash.h"
#include "archive/test_site.h"

namespace aplomb::archive {
namespace {

using vault::random_bytes;
using vault::text_bytes;

struct SavedSite : MemorySite {
  vault::SnapshotId id;
  std::unique_ptr<fs::Dir> target = site.folder("target");

  SavedSite() {
    fs::Dir& dir = *site.root;
    put_file(dir, "index.php", text_bytes("<?php echo 'hello';"));
    EXPECT_TRUE(dir.make_dir("data", 0700));
    EXPECT_TRUE(dir.make_dir("data/private", 0750));
    put_file(dir, "data/private/secret.txt", text_bytes("secret"));
    put_file(dir, "data/other.txt", text_bytes("other"));
    EXPECT_TRUE(dir.set_owner("data/private", 33, 33));
    auto saved = site.backup();
    EXPECT_TRUE(saved);
    id = saved ? saved->id : vault::SnapshotId();
  }
};

TEST(Restore, OfSinglePathsBringsNothingElse) {
  for (const char* path : {"data/private", "data/private/", "./data//private"}) {
    SavedSite live;
    auto counts = live.site.restore_to(*live.target, live.id, {path});
    ASSERT_TRUE(counts) << path;
    EXPECT_EQ(counts->files, 1u);
    EXPECT_EQ(vault::files_in(*live.target), std::vector<std::string>{"data/private/secret.txt"}) << path;
    EXPECT_EQ(live.target->stat("data")->mode, 0700u) << "a folder on the way is as private as it was";
    EXPECT_EQ(live.target->stat("data/private")->uid, 33u);
  }
}

// How often the vault's packs are read meanwhile.
template <typename Do>
int pack_reads(TestSite& site, Do run) {
  std::atomic<int> reads = 0;
  site.vault.plan.set_filter([&](fs::Op op, std::string_view path) {
    if (op == fs::Op::read && path.ends_with(".pack")) ++reads;
    return false;
  });
  run();
  site.vault.plan.reset();
  return reads;
}

TEST(Restore, OfASinglePathReadsNothingElse) {
  MemorySite live;
  constexpr int kFolders = 60;
  for (int i = 0; i < kFolders; ++i) {
    std::string folder = fmt::format("folder{}", i);
    ASSERT_TRUE(live.site.root->make_dir(folder, 0755));
    put_file(*live.site.root, folder + "/photo", random_bytes(static_cast<uint64_t>(i), 600'000));
  }
  auto saved = live.site.backup();
  ASSERT_TRUE(saved);
  auto target = live.site.folder("target");
  const int for_one = pack_reads(
      live.site, [&] { ASSERT_TRUE(live.site.restore_to(*target, saved->id, {"folder7/photo"})); });
  const int for_all = pack_reads(live.site, [&] { ASSERT_TRUE(live.site.restore_to(*target, saved->id)); });
  EXPECT_GT(for_all, kFolders);
  EXPECT_LT(for_one, kFolders / 2);
}

TEST(Restore, ReplacesAFileThatAppearsMeanwhile) {
  SavedSite live;
  std::atomic<bool> made = false;
  live.plan.set_filter([&](fs::Op op, std::string_view path) {
    if (op == fs::Op::create && path == "/srv/target/index.php" && !made.exchange(true))
      put_file(**live.memory.open_dir("/srv/target"), "index.php", text_bytes("somebody else's"));
    return false;
  });
  ASSERT_TRUE(live.site.restore_to(*live.target, live.id));
  EXPECT_TRUE(made);
  EXPECT_EQ(picture_of(*live.target), picture_of(*live.site.root));
}

TEST(Restore, OfManySmallFilesKeepsTheTimesOfTheirFolders) {
  MemorySite live;
  for (int folder = 0; folder < 150; ++folder) {
    std::string name = fmt::format("folder{}", folder);
    ASSERT_TRUE(live.site.root->make_dir(name, 0755));
    for (int file = 0; file < 8; ++file)
      put_file(*live.site.root, fmt::format("{}/{}", name, file),
               text_bytes(fmt::format("{} {}", folder, file)));
    ASSERT_TRUE(live.site.root->set_mtime(name, 1'000'000'000 + folder));
  }
  auto saved = live.site.backup();
  ASSERT_TRUE(saved);
  auto target = live.site.folder("target");
  ASSERT_TRUE(live.site.restore_to(*target, saved->id));
  EXPECT_EQ(picture_of(*target), picture_of(*live.site.root));
}

TEST(Restore, OfTheEmptyPathIsAll) {
  SavedSite live;
  ASSERT_TRUE(live.site.restore_to(*live.target, live.id, {""}));
  EXPECT_EQ(picture_of(*live.target), picture_of(*live.site.root));
}

TEST(Restore, OfAPathThatIsNotThereSaysSo) {
  SavedSite live;
  for (const char* path : {"nothing", "index.php/x", "data/../index.php", "../etc"})
    EXPECT_EQ(live.site.restore_to(*live.target, live.id, {path}).error().code, Code::not_found) << path;
  EXPECT_TRUE(vault::files_in(*live.target).empty());
}

TEST(Restore, LeavesWhatTheSnapshotDoesNotHave) {
  SavedSite live;
  put_file(*live.target, "mine.txt", text_bytes("mine"));
  ASSERT_TRUE(live.site.restore_to(*live.target, live.id));
  EXPECT_EQ(get_file(*live.target, "mine.txt"), text_bytes("mine"));
}

TEST(Restore, AFolderInTheWayStaysWithWhatItHolds) {
  SavedSite live;
  ASSERT_TRUE(live.target->make_dir("index.php", 0755));
  put_file(*live.target, "index.php/mine.txt", text_bytes("mine"));
  auto counts = live.site.restore_to(*live.target, live.id);
  ASSERT_TRUE(counts);
  ASSERT_EQ(counts->problems.size(), 1u);
  EXPECT_EQ(counts->problems[0].path, "index.php");
  EXPECT_EQ(get_file(*live.target, "index.php/mine.txt"), text_bytes("mine"));
  ASSERT_TRUE(live.target->remove("index.php/mine.txt"));
  counts = live.site.restore_to(*live.target, live.id);
  ASSERT_TRUE(counts);
  EXPECT_TRUE(counts->problems.empty()) << "an empty folder is in nobody's way";
  EXPECT_EQ(get_file(*live.target, "index.php"), text_bytes("<?php echo 'hello';"));
}

TEST(Restore, NeverFollowsALinkThatWasPlantedInTheTarget) {
  for (const std::vector<std::string>& paths :
       {std::vector<std::string>{}, std::vector<std::string>{"data/private/secret.txt"}}) {
    SavedSite live;
    auto elsewhere = live.site.folder("elsewhere");
    ASSERT_TRUE(elsewhere->make_dir("private", 0755));
    put_file(*elsewhere, "victim", text_bytes("precious"));
    const Picture before = picture_of(*elsewhere);
    ASSERT_TRUE(live.target->make_symlink("/srv/elsewhere", "data"));
    ASSERT_TRUE(live.target->make_symlink("/srv/elsewhere/victim", "index.php"));
    ASSERT_TRUE(live.site.restore_to(*live.target, live.id, paths));
    EXPECT_EQ(picture_of(*elsewhere), before);
    EXPECT_EQ(live.target->stat("data")->type, fs::FileType::directory);
    EXPECT_EQ(get_file(*live.target, "data/private/secret.txt"), text_bytes("secret"));
  }
}

TEST(Restore, NeverWritesThroughASecondNameOfAFile) {
  SavedSite live;
  auto elsewhere = live.site.folder("elsewhere");
  put_file(*elsewhere, "victim", text_bytes("<?php echo 'hello';"));  // even the right bytes
  ASSERT_TRUE(elsewhere->set_mode("victim", 0600));
  ASSERT_TRUE(live.memory.open_dir("/srv"));
  ASSERT_TRUE((*live.memory.open_dir("/srv"))->link("elsewhere/victim", "target/index.php"));
  ASSERT_TRUE(live.site.restore_to(*live.target, live.id));
  EXPECT_EQ(elsewhere->stat("victim")->mode, 0600u);
  EXPECT_EQ(elsewhere->stat("victim")->links, 1u);
}

TEST(Restore, ReplacesWhatIsOfAnotherKind) {
  SavedSite live;
  ASSERT_TRUE(live.target->make_dir("index.php", 0755));
  put_file(*live.target, "data", text_bytes("a file where a folder was"));
  ASSERT_TRUE(live.site.restore_to(*live.target, live.id));
  EXPECT_EQ(picture_of(*live.target), picture_of(*live.site.root));
}

TEST(Restore, LeavesAFileWholeWhenItFailsHalfway) {
  SavedSite live;
  put_file(*live.target, "index.php", text_bytes("old"));
  live.plan.set_filter([](fs::Op op, std::string_view path) {
    return op == fs::Op::write && path.starts_with("/srv/target/");
  });
  live.plan.fail_at(1, ENOSPC, fs::FaultPlan::Span::from_then_on);
  EXPECT_EQ(live.site.restore_to(*live.target, live.id, {"index.php"}).error().code, Code::io);
  EXPECT_EQ(get_file(*live.target, "index.php"), text_bytes("old"));
  EXPECT_EQ(vault::files_in(*live.target).size(), 1u) << "and nothing beside it";
}

TEST(Restore, NamesWhatIsDamagedInTheVaultAndBringsBackTheRest) {
  SavedSite live;
  for (int i = 0; i < 40; ++i)  // each of its own frame
    put_file(*live.site.root, "big" + std::to_string(i), random_bytes(static_cast<uint64_t>(i), 600'000));
  auto saved = live.site.backup();
  ASSERT_TRUE(saved);
  auto packs = *live.site.keeper->packs();
  const vault::PackId largest = *std::ranges::max_element(
      packs, {}, [&](const vault::PackId& pack) { return *live.site.keeper->pack_size(pack); });
  auto folder = live.site.vault.folder();
  Bytes pack = *fs::read_file(*folder, vault::pack_path(largest), 1 << 26);
  pack[pack.size() / 2] ^= 1;
  vault::overwrite(*folder, vault::pack_path(largest), pack);
  auto restored = live.site.restore_to(*live.target, saved->id);
  ASSERT_TRUE(restored);
  EXPECT_EQ(restored->damaged, 1u);
  ASSERT_EQ(restored->problems.size(), 1u);
  const std::string lost = restored->problems[0].path;
  EXPECT_TRUE(lost.starts_with("big")) << lost;
  EXPECT_FALSE(live.target->stat(lost));
  EXPECT_EQ(get_file(*live.target, "index.php"), text_bytes("<?php echo 'hello';"));
  for (int i = 0; i < 40; ++i)
    if (std::string name = "big" + std::to_string(i); name != lost)
      EXPECT_EQ(get_file(*live.target, name), random_bytes(static_cast<uint64_t>(i), 600'000)) << name;
}

TEST(Restore, TakesWhatTheVaultsDiskDoesNotGiveForDamage) {
  SavedSite live;
  for (int i = 0; i < 40; ++i)
    put_file(*live.site.root, "big" + std::to_string(i), random_bytes(static_cast<uint64_t>(i), 600'000));
  auto saved = live.site.backup();
  ASSERT_TRUE(saved);
  std::atomic<int> reads = 0;
  live.site.vault.plan.set_filter([&](fs::Op op, std::string_view path) {
    return op == fs::Op::read && path.ends_with(".pack") && ++reads > 12;
  });
  live.site.vault.plan.fail_at(1, EIO, fs::FaultPlan::Span::from_then_on);
  auto restored = live.site.restore_to(*live.target, saved->id);
  ASSERT_TRUE(restored) << restored.error().what;
  EXPECT_GT(restored->damaged, 0u);
  EXPECT_GT(restored->files, 0u);
  EXPECT_EQ(restored->problems.size(), restored->damaged);
  size_t whole = 0;
  for (int i = 0; i < 40; ++i) {
    const std::string name = "big" + std::to_string(i);
    if (!live.target->stat(name)) continue;
    ++whole;
    EXPECT_EQ(get_file(*live.target, name), random_bytes(static_cast<uint64_t>(i), 600'000)) << name;
  }
  EXPECT_GT(whole, 0u);
  EXPECT_LT(whole, 40u);
}

TEST(Restore, LeavesNoEmptyFilesWhenItsDiskIsFull) {
  SavedSite live;
  for (int i = 0; i < 300; ++i)
    put_file(*live.site.root, "page" + std::to_string(i), text_bytes("page " + std::to_string(i)));
  auto saved = live.site.backup();
  ASSERT_TRUE(saved);
  live.plan.set_filter([](fs::Op op, std::string_view path) {
    return op == fs::Op::write && path.starts_with("/srv/target/");
  });
  live.plan.fail_at(60, ENOSPC, fs::FaultPlan::Span::from_then_on);
  EXPECT_FALSE(live.site.restore_to(*live.target, saved->id));
  size_t files = 0;
  for (const std::string& name : vault::files_in(*live.target)) {
    ++files;
    EXPECT_FALSE(get_file(*live.target, name).empty()) << name;
  }
  EXPECT_GT(files, 30u);
  EXPECT_LT(files, 300u);
}

// A snapshot written by hand, as an attacker with the writer's key can.
struct Forger : MemorySite {
  std::unique_ptr<vault::SnapshotWriter> writer =
      *vault::SnapshotWriter::create(*site.keeper, site.vault.writer, site.random);
  std::unique_ptr<fs::Dir> target = site.folder("target");

  vault::Node file(const std::string& name, const Bytes& bytes) {
    vault::Node node;
    node.name = name;
    node.mode = 0644;
    node.size = bytes.size();
    node.hash = crypto::sha256(bytes);
    node.content = *writer->put_object(bytes);
    return node;
  }
  vault::Node folder(const std::string& name, std::vector<vault::Node> nodes) {
    vault::Node node;
    node.name = name;
    node.type = fs::FileType::directory;
    node.mode = 0755;
    node.content = *writer->put_object(encode(vault::Tree{std::move(nodes)}));
    return node;
  }
  vault::SnapshotId commit(vault::Node root) {
    Manifest manifest;
    manifest.roots = {{"/srv/site", "", std::move(root)}};
    auto committed = writer->commit(*writer->put_object(encode(manifest)), {});
    EXPECT_TRUE(committed);
    return committed ? committed->id : vault::SnapshotId();
  }
  Result<RestoreCounts> restore(const vault::SnapshotId& id) { return site.restore_to(*target, id); }
};

TEST(ForgedSnapshot, CannotPassOtherBytesUnderAKnownHash) {
  const Bytes known = text_bytes("<?php // what the vendor published"),
              evil = text_bytes("<?php // what he would like run");
  for (int sparse = 0; sparse < 2; ++sparse) {
    Forger forger;
    vault::Node node = forger.file("index.php", evil);
    node.hash = crypto::sha256(known);
    if (sparse == 1) node.extents = {{0, node.size}};
    auto restored = forger.restore(forger.commit(forger.folder("root", {node})));
    ASSERT_TRUE(restored) << sparse;
    EXPECT_EQ(restored->damaged, 1u);
    ASSERT_EQ(restored->problems.size(), 1u);
    EXPECT_EQ(restored->problems[0].path, "index.php");
    EXPECT_TRUE(vault::files_in(*forger.target).empty());
  }
}

TEST(ForgedSnapshot, CannotJoinTwoFilesByAnInode) {
  Forger forger;
  vault::Node text = forger.file("a.txt", text_bytes("inert as text, not so as a program"));
  vault::Node code = forger.file("b.php", text_bytes("<?php // what the vendor published"));
  text.links = code.links = 2;
  text.inode = code.inode = 7;
  auto restored = forger.restore(forger.commit(forger.folder("root", {text, code})));
  ASSERT_TRUE(restored);
  EXPECT_EQ(get_file(*forger.target, "b.php"), text_bytes("<?php // what the vendor published"));
  EXPECT_EQ(forger.target->stat("b.php")->links, 1u);
}

TEST(ForgedSnapshot, MakesNoDevices) {
  Forger forger;
  vault::Node disk;
  disk.name = "disk";
  disk.type = fs::FileType::block_device;
  disk.mode = 0666;
  disk.rdev = 0x800;
  auto restored = forger.restore(forger.commit(forger.folder("root", {disk})));
  ASSERT_TRUE(restored);
  EXPECT_FALSE(forger.target->stat("disk"));
  ASSERT_EQ(restored->problems.size(), 1u);
  EXPECT_EQ(restored->problems[0].path, "disk");
}

TEST(ForgedSnapshot, CannotExhaustTheStack) {
  Forger forger;
  vault::Node nested = forger.folder("d", {});
  for (int depth = 0; depth < 2000; ++depth) nested = forger.folder("d", {nested});
  vault::SnapshotId id = forger.commit(nested);
  EXPECT_EQ(forger.restore(id).error().code, Code::corrupt);
  auto view = *forger.site.view(id);
  EXPECT_EQ(view->for_each([](const std::string&, const vault::Node&) -> Status { return {}; }).error().code,
            Code::corrupt);
}

TEST(ForgedSnapshot, CannotTakeTheTemporaryNames) {
  Forger forger;
  std::vector<vault::Node> nodes;
  for (int i = 1; i <= 30; ++i)
    nodes.push_back(forger.file(".aplomb-restore-" + std::to_string(getpid()) + "-" + std::to_string(i),
                                text_bytes("x")));
  nodes.push_back(forger.file("index.php", text_bytes("new")));
  std::ranges::sort(nodes, {}, &vault::Node::name);
  put_file(*forger.target, "index.php", text_bytes("old"));
  ASSERT_TRUE(forger.restore(forger.commit(forger.folder("root", nodes))));
  EXPECT_EQ(get_file(*forger.target, "index.php"), text_bytes("new"));
  EXPECT_EQ(vault::files_in(*forger.target).size(), 31u);
}

TEST(ForgedSnapshot, IsRefusedWhenDataAndSizeDisagree) {
  for (int change = 0; change < 4; ++change) {
    Forger forger;
    vault::Node node = forger.file("f", random_bytes(1, 1000));
    if (change == 0) node.size = 999;
    if (change == 1) node.size = 1'000'000;
    if (change == 2) node.extents = {{0, 10}, {20, 10}};
    if (change == 3) node.extents = {{0, 0}};
    auto restored = forger.restore(forger.commit(forger.folder("root", {node})));
    ASSERT_TRUE(restored) << change;
    EXPECT_EQ(restored->damaged, 1u) << change;
    EXPECT_TRUE(vault::files_in(*forger.target).empty()) << change;
  }
}

TEST(SnapshotRead, GivesAnyRangeOfASparseFile) {
  Forger forger;
  Bytes whole(10'000);
  Bytes first = random_bytes(1, 500), second = random_bytes(2, 700);
  std::ranges::copy(first, whole.begin() + 100);
  std::ranges::copy(second, whole.begin() + 9000);
  Bytes data = first;
  data.insert(data.end(), second.begin(), second.end());
  vault::Node node = forger.file("f", data);
  node.size = whole.size();
  node.hash = crypto::sha256(whole);
  node.extents = {{100, 500}, {9000, 700}};
  auto view = *forger.site.view(forger.commit(forger.folder("root", {node})));
  for (uint64_t offset = 0; offset < 10'100; offset += 97)
    for (uint64_t limit : {uint64_t{0}, uint64_t{1}, uint64_t{600}, uint64_t{20'000}, UINT64_MAX}) {
      auto part = view->read("f", node, offset, limit);
      ASSERT_TRUE(part);
      size_t from = std::min<size_t>(offset, whole.size());
      size_t size = static_cast<size_t>(std::min<uint64_t>(limit, whole.size() - from));
      ASSERT_TRUE(std::ranges::equal(*part, ByteView(whole).subspan(from, size))) << offset << " " << limit;
    }
}

TEST(SparseHash, CountsHolesAsZeros) {
  Bytes whole(3'000'000);
  whole[1'500'000] = 1;
  SparseHash hash;
  hash.hole(1'500'000);
  hash.data(ByteView(whole).subspan(1'500'000, 1));
  hash.hole(3'000'000);
  EXPECT_EQ(hash.finish(), crypto::sha256(whole));
}

TEST(ApplyAttributes, TakesAwayWhatTheSnapshotDoesNotHave) {
  SavedSite live;
  ASSERT_TRUE(live.site.restore_to(*live.target, live.id));
  ASSERT_TRUE(live.target->set_xattr("index.php", {"user.planted", text_bytes("x")}));
  ASSERT_TRUE(live.target->set_mode("index.php", 04777));
  ASSERT_TRUE(live.site.restore_to(*live.target, live.id));
  EXPECT_TRUE(live.target->xattrs("index.php")->empty());
  EXPECT_EQ(live.target->stat("index.php")->mode, live.site.root->stat("index.php")->mode);
}

}  // namespace
}  // namespace aplomb::archive
