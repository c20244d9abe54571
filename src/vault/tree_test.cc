#include "vault/tree.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "vault/format.h"
#include "vault/test_vault.h"

namespace aplomb::vault {
namespace {

Node example(const std::string& name) {
  Node node;
  node.name = name;
  node.mode = 04755;
  node.uid = 33;
  node.gid = 4'000'000'000;
  node.user = "www-data";
  node.group = "staff";
  node.mtime_ns = -1;
  node.ctime_ns = 1'700'000'000'123'456'789;
  node.inode = UINT64_MAX;
  node.device = 2049;
  node.links = 2;
  node.size = 1'000'000;
  node.hash = crypto::sha256(text_bytes(name));
  node.extents = {{0, 4096}, {8192, 10}};
  node.content = {{ChunkId(), 4106}};
  node.xattrs = {{"user.comment", text_bytes("hello")}, {"user.empty", {}}};
  node.unstable = true;
  return node;
}

Tree example_tree() {
  Tree tree;
  tree.nodes = {example("a"), example("b"), example("c")};
  tree.nodes[1].type = fs::FileType::symlink;
  tree.nodes[1].target = "/etc/../\n";
  tree.nodes[2].type = fs::FileType::directory;
  return tree;
}

bool refused(const Tree& tree) {
  auto decoded = decode_tree(encode(tree));
  return !decoded && decoded.error().code == Code::corrupt;
}

Tree with(const Node& node) {
  return Tree{{node}};
}

TEST(Tree, ReadsBackWhatWasWritten) {
  auto decoded = decode_tree(encode(example_tree()));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(*decoded, example_tree());
  EXPECT_EQ(*decode_tree(encode(Tree())), Tree());
}

TEST(Tree, KeepsNamesOfAnyBytes) {
  Tree tree;
  for (const char* name : {"\x01", "\n", " ", "-rf", "...", "\xff\xfe", "\xc3\xa9t\xc3\xa9"})
    tree.nodes.push_back(example(name));
  std::ranges::sort(tree.nodes, {}, &Node::name);
  auto decoded = decode_tree(encode(tree));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(*decoded, tree);
}

TEST(Tree, RefusesHostileNames) {
  for (const std::string& name : {std::string(), std::string("."), std::string(".."), std::string("a/b"),
                                  std::string("/"), std::string("a\0b", 3), std::string(256, 'x')})
    EXPECT_TRUE(refused(with(example(name)))) << printable(name);
  EXPECT_FALSE(refused(with(example(std::string(255, 'x')))));
}

TEST(Tree, RefusesNamesTwiceOrOutOfOrder) {
  EXPECT_TRUE(refused(Tree{{example("a"), example("a")}}));
  EXPECT_TRUE(refused(Tree{{example("b"), example("a")}}));
  EXPECT_TRUE(refused(Tree{{example("\x80"), example("a")}})) << "bytes above 127 come after the letters";
}

TEST(Tree, RefusesFieldsThatCannotBe) {
  Node node = example("a");
  node.mode = 010000;
  EXPECT_TRUE(refused(with(node)));
  node = example("a");
  node.type = static_cast<fs::FileType>(7);
  EXPECT_TRUE(refused(with(node)));
  node = example("a");
  node.extents = {{0, 4096}, {4095, 1}};
  EXPECT_TRUE(refused(with(node))) << "extents that overlap";
  node.extents = {{999'999, 2}};
  EXPECT_TRUE(refused(with(node))) << "an extent beyond the file";
  node.extents = {{UINT64_MAX, 2}};
  EXPECT_TRUE(refused(with(node))) << "an extent beyond 64 bits";
  node = example("a");
  node.target = std::string(4097, 'x');
  EXPECT_TRUE(refused(with(node)));
  node = example("a");
  node.xattrs.assign(kXattrsMax + 1, {"user.x", {}});
  EXPECT_TRUE(refused(with(node)));
}

TEST(Tree, RefusesEveryPrefixAndTrailingBytes) {
  Bytes encoded = encode(example_tree());
  for (size_t size = 0; size < encoded.size(); ++size)
    EXPECT_FALSE(decode_tree(ByteView(encoded).first(size))) << size;
  encoded.push_back(0);
  EXPECT_FALSE(decode_tree(encoded));
}

TEST(Tree, WhatDecodesAfterAFlippedBitEncodesToTheSameBytes) {
  const Bytes encoded = encode(example_tree());
  int decodable = 0;
  for (size_t bit = 0; bit < encoded.size() * 8; ++bit) {
    Bytes damaged = encoded;
    damaged[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    auto decoded = decode_tree(damaged);
    if (!decoded) continue;
    ++decodable;
    EXPECT_EQ(encode(*decoded), damaged) << "one value has one spelling; bit " << bit;
  }
  EXPECT_GT(decodable, 0);
}

TEST(Tree, IsTheSameMadeOfNodesAndOfTheirViews) {
  const Tree tree = example_tree();
  TreeEncoder nodes, views;
  for (const Node& node : tree.nodes) {
    nodes.add(node);
    ByteWriter writer;
    encode(writer, node);
    ByteReader reader(writer.view());
    auto view = view_node(reader);
    ASSERT_TRUE(view);
    EXPECT_TRUE(reader.at_end());
    EXPECT_EQ(view->name, node.name);
    EXPECT_EQ(view->object(), node.content);
    views.add(*view);
  }
  EXPECT_EQ(nodes.finish(), encode(tree));
  EXPECT_EQ(views.finish(), encode(tree));
  EXPECT_EQ(views.finish(), encode(Tree())) << "and begins anew";
}

TEST(Tree, FindsByExactName) {
  Tree tree = example_tree();
  ASSERT_NE(tree.find("b"), nullptr);
  EXPECT_EQ(tree.find("b")->name, "b");
  EXPECT_EQ(tree.find("bb"), nullptr);
  EXPECT_EQ(tree.find(""), nullptr);
}

TEST(SameNode, CountsWhatMattersAndTimesOnlyWhenAsked) {
  Node a = example("a"), b = a;
  b.mtime_ns = 5;
  b.ctime_ns = 6;
  b.inode = 7;
  EXPECT_TRUE(same(a, b, Times::ignore));
  EXPECT_FALSE(same(a, b, Times::compare));
  for (auto change : std::vector<void (*)(Node&)>{
           [](Node& n) { n.mode ^= 1; }, [](Node& n) { ++n.uid; }, [](Node& n) { ++n.gid; },
           [](Node& n) { n.hash.bytes[0] ^= 1; }, [](Node& n) { n.xattrs.pop_back(); },
           [](Node& n) { ++n.size; }, [](Node& n) { n.target = "x"; },
           [](Node& n) { n.type = fs::FileType::fifo; }}) {
    Node changed = a;
    change(changed);
    EXPECT_FALSE(same(a, changed, Times::ignore));
  }
}

}  // namespace
}  // namespace aplomb::vault
