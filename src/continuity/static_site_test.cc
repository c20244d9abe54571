#include "continuity/static_site.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "http/client.h"
#include "http/url.h"
#include "proc/worker.h"

extern int (*aplomb_test_early_main)(int, char**);

namespace aplomb::continuity {
namespace {

[[maybe_unused]] const bool kHooked = (aplomb_test_early_main = proc::worker_early_main, true);

const Time kMorning = *parse_iso("2026-11-24T06:36:43Z");

Bytes bytes(std::string_view text) {
  return Bytes(as_bytes(text).begin(), as_bytes(text).end());
}

constexpr const char* kHome =
    "<!doctype html><html lang=fr><head><link rel=canonical href='https://ville.test/'></head>"
    "<body class=home><script>track()</script><h1>Bienvenue</h1></body></html>";

StaticSite site() {
  ServiceCard card;
  card.name = "Mairie de Saint-Exemple";
  card.phones = {{"Accueil", "01 02 03 04 05"}};
  card.next_update = *parse_iso("2026-11-24T11:00:00Z");
  std::vector<Page> pages = {
      {"/", "text/html; charset=UTF-8", bytes(kHome), kMorning},
      {"/?page_id=2", "text/html", bytes("<body>deux</body>"), kMorning},
      {"/caf%c3%a9/", "text/html", bytes("<body>menu</body>"), kMorning},
      {"/style.css", "text/css", bytes("body{color:red}"), kMorning},
      {"/odd", "text/html\r\nSet-Cookie: a=b", bytes("<body>odd"), kMorning},
  };
  return StaticSite::build(pages, card, {kMorning, kMorning, "Le site revient."});
}

http::Request request(const std::string& method, const std::string& target) {
  http::Request request;
  request.method = method;
  request.target = target;
  request.path = http::percent_decode(http::canonical_path(target.substr(0, target.find('?'))));
  return request;
}

http::Response ask(const std::string& target) {
  return site().respond(request("GET", target));
}

std::string text(const http::Response& response) {
  return std::string(as_text(*response.body));
}

std::string header(const http::Headers& headers, const char* name) {
  const std::string* value = http::find_header(headers, name);
  return value ? *value : "absent";
}

TEST(StaticSite, ServesAPageWithItsBannerAndNothingElseChanged) {
  auto response = ask("/");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(header(response.headers, "content-type"), "text/html; charset=UTF-8");
  EXPECT_EQ(header(response.headers, "cache-control"), "max-age=60");
  EXPECT_EQ(header(response.headers, "x-robots-tag"), "absent");
  EXPECT_EQ(header(response.headers, "set-cookie"), "absent");
  std::string banner = banner_html(kMorning, Language::french), page = text(response);
  size_t place = page.find(banner);
  ASSERT_EQ(place, page.find("<body class=home>") + 17);
  EXPECT_EQ(page.erase(place, banner.size()), kHome);
}

TEST(StaticSite, ForbidsEveryScript) {
  for (const char* target : {"/", "/nowhere", "/__status"}) {
    std::string policy = header(ask(target).headers, "content-security-policy");
    EXPECT_NE(policy.find("script-src 'none'"), policy.npos) << target;
    EXPECT_NE(policy.find("default-src 'self'"), policy.npos) << target;
    EXPECT_EQ(policy.find("unsafe-inline"), policy.find("style-src 'self' 'unsafe-inline'") + 18) << target;
  }
}

TEST(StaticSite, LeavesOtherFilesAsTheyAre) {
  EXPECT_EQ(text(ask("/style.css")), "body{color:red}");
  EXPECT_EQ(header(ask("/odd").headers, "content-type"), "application/octet-stream");
}

TEST(StaticSite, KnowsAPageUnderEverySpellingOfItsPath) {
  for (const char* target :
       {"/caf%C3%A9/", "/caf\xc3\xa9/", "/a/../caf%c3%a9/", "/./caf%C3%A9/?", "/%63af%C3%A9/"})
    EXPECT_EQ(ask(target).status, 200) << target;
}

TEST(StaticSite, AnswersAQueryOnlyWhenItWasStored) {
  EXPECT_NE(text(ask("/?page_id=2")).find("deux"), std::string::npos);
  for (const char* target : {"/?s=budget", "/?page_id=3", "/style.css?ver=2", "/caf%C3%A9/?x"})
    EXPECT_EQ(ask(target).status, 503) << target;
}

TEST(StaticSite, NeverSaysThatAPageIsGone) {
  for (const char* target : {"/nowhere", "/wp-login.php", "/robots.txt", "/__status/x", "/../etc/passwd", "*",
                             "/%00", "/caf%C3%A9"}) {
    auto response = ask(target);
    EXPECT_EQ(response.status, 503) << target;
    EXPECT_EQ(header(response.headers, "retry-after"), "3600");
    EXPECT_EQ(header(response.headers, "cache-control"), "no-store");
    EXPECT_NE(text(response).find("tel:0102030405"), std::string::npos);
  }
}

TEST(StaticSite, TakesNoFormOnAnyPath) {
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "PROPFIND", "get"})
    for (const char* target : {"/", "/__status", "/wp-comments-post.php"}) {
      auto response = site().respond(request(method, target));
      EXPECT_EQ(response.status, 503) << method << target;
      EXPECT_EQ(header(response.headers, "retry-after"), "3600");
    }
}

TEST(StaticSite, TellsItsStatusToPeopleAndPrograms) {
  auto people = ask("/__status?x=1"), programs = ask("/__status.json");
  EXPECT_EQ(people.status, 200);
  EXPECT_EQ(header(people.headers, "x-robots-tag"), "noindex");
  EXPECT_NE(text(people).find("Le site revient."), std::string::npos);
  EXPECT_EQ(programs.status, 200);
  EXPECT_EQ(header(programs.headers, "x-robots-tag"), "noindex");
  EXPECT_EQ(header(programs.headers, "content-type"), "application/json");
  EXPECT_NE(text(programs).find("2026-11-24T11:00:00Z"), std::string::npos);
}

