#include "archive/manifest.h"

#include <gtest/gtest.h>

#include "archive/file_list.h"
#include "vault/test_vault.h"

namespace aplomb::archive {
namespace {

Manifest example() {
  Manifest manifest;
  manifest.site = "mairie";
  manifest.taken = Time{1'700'000'000'000'000'001};
  manifest.tool = "aplomb 0.1.0";
  manifest.facts_json = R"({"os":"debian"})";
  manifest.files = 3;
  manifest.bytes = 1ull << 40;
  manifest.evidence = true;
  vault::Node node;
  node.name = "root";
  node.type = fs::FileType::directory;
  node.content = {{vault::ChunkId(), 5}};
  manifest.roots = {{"/srv/www", "www", node}, {"/srv/b", "b", node}};
  node.name = "town.db";
  node.type = fs::FileType::regular;
  manifest.databases = {{"town.db", "sqlite", "/srv/www/data/town.db", "www/data/town.db", node}};
  manifest.pages = {{"/", "text/html", Sha256(), {{vault::ChunkId(), 7}}}};
  manifest.vouchers = {{"dokuwiki_1_all.deb", Sha256(), {{vault::ChunkId(), 9}}}};
  manifest.skipped = {{"a\nb", "no permission"}};
  manifest.alerts = {{"index.php", "bytes changed"}};
  return manifest;
}

TEST(Manifest, ReadsBackWhatWasWritten) {
  Bytes encoded = encode(example());
  auto decoded = decode_manifest(encoded);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(encode(*decoded), encoded);
  EXPECT_EQ(decoded->site, "mairie");
  EXPECT_TRUE(decoded->evidence);
  ASSERT_EQ(decoded->roots.size(), 2u);
  EXPECT_EQ(decoded->roots[1].label, "b");
  EXPECT_EQ(decoded->databases.at(0).object_path, "www/data/town.db");
  EXPECT_EQ(decoded->pages.at(0).content_type, "text/html");
  EXPECT_EQ(decoded->vouchers.at(0).name, "dokuwiki_1_all.deb");
  EXPECT_EQ(decoded->skipped.at(0).path, "a\nb");
  EXPECT_EQ(decoded->alerts.at(0).reason, "bytes changed");
}

TEST(Manifest, RefusesEveryPrefixAndTrailingBytes) {
  Bytes encoded = encode(example());
  Manifest without = example();  // one of before there were vouchers is whole
  without.vouchers.clear();
  const size_t whole = encode(without).size();
  EXPECT_EQ(encode(*decode_manifest(ByteView(encoded).first(whole))), encode(without));
  for (size_t size = 0; size < encoded.size(); ++size)
    if (size != whole) {
      EXPECT_FALSE(decode_manifest(ByteView(encoded).first(size))) << size;
    }
  encoded.push_back(0);
  EXPECT_FALSE(decode_manifest(encoded));
}

TEST(Manifest, WhatDecodesAfterAFlippedBitEncodesToTheSameBytes) {
  const Bytes encoded = encode(example());
  for (size_t bit = 0; bit < encoded.size() * 8; ++bit) {
    Bytes damaged = encoded;
    damaged[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    auto decoded = decode_manifest(damaged);
    if (decoded) {
      EXPECT_EQ(encode(*decoded), damaged) << bit;
    }
  }
}

TEST(Manifest, RefusesNamesThatWouldLeaveTheTarget) {
  for (const char* bad : {"..", "../x", "/etc", "a/../b", "a//b"}) {
    Manifest manifest = example();
    manifest.roots[0].label = bad;
    EXPECT_FALSE(decode_manifest(encode(manifest))) << bad;
    manifest = example();
    manifest.databases[0].name = bad;
    EXPECT_FALSE(decode_manifest(encode(manifest))) << bad;
    manifest = example();
    manifest.databases[0].object_path = bad;
    EXPECT_FALSE(decode_manifest(encode(manifest))) << bad;
  }
}

TEST(Manifest, CanBeReadAgainHoweverMuchIsSkipped) {
  Manifest manifest = example();
  manifest.skipped.assign(150'000, {"p", "r"});
  manifest.skipped[0].path = std::string(2 << 20, 'p');
  manifest.skipped[1].reason = std::string(10'000, 'r');
  auto decoded = decode_manifest(encode(manifest));
  ASSERT_TRUE(decoded);
  ASSERT_EQ(decoded->skipped.size(), 100'001u);
  EXPECT_NE(decoded->skipped.back().reason.find("50000"), std::string::npos);
}

TEST(ObjectPath, JoinsLabelAndRest) {
  EXPECT_EQ(object_path("", "a/b"), "a/b");
  EXPECT_EQ(object_path("www", "a"), "www/a");
  EXPECT_EQ(object_path("www", ""), "www");
  EXPECT_EQ(object_path("", ""), "");
}

TEST(WalksBefore, IsTheOrderOfAWalkThatSortsEachFolder) {
  EXPECT_TRUE(walks_before("a", "a/x"));
  EXPECT_TRUE(walks_before("a/x", "a.b"));
  EXPECT_TRUE(walks_before("a/\x01", "a\x01/x"));
  EXPECT_TRUE(walks_before("a/x", "a/\xff"));
  EXPECT_FALSE(walks_before("a", "a"));
  EXPECT_FALSE(walks_before("b", "a/x"));
}

struct ListOnDisk {
  fs::MemoryFs memory;
  std::unique_ptr<fs::Dir> dir = std::move(*memory.make_dirs("/state", 0700));
  Sha256 binding = crypto::sha256(as_bytes("binding"));

  ListedFile file(const std::string& path) {
    ListedFile listed{path, {}};
    listed.node.name = fs::split_path(path).second;
    listed.node.hash = crypto::sha256(as_bytes(path));
    return listed;
  }
  void write(const std::vector<std::string>& paths) {
    auto writer = *FileListWriter::create(*dir, "files.list", Time{42}, binding);
    for (const std::string& path : paths) ASSERT_TRUE(writer->add(path, file(path).node));
    ASSERT_TRUE(writer->finish());
  }
  std::vector<std::string> read() {
    std::vector<std::string> paths;
    auto reader = FileListReader::open(*dir, "files.list", binding);
    while (auto next = reader->next()) paths.push_back(next->path);
    return paths;
  }
};

TEST(FileList, ReadsBackAnyNumberOfFiles) {
  ListOnDisk list;
  std::vector<std::string> paths;
  for (int i = 10'000; i < 20'000; ++i)
    paths.push_back("folder/with a rather long name/file" + std::to_string(i));
  list.write(paths);
  EXPECT_EQ(list.read(), paths);
  EXPECT_EQ(FileListReader::open(*list.dir, "files.list", list.binding)->run_start(), Time{42});
  list.write({});
  EXPECT_TRUE(list.read().empty());
}

TEST(FileList, SeeksForwardPastWhatCameAndWent) {
  ListOnDisk list;
  list.write({"a", "c", "c/x", "c.d", "e"});
  auto reader = FileListReader::open(*list.dir, "files.list", list.binding);
  EXPECT_TRUE(reader->seek("a"));
  EXPECT_FALSE(reader->seek("b"));
  EXPECT_EQ(reader->seek("c/x")->node.hash, list.file("c/x").node.hash);
  EXPECT_FALSE(reader->seek("d"));
  EXPECT_TRUE(reader->seek("e"));
  EXPECT_FALSE(reader->seek("f"));
}

TEST(FileList, IsEmptyWhenItIsMissingOrBoundElsewhere) {
  ListOnDisk list;
  EXPECT_TRUE(list.read().empty());
  list.write({"a"});
  list.binding.bytes[0] ^= 1;
  EXPECT_TRUE(list.read().empty());
}

TEST(FileList, StopsAtTheFirstDamage) {
  ListOnDisk list;
  list.write({"a", "b", "c"});
  const Bytes whole = *fs::read_file(*list.dir, "files.list", 1 << 20);
  for (size_t size = 0; size < whole.size(); ++size) {
    vault::overwrite(*list.dir, "files.list", ByteView(whole).first(size));
    std::vector<std::string> read = list.read();
    EXPECT_LT(read.size(), 3u) << size;
    for (size_t i = 0; i < read.size(); ++i) EXPECT_EQ(read[i], std::string(1, static_cast<char>('a' + i)));
  }
}

TEST(FileList, ThatIsGivenUpLeavesTheOldOne) {
  ListOnDisk list;
  list.write({"a"});
  {
    auto writer = *FileListWriter::create(*list.dir, "files.list", Time{43}, list.binding);
    ASSERT_TRUE(writer->add("b", list.file("b").node));
  }
  EXPECT_EQ(list.read(), std::vector<std::string>{"a"});
}

TEST(FileList, ThatIsGivenUpIsKeptBesideUntilOneIsWhole) {
  ListOnDisk list;
  auto give_up = [&](std::vector<std::string> paths) {
    auto writer = *FileListWriter::create(*list.dir, "files.list", Time{43}, list.binding);
    for (const std::string& path : paths) ASSERT_TRUE(writer->add(path, list.file(path).node));
  };
  auto interrupted = [&] {
    auto unfinished = *FileListWriter::create(*list.dir, "files.list", Time{44}, list.binding);
    std::vector<std::string> paths;
    auto reader = FileListReader::open(*list.dir, interrupted_list("files.list"), list.binding);
    while (auto next = reader->next()) paths.push_back(next->path);
    return paths;
  };
  list.write({"a"});
  EXPECT_TRUE(interrupted().empty());
  give_up({"b", "c"});
  EXPECT_EQ(interrupted(), (std::vector<std::string>{"b", "c"}));
  give_up({"b"});
  EXPECT_EQ(interrupted(), (std::vector<std::string>{"b", "c"})) << "the one that came further";
  give_up({"b", "c", "d"});
  EXPECT_EQ(interrupted(), (std::vector<std::string>{"b", "c", "d"}));
  EXPECT_EQ(list.read(), std::vector<std::string>{"a"});
  list.write({"a", "b"});
  EXPECT_EQ(vault::files_in(*list.dir), std::vector<std::string>{"files.list"});
}

}  // namespace
}  // namespace aplomb::archive
