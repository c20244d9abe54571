#include "http/client.h"

#include <gtest/gtest.h>

#include <thread>

#include "http/server.h"

namespace aplomb::http {
namespace {

class Client : public testing::Test {
 protected:
  Client() {
    auto socket = listen_on("127.0.0.1", 0);
    EXPECT_TRUE(socket);
    origin_ = "http://127.0.0.1:" + std::to_string(socket->port);
    server_ = Server::start(std::move(*socket), {}, [this](const Request& r) { return answer(r); }).value();
  }

  static Response redirect(const std::string& to) {
    Response response = Response::of(302, "text/plain", "elsewhere");
    response.headers.emplace_back("Location", to);
    return response;
  }

  Response answer(const Request& request) {
    if (request.path == "/echo") {
      std::string text = request.method + " " + std::string(as_text(request.body));
      for (const char* name : {"user-agent", "x-extra", "host"})
        if (auto value = find_header(request.headers, name)) text += "|" + *value;
      return Response::of(200, "text/plain; charset=utf-8", text);
    }
    if (request.path == "/here") return redirect("echo?x");
    if (request.path == "/elsewhere") return redirect("http://localhost:1/echo");
    if (request.path == "/other-port") return redirect("http://127.0.0.1:1/echo");
    if (request.path == "/file") return redirect("file:///etc/passwd");
    if (request.path == "/circle") return redirect("/circle");
    if (request.path == "/long") return Response::of(200, "text/plain", std::string(100'000, 'x'));
    if (request.path == "/cut") return Response{0, {}, nullptr};
    if (request.path == "/slow") std::this_thread::sleep_for(std::chrono::milliseconds(500));
    return Response::of(404, "text/plain", "no");
  }

  std::string origin_;
  std::unique_ptr<Server> server_;
};

TEST_F(Client, FetchesWithItsNameAndTheHeadersGiven) {
  FetchOptions options;
  options.headers = {{"X-Extra", "1"}};
  auto page = get(origin_ + "/echo", options);
  ASSERT_TRUE(page) << page.error().what;
  EXPECT_EQ(page->status, 200);
  EXPECT_TRUE(as_text(page->body).starts_with("GET |Aplomb/0.1|1|127.0.0.1:")) << as_text(page->body);
  ASSERT_NE(find_header(page->headers, "CONTENT-TYPE"), nullptr);
  EXPECT_EQ(*find_header(page->headers, "content-type"), "text/plain; charset=utf-8");
}

TEST_F(Client, ReturnsEveryStatus) {
  auto page = get(origin_ + "/nothing");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->status, 404);
}

TEST_F(Client, SendsABodyAndOtherMethods) {
  auto page = fetch("POST", origin_ + "/echo", as_bytes("a=1"));
  ASSERT_TRUE(page) << page.error().what;
  EXPECT_TRUE(as_text(page->body).starts_with("POST a=1|"));
  page = fetch("HEAD", origin_ + "/echo", {});
  ASSERT_TRUE(page) << page.error().what;
  EXPECT_TRUE(page->body.empty());
  page = fetch("DELETE", origin_ + "/echo", {});
  ASSERT_TRUE(page) << page.error().what;
  EXPECT_TRUE(as_text(page->body).starts_with("DELETE |"));
}

TEST_F(Client, FollowsARedirectOnlyWithinTheHostAndPort) {
  auto page = get(origin_ + "/here");
  ASSERT_TRUE(page) << page.error().what;
  EXPECT_EQ(page->status, 200);
  EXPECT_EQ(page->url.to_string(), origin_ + "/echo?x");
  for (const char* path : {"/elsewhere", "/other-port", "/file"}) {
    page = get(origin_ + path);
    ASSERT_TRUE(page) << page.error().what;
    EXPECT_EQ(page->status, 302) << path;
    EXPECT_EQ(page->url.path, path);
  }
}

TEST_F(Client, GivesUpInACircle) {
  auto page = get(origin_ + "/circle");
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code, Code::network);
}

TEST_F(Client, StopsAtItsLimits) {
  FetchOptions options;
  options.bytes_max = 99'999;
  auto page = get(origin_ + "/long", options);
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code, Code::limit);
  options.bytes_max = 100'000;
  EXPECT_TRUE(get(origin_ + "/long", options));
  options.timeout_ms = 50;
  page = get(origin_ + "/slow", options);
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code, Code::network);
  EXPECT_EQ(page.error().where, origin_ + "/slow");
}

TEST_F(Client, ConnectsElsewhereUnderThePublicName) {
  FetchOptions options;
  options.connect_to = origin_.substr(7);
  auto page = get("http://www.ville.test/echo", options);
  ASSERT_TRUE(page) << page.error().what;
  EXPECT_TRUE(as_text(page->body).ends_with("|www.ville.test"));
}

TEST_F(Client, RefusesOtherSchemesAndBrokenHeaders) {
  for (const char* url : {"file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "x"}) {
    auto page = get(url);
    ASSERT_FALSE(page);
    EXPECT_EQ(page.error().code, Code::usage);
  }
  FetchOptions options;
  options.headers = {{"X-Extra", "1\r\nX-Injected: 2"}};
  EXPECT_EQ(get(origin_ + "/echo", options).error().code, Code::usage);
}

TEST_F(Client, SaysThatNobodyAnswers) {
  server_.reset();
  auto page = get(origin_ + "/");
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code, Code::network);
}

TEST_F(Client, KeepsAConnectionBetweenRequestsAndForgetsTheirOptions) {
  Connection connection;
  Url url = *Url::parse(origin_ + "/echo?b=%2F&a=");
  FetchOptions options;
  options.headers = {{"X-Extra", "1"}};
  auto page = connection.send("PUT", url, as_bytes("body"), options);
  ASSERT_TRUE(page) << page.error().what;
  EXPECT_TRUE(as_text(page->body).starts_with("PUT body|Aplomb/0.1|1|")) << as_text(page->body);
  page = connection.send("GET", url, {}, {});
  ASSERT_TRUE(page) << page.error().what;
  EXPECT_TRUE(as_text(page->body).starts_with("GET |Aplomb/0.1|127")) << as_text(page->body);
  url.path = "/here";
  page = connection.send("GET", url, {}, {});
  ASSERT_TRUE(page) << page.error().what;
  EXPECT_EQ(page->status, 302);
}

TEST_F(Client, GoesOnAfterAConnectionThatWasCut) {
  Connection connection;
  Url url = *Url::parse(origin_ + "/cut");
  auto page = connection.send("GET", url, {}, {});
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code, Code::network);
  url.path = "/echo";
  EXPECT_TRUE(connection.send("GET", url, {}, {}));
}

}  // namespace
}  // namespace aplomb::http
