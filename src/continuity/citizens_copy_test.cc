#include "continuity/citizens_copy.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "fs/memory_fs.h"
#include "fs/posix_fs.h"
#include "http/client.h"

namespace aplomb::continuity {
namespace {

const Time kMorning = *parse_iso("2026-11-24T06:36:43Z");
const Time kYesterday = *parse_iso("2026-11-23T21:00:00Z");
const std::string kSnapshot = std::string(64, 'a');

class ListLog final : public Log {
 public:
  void info(std::string_view) override {}
  void warn(std::string_view line) override { warnings += std::string(line) + "\n"; }
  std::string warnings;
};

Bytes bytes(std::string_view text) {
  return Bytes(as_bytes(text).begin(), as_bytes(text).end());
}

class CitizensCopy : public testing::Test {
 protected:
  CitizensCopy() {
    std::string pattern = testing::TempDir() + "aplomb-copy-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    state_ = fs_.open_dir(folder_).value();
    site_.name = "town";
    site_.url = "https://www.ville.test/";
    site_.continuity.listen = "127.0.0.1:0";
    site_.continuity.card.phones = {"Accueil : 01 02 03 04 05"};
  }
  ~CitizensCopy() override {
    EXPECT_TRUE(stop_copy(*state_));
    std::filesystem::remove_all(folder_);
  }

  void keep() {
    ASSERT_TRUE(keep_pages(*state_, kSnapshot, kYesterday,
                           {{"/", "text/html", bytes("<body>home")}, {"/i.png", "image/png", bytes("png")}}));
  }
  RunningCopy start(std::string_view listen = {}) {
    auto copy = start_copy(*state_, site_, Language::french, clock_, log_, listen);
    EXPECT_TRUE(copy) << copy.error().what;
    return copy ? *copy : RunningCopy();
  }
  static http::Fetched get(const std::string& url) {
    auto page = http::get(url);
    EXPECT_TRUE(page) << page.error().what;
    return page ? std::move(*page) : http::Fetched();
  }

