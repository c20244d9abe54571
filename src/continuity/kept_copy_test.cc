#include "continuity/kept_copy.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "fs/fault_fs.h"
#include "fs/memory_fs.h"

namespace aplomb::continuity {
namespace {

Bytes bytes(std::string_view text) {
  return Bytes(as_bytes(text).begin(), as_bytes(text).end());
}
std::string snapshot(int n) {
  return std::string(11, 'a') + std::to_string(n) + std::string(52, '0');
}
std::string folder(int n) {
  return "continuity/" + snapshot(n).substr(0, 12);
}
Time day(int n) {
  return Time{n * kDay};
}

class KeptPages : public testing::Test {
 protected:
  KeptPages() { state_ = fs_.make_dirs("/state", 0700).value(); }

  std::vector<CrawledPage> pages(const std::string& mark) const {
    return {{"/", "text/html", bytes("home " + mark)},
            {"/?page_id=2", "text/html; charset=utf-8", bytes("two " + mark)},
            {"/same", "text/html", bytes("home " + mark)}};
  }
  void keep(int n) { ASSERT_TRUE(keep_pages(*state_, snapshot(n), day(n), pages(std::to_string(n)))); }
  KeptCopy load(std::string_view prefix = {}) {
    auto copy = load_copy(*state_, prefix);
    EXPECT_TRUE(copy) << copy.error().what;
    EXPECT_TRUE(*copy);
    return copy && *copy ? std::move(**copy) : KeptCopy();
  }
  std::string names() {
    std::string text;
    auto folder = state_->open_dir("continuity").value();
    const std::vector<fs::Entry> entries = folder->list().value();
    for (const fs::Entry& entry : entries) text += entry.name + " ";
    return text;
  }
  void write(const std::string& path, std::string_view text) {
    ASSERT_TRUE(fs::write_file_durably(*state_, path, as_bytes(text)));
  }

  fs::MemoryFs fs_;
  std::unique_ptr<fs::Dir> state_;
};

TEST_F(KeptPages, ComeBackAsTheyWere) {
  EXPECT_FALSE(load_copy(*state_).value());
  keep(1);
  KeptCopy copy = load();
  EXPECT_EQ(copy.snapshot, snapshot(1));
  EXPECT_EQ(copy.captured, day(1));
  EXPECT_EQ(copy.pages, pages("1"));
  EXPECT_TRUE(copy.warnings.empty());
}

TEST_F(KeptPages, StayForTheThreeCopiesCapturedLastAndTheOneJustKept) {
  for (int n : {2, 5, 3, 4}) keep(n);
  EXPECT_EQ(load().snapshot, snapshot(5));
  EXPECT_EQ(names(), "aaaaaaaaaaa3 aaaaaaaaaaa4 aaaaaaaaaaa5 ");
  keep(1);  // the clock went back
  EXPECT_EQ(names(), "aaaaaaaaaaa1 aaaaaaaaaaa4 aaaaaaaaaaa5 ");
  EXPECT_EQ(load(snapshot(1).substr(0, 14)).pages, pages("1"));
  EXPECT_FALSE(load_copy(*state_, "b").value());
}

TEST_F(KeptPages, ReplaceThoseOfTheSameSnapshotAndSurviveAnEmptyList) {
  keep(1);
  ASSERT_TRUE(keep_pages(*state_, snapshot(1), day(1), pages("anew")));
  EXPECT_EQ(load().pages, pages("anew"));
  ASSERT_TRUE(keep_pages(*state_, snapshot(2), day(2), {}));
  EXPECT_EQ(load().snapshot, snapshot(1));
}

TEST_F(KeptPages, RefuseANameThatIsNoSnapshot) {
  for (const char* name : {"", "abc", "../../../../etc", "ABCDEFABCDEF", "0123456789a/"}) {
    Status kept = keep_pages(*state_, name, day(1), pages("x"));
    ASSERT_FALSE(kept) << name;
    EXPECT_EQ(kept.error().code, Code::usage);
  }
}

TEST_F(KeptPages, AreDroppedWhenTheyAreNotWhatWasKept) {
  keep(1);
  keep(2);
  write(folder(2) + "/0002", "defaced");
  KeptCopy copy = load();
  EXPECT_EQ(copy.snapshot, snapshot(2));
  EXPECT_EQ(copy.pages.size(), 2u);
  ASSERT_EQ(copy.warnings.size(), 1u);
  EXPECT_NE(copy.warnings[0].find("/?page_id=2"), std::string::npos);
  ASSERT_TRUE(state_->remove(folder(2) + "/0001"));
  copy = load();  // nothing good is left of the newest
  EXPECT_EQ(copy.snapshot, snapshot(1));
  EXPECT_EQ(copy.warnings.size(), 3u);
}

TEST_F(KeptPages, FallBackWhenAListIsDamaged) {
  keep(1);
  keep(2);
  const std::string good(as_text(fs::read_file(*state_, folder(2) + "/pages.json", 1 << 20).value()));
  for (const char* bad :
       {"", "{}", "[]", "[[[[", R"({"captured_ns":"x","pages":[]})", R"({"captured_ns":1,"pages":[1]})",
        R"({"snapshot":"zz","captured_ns":1,"pages":[]})",
        R"({"snapshot":"aaaaaaaaaaa2","captured_ns":1,"pages":[{"url_path":"/","file":"../../x"}]})",
        R"({"snapshot":"aaaaaaaaaaa2","captured_ns":1,"pages":[{"url_path":"x","file":"0001"}]})"}) {
    write(folder(2) + "/pages.json", bad);
    KeptCopy copy = load();
    EXPECT_EQ(copy.snapshot, snapshot(1)) << bad;
    EXPECT_EQ(copy.warnings.size(), 1u) << bad;
  }
  for (size_t cut = 0; cut + 2 < good.size(); cut += 7) {
    write(folder(2) + "/pages.json", good.substr(0, cut));
    EXPECT_EQ(load().snapshot, snapshot(1)) << cut;
  }
}

// Power fails before each change in turn: the older copy, or the newer one whole; and keeping works
// afterwards.
TEST_F(KeptPages, AreWholeOrAbsentAfterACrash) {
  for (uint64_t k = 1;; ++k) {
    fs::MemoryFs memory;
    ASSERT_TRUE(memory.make_dirs("/state", 0700));
    ASSERT_TRUE(keep_pages(**memory.open_dir("/state"), snapshot(1), day(1), pages("1")));
    fs::FaultPlan plan;
    fs::FaultFs faulty(memory, plan);
    auto state = faulty.open_dir("/state").value();
    plan.crash_at(k);
    Status kept = keep_pages(*state, snapshot(2), day(2), pages("2"));
    if (!plan.triggered()) break;
    EXPECT_FALSE(kept);
    SeededRandom random(k);
    memory.crash(random);
    auto after = memory.open_dir("/state").value();
    auto copy = load_copy(*after);
    ASSERT_TRUE(copy && *copy) << k;
    EXPECT_TRUE((*copy)->warnings.empty()) << k;
    EXPECT_EQ((*copy)->pages, pages((*copy)->snapshot == snapshot(1) ? "1" : "2")) << k;
    ASSERT_TRUE(keep_pages(*after, snapshot(2), day(2), pages("2"))) << k;
    EXPECT_EQ(load_copy(*after).value()->pages, pages("2")) << k;
  }
}

}  // namespace
}  // namespace aplomb::continuity
