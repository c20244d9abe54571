// The protocol's rough side, spoken by hand over a socket: what a polite client never sends.
#include "http/server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/messages.h"

namespace aplomb::http {
namespace {

class RawServer : public testing::Test {
 protected:
  void start(ServerOptions options = {}) {
    auto socket = listen_on("127.0.0.1", 0);
    ASSERT_TRUE(socket) << socket.error().what;
    auto server = Server::start(std::move(*socket), options, [this](const Request& request) {
      last_ = request;
      Response response = Response::of(200, "text/plain", "body of " + request.path);
      response.headers.emplace_back("X-Bad", "a\r\nX-Injected: yes");
      return response;
    });
    ASSERT_TRUE(server) << server.error().what;
    server_ = std::move(*server);
  }

  proc::UniqueFd connect_to_it() {
    proc::UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server_->port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return fd;
  }

  // Sends, and reads all until the server closes.
  std::string talk(std::string_view text) {
    proc::UniqueFd fd = connect_to_it();
    EXPECT_EQ(send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
    std::string answer;
    char buffer[4096];
    for (ssize_t count; (count = recv(fd.get(), buffer, sizeof buffer, 0)) > 0;)
      answer.append(buffer, static_cast<size_t>(count));
    return answer;
  }

  Request last_;
  std::unique_ptr<Server> server_;
};

constexpr std::string_view kEnd = " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

TEST_F(RawServer, TakesTheRequestApart) {
  start();
  std::string answer =
      talk("GET /a/../caf%C3%A9%00z?q=%41&r HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-One: 1\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200")) << answer;
  EXPECT_EQ(last_.method, "GET");
  EXPECT_EQ(last_.target, "/a/../caf%C3%A9%00z?q=%41&r");
  EXPECT_EQ(last_.path, std::string("/caf\xc3\xa9\0z", 8));
  EXPECT_EQ(last_.query, "q=%41&r");
  ASSERT_NE(find_header(last_.headers, "x-one"), nullptr);
  EXPECT_EQ(*find_header(last_.headers, "x-one"), "1");
}

TEST_F(RawServer, NeverSendsAHeaderThatBreaksItsLine) {
  start();
  std::string answer = talk("GET /" + std::string(kEnd));
  EXPECT_EQ(answer.find("X-Injected"), answer.npos);
  EXPECT_TRUE(answer.ends_with("body of /"));
}

TEST_F(RawServer, AnswersHeadWithTheLengthAndWithoutTheBody) {
  start();
  std::string answer = talk("HEAD /page" + std::string(kEnd));
  EXPECT_NE(answer.find("Content-Length: 13\r\n"), answer.npos) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
}

TEST_F(RawServer, KeepsABodyUpToTheLimitAndAnswersAllTheSame) {
  ServerOptions options;
  options.body_bytes_max = 10;
  start(options);
  std::string head = "POST /form HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ";
  EXPECT_TRUE(talk(head + "10\r\n\r\n0123456789").starts_with("HTTP/1.1 200"));
  EXPECT_TRUE(last_.body_complete);
  EXPECT_EQ(as_text(last_.body), "0123456789");
  EXPECT_TRUE(talk(head + "500000\r\n\r\n" + std::string(500'000, 'x')).starts_with("HTTP/1.1 200"));
  EXPECT_FALSE(last_.body_complete);
  EXPECT_EQ(last_.body.size(), 10u);
}

TEST_F(RawServer, RefusesHeadersWithoutEnd) {
  ServerOptions options;
  options.header_bytes_max = 8192;
  start(options);
  std::string answer = talk("GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + std::string(20'000, 'a') + "\r\n\r\n");
  EXPECT_EQ(answer.find(" 200 "), answer.npos) << answer;
}

TEST_F(RawServer, LimitsTheConnectionsOfOneAddress) {
  ServerOptions options;
  options.connections_per_address_max = 2;
  start(options);
  auto first = connect_to_it(), second = connect_to_it(), third = connect_to_it();
  // The third is closed at once, long before the time limit for silent connections.
  pollfd entry{third.get(), POLLIN, 0};
  ASSERT_EQ(poll(&entry, 1, 7'000), 1);
  char byte;
  EXPECT_LE(recv(third.get(), &byte, 1, 0), 0);
  constexpr std::string_view kRequest = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  ASSERT_EQ(send(first.get(), kRequest.data(), kRequest.size(), 0), static_cast<ssize_t>(kRequest.size()));
  EXPECT_EQ(recv(first.get(), &byte, 1, 0), 1);
}

TEST(Listening, SaysWhatIsWrong) {
  EXPECT_EQ(listen_on("example.org", 0).error().code, Code::config);
  auto first = listen_on("127.0.0.1", 0);
  ASSERT_TRUE(first);
  EXPECT_NE(first->port, 0);
  EXPECT_EQ(listen_on("127.0.0.1", first->port).error().code, Code::busy);
}

}  // namespace
}  // namespace aplomb::http
