#include "incident/journal.h"

#include <gtest/gtest.h>

#include "fs/memory_fs.h"
#include "incident/known.h"

namespace aplomb::incident {
namespace {

class Case : public testing::Test {
 protected:
  Result<Journal> open() {
    return Journal::open_case(*state, "town", random, now, "anne", {{"tool", "test"}});
  }
  std::string text(const Journal& journal) { return std::string(as_text(*journal.text())); }
  void overwrite(const Journal& journal, std::string_view bytes) {
    auto folder = *journal.folder();
    ASSERT_TRUE(fs::write_file_durably(*folder, "journal.jsonl", as_bytes(bytes)));
  }

  fs::MemoryFs memory;
  std::unique_ptr<fs::Dir> state = *memory.make_dirs("/state", 0700);
  SeededRandom random{7};
  Time now = *parse_iso("2026-11-27T23:37:13Z");
};

TEST_F(Case, IsReadBackAsItWasWritten) {
  auto journal = open();
  ASSERT_TRUE(journal) << journal.error().what;
  EXPECT_EQ(journal->case_id(), "town-20261127-1");
  ASSERT_TRUE(journal->append(Kind::noted, {{"text", "le maire est prévenu \"oui\"\n"}}, "anne", now));
  auto again = Journal::current(*state, "town");
  ASSERT_TRUE(again && *again);
  ASSERT_EQ((*again)->entries().size(), 2u);
  EXPECT_EQ((*again)->entries()[1].field("text"), "le maire est prévenu \"oui\"\n");
  EXPECT_EQ((*again)->entries()[1].time, now);
  EXPECT_EQ((*again)->head(), journal->head());
  EXPECT_EQ((*again)->knowledge(), now);
}

TEST_F(Case, OneCaseIsOpenAtATime) {
  auto journal = open();
  EXPECT_EQ(open().error().code, Code::exists);
  ASSERT_TRUE(journal->append(Kind::closed, {}, "anne", now));
  EXPECT_EQ(journal->append(Kind::noted, {}, "anne", now).error().code, Code::refused);
  EXPECT_FALSE(*Journal::current(*state, "town"));
  EXPECT_TRUE(*Journal::current(*state, "town", true));
  auto second = open();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->case_id(), "town-20261127-2");
}

TEST_F(Case, SeveralPeopleWriteOneJournal) {
  auto first = open();
  auto second = std::move(**Journal::current(*state, "town"));
  ASSERT_TRUE(first->append(Kind::noted, {{"text", "1"}}, "anne", now));
  ASSERT_TRUE(second.append(Kind::noted, {{"text", "2"}}, "bob", now));
  ASSERT_TRUE(first->append(Kind::noted, {{"text", "3"}}, "anne", now));
  EXPECT_EQ(first->entries().size(), 4u);
  EXPECT_TRUE(decode_journal(text(*first)));
}

TEST_F(Case, EveryChangedByteIsSeen) {
  auto journal = open();
  ASSERT_TRUE(journal->append(Kind::noted, {{"text", "x"}}, "anne", now));
  const std::string whole = text(*journal);
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    auto decoded = decode_journal(changed);
    // A line feed that went makes a torn line of the rest, which is fewer entries and another head.
    EXPECT_TRUE(!decoded || decoded->entries.size() < 2) << i;
  }
  overwrite(*journal, whole.substr(0, whole.find("\"number\":2")) + "\"number\":3" +
                          whole.substr(whole.find("\"number\":2") + 10));
  EXPECT_EQ(journal->append(Kind::noted, {}, "anne", now).error().code, Code::corrupt);
}

TEST_F(Case, ALineThatWentMissingIsSeen) {
  auto journal = open();
  for (const char* note : {"1", "2"})
    ASSERT_TRUE(journal->append(Kind::noted, {{"text", note}}, "anne", now));
  std::string whole = text(*journal);
  size_t second = whole.find('\n') + 1, third = whole.find('\n', second) + 1;
  EXPECT_EQ(decode_journal(whole.substr(0, second) + whole.substr(third)).error().code, Code::corrupt);
}

TEST_F(Case, ATornLastLineIsWrittenAnew) {
  auto journal = open();
  const std::string whole = text(*journal);
  ASSERT_TRUE(journal->append(Kind::noted, {{"text", "a long note that was cut"}}, "anne", now));
  overwrite(*journal, text(*journal).substr(0, whole.size() + 30));
  ASSERT_TRUE(journal->append(Kind::noted, {{"text", "b"}}, "anne", now));
  ASSERT_EQ(journal->entries().size(), 2u);
  EXPECT_EQ((*Journal::current(*state, "town"))->entries()[1].field("text"), "b");
}

TEST_F(Case, AClosedCaseTakesAnExportAndNothingElse) {
  auto journal = open();
  ASSERT_TRUE(journal->append(Kind::closed, {}, "anne", now));
  EXPECT_EQ(journal->append(Kind::noted, {{"text", "b"}}, "anne", now).error().code, Code::refused);
  ASSERT_TRUE(journal->append(Kind::exported, {{"folder", "/x"}}, "anne", now));
  EXPECT_FALSE(journal->is_open());
  auto again = Journal::current(*state, "town", true);
  ASSERT_TRUE(again && *again);
  EXPECT_FALSE((*again)->is_open());
  EXPECT_TRUE((*again)->last(Kind::exported));
}

TEST_F(Case, TimeDoesNotGoBack) {
  auto journal = open();
  ASSERT_TRUE(journal->append(Kind::noted, {}, "anne", Time{now.ns - kDay}));
  EXPECT_EQ(journal->entries()[1].time, now);
}

TEST_F(Case, WhatItTellsIsKnown) {
  auto journal = open();
  ASSERT_TRUE(journal->append(Kind::contained, {{"copy", "http://127.0.0.1:8180/"}}, "anne", now));
  ASSERT_TRUE(journal->append(Kind::sealed, {{"snapshot", "abc"}}, "anne", now));
  ASSERT_TRUE(journal->append(Kind::answered, {{"question", "what"}, {"answer", "unknown"}}, "anne", now));
  ASSERT_TRUE(journal->append(Kind::answered, {{"question", "what"}, {"answer", "defaced"}}, "anne", now));
  ASSERT_TRUE(journal->append(Kind::done, {{"step", "tell"}}, "anne", now));
  Known known = known_from(*journal, "town", now);
  EXPECT_TRUE(known.open);
  EXPECT_EQ(known.evidence, "abc");
  EXPECT_EQ(known.copy_url, "http://127.0.0.1:8180/");
  EXPECT_EQ(known.answers.at("what"), "defaced");
  EXPECT_TRUE(known.done.contains("tell"));
}

}  // namespace
}  // namespace aplomb::incident
