#include "http/server.h"

#include <microhttpd.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>

#include "base/messages.h"
#include "http/url.h"

namespace aplomb::http {
namespace {

constexpr uint64_t kDroppedBodyMax = 16 << 20;  // then the connection is closed
constexpr int kBacklog = 511;

// One request on its way in. Made when the request line is read, freed when the exchange is over.
struct Exchange {
  std::string target;
  bool started = false;
  Bytes body;
  uint64_t body_size = 0;
};

MHD_Result collect_header(void* context, MHD_ValueKind, const char* name, const char* value) {
  static_cast<Headers*>(context)->emplace_back(name, value ? value : "");
  return MHD_YES;
}

void release_body(void* context) {
  delete static_cast<std::shared_ptr<const Bytes>*>(context);
}

MHD_Result send(MHD_Connection* connection, const Response& response) {
  if (response.status == 0) return MHD_NO;
  static const auto kEmpty = std::make_shared<const Bytes>();
  auto* body = new std::shared_ptr<const Bytes>(response.body ? response.body : kEmpty);
  MHD_Response* answer = MHD_create_response_from_buffer_with_free_callback_cls(
      (*body)->size(), const_cast<uint8_t*>((*body)->data()), release_body, body);
  if (!answer) {
    release_body(body);
    return MHD_NO;
  }
  for (const auto& [name, value] : response.headers)
    if (is_header_safe(name, value)) MHD_add_response_header(answer, name.c_str(), value.c_str());
  MHD_Result queued = MHD_queue_response(connection, static_cast<unsigned>(response.status), answer);
  MHD_destroy_response(answer);
  return queued;
}

Request make_request(MHD_Connection* connection, const char* method, Exchange& exchange) {
  Request request;
  request.method = method;
  request.target = exchange.target;
  std::string_view target = request.target;
  size_t mark = target.find('?');
  request.path = percent_decode(canonical_path(target.substr(0, mark)));
  if (mark != target.npos) request.query = target.substr(mark + 1);
  request.body_complete = exchange.body_size == exchange.body.size();
  request.body = std::move(exchange.body);
  MHD_get_connection_values(connection, MHD_HEADER_KIND, collect_header, &request.headers);
  return request;
}

}  // namespace

// libmicrohttpd's C callbacks; `context` is the Server.
struct Callbacks {
  static void* begin(void*, const char* uri, MHD_Connection*) { return new Exchange{uri, false, {}, 0}; }

  static void end(void*, MHD_Connection*, void** state, MHD_RequestTerminationCode) {
    delete static_cast<Exchange*>(*state);
    *state = nullptr;
  }

  // Called once after the headers, then for each piece of the body, then once more to answer.
  static MHD_Result handle(void* context, MHD_Connection* connection, const char*, const char* method,
                           const char*, const char* data, size_t* size, void** state) {
    auto& server = *static_cast<Server*>(context);
    auto& exchange = *static_cast<Exchange*>(*state);
    if (!exchange.started) {
      exchange.started = true;
      return MHD_YES;
    }
    if (*size == 0) return send(connection, server.handler_(make_request(connection, method, exchange)));
    size_t room = server.options_.body_bytes_max - exchange.body.size();
    exchange.body.insert(exchange.body.end(), data, data + std::min(room, *size));
    exchange.body_size += *size;
    *size = 0;
    return exchange.body_size > std::max(kDroppedBodyMax, uint64_t{server.options_.body_bytes_max}) ? MHD_NO
                                                                                                    : MHD_YES;
  }
};

Response Response::of(int status, std::string content_type, std::string_view body) {
  ByteView bytes = as_bytes(body);
  Response response;
  response.status = status;
  response.headers = {{"Content-Type", std::move(content_type)}};
  response.body = std::make_shared<const Bytes>(bytes.begin(), bytes.end());
  return response;
}

Result<ListeningSocket> listen_on(const std::string& address, uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  addrinfo* found = nullptr;
  if (getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found) != 0)
    return fail(Code::config, tr("{} is not a numeric network address", address));
  std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> info(found, &freeaddrinfo);
  auto failed = [&](int error) {
    std::string place = address + ":" + std::to_string(port);
    Error refused = os_error(error, tr("cannot listen"), place);
    if (error == EADDRINUSE) refused.code = Code::busy;
    return fail(std::move(refused));
  };
  ListeningSocket result;
  result.fd.reset(socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!result.fd) return failed(errno);
  int yes = 1;
  setsockopt(result.fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind(result.fd.get(), info->ai_addr, info->ai_addrlen) != 0 || listen(result.fd.get(), kBacklog) != 0)
    return failed(errno);
  sockaddr_storage bound{};
  socklen_t length = sizeof bound;
  if (getsockname(result.fd.get(), reinterpret_cast<sockaddr*>(&bound), &length) != 0) return failed(errno);
  result.port = bound.ss_family == AF_INET6 ? ntohs(reinterpret_cast<sockaddr_in6*>(&bound)->sin6_port)
                                            : ntohs(reinterpret_cast<sockaddr_in*>(&bound)->sin_port);
  return result;
}

Result<std::unique_ptr<Server>> Server::start(ListeningSocket socket, const ServerOptions& options,
                                              Handler handler, Threading threading) {
  std::unique_ptr<Server> server(new Server(options, std::move(handler), socket.port));
  unsigned flags = MHD_USE_EPOLL;
  if (threading == Threading::own_thread) flags |= MHD_USE_INTERNAL_POLLING_THREAD;
  server->daemon_ =
      MHD_start_daemon(flags, 0, nullptr, nullptr, &Callbacks::handle, server.get(),             //
                       MHD_OPTION_LISTEN_SOCKET, socket.fd.get(),                                //
                       MHD_OPTION_URI_LOG_CALLBACK, &Callbacks::begin, nullptr,                  //
                       MHD_OPTION_NOTIFY_COMPLETED, &Callbacks::end, nullptr,                    //
                       MHD_OPTION_CONNECTION_LIMIT, options.connections_max,                     //
                       MHD_OPTION_PER_IP_CONNECTION_LIMIT, options.connections_per_address_max,  //
                       MHD_OPTION_CONNECTION_MEMORY_LIMIT, options.header_bytes_max,             //
                       MHD_OPTION_CONNECTION_TIMEOUT, options.timeout_seconds,                   //
                       MHD_OPTION_END);
  if (!server->daemon_) return fail(os_error(errno, tr("cannot start the web server"), {}));
  socket.fd.release();  // the daemon closes it
  return server;
}

Server::~Server() {
  if (daemon_) MHD_stop_daemon(daemon_);
}

Status Server::serve() {
  for (;;) {
    if (MHD_run_wait(daemon_, -1) != MHD_YES)
      return fail(Code::network, tr("the web server's socket failed"));
  }
}

}  // namespace aplomb::http
