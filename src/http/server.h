// A small HTTP/1.1 server: one handler, from a request to a response. libmicrohttpd speaks the protocol; this
// class sets the limits that a public server needs and hides its callbacks. No TLS: on a public address it
// stands behind the web server that has the certificate.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "http/message.h"
#include "proc/unique_fd.h"

struct MHD_Daemon;

namespace aplomb::http {

struct Request {
  std::string method;                // as sent; the handler decides which ones it knows
  std::string target;                // as sent: "/caf%C3%A9?q=1"
  std::string path;                  // decoded and canonical; may hold any byte
  std::optional<std::string> query;  // as sent, without '?'
  Headers headers;
  Bytes body;
  bool body_complete = true;  // false when it was longer than the server keeps
};

struct Response {
  int status = 200;  // 0: no answer, the connection is closed (a test's server that breaks off)
  Headers headers;   // Content-Length and Date are added; HEAD gets them too, without the body
  std::shared_ptr<const Bytes> body;

  static Response of(int status, std::string content_type, std::string_view body);
};

using Handler = std::function<Response(const Request&)>;

struct ListeningSocket {
  proc::UniqueFd fd;
  uint16_t port = 0;
};

// Binds and listens; port 0 takes any free one. `address` is a numeric IPv4 or IPv6 address.
Result<ListeningSocket> listen_on(const std::string& address, uint16_t port);

struct ServerOptions {
  unsigned connections_max = 256;
  unsigned connections_per_address_max = 0;  // 0: no limit of its own (behind a proxy all share one address)
  size_t header_bytes_max = 32 << 10;
  size_t body_bytes_max = 64 << 10;  // what is over is read and dropped
  unsigned timeout_seconds = 15;     // without a byte from the client
};

enum class Threading {
  own_thread,  // the server works in a thread of its own
  caller,      // the server works while serve() runs: for a confined process, which has no threads
};

// Stops, and closes the socket, with the object. The handler runs in the server's one thread.
class Server {
 public:
  static Result<std::unique_ptr<Server>> start(ListeningSocket socket, const ServerOptions& options,
                                               Handler handler, Threading threading = Threading::own_thread);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  uint16_t port() const { return port_; }

  // Serves until the process ends or the socket fails. Only with Threading::caller.
  Status serve();

 private:
  friend struct Callbacks;
  Server(const ServerOptions& options, Handler handler, uint16_t port)
      : options_(options), handler_(std::move(handler)), port_(port) {}

  const ServerOptions options_;
  const Handler handler_;
  const uint16_t port_;
  MHD_Daemon* daemon_ = nullptr;
};

}  // namespace aplomb::http