  fs::PosixFs fs_;
  std::string folder_;
  std::unique_ptr<fs::Dir> state_;
  site::SiteConfig site_;
  ManualClock clock_{kMorning};
  ListLog log_;
};

TEST_F(CitizensCopy, ServesTheKeptPagesWithTheirDate) {
  keep();
  RunningCopy copy = start();
  EXPECT_EQ(copy.pages, 2u);
  EXPECT_EQ(copy.snapshot, kSnapshot);
  EXPECT_EQ(copy.captured, kYesterday);
  EXPECT_EQ(copy.since, kMorning);
  EXPECT_FALSE(copy.elsewhere);
  http::Fetched home = get(copy.url);
  EXPECT_EQ(home.status, 200);
  EXPECT_EQ(as_text(home.body), "<body>" + banner_html(kYesterday, Language::french) + "home");
  EXPECT_EQ(as_text(get(copy.url + "i.png").body), "png");
}

TEST_F(CitizensCopy, ShowsTheCardAloneWhenNothingWasProven) {
  RunningCopy copy = start();
  EXPECT_EQ(copy.pages, 0u);
  EXPECT_FALSE(copy.captured);
  http::Fetched home = get(copy.url);
  EXPECT_EQ(home.status, 503);
  EXPECT_NE(as_text(home.body).find("tel:0102030405"), std::string_view::npos);
  EXPECT_EQ(get(copy.url + "__status").status, 200);
}

TEST_F(CitizensCopy, IsStartedOnceAndFoundAgain) {
  keep();
  EXPECT_FALSE(running_copy(*state_).value());
  RunningCopy first = start();
  clock_.advance(kHour);
  RunningCopy second = start();
  EXPECT_EQ(second.process, first.process);
  EXPECT_EQ(second.since, kMorning);
  auto found = running_copy(*state_).value();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->url, first.url);
  EXPECT_EQ(found->port, first.port);
  EXPECT_EQ(found->pages, 2u);
  EXPECT_EQ(found->captured, kYesterday);
  EXPECT_EQ(found->snapshot, kSnapshot);
  EXPECT_TRUE(stop_copy(*state_));
  EXPECT_FALSE(running_copy(*state_).value());
  EXPECT_FALSE(http::get(first.url));
  EXPECT_TRUE(stop_copy(*state_));
}

TEST_F(CitizensCopy, TakesAFreePortWhenItsOwnIsTakenAndSaysSo) {
  auto taken = http::listen_on("127.0.0.1", 0).value();
  site_.continuity.listen = "127.0.0.1:" + std::to_string(taken.port);
  RunningCopy copy = start();
  EXPECT_TRUE(copy.elsewhere);
  EXPECT_NE(copy.port, taken.port);
  EXPECT_EQ(get(copy.url + "__status").status, 200);
  EXPECT_NE(log_.warnings.find(std::to_string(copy.port)), std::string::npos) << log_.warnings;
}

TEST_F(CitizensCopy, RefusesAnotherPortThanTheOneAskedFor) {
  auto taken = http::listen_on("127.0.0.1", 0).value();
  auto copy =
      start_copy(*state_, site_, Language::french, clock_, log_, "127.0.0.1:" + std::to_string(taken.port));
  ASSERT_FALSE(copy);
  EXPECT_EQ(copy.error().code, Code::busy);
  for (const char* wrong : {"here", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:99999", "localhost:80"}) {
    auto refused = start_copy(*state_, site_, Language::french, clock_, log_, wrong);
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().code, Code::config) << wrong;
  }
  EXPECT_TRUE(start("127.0.0.1:0").url.starts_with("http://127.0.0.1:"));
}

TEST_F(CitizensCopy, WarnsOfPagesThatAreNotWhatWasKept) {
  keep();
  ASSERT_TRUE(fs::write_file_durably(*state_, "continuity/" + kSnapshot.substr(0, 12) + "/0001",
                                     as_bytes("defaced")));
  RunningCopy copy = start();
  EXPECT_EQ(copy.pages, 1u);
  EXPECT_NE(log_.warnings.find("citizens' copy is left out"), std::string::npos) << log_.warnings;
  EXPECT_EQ(get(copy.url).status, 503);
}

TEST_F(CitizensCopy, TakesNoNoteForARunningCopyThatIsNot) {
  RunningCopy copy = start();
  const std::string note(as_text(fs::read_file(*state_, "continuity/running.json", 1 << 16).value()));
  auto rewrite = [&](const std::string& from, const std::string& to) {
    std::string changed = note;
    size_t place = changed.find(from);
    ASSERT_NE(place, std::string::npos) << from;
    changed.replace(place, from.size(), to);
    ASSERT_TRUE(fs::write_file_durably(*state_, "continuity/running.json", as_bytes(changed)));
    EXPECT_FALSE(running_copy(*state_).value()) << changed;
  };
  rewrite("\"start_ticks\": ", "\"start_ticks\": 1");
  rewrite("\"boot\": \"", "\"boot\": \"x");
  rewrite("\"pid\": ", "\"pid\": -");
  rewrite("\"pid\": " + std::to_string(copy.process.pid), "\"pid\": 1");
  rewrite("{", "[");
  ASSERT_TRUE(fs::write_file_durably(*state_, "continuity/running.json", as_bytes(note)));
  EXPECT_TRUE(running_copy(*state_).value());
}

TEST(ServiceCardOf, UnderstandsTheLinesAsPeopleWriteThem) {
  site::SiteConfig site;
  site.name = "town";
  site.continuity.card.phones = {"Accueil : 01 02 03 04 05", "+33 (0)1 02 03 04 05",
                                 "Astreinte 06 07 08 09 10", "Eau: 01 02 03 04 05 (9 h-12 h)",
                                 "01 02 03 04 05, 9h-12h",   "État civil 01.02.03.04.05 9h à 12h",
                                 "demander à l'accueil"};
  ServiceCard card = service_card_of(site, Language::french);
  EXPECT_EQ(card.name, "town");
  std::string phones;
  for (const Phone& phone : card.phones) phones += phone.label + "|" + phone.number + "\n";
  EXPECT_EQ(
      phones,
      "Accueil|01 02 03 04 05\nTéléphone|+33 (0)1 02 03 04 05\nAstreinte|06 07 08 09 10\n"
      "Eau (9 h-12 h)|01 02 03 04 05\nTéléphone 9h-12h|01 02 03 04 05\nÉtat civil 9h à 12h|01.02.03.04.05\n"
      "demander à l'accueil|\n");
}

TEST(ServiceCardOf, GivesEachCounterItsHours) {
  site::SiteConfig site;
  site.url = "https://www.ville.test/";
  site.continuity.card.counters = {"Hôtel de ville, 1 place de l’Église", "Annexe"};
  site.continuity.card.hours = {"9 h-12 h", "14 h-17 h"};
  site.continuity.card.paper = {"Actes"};
  ServiceCard card = service_card_of(site, Language::english);
  EXPECT_EQ(card.name, "www.ville.test");
  ASSERT_EQ(card.counters.size(), 2u);
  EXPECT_EQ(card.counters[0].name, "Hôtel de ville");
  EXPECT_EQ(card.counters[0].address, "1 place de l’Église");
  EXPECT_EQ(card.counters[1].hours, "14 h-17 h");
  EXPECT_EQ(card.on_paper, site.continuity.card.paper);
  site.continuity.card.hours = {"lundi 9 h-12 h"};
  EXPECT_EQ(service_card_of(site, Language::english).counters[2].hours, "lundi 9 h-12 h");
  site.continuity.card = {{}, {"Annexe"}, {"a", "b"}, {}};
  EXPECT_EQ(service_card_of(site, Language::english).counters[0].hours, "a; b");
}

}  // namespace
}  // namespace aplomb::continuity
