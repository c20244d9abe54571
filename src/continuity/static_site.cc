#include "continuity/static_site.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "http/client.h"
#include "http/url.h"
#include "proc/frame.h"
#include "proc/worker.h"

namespace aplomb::continuity {
namespace {

constexpr const char* kStatusPath = "/__status";
constexpr const char* kStatusJsonPath = "/__status.json";
constexpr const char* kRetryAfterSeconds = "3600";

// Scripts are kept as they are in the page and never run: an edited page would no longer be the proven one.
constexpr const char* kContentPolicy =
    "default-src 'self'; script-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'none'; object-src 'none'; frame-src 'none'; worker-src 'none'; "
    "base-uri 'self'; form-action 'self'";

constexpr size_t kSiteBytesMax = 2ULL << 30;
constexpr size_t kPagesMax = 1'000'000, kPathMax = 16 << 10, kTypeMax = 1024;
constexpr unsigned kConnectionsMax = 1000, kConnectionsPerAddress = 200;
constexpr int64_t kFirstAnswerMs = 20'000, kStopGraceMs = 2'000;

// One key for one page, however it is written. "/x?" is "/x".
std::string key_of(std::string_view target) {
  std::string key = http::canonical_target(target);
  if (key.ends_with('?')) key.pop_back();
  return key;
}

bool is_html(std::string_view content_type) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  return http::equal_ignoring_case(type, "text/html") ||
         http::equal_ignoring_case(type, "application/xhtml+xml");
}

StoredPage stored(std::string content_type, std::string_view text) {
  ByteView bytes = as_bytes(text);
  return {std::move(content_type), std::make_shared<const Bytes>(bytes.begin(), bytes.end())};
}

StoredPage stored(const Page& page, Language language) {
  StoredPage out;
  bool safe = !page.content_type.empty() && http::is_header_safe("Content-Type", page.content_type);
  out.content_type = safe ? page.content_type : "application/octet-stream";
  if (is_html(out.content_type)) {
    out.body = std::make_shared<const Bytes>(with_banner(page.body, banner_html(page.captured_at, language)));
  } else {
    out.body = std::make_shared<const Bytes>(page.body);
  }
  return out;
}

http::Response answer(int status, const StoredPage& page, const char* caching) {
  http::Response response;
  response.status = status;
  response.body = page.body;
  response.headers = {{"Content-Type", page.content_type},
                      {"Cache-Control", caching},
                      {"Content-Security-Policy", kContentPolicy},
                      {"X-Content-Type-Options", "nosniff"},
                      {"Referrer-Policy", "same-origin"}};
  return response;
}

void encode_page(ByteWriter& writer, const StoredPage& page) {
  writer.text(page.content_type);
  writer.sized(*page.body);
}

Result<StoredPage> decode_page(ByteReader& reader) {
  StoredPage page;
  page.content_type = TRY(reader.text(kTypeMax));
  ByteView body = TRY(reader.sized(kSiteBytesMax));
  page.body = std::make_shared<const Bytes>(body.begin(), body.end());
  return page;
}

// In the server process: the site comes from in_fd, the socket that listens is out_fd. Single-threaded, so
// that the process needs no right to start a thread.
int continuity_main(int in_fd, int out_fd) {
  std::signal(SIGPIPE, SIG_IGN);
  auto bytes = proc::read_frame(in_fd, kSiteBytesMax);
  close(in_fd);
  if (!bytes || !*bytes) return 1;
  auto site = StaticSite::decode(**bytes);
  if (!site) return 1;
  bytes = std::optional<Bytes>();
  http::ServerOptions options;
  options.connections_max = kConnectionsMax;
  options.connections_per_address_max = kConnectionsPerAddress;
  options.body_bytes_max = 0;
  auto handler = [&](const http::Request& request) { return site->respond(request); };
  auto server = http::Server::start({proc::UniqueFd(out_fd), 0}, options, handler, http::Threading::caller);
  if (!server) return 1;
  return (*server)->serve() ? 0 : 1;
}

const proc::WorkerRegistration kContinuity{"continuity", continuity_main, proc::Role::web_server};

// A memory file rather than a pipe: nobody waits for a reader, whatever becomes of it.
Result<proc::UniqueFd> in_memory_file(ByteView site) {
  if (site.size() > kSiteBytesMax)
    return fail(Code::limit, tr("the citizens' copy would need {} bytes of memory", site.size()));
  proc::UniqueFd file(memfd_create("aplomb-continuity", MFD_CLOEXEC));
  if (!file) return fail(os_error(errno, tr("cannot hand the pages to the citizens' copy"), {}));
  TRY_IN(proc::write_frame(file.get(), site), tr("cannot hand the pages to the citizens' copy"));
  lseek(file.get(), 0, SEEK_SET);
  return file;
}

std::string url_for(const std::string& address, uint16_t port) {
  std::string host = address == "0.0.0.0" ? "127.0.0.1" : address == "::" ? "::1" : address;
  if (host.find(':') != host.npos) host = "[" + host + "]";
  return "http://" + host + ":" + std::to_string(port) + "/";
}

// True when the process on the socket is really answering as the citizens' copy.
Status first_answer(const RunningSite& running) {
  http::FetchOptions options;
  options.timeout_ms = kFirstAnswerMs;
  options.connect_to = running.url.substr(7, running.url.size() - 8);
  auto page = http::get(running.url + (kStatusJsonPath + 1), options);
  if (page && page->status == 200) return {};
  return fail(make_error(Code::network, tr("the citizens' copy does not answer")).at(running.url));
}

}  // namespace

