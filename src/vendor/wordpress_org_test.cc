#include "vendor/wordpress_org.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "fs/memory_fs.h"
#include "proc/worker.h"
#include "vendor/test_publisher.h"

extern int (*aplomb_test_early_main)(int, char**);

namespace aplomb::vendor {
namespace {

// This test binary is also the confined child that it starts.
[[maybe_unused]] const bool kHooked = (aplomb_test_early_main = proc::worker_early_main, true);

using Known = WordPressOrg::Known;

class Asking : public testing::Test {
 protected:
  WordPressOrg run() { return {publisher_.address, answers_, clock_}; }
  // One judgement that asks once.
  Known ask(const Package& package, std::optional<Time> unexplained = {}) {
    return run().ask(package, unexplained).known;
  }

  TestPublisher publisher_;
  fs::MemoryFs memory_;
  std::unique_ptr<fs::Dir> state_ = std::move(*memory_.make_dirs("/state", 0700));
  Answers answers_ = Answers::load(*state_, "publishers", crypto::Secret(Bytes(32, 1)));
  ManualClock clock_{Time{400 * kDay}};
  const Package core_{PackageKind::core, "", "", "6.4.3", "fr_FR"};
  const Package plugin_{PackageKind::plugin, "wp-content/plugins/agenda", "agenda", "2.1", ""};
  const Package theme_{PackageKind::theme, "wp-content/themes/commune", "commune", "3", ""};
  const Package language_{PackageKind::plugin_language, "wp-content/languages/plugins", "agenda", "2.1",
                          "fr_FR"};
};

TEST_F(Asking, GetsListsAndArchives) {
  publisher_.publish(core_, {{"index.php", "a"}});
  publisher_.publish(plugin_, {{"agenda.php", "b"}});
  publisher_.publish(theme_, {{"style.css", "c"}, {"inc/x.php", "d"}});
  publisher_.publish(language_, {{"agenda-fr_FR.l10n.php", "e"}});
  WordPressOrg org = run();
  EXPECT_EQ(org.ask(core_, {}).listing->at("index.php").md5.size(), 1u);
  EXPECT_EQ(org.ask(plugin_, {}).listing->at("agenda.php").sha256.size(), 1u);
  EXPECT_EQ(org.ask(theme_, {}).listing->at("inc/x.php").sha256.at(0), crypto::sha256(as_bytes("d")));
  EXPECT_EQ(org.ask(language_, {}).listing->at("agenda-fr_FR.l10n.php").sha256.at(0),
            crypto::sha256(as_bytes("e")));
}

TEST_F(Asking, AsksOnceAndRemembersWhatIsUnknownToo) {
  publisher_.publish(plugin_, {{"agenda.php", "b"}});
  EXPECT_EQ(ask(plugin_), Known::published);
  EXPECT_EQ(ask(theme_), Known::unpublished);
  EXPECT_EQ(publisher_.asked().size(), 2u);
  clock_.advance(30 * kDay);
  EXPECT_EQ(ask(plugin_), Known::published);
  EXPECT_EQ(ask(theme_), Known::unpublished);
  EXPECT_TRUE(publisher_.asked().empty());
}

TEST_F(Asking, AsksAgainAfterADayWhenTheAnswerExplainsTooLittle) {
  publisher_.publish(language_, {{"agenda-fr_FR.l10n.php", "bonjour"}});
  EXPECT_EQ(ask(language_), Known::published);
  publisher_.publish(language_, {{"agenda-fr_FR.l10n.php", "bonsoir"}});
  EXPECT_EQ(ask(language_, Time{}), Known::published);
  EXPECT_EQ(publisher_.asked().size(), 1u);
  // A file that changed since the answer is asked about at once.
  clock_.advance(kMinute);
  EXPECT_EQ(run().ask(language_, clock_.now()).listing->at("agenda-fr_FR.l10n.php").sha256.size(), 2u);
  publisher_.publish(language_, {{"agenda-fr_FR.l10n.php", "bonne nuit"}});
  clock_.advance(kDay);
  auto said = run().ask(language_, Time{});
  ASSERT_TRUE(said.listing);
  // What was published yesterday was published.
  EXPECT_EQ(said.listing->at("agenda-fr_FR.l10n.php").sha256.size(), 3u);
}

TEST_F(Asking, AsksNobodyElseWhenTheNetworkIsDown) {
  publisher_.status = 503;
  WordPressOrg org = run();
  EXPECT_EQ(org.ask(plugin_, Time{}).known, Known::unreachable);
  EXPECT_EQ(org.ask(theme_, Time{}).known, Known::unreachable);
  EXPECT_FALSE(org.ask(theme_, Time{}).why.empty());
  EXPECT_EQ(publisher_.asked().size(), 1u);
}

TEST_F(Asking, KeepsAnEarlierAnswerWhenTheNetworkIsDown) {
  publisher_.publish(plugin_, {{"agenda.php", "b"}});
  ask(plugin_);
  clock_.advance(2 * kDay);
  publisher_.status = 500;
  auto said = run().ask(plugin_, Time{});
  EXPECT_EQ(said.known, Known::unreachable);
  ASSERT_TRUE(said.listing);
  EXPECT_TRUE(said.listing->contains("agenda.php"));
}

TEST_F(Asking, BelievesNoHostileAnswer) {
  publisher_.say(question_for(plugin_).target, "{\"files\":{\"../../x.php\":{\"sha256\":\"00\"}}}");
  publisher_.say(question_for(theme_).target, "this is no archive");
  WordPressOrg org = run();
  EXPECT_EQ(org.ask(plugin_, {}).known, Known::unreachable);
  EXPECT_EQ(org.ask(theme_, {}).known, Known::unreachable);
  EXPECT_EQ(answers_.find(plugin_.key(), clock_.now()), nullptr);
  EXPECT_EQ(publisher_.asked().size(), 2u);
  EXPECT_EQ(org.ask(theme_, Time{}).known, Known::unreachable);  // nor asks it again in this run
  EXPECT_TRUE(publisher_.asked().empty());
}

TEST_F(Asking, NobodyWhenToldSo) {
  publisher_.address = {};
  EXPECT_EQ(ask(plugin_, Time{}), Known::unasked);
  EXPECT_TRUE(publisher_.asked().empty());
}

TEST_F(Asking, SavesItsAnswersUnderAKey) {
  publisher_.publish(plugin_, {{"agenda.php", "b"}});
  ask(plugin_);
  answers_.keep_md5(crypto::sha256(as_bytes("b")), md5_of(as_bytes("b")));
  ASSERT_TRUE(answers_.save(*state_, "publishers", clock_.now()));
  Answers mine = Answers::load(*state_, "publishers", crypto::Secret(Bytes(32, 1)));
  EXPECT_NE(mine.find(plugin_.key(), clock_.now()), nullptr);
  EXPECT_EQ(mine.md5(crypto::sha256(as_bytes("b"))), md5_of(as_bytes("b")));
  Answers foreign = Answers::load(*state_, "publishers", crypto::Secret(Bytes(32, 2)));
  EXPECT_EQ(foreign.find(plugin_.key(), clock_.now()), nullptr);
  clock_.advance(101 * kDay);
  answers_.keep_md5(crypto::sha256(as_bytes("c")), md5_of(as_bytes("c")));
  ASSERT_TRUE(answers_.save(*state_, "publishers", clock_.now()));
  mine = Answers::load(*state_, "publishers", crypto::Secret(Bytes(32, 1)));
  EXPECT_EQ(mine.find(plugin_.key(), clock_.now()), nullptr);
}

TEST(Address, IsHttpsOrThisMachine) {
  unsetenv("APLOMB_WORDPRESS_ORG");
  EXPECT_EQ(wordpress_org_address("")->downloads, "https://downloads.wordpress.org");
  EXPECT_TRUE(wordpress_org_address("none")->none());
  EXPECT_EQ(wordpress_org_address("https://miroir.example/wp/")->lists, "https://miroir.example/wp");
  EXPECT_TRUE(wordpress_org_address("http://127.0.0.1:8080"));
  EXPECT_FALSE(wordpress_org_address("http://miroir.example"));
  EXPECT_FALSE(wordpress_org_address("ftp://miroir.example"));
  EXPECT_FALSE(wordpress_org_address("miroir"));
}

}  // namespace
}  // namespace aplomb::vendor
