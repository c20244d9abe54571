#include "incident/journal.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <set>
#include <thread>

#include "fs/fault_fs.h"
#include "fs/memory_fs.h"
#include "fs/posix_fs.h"
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

// Each from a thread of its own, on the machine's own file system: nothing is lost and nothing written over.
TEST(Several, WriteAtTheSameMomentAndNothingIsLost) {
  const std::string place = "/tmp/aplomb-journal-test-" + std::to_string(getpid());
  fs::PosixFs machine;
  auto folder = machine.make_dirs(place, 0700);
  ASSERT_TRUE(folder);
  SeededRandom random(3);
  const Time now = *parse_iso("2026-11-27T23:37:13Z");
  ASSERT_TRUE(Journal::open_case(**folder, "town", random, now, "anne", {}));
  constexpr int kPeople = 4, kNotes = 6;
  {
    std::vector<std::jthread> people;
    for (int person = 0; person < kPeople; ++person)
      people.emplace_back([&, person] {
        auto own = machine.open_dir(place);
        auto journal = Journal::current(**own, "town");
        for (int i = 0; i < kNotes; ++i)
          EXPECT_TRUE(
              (*journal)->append(Kind::noted, {{"text", std::to_string(person * 100 + i)}}, "p", now));
      });
  }
  auto journal = Journal::current(**folder, "town");
  ASSERT_TRUE(journal && *journal);
  ASSERT_EQ((*journal)->entries().size(), 1u + kPeople * kNotes);
  std::set<std::string> texts;
  for (const Entry& entry : (*journal)->entries()) texts.insert(entry.field("text"));
  EXPECT_EQ(texts.size(), 1u + kPeople * kNotes) << "the first entry has none";
  std::filesystem::remove_all(place);
}

// The power fails before every change in turn, with many outcomes each: what was acknowledged is there, the
// journal is sound, and it is written on.
TEST(JournalCrashSweep, WhatWasAcknowledgedIsThereAndTheJournalGoesOn) {
  const Time now = *parse_iso("2026-11-27T23:37:13Z");
  bool done = false;
  for (uint64_t k = 1; !done; ++k) {
    ASSERT_LT(k, 200u);
    for (uint64_t seed = 0; seed < 10; ++seed) {
      fs::MemoryFs memory;
      (void)memory.make_dirs("/state", 0700);
      (*memory.open_dir("/"))->sync().value();
      fs::FaultPlan plan;
      fs::FaultFs faulty(memory, plan);
      plan.crash_at(k);
      SeededRandom random(seed);
      size_t acknowledged = 0;
      if (auto state = faulty.open_dir("/state")) {
        auto journal = Journal::open_case(**state, "town", random, now, "anne", {});
        if (journal) ++acknowledged;
        for (int i = 0; journal && i < 3; ++i) {
          if (!journal->append(Kind::noted, {{"text", std::string(700, 'x')}}, "anne", now)) break;
          ++acknowledged;
        }
      }
      done = !plan.crashed();
      memory.crash(random);
      auto state = memory.make_dirs("/state", 0700);
      ASSERT_TRUE(state);
      auto journal = Journal::current(**state, "town");
      ASSERT_TRUE(journal) << k << "/" << seed << journal.error().what;
      if (acknowledged == 0 && !*journal) {
        EXPECT_TRUE(Journal::open_case(**state, "town", random, now, "anne", {})) << k << "/" << seed;
        continue;
      }
      ASSERT_TRUE(*journal) << k << "/" << seed;
      EXPECT_GE((*journal)->entries().size(), acknowledged) << k << "/" << seed;
      EXPECT_TRUE((*journal)->append(Kind::noted, {{"text", "after"}}, "anne", now)) << k << "/" << seed;
    }
  }
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