TEST(StaticSite, HasTheServiceCardAloneWithoutPages) {
  StaticSite empty = StaticSite::build({}, ServiceCard{}, StatusInfo{});
  EXPECT_EQ(empty.respond(request("GET", "/")).status, 503);
  EXPECT_EQ(empty.respond(request("GET", "/__status")).status, 200);
}

TEST(StaticSite, ComesBackWholeFromItsEncodingAndRefusesEveryCut) {
  Bytes encoded = site().encode();
  auto back = StaticSite::decode(encoded);
  ASSERT_TRUE(back) << back.error().what;
  EXPECT_EQ(back->encode(), encoded);
  EXPECT_EQ(back->pages().size(), 5u);
  for (size_t cut = 0; cut < encoded.size(); ++cut)
    ASSERT_FALSE(StaticSite::decode(ByteView(encoded).first(cut))) << cut;
  encoded.push_back(0);
  EXPECT_FALSE(StaticSite::decode(encoded));
}

class Served : public testing::Test {
 protected:
  void SetUp() override {
    auto started = serve_in_background(site(), "127.0.0.1", 0, STDERR_FILENO, log_);
    ASSERT_TRUE(started) << started.error().what;
    running_ = *started;
  }
  void TearDown() override { EXPECT_TRUE(stop(running_.process)); }

  std::string url(const std::string& target) const { return running_.url + target.substr(1); }

  NullLog log_;
  RunningSite running_;
};

TEST_F(Served, AnswersLikeThePureFunction) {
  for (const char* target : {"/", "/?page_id=2", "/style.css", "/nowhere", "/?s=x", "/__status"}) {
    auto page = http::get(url(target));
    ASSERT_TRUE(page) << page.error().what;
    auto expected = ask(target);
    EXPECT_EQ(page->status, expected.status) << target;
    EXPECT_EQ(as_text(page->body), text(expected)) << target;
    for (const auto& [name, value] : expected.headers) EXPECT_EQ(header(page->headers, name.c_str()), value);
    EXPECT_EQ(header(page->headers, "set-cookie"), "absent");
  }
}

TEST_F(Served, AnswersHeadPostsAndHostilePaths) {
  auto head = http::fetch("HEAD", url("/"), {});
  ASSERT_TRUE(head) << head.error().what;
  EXPECT_EQ(head->status, 200);
  EXPECT_TRUE(head->body.empty());
  EXPECT_EQ(header(head->headers, "content-length"), std::to_string(ask("/").body->size()));

  Bytes form(200'000, 'x');
  auto posted = http::fetch("POST", url("/wp-login.php"), form);
  ASSERT_TRUE(posted) << posted.error().what;
  EXPECT_EQ(posted->status, 503);
  EXPECT_EQ(header(posted->headers, "retry-after"), "3600");

  auto outside = http::get(url("/..%2f..%2fetc/passwd"));
  ASSERT_TRUE(outside) << outside.error().what;
  EXPECT_EQ(outside->status, 503);
}

TEST_F(Served, WithstandsManyClientsAtOnce) {
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> clients;
    for (int c = 0; c < 8; ++c)
      clients.emplace_back([&] {
        for (int i = 0; i < 25; ++i) {
          auto page = http::get(url("/"));
          if (page && page->status == 200) ++good;
        }
      });
  }
  EXPECT_EQ(good, 200);
}

// What the role may not do is tried call by call in proc's tests; here, that the process has the role.
TEST_F(Served, RunsConfinedInItsOwnSession) {
  std::ifstream file("/proc/" + std::to_string(running_.process.pid) + "/status");
  std::string status((std::istreambuf_iterator<char>(file)), {});
  EXPECT_NE(status.find("Seccomp:\t2"), status.npos) << status;
  EXPECT_NE(status.find("NoNewPrivs:\t1"), status.npos);
  EXPECT_NE(status.find("Threads:\t1\n"), status.npos);
  EXPECT_EQ(getsid(running_.process.pid), running_.process.pid);
  if (geteuid() == 0) {
    EXPECT_NE(status.find("Uid:\t65534\t65534\t65534\t65534"), status.npos);
  }
}

// Nothing of ours is left open in it: no file, no other socket.
TEST_F(Served, HoldsNoFile) {
  if (geteuid() != 0) GTEST_SKIP() << "only root may look into a process that cannot be debugged";
  for (const auto& entry :
       std::filesystem::directory_iterator("/proc/" + std::to_string(running_.process.pid) + "/fd")) {
    int fd = std::stoi(entry.path().filename());
    if (fd <= 2) continue;
    std::string target = std::filesystem::read_symlink(entry);
    EXPECT_TRUE(target.starts_with("socket:") || target.starts_with("anon_inode:")) << fd << " " << target;
  }
}

TEST_F(Served, StopsOnlyTheProcessThatWasStarted) {
  EXPECT_TRUE(is_running(running_.process));
  proc::ProcessRef reused = running_.process;
  reused.start_ticks += 1;
  EXPECT_FALSE(is_running(reused));
  EXPECT_TRUE(stop(reused));
  EXPECT_TRUE(is_running(running_.process));
  EXPECT_TRUE(stop(running_.process));
  EXPECT_FALSE(is_running(running_.process));
  EXPECT_FALSE(http::get(url("/")));
}

TEST_F(Served, SaysThatThePortIsTaken) {
  auto second = serve_in_background(site(), "127.0.0.1", running_.port, -1, log_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::busy);
}

}  // namespace
}  // namespace aplomb::continuity
