#include "continuity/crawl.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <thread>

#include "http/server.h"

namespace aplomb::continuity {
namespace {

// A small site on loopback that remembers what it was asked for.
class Crawl : public testing::Test {
 protected:
  Crawl() {
    auto socket = http::listen_on("127.0.0.1", 0);
    EXPECT_TRUE(socket);
    address_ = "127.0.0.1:" + std::to_string(socket->port);
    auto handler = [this](const http::Request& request) { return answer(request); };
    server_ = http::Server::start(std::move(*socket), {}, handler).value();
  }

  http::Response answer(const http::Request& request) {
    std::lock_guard lock(mutex_);
    asked_.push_back(request.method + " " + request.target);
    if (http::find_header(request.headers, "cookie")) asked_.push_back("COOKIE");
    if (special_) {
      if (auto response = special_(request)) return *response;
    }
    auto page = site_.find(request.target);
    if (page == site_.end()) return http::Response::of(404, "text/html", "<a href=/from-404>");
    http::Response response = http::Response::of(200, page->second.first, page->second.second);
    response.headers.emplace_back("Set-Cookie", "session=1");
    return response;
  }

  static http::Response redirect(const std::string& to) {
    http::Response response = http::Response::of(302, "text/html", "");
    response.headers.emplace_back("Location", to);
    return response;
  }

  void html(const std::string& target, const std::string& body) { site_[target] = {"text/html", body}; }

  CrawlResult walk(const std::string& path = "/") {
    auto result = crawl("http://" + address_ + path, options_, clock_);
    EXPECT_TRUE(result) << result.error().what;
    return result ? std::move(*result) : CrawlResult();
  }

  static std::string paths(const CrawlResult& result) {
    std::string text;
    for (const CrawledPage& page : result.pages) text += (text.empty() ? "" : " ") + page.url_path;
    return text;
  }
  bool was_asked(const std::string& target) {
    std::lock_guard lock(mutex_);
    return std::ranges::find(asked_, "GET " + target) != asked_.end();
  }

