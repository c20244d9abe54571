// What ties a request to an object, and what does not.
#include "trace/decide.h"

#include <gtest/gtest.h>

namespace aplomb::trace {
namespace {

constexpr int64_t kNow = 20'760 * kDay + 10 * kHour;

struct Scene {
  std::vector<Suspect> suspects = {{"uploads/x.php", Time{kNow}, Time{kNow - kDay}, Time{kNow + kDay}}};
  Evidence evidence;

  Scene() {
    evidence.traces.uses.resize(1);
    Series series;
    series.name = "access.log";
    series.web = true;
    series.rhythm.see(Time{kNow - 10 * kDay});
    series.rhythm.see(Time{kNow + 10 * kDay});
    evidence.series.push_back(series);
  }
  Hit hit(int64_t seconds, const std::string& address, const std::string& method, const std::string& target,
          LineKind kind = LineKind::request) {
    Hit made;
    made.kind = kind;
    made.time = Time{kNow + seconds * kSecond};
    made.address = address;
    made.method = method;
    made.target = target;
    made.agent = "Mozilla/5.0";
    made.status = 200;
    made.place = {"access.log", ++line};
    return made;
  }
  void near(Hit made) { evidence.traces.near.push_back(std::move(made)); }
  void used(Hit made) { evidence.traces.uses[0].first.push_back(std::move(made)); }
  EntryPoint run() { return decide(suspects, evidence)[0]; }
  uint64_t line = 0;
};

TEST(Decide, NearnessAloneNamesNobody) {
  Scene scene;
  scene.near(scene.hit(0, "a", "POST", "/wp-admin/async-upload.php"));
  EXPECT_TRUE(scene.run().is_unknown());
  EXPECT_FALSE(scene.run().made_by);
}

TEST(Decide, WhoUsesItFirstAfterwardsIsTiedToIt) {
  Scene scene;
  scene.near(scene.hit(-2, "b", "POST", "/form.php"));
  scene.near(scene.hit(0, "a", "POST", "/wp-admin/async-upload.php"));
  scene.used(scene.hit(5, "b", "GET", "/uploads/x.php"));
  const EntryPoint entry = scene.run();
  ASSERT_TRUE(entry.made_by);
  EXPECT_EQ(entry.made_by->address, "b");
  EXPECT_EQ(entry.way, Way::request);
}

TEST(Decide, APageThatVisitorsSawBeforeTiesNobody) {
  Scene scene;
  scene.near(scene.hit(-2, "b", "POST", "/form.php"));
  scene.used(scene.hit(5, "b", "GET", "/uploads/x.php"));
  scene.evidence.traces.uses[0].earlier = 3;
  EXPECT_TRUE(scene.run().is_unknown());
}

TEST(Decide, AProxyThatStandsForAllTiesNobody) {
  Scene scene;
  scene.near(scene.hit(-2, "b", "POST", "/form.php"));
  scene.used(scene.hit(5, "b", "GET", "/uploads/x.php"));
  AddressFacts& facts = scene.evidence.addresses["b"];
  facts.requests = 900;
  facts.days = {1, 2, 3, 4};
  scene.evidence.requests = 2000;
  EXPECT_TRUE(scene.run().is_unknown());
}

TEST(Decide, ALateScannerThatFoundItIsNotTheOneWhoMadeIt) {
  Scene scene;
  scene.near(scene.hit(-1, "scanner", "POST", "/xmlrpc.php"));
  scene.used(scene.hit(30, "somebody", "GET", "/uploads/x.php"));
  scene.used(scene.hit(5000, "scanner", "GET", "/uploads/x.php"));
  EXPECT_TRUE(scene.run().is_unknown());
}

TEST(Decide, TwoWhoCouldHaveDoneItAreBothTold) {
  Scene scene;
  scene.near(scene.hit(-1, "a", "POST", "/upload.php"));
  scene.near(scene.hit(-1, "b", "POST", "/upload.php"));
  scene.used(scene.hit(3, "a", "GET", "/uploads/x.php"));
  scene.used(scene.hit(4, "b", "GET", "/uploads/x.php"));
  const EntryPoint entry = scene.run();
  EXPECT_EQ(entry.confidence, Confidence::low);
  EXPECT_EQ(entry.why.back().arguments.back(), "b");
}

TEST(Decide, ATransferThatNamesTheFileIsCertainAndHasItsAccount) {
  Scene scene;
  scene.evidence.series.clear();  // no access log is needed for that
  Hit login = scene.hit(-60, "192.0.2.1", "", "", LineKind::login);
  login.account = "anne";
  login.pid = 7;
  Hit upload = scene.hit(0, "", "", "/var/www/uploads/x.php", LineKind::upload);
  upload.pid = 7;
  upload.suspect = 0;
  scene.evidence.traces.logins.push_back(login);
  scene.evidence.traces.uploads.push_back(upload);
  const EntryPoint entry = scene.run();
  EXPECT_EQ(entry.way, Way::upload);
  EXPECT_EQ(entry.confidence, Confidence::high);
  EXPECT_EQ(entry.account, "anne");
  EXPECT_EQ(entry.made_by->address, "192.0.2.1");
}

TEST(Decide, TheOnlyOpenSessionIsPossibleAndAnEndedOneOrTwoAreNot) {
  Scene scene;
  Hit login = scene.hit(-600, "192.0.2.1", "", "", LineKind::login);
  login.account = "anne";
  login.pid = 7;
  scene.evidence.traces.logins.push_back(login);
  EXPECT_EQ(scene.run().way, Way::session);
  EXPECT_EQ(scene.run().confidence, Confidence::low);
  scene.near(scene.hit(-20, "a", "POST", "/form.php"));
  EXPECT_TRUE(scene.run().is_unknown()) << "a request could have done it as well";
  scene.evidence.traces.near.clear();
  Hit other = login;
  other.account = "paul";
  other.pid = 8;
  scene.evidence.traces.logins.push_back(other);
  EXPECT_TRUE(scene.run().is_unknown());
  scene.evidence.traces.logins.pop_back();
  Hit logout = login;
  logout.time = Time{kNow - 60 * kSecond};
  scene.evidence.traces.logouts.push_back(logout);
  EXPECT_TRUE(scene.run().is_unknown());
}

TEST(Decide, ASilenceAroundTheMomentLeavesItUnknownWhateverIsNear) {
  Scene scene;
  scene.near(scene.hit(-200, "b", "POST", "/upload.php"));
  scene.used(scene.hit(5, "b", "GET", "/uploads/x.php"));
  scene.evidence.series[0].holes = {{Time{kNow - kMinute}, Time{kNow + kHour}}};
  const EntryPoint entry = scene.run();
  EXPECT_TRUE(entry.is_unknown());
  EXPECT_TRUE(entry.first_use) << "what is known is told all the same";
}

TEST(Suspects, AChangeThatDoesNotFitTheSnapshotsIsNotBelieved) {
  auto changed = [](std::optional<Time> at) {
    return make_suspect("x.php", at, Time{kNow - kDay}, Time{kNow}).changed.has_value();
  };
  EXPECT_TRUE(changed(Time{kNow - kHour}));
  EXPECT_FALSE(changed(Time{kNow - 30 * kDay})) << "changed again later, or a clock that was set";
  EXPECT_FALSE(changed(Time{kNow + kDay}));
  EXPECT_FALSE(changed(Time{0}));
  EXPECT_FALSE(changed(std::nullopt));
}

TEST(Suspects, AreFoundHoweverTheyAreAskedFor) {
  const std::vector<Suspect> suspects = {{"uploads/x.php", {}, {}, {}},
                                         {"public/a b.php", {}, {}, {}},
                                         {"db:t/r", {}, {}, {}},
                                         {"two/in.php", {}, {}, {}}};
  const SuspectIndex index(suspects, {"two"});
  for (const char* target :
       {"/uploads/x.php", "/uploads/x.php?c=1", "/up%6coads/x%2ephp", "//uploads/./x.php",
        "/blog/uploads/x.php", "http://m.fr/uploads/x.php", "/uploads/x.php/info", "/a/../uploads/x.php"})
    EXPECT_EQ(index.find(target), 0) << target;
  EXPECT_EQ(index.find("/a%20b.php"), 1);
  EXPECT_EQ(index.find("/in.php"), 3);
  for (const char* target : {"/x.php", "/myuploads/x.php", "/", "", "/uploads/y.php", "%", "/%zz"})
    EXPECT_EQ(index.find(target), -1) << target;
  EXPECT_EQ(index.find_in_text("PHP Warning: a in /var/www/uploads/x.php on line 3"), 0);
  EXPECT_EQ(index.find_in_text("PHP Warning: a in /var/www/uploads/x.phps"), -1);
}

}  // namespace
}  // namespace aplomb::trace