StaticSite StaticSite::build(const std::vector<Page>& pages, const ServiceCard& card,
                             const StatusInfo& status) {
  StaticSite site;
  for (const Page& page : pages)
    site.pages_.insert_or_assign(key_of(page.url_path), stored(page, card.language));
  site.card_ = stored("text/html; charset=utf-8", service_card_html(card));
  site.status_ = stored("text/html; charset=utf-8", status_html(card, status));
  site.status_json_ = stored("application/json", status_json(card, status, site.pages_.size()));
  return site;
}

http::Response StaticSite::respond(const http::Request& request) const {
  if (request.method == "GET" || request.method == "HEAD") {
    if (request.path == kStatusPath || request.path == kStatusJsonPath) {
      const StoredPage& page = request.path == kStatusPath ? status_ : status_json_;
      http::Response response = answer(200, page, "no-cache");
      response.headers.emplace_back("X-Robots-Tag", "noindex");
      return response;
    }
    auto page = pages_.find(key_of(request.target));
    if (page != pages_.end()) return answer(200, page->second, "max-age=60");
  }
  http::Response response = answer(503, card_, "no-store");
  response.headers.emplace_back("Retry-After", kRetryAfterSeconds);
  return response;
}

Bytes StaticSite::encode() const {
  ByteWriter writer;
  encode_page(writer, card_);
  encode_page(writer, status_);
  encode_page(writer, status_json_);
  writer.varint(pages_.size());
  for (const auto& [key, page] : pages_) {
    writer.text(key);
    encode_page(writer, page);
  }
  return writer.take();
}

Result<StaticSite> StaticSite::decode(ByteView bytes) {
  ByteReader reader(bytes);
  StaticSite site;
  site.card_ = TRY(decode_page(reader));
  site.status_ = TRY(decode_page(reader));
  site.status_json_ = TRY(decode_page(reader));
  uint64_t count = TRY(reader.varint());
  if (count > kPagesMax) return fail(Code::limit, tr("the citizens' copy has too many pages"));
  for (uint64_t i = 0; i < count; ++i) {
    std::string key = TRY(reader.text(kPathMax));
    site.pages_.insert_or_assign(std::move(key), TRY(decode_page(reader)));
  }
  TRY(reader.finish());
  return site;
}

Result<RunningSite> serve_in_background(const StaticSite& site, const std::string& address,
                                        http::ListeningSocket socket, int log_fd, Log& log) {
  const Bytes encoded = site.encode();
  proc::UniqueFd file = TRY(in_memory_file(encoded));
  proc::WorkerLimits limits;
  // The program, the message (a growing vector takes up to three times its size), the site decoded from it.
  limits.memory_bytes = (512ULL << 20) + 4 * encoded.size();
  limits.cpu_seconds = 0;
  limits.open_files = kConnectionsMax + 32;
  proc::SpawnPlan plan = proc::worker_plan("continuity", limits);
  plan.grouping = proc::Grouping::session;
  plan.fds = {{file.get(), proc::kWorkerIn}, {socket.fd.get(), proc::kWorkerOut}};
  if (log_fd >= 0) plan.fds.push_back({log_fd, STDERR_FILENO});
  pid_t pid = TRY_IN(proc::spawn(plan), tr("cannot start the citizens' copy"));
  socket.fd.reset();  // so that the address refuses at once should the process end
  auto process = proc::find_process(pid);
  RunningSite running{process ? process->ref : proc::ProcessRef{pid, 0}, socket.port,
                      url_for(address, socket.port)};
  if (Status answered = first_answer(running); !answered) {
    kill(pid, SIGKILL);
    proc::reap(pid);
    return fail(std::move(answered).error());
  }
  log.info(tr("the citizens' copy answers at {} ({} pages)", running.url, site.pages().size()));
  return running;
}

Result<RunningSite> serve_in_background(const StaticSite& site, const std::string& address, uint16_t port,
                                        int log_fd, Log& log) {
  return serve_in_background(site, address, TRY(http::listen_on(address, port)), log_fd, log);
}

Status stop(const proc::ProcessRef& process) {
  return proc::stop_process(process, kStopGraceMs);
}

bool is_running(const proc::ProcessRef& process) {
  auto found = proc::find_process(process.pid);
  return found && found->ref == process && !found->ended;
}

}  // namespace aplomb::continuity