  SystemClock clock_;
  CrawlOptions options_;
  std::string address_;
  std::mutex mutex_;
  std::vector<std::string> asked_;
  std::map<std::string, std::pair<std::string, std::string>> site_;
  std::function<std::optional<http::Response>(const http::Request&)> special_;
  std::unique_ptr<http::Server> server_;
};

TEST_F(Crawl, TakesPagesBreadthFirstEachWithWhatItIsShownWith) {
  html("/", "<link rel=stylesheet href=/s.css><a href=/b>b</a><a href=/c/>c</a><img src=/i.png>");
  html("/b", "<a href=/deep>d</a><a href=/plan.pdf>p</a>");
  html("/c/", "<a href=../b>b</a><a href='?lang=en'>e</a>");
  html("/c/?lang=en", "english");
  html("/deep", "deep");
  site_["/s.css"] = {"text/css", "@font-face{src:url(f.woff2)}"};
  site_["/f.woff2"] = {"font/woff2", "font"};
  site_["/i.png"] = {"image/png", "png"};
  site_["/plan.pdf"] = {"application/pdf", "%PDF"};
  CrawlResult result = walk();
  EXPECT_EQ(paths(result), "/ /s.css /i.png /f.woff2 /b /c/ /deep /plan.pdf /c/?lang=en");
  EXPECT_FALSE(result.cut);
  EXPECT_TRUE(result.failed.empty());
  EXPECT_EQ(result.pages[0].content_type, "text/html");
  EXPECT_EQ(as_text(result.pages[0].body), site_["/"].second);
  EXPECT_EQ(walk().pages, result.pages);
}

TEST_F(Crawl, NeverActsAndNeverLeavesTheSite) {
  html("/",
       "<form action=/send method=post><input name=x></form><form action=/search></form><a href=/logout>o</a>"
       "<a href='/?do=edit'>e</a><a href='/?p=1&amp;_wpnonce=a'>n</a><script src=/x.js></script><a "
       "href=/y.js>y</a>"
       "<a href=http://127.0.0.1:1/z>z</a><a href=//elsewhere.test/>w</a><a rel=nofollow href=/no>n</a><a "
       "href=/ok>k");
  html("/ok", "ok");
  EXPECT_EQ(paths(walk()), "/ /ok");
  const std::vector<std::string> expected = {"GET /robots.txt", "GET /", "GET /ok"};
  EXPECT_EQ(asked_, expected);
}

TEST_F(Crawl, RespectsRobotsForPagesAndNotForPictures) {
  site_["/robots.txt"] = {"text/plain", "User-agent: *\nDisallow: /private\n"};
  html("/", "<a href=/private/x>x</a><img src=/private/i.png><a href=/moved>m</a>");
  html("/private/x", "x");
  site_["/private/i.png"] = {"image/png", "png"};
  special_ = [](const http::Request& request) -> std::optional<http::Response> {
    if (request.target == "/moved") return redirect("/private/x");
    return std::nullopt;
  };
  CrawlResult result = walk();
  EXPECT_EQ(paths(result), "/ /private/i.png");
  ASSERT_EQ(result.failed.size(), 2u);
  EXPECT_EQ(result.failed[0].first, "/private/x");
}

TEST_F(Crawl, KeepsOnlyGoodAnswersOfTheTypesOfACopy) {
  html("/", "<a href=/gone>g</a><a href=/data>d</a><img src=/page-as-picture><a href=/typeless>t</a>");
  site_["/data"] = {"application/json", "{}"};
  html("/page-as-picture", "<a href=/x>");
  site_["/typeless"] = {"", "x"};
  CrawlResult result = walk();
  EXPECT_EQ(paths(result), "/");
  EXPECT_EQ(result.failed.size(), 4u);
  EXPECT_FALSE(was_asked("/from-404"));
}

TEST_F(Crawl, AnswersUnderBothAddressesOfARedirect) {
  html("/fr/", "<a href=suite>s</a>");
  html("/fr/suite", "suite");
  special_ = [](const http::Request& request) -> std::optional<http::Response> {
    if (request.target == "/") return redirect("/fr/");
    return std::nullopt;
  };
  CrawlResult result = walk();
  EXPECT_EQ(paths(result), "/fr/ / /fr/suite");
  EXPECT_EQ(result.pages[0].body, result.pages[1].body);
}

TEST_F(Crawl, DoesNotKeepWhereARedirectActs) {
  html("/", "<a href=/innocent>i</a>");
  html("/user/logout", "bye");
  special_ = [](const http::Request& request) -> std::optional<http::Response> {
    if (request.target == "/innocent") return redirect("/user/logout");
    return std::nullopt;
  };
  EXPECT_EQ(paths(walk()), "/");
}

TEST_F(Crawl, ConnectsWhereItIsToldUnderTheSitesName) {
  std::string host;
  special_ = [&](const http::Request& request) -> std::optional<http::Response> {
    if (auto value = http::find_header(request.headers, "host")) host = *value;
    return std::nullopt;
  };
  html("/", "<a href=http://ville.test/x>x</a>");
  html("/x", "x");
  options_.connect_to = address_;
  auto result = crawl("http://ville.test/", options_, clock_);
  ASSERT_TRUE(result) << result.error().what;
  EXPECT_EQ(paths(*result), "/ /x");
  EXPECT_EQ(host, "ville.test");
}

TEST_F(Crawl, StaysBelowTheSitesFolder) {
  html("/town/", "<a href=/other/>o</a><a href=x>x</a><img src=/shared/i.png>");
  html("/town/x", "x");
  html("/other/", "o");
  site_["/shared/i.png"] = {"image/png", "png"};
  EXPECT_EQ(paths(walk("/town/")), "/town/ /shared/i.png /town/x");
}

TEST_F(Crawl, EndsInEndlessCalendarsAndDepths) {
  special_ = [](const http::Request& request) -> std::optional<http::Response> {
    if (request.path == "/robots.txt") return std::nullopt;
    std::string n = std::to_string(request.query ? std::stoi(request.query->substr(6)) + 1 : 1);
    return http::Response::of(
        200, "text/html",
        "<a href='/agenda?month=" + n + "'>n</a><a href='" + request.path + "/deeper'>d</a>");
  };
  CrawlResult result = walk();
  EXPECT_LT(result.pages.size(), 100u);
  EXPECT_GT(result.pages.size(), 8u);
}

TEST_F(Crawl, StopsAtEachBoundAndSaysSo) {
  std::string links;
  for (int i = 0; i < 60; ++i) {
    std::string path =
        "/page-" + std::string(1, static_cast<char>('a' + i % 26)) + std::string(1 + i / 26, 'x');
    links += "<a href=" + path + ">";
    html(path, std::string(1000, 'x'));
  }
  html("/", links);
  EXPECT_EQ(walk().pages.size(), 61u);
  options_.pages_max = 7;
  CrawlResult few = walk();
  EXPECT_EQ(few.pages.size(), 7u);
  EXPECT_TRUE(few.cut);
  options_ = {};
  options_.files_max = 5;
  EXPECT_EQ(walk().pages.size(), 5u);
  options_ = {};
  options_.bytes_max = 10'000;
  CrawlResult small = walk();
  EXPECT_TRUE(small.cut);
  EXPECT_LT(small.pages.size(), 12u);
  options_ = {};
  options_.file_bytes_max = 999;
  html("/", "<a href=/page-ax>");
  CrawlResult narrow = walk();
  EXPECT_EQ(paths(narrow), "/");
  EXPECT_EQ(narrow.failed.size(), 1u);
  EXPECT_FALSE(narrow.cut);
}

// The clock jumps over the deadline with the third request.
TEST_F(Crawl, EndsWhenItsTimeIsUp) {
  class JumpingClock final : public Clock {
   public:
    Time now() const override { return {}; }
    int64_t monotonic_ns() const override { return ns; }
    std::atomic<int64_t> ns = 1;
  } clock;
  special_ = [&](const http::Request& request) -> std::optional<http::Response> {
    if (request.target == "/b") clock.ns += 60 * kSecond;
    return std::nullopt;
  };
  html("/", "<a href=/b><a href=/c>");
  html("/b", "b");
  html("/c", "c");
  auto result = crawl("http://" + address_, options_, clock);
  ASSERT_TRUE(result) << result.error().what;
  EXPECT_EQ(paths(*result), "/ /b");
  EXPECT_TRUE(result->cut);
}

TEST_F(Crawl, LeavesAServerInTroubleAlone) {
  std::string links;
  for (char c = 'a'; c <= 'z'; ++c) links += std::string("<a href=/") + c + ">";
  html("/", links);
  special_ = [](const http::Request& request) -> std::optional<http::Response> {
    if (request.target.size() == 2) return http::Response::of(503, "text/html", "overloaded");
    return std::nullopt;
  };
  EXPECT_EQ(walk().failed.size(), 10u);
  special_ = [](const http::Request& request) -> std::optional<http::Response> {
    if (request.target == "/b") return http::Response::of(429, "text/html", "slow down");
    return std::nullopt;
  };
  for (char c = 'a'; c <= 'z'; ++c) html(std::string("/") + c, "x");
  CrawlResult result = walk();
  EXPECT_EQ(paths(result), "/ /a");
  EXPECT_TRUE(result.cut);
}

TEST_F(Crawl, SaysWhenNobodyAnswersAndWhenItIsNoAddress) {
  auto nowhere = crawl("http://127.0.0.1:1/", options_, clock_);
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().code, Code::network);
  auto nothing = crawl("ftp://x/", options_, clock_);
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, Code::usage);
}

}  // namespace
}  // namespace aplomb::continuity
