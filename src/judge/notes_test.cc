// Notes come back as they were written, with names of any bytes; a damaged one costs itself alone.
#include "judge/notes.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crypto/crypto.h"
#include "fs/memory_fs.h"

namespace aplomb::judge {
namespace {

class LineLog final : public Log {
 public:
  void info(std::string_view) override {}
  void warn(std::string_view line) override { lines.emplace_back(line); }
  std::vector<std::string> lines;
};

Note example(uint64_t sequence = 7) {
  Note note;
  note.site = "town";
  note.sequence = sequence;
  note.epoch = 2;
  note.files = 11;
  note.bytes = 12;
  note.point.snapshot = std::string(63, 'a') + std::to_string(sequence % 10);
  note.point.time = Time{99};
  note.point.evidence = true;
  note.point.verdict = Verdict::infected;
  note.point.since = Time{5};
  note.point.trusted_on_baseline = 3;
  JudgedObject object;
  object.identity = {"uploads/\xff\xfe\n.php", crypto::sha256(as_bytes("x")), 0755};
  object.kind = ObjectKind::value;
  object.provenance = Provenance::generated;
  object.verdict = ObjectVerdict::infected;
  object.explanation = {"made by {}", {"the site \xf0\x28"}};
  object.findings = {{Level::malicious, "rule-one", {"it is {}", {"bad\x80"}}, 4},
                     {Level::opaque, "rule-two", {"no", {}}, 0}};
  note.point.open.push_back(object);
  return note;
}

struct State {
  fs::MemoryFs memory;
  std::unique_ptr<fs::Dir> dir = std::move(*memory.make_dirs("/state", 0700));
  LineLog log;
};

}  // namespace

TEST(Notes, ComeBackAsTheyWereWritten) {
  Note sent = example();
  auto got = parse_note(write_note(sent));
  ASSERT_TRUE(got) << got.error().what;
  EXPECT_EQ(got->site, sent.site);
  EXPECT_EQ(got->sequence, sent.sequence);
  EXPECT_EQ(got->epoch, sent.epoch);
  EXPECT_EQ(got->files, sent.files);
  EXPECT_EQ(got->bytes, sent.bytes);
  EXPECT_EQ(got->point.snapshot, sent.point.snapshot);
  EXPECT_EQ(got->point.time, sent.point.time);
  EXPECT_EQ(got->point.evidence, sent.point.evidence);
  EXPECT_EQ(got->point.verdict, sent.point.verdict);
  EXPECT_EQ(got->point.since, sent.point.since);
  EXPECT_EQ(got->point.trusted_on_baseline, sent.point.trusted_on_baseline);
  ASSERT_EQ(got->point.open.size(), 1u);
  const JudgedObject &a = got->point.open[0], &b = sent.point.open[0];
  EXPECT_EQ(a.identity, b.identity);
  EXPECT_EQ(a.kind, b.kind);
  EXPECT_EQ(a.provenance, b.provenance);
  EXPECT_EQ(a.verdict, b.verdict);
  EXPECT_EQ(a.explanation, b.explanation);
  EXPECT_EQ(a.findings, b.findings);
}

TEST(Notes, ALoadedHistoryIsInOrder) {
  State state;
  for (uint64_t sequence : {12, 3, 100}) ASSERT_TRUE(save_note(*state.dir, example(sequence)));
  auto notes = load_notes(*state.dir, state.log);
  ASSERT_TRUE(notes);
  ASSERT_EQ(notes->size(), 3u);
  EXPECT_EQ((*notes)[0].sequence, 3u);
  EXPECT_EQ((*notes)[2].sequence, 100u);
  EXPECT_TRUE(state.log.lines.empty());
}

TEST(Notes, AreListedByTheirNamesEvenWhenTheyAreDamaged) {
  State state;
  for (uint64_t sequence : {12, 3, 123456789}) ASSERT_TRUE(save_note(*state.dir, example(sequence)));
  for (const char* name :
       {"notes/00000040-abcdef.json", "notes/closed.json", "notes/00000041-abc", "notes/7.json"})
    ASSERT_TRUE(fs::write_file_durably(*state.dir, name, {}));
  auto noted = list_notes(*state.dir);
  ASSERT_TRUE(noted);
  ASSERT_EQ(noted->size(), 4u);
  EXPECT_EQ((*noted)[0].sequence, 3u);
  EXPECT_EQ((*noted)[0].snapshot, example(3).point.snapshot.substr(0, 12));
  EXPECT_EQ((*noted)[2].snapshot, "abcdef");
  EXPECT_EQ((*noted)[3].sequence, 123456789u);
}

TEST(Notes, NoFolderIsNoHistory) {
  EXPECT_TRUE(list_notes(*State().dir)->empty());
  State state;
  auto notes = load_notes(*state.dir, state.log);
  ASSERT_TRUE(notes);
  EXPECT_TRUE(notes->empty());
}

TEST(Notes, ADamagedNoteIsLeftOutWithAWord) {
  State state;
  ASSERT_TRUE(save_note(*state.dir, example(1)));
  std::string whole = write_note(example(2));
  int number = 10;  // after the good one
  auto broken = [&](std::string text) {
    ASSERT_TRUE(
        fs::write_file_durably(*state.dir, fmt::format("notes/{:08}-broken.json", number++), as_bytes(text)));
  };
  broken(whole.substr(0, whole.size() / 2));
  broken("");
  broken("[]");
  for (auto [from, to] :
       std::vector<std::pair<std::string, std::string>>{{"\"infected\"", "\"fine\""},
                                                        {"\"kind\": 2", "\"kind\": 60"},
                                                        {"\"provenance\": 4", "\"provenance\": -1"},
                                                        {"\"level\": 3", "\"level\": 9"}}) {
    std::string text = whole;
    ASSERT_NE(text.find(from), std::string::npos) << from;
    broken(text.replace(text.find(from), from.size(), to));
  }
  auto notes = load_notes(*state.dir, state.log);
  ASSERT_TRUE(notes);
  EXPECT_EQ(notes->size(), 1u);
  EXPECT_EQ(state.log.lines.size(), 7u);
}

TEST(Notes, ANewerNoteIsNotGuessedAt) {
  std::string text = write_note(example());
  text.replace(text.find("\"version\": 0"), 12, "\"version\": 1");
  EXPECT_EQ(parse_note(text).error().code, Code::unsupported);
}

TEST(Notes, WhatIsShownCanBeShown) {
  nlohmann::json shown = to_json(example().point.open[0]);
  EXPECT_NO_THROW((void)shown.dump());
  EXPECT_EQ(shown["verdict"], "malicious");
  EXPECT_EQ(shown["provenance"], "generated");
  EXPECT_EQ(shown["findings"].size(), 2u);
  EXPECT_EQ(shown["path"].get<std::string>().find('\n'), std::string::npos);
}

}  // namespace aplomb::judge
