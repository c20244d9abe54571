// Intrusions of many kinds planted in two weeks of noise, by seed: the right line is named, and where lines
// were erased nothing is. The acceptance test of issue 6, with the whole part at work.
#include <gtest/gtest.h>

#include "trace/test_logs.h"

namespace aplomb::trace {
namespace {

struct Story {
  std::string name;
  std::vector<Suspect> suspects;
  std::vector<std::string> made_by;  // by suspect; empty: the logs cannot tell
  Confidence at_least = Confidence::medium;
};

constexpr const char* kAttacker = "185.220.101.7";

Suspect suspect_at(const std::string& object, Time changed) {
  const int64_t night = changed.ns / kDay * kDay + 2 * kHour;
  const int64_t next = changed.ns < night ? night : night + kDay;
  return {object, changed, Time{next - kDay}, Time{next}};
}

class Planter {
 public:
  Planter(TownLogs& logs, uint64_t seed) : logs_(logs), seed_(seed) {
    const auto day = static_cast<int64_t>(3 + logs.random().below(8));
    made_ = Time{kLogStart + day * kDay + static_cast<int64_t>(logs.random().below(86'000)) * kSecond +
                 300'000'000};
  }

  Story plant() {
    switch (seed_ % 10) {
      case 0:
        return simple("form of a plugin", "wp-content/uploads/2026/a1.php",
                      attack(-1, "POST /wp-content/plugins/forms/upload.php", 200), 20);
      case 1:
        return simple("admin-ajax", "wp-content/uploads/cache.php",
                      attack(0, "POST /wp-admin/admin-ajax.php?action=wpfm", 200), 180);
      case 2: {
        logs_.add(before(40), kAttacker, "POST /wp-login.php", 302, 0);
        std::string line = attack(0, "POST /wp-admin/theme-editor.php", 302);
        return {"theme editor", {suspect_at("wp-content/themes/t/404.php", made_)}, {line}};
      }
      case 3:
        return {"PUT", {suspect_at("files/p.php", made_)}, {attack(0, "PUT /files/p.php", 201)}};
      case 4: {
        Story story = simple("upload", "uploads/b.php",
                             attack(-1, "POST /index.php?option=com_jce&task=upload", 200), 5);
        const Time second{made_.ns + 40 * kMinute};
        story.suspects.push_back(suspect_at("includes/c.php", second));
        story.made_by.push_back(logs_.add(second, kAttacker, "POST /uploads/b.php", 200, 20));
        story.name = "a shell that made another";
        return story;
      }
      case 5:
        return simple("XML-RPC, used an hour later", "wp-content/d.php", attack(-1, "POST /xmlrpc.php", 200),
                      3600);
      case 6:
        logs_.host_prefix = "www.mairie.fr:443 ";
        return simple("REST over IPv6", "wp-content/uploads/e.php",
                      logs_.add(made_, "2001:db8::bad", "POST /wp-json/x/v1/import", 201, 30), 10,
                      "2001:db8::bad");
      case 7:
        return simple("a slow upload, logged when it began", "media/f.phtml",
                      attack(-95, "POST /media/upload", 200), 12);
      case 8: {
        Story story =
            simple("any page", "tmp/g.php", attack(0, "POST /index.php?page=form", 200, "curl/8.5"), 1);
        return story;
      }
      default: {
        // Made, used, then changed again through itself two hours later: the change is not the beginning.
        std::string line = attack(-1, "POST /wp-content/plugins/forms/upload.php", 200);
        logs_.add(after(8), kAttacker, "GET /wp-content/uploads/h.php?c=id", 200, 50);
        const Time again{made_.ns + 2 * kHour};
        logs_.add(again, kAttacker, "POST /wp-content/uploads/h.php", 200, 50);
        Suspect suspect = suspect_at("wp-content/uploads/h.php", again);
        if (*suspect.not_before > made_) suspect.not_before = Time{made_.ns - kDay / 2};
        return {"changed again", {suspect}, {line}};
      }
    }
  }

  // What the intruder does besides, whatever the story.
  void afterwards() {
    for (int i = 0; i < 30; ++i)
      logs_.add(after(120 + i * 40), kAttacker, fmt::format("GET /mairie/horaires?id={}%27", i), 200, 4000);
  }

  Time made() const { return made_; }

 private:
  Time before(int64_t seconds) const { return Time{made_.ns - seconds * kSecond}; }
  Time after(int64_t seconds) const { return Time{made_.ns + seconds * kSecond}; }
  std::string attack(int64_t offset, const std::string& request, int status,
                     const std::string& agent = "Mozilla/5.0") {
    return logs_.add(after(offset), kAttacker, request, status, 40, agent);
  }
  Story simple(const std::string& name, const std::string& object, const std::string& line,
               int64_t used_after, const std::string& address = kAttacker) {
    logs_.add(after(used_after), address, "GET /" + object + "?c=id", 200, 50);
    // Found later by a scanner that tries such names.
    logs_.add(after(used_after + 20'000), "192.0.2.99", "GET /" + object, 200, 0, "python-requests/2.31");
    return {name, {suspect_at(object, made_)}, {line}};
  }

  TownLogs& logs_;
  const uint64_t seed_;
  Time made_;
};

Trace run(const TownLogs& logs, const Story& story) {
  TraceRequest request;
  request.suspects = story.suspects;
  request.logs = logs.files();
  NoProgress progress;
  return trace(std::move(request), progress);
}

std::string explained(const Trace& found, size_t i) {
  std::string text = name(found.entries[i].confidence);
  for (const Reason& why : found.entries[i].why) text += "; " + why.text();
  return text;
}

TEST(Planted, TheRightLineIsNamed) {
  size_t right = 0, wrong = 0, all = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    TownLogs logs(seed);
    Planter planter(logs, seed);
    const Story story = planter.plant();
    planter.afterwards();
    logs.rotate();
    const Trace found = run(logs, story);
    ASSERT_EQ(found.entries.size(), story.suspects.size());
    for (size_t i = 0; i < story.suspects.size(); ++i) {
      ++all;
      const EntryPoint& entry = found.entries[i];
      const std::string named = entry.made_by ? logs.at(entry.made_by->place) : "";
      if (named == story.made_by[i]) {
        ++right;
        EXPECT_GE(entry.confidence, story.at_least) << story.name << ": " << explained(found, i);
      } else {
        wrong += entry.made_by.has_value();
        ADD_FAILURE() << "seed " << seed << ", " << story.name << "\n named: " << named
                      << "\n right: " << story.made_by[i] << "\n " << explained(found, i);
      }
    }
    EXPECT_TRUE(found.gaps.empty()) << story.name << ": " << found.gaps[0].why.text();
    EXPECT_GE(found.addresses.size(), 1U) << story.name;
  }
  EXPECT_GE(right * 10, all * 9);
  EXPECT_EQ(wrong, 0U);
}

TEST(Planted, TheSignInBeforeItAndWhatElseTheAddressDidAreTold) {
  TownLogs logs(2);
  Planter planter(logs, 2);
  const Story story = planter.plant();
  logs.add(Time{planter.made().ns + kHour}, kAttacker, "GET /backup/base.sql.gz", 200, 40 << 20);
  planter.afterwards();
  logs.rotate();
  const Trace found = run(logs, story);
  ASSERT_TRUE(found.entries[0].signed_in.has_value());
  EXPECT_EQ(found.entries[0].signed_in->target, "/wp-login.php");
  const AddressFacts& facts = found.addresses.at(kAttacker);
  EXPECT_EQ(facts.requests, 33U);
  ASSERT_EQ(facts.large.size(), 1U);
  EXPECT_EQ(facts.large[0].bytes, 40ULL << 20);
  ASSERT_EQ(found.dumps.size(), 1U);
  EXPECT_EQ(found.dumps[0].address, kAttacker);
}

// However lines are erased, nothing is invented.
TEST(Planted, WhereLinesWereErasedNothingIsNamed) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    TownLogs logs(100 + seed);
    Planter planter(logs, seed);
    const Story story = planter.plant();
    planter.afterwards();
    const Time made = *story.suspects[0].changed;
    const int64_t from = planter.made().ns - 2 * kHour, to = made.ns + 3 * kHour;
    const char* how = "";
    const char* expected_gap = nullptr;
    switch (seed / 10) {
      case 0:
        how = "his own lines alone";
        std::erase_if(logs.lines(), [](const LogLine& line) {
          return line.text.find(kAttacker) != std::string::npos ||
                 line.text.find("2001:db8::bad") != std::string::npos;
        });
        logs.rotate();
        break;
      case 1:
        how = "some hours";
        std::erase_if(logs.lines(),
                      [&](const LogLine& line) { return line.time.ns >= from && line.time.ns <= to; });
        logs.rotate();
        break;
      case 2:
        how = "the files of those days";
        logs.rotate();
        for (int64_t day = (from - kLogStart) / kDay; day <= (to - kLogStart) / kDay; ++day)
          std::erase_if(logs.texts(), [&](const auto& file) {
            return parse_rotated(file.first).number == kLogDays - 1 - day && day < kLogDays - 1;
          });
        expected_gap = "missing-file";
        break;
      case 3:
        how = "everything before";
        std::erase_if(logs.lines(), [&](const LogLine& line) { return line.time.ns <= to; });
        logs.rotate();
        break;
      default:
        how = "all logs";
        expected_gap = "no-logs";
        break;
    }
    const Trace found = run(logs, story);
    for (size_t i = 0; i < found.entries.size(); ++i) {
      EXPECT_TRUE(found.entries[i].is_unknown() && !found.entries[i].made_by)
          << how << ", " << story.name << ": "
          << (found.entries[i].made_by ? logs.at(found.entries[i].made_by->place) : "") << "\n "
          << explained(found, i);
      EXPECT_FALSE(found.entries[i].why.empty());
    }
    if (expected_gap) {
      EXPECT_TRUE(std::ranges::any_of(found.gaps, [&](const Gap& gap) { return gap.kind == expected_gap; }))
          << how;
    }
  }
}

TEST(Planted, AnErasedWorkingMorningIsAGap) {
  TownLogs logs(7);
  const int64_t from = kLogStart + 6 * kDay + 9 * kHour;
  std::erase_if(logs.lines(),
                [&](const LogLine& line) { return line.time.ns >= from && line.time.ns < from + 2 * kHour; });
  logs.rotate();
  const Trace found = run(logs, {"", {suspect_at("x.php", Time{from + kHour})}, {""}});
  ASSERT_EQ(found.gaps.size(), 1U);
  EXPECT_EQ(found.gaps[0].kind, "silence");
  EXPECT_LE(found.gaps[0].from->ns, from);
  EXPECT_TRUE(found.entries[0].is_unknown());
}

TEST(Planted, ManyWorkersSayTheSameAsOne) {
  TownLogs logs(4);
  Planter planter(logs, 4);
  const Story story = planter.plant();
  logs.rotate();
  auto answer = [&](unsigned workers) {
    TraceRequest request;
    request.suspects = story.suspects;
    request.logs = logs.files();
    request.workers = workers;
    NoProgress progress;
    const Trace found = trace(std::move(request), progress);
    std::string text = std::to_string(found.lines);
    for (size_t i = 0; i < found.entries.size(); ++i)
      text += explained(found, i) + found.entries[i].made_by->place.file +
              std::to_string(found.entries[i].made_by->place.line);
    return text;
  };
  EXPECT_EQ(answer(1), answer(4));
}

}  // namespace
}  // namespace aplomb::trace
