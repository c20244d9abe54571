// What is set aside stays findable with its reason and its bytes, and is inert wherever it goes.
#include "recover/quarantine.h"

#include <gtest/gtest.h>

#include "crypto/crypto.h"
#include "fs/memory_fs.h"

namespace aplomb::recover {
namespace {

QuarantineItem example(const std::string& id = "12ab34cd-1") {
  QuarantineItem item;
  item.id = id;
  item.site = "town";
  item.time = Time{42};
  item.path = "uploads/\xff\n.php";
  item.kind = "file";
  item.reason = {"nothing explains {}", {"it\x80"}};
  item.mode = 0755;
  return item;
}

struct State {
  fs::MemoryFs memory;
  std::unique_ptr<fs::Dir> dir = std::move(*memory.make_dirs("/state", 0700));
};

}  // namespace

TEST(Quarantine, GivesBackWhatWasSetAside) {
  State state;
  ASSERT_TRUE(put(*state.dir, example(), as_bytes("MARKER")));
  auto item = find(*state.dir, "12ab34cd-1");
  ASSERT_TRUE(item) << item.error().what;
  EXPECT_EQ(item->path, example().path);
  EXPECT_EQ(item->reason, example().reason);
  EXPECT_EQ(item->time, Time{42});
  EXPECT_EQ(item->mode, 0755u);
  EXPECT_EQ(item->size, 6u);
  EXPECT_EQ(item->hash, crypto::sha256(as_bytes("MARKER")));
  EXPECT_EQ(as_text(*content(*state.dir, *item)), "MARKER");
}

TEST(Quarantine, TheSameItemAgainReplacesIt) {
  State state;
  ASSERT_TRUE(put(*state.dir, example(), as_bytes("first")));
  ASSERT_TRUE(put(*state.dir, example(), as_bytes("second")));
  ASSERT_TRUE(put(*state.dir, example("12ab34cd-2"), as_bytes("other")));
  ASSERT_EQ(list(*state.dir)->size(), 2u);
  EXPECT_EQ(as_text(*content(*state.dir, *find(*state.dir, "12ab34cd-1"))), "second");
}

TEST(Quarantine, NothingInItCanExecuteNorWhatIsReleased) {
  State state;
  ASSERT_TRUE(put(*state.dir, example(), as_bytes("#!/bin/sh\ntrue\n")));
  auto item = find(*state.dir, "12ab34cd-1");
  auto kept = state.dir->stat("quarantine/12ab34cd-1/content");
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->mode & 0377, 0u) << "read by its owner, and nothing else";
  ASSERT_TRUE(release(*state.dir, *item, *state.dir, "released"));
  EXPECT_EQ(state.dir->stat("released")->mode & 0111, 0u);
  EXPECT_FALSE(release(*state.dir, *item, *state.dir, "released")) << "nothing is overwritten";
}

TEST(Quarantine, BytesThatChangedAreNotGivenBack) {
  State state;
  ASSERT_TRUE(put(*state.dir, example(), as_bytes("MARKER")));
  auto item = find(*state.dir, "12ab34cd-1");
  ASSERT_TRUE(fs::write_file_durably(*state.dir, "quarantine/12ab34cd-1/content", as_bytes("other!")));
  EXPECT_FALSE(content(*state.dir, *item));
}

TEST(Quarantine, AnIdThatIsNoneLeadsNowhere) {
  State state;
  ASSERT_TRUE(put(*state.dir, example(), as_bytes("MARKER")));
  for (const char* id : {"", "..", "../..", "12ab34cd-9", "12ab34cd-1/..", "/etc"})
    EXPECT_FALSE(find(*state.dir, id)) << id;
}

TEST(Quarantine, IsThereAfterTheLossOfPower) {
  State state;
  ASSERT_TRUE(put(*state.dir, example(), as_bytes("MARKER")));
  SeededRandom random(1);
  for (int i = 0; i < 5; ++i) state.memory.crash(random);
  auto dir = state.memory.open_dir("/state");
  auto item = find(**dir, "12ab34cd-1");
  ASSERT_TRUE(item) << item.error().what;
  EXPECT_EQ(as_text(*content(**dir, *item)), "MARKER");
}

}  // namespace aplomb::recover
