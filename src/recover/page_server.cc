#include "recover/page_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "base/clock.h"
#include "base/messages.h"
#include "http/client.h"
#include "proc/command.h"
#include "proc/frame.h"
#include "proc/spawn.h"
#include "proc/unique_fd.h"

namespace aplomb::recover {
namespace {

constexpr const char* kName = "serve-rebuilt-site";
constexpr char kLog[] = "/tmp/server.log";
constexpr size_t kTextMax = 8192, kPageMax = 8 << 20, kRequestMax = 1 << 20;
constexpr size_t kAnswerMax = kPagesMax * (kPageMax + kTextMax) + (1 << 16);
constexpr uint16_t kPort = 8080;  // where the site's own is a privileged one
constexpr int64_t kStartMs = 10'000;

// ---- inside ----

bool listens(uint16_t port) {
  proc::UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return socket && connect(socket.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
}

std::string end_of_log() {
  proc::UniqueFd file(open(kLog, O_RDONLY | O_CLOEXEC));
  std::string text(1024, 0);
  ssize_t count = file ? read(file.get(), text.data(), text.size()) : 0;
  text.resize(static_cast<size_t>(std::max<ssize_t>(count, 0)));
  return text;
}

Status start_server(const PageQuestion& question, uint16_t port) {
  proc::Command php;
  php.argv = {"php",
              "-d",
              "session.save_path=/tmp",
              "-d",
              "upload_tmp_dir=/tmp",
              "-S",
              fmt::format("127.0.0.1:{}", port),
              "-t",
              question.document_root};
  if (!question.router.empty()) php.argv.push_back(question.router);
  php.environment = proc::plain_environment();
  php.environment.push_back("PHP_CLI_SERVER_WORKERS=3");  // a page may ask for another one
  php.folder = question.document_root;
  proc::UniqueFd log(open(kLog, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600));
  pid_t pid = TRY(proc::start_background(php, log.get()));
  const int64_t deadline_ns = SystemClock().monotonic_ns() + kStartMs * 1'000'000;
  while (!listens(port)) {
    bool late = SystemClock().monotonic_ns() > deadline_ns;
    if (late || proc::wait_for_exit(pid, 20))
      return fail(Code::io, tr("PHP's server does not start: {}", end_of_log()));
  }
  return {};
}

PageAnswer ask(const http::Url& base, const std::string& path, uint16_t port, uint32_t timeout_ms) {
  http::FetchOptions options;
  options.timeout_ms = timeout_ms;
  options.bytes_max = kPageMax;
  options.connect_to = fmt::format("127.0.0.1:{}", port);
  auto page = http::get(base.origin() + path, options);
  if (!page) return {0, page.error().what.substr(0, kTextMax), {}};
  return {static_cast<uint16_t>(page->status), {}, std::move(page->body)};
}

Served serve(const PageQuestion& question) {
  Served served;
  auto base = http::Url::parse(question.url);
  if (!base) return {base.error().what, {}};
  const uint16_t port = base->port >= 1024 ? base->port : kPort;
  if (Status started = start_server(question, port); !started) return {started.error().what, {}};
  for (const std::string& path : question.paths)
    served.pages.push_back(ask(*base, path, port, question.page_ms));
  return served;
}

int serve_main(int in_fd, int out_fd) {
  auto request = proc::read_frame(in_fd, kRequestMax);
  if (!request || !*request) return 1;
  ByteReader reader(**request);
  auto question = decode_question(reader);
  ByteWriter answer;
  encode(answer, question ? serve(*question) : Served{question.error().what, {}});
  return proc::write_frame(out_fd, answer.view()) ? 0 : 1;
}
const proc::IsolatedRegistration registration(kName, serve_main);

}  // namespace

bool have_php() {
  std::string_view folders = proc::kDefaultPath;
  while (!folders.empty()) {
    size_t end = std::min(folders.find(':'), folders.size());
    if (access((std::string(folders.substr(0, end)) + "/php").c_str(), X_OK) == 0) return true;
    folders.remove_prefix(std::min(end + 1, folders.size()));
  }
  return false;
}

Result<Served> serve_isolated(const proc::PrivateRoot& root, const PageQuestion& question) {
  ByteWriter request;
  encode(request, question);
  const int64_t timeout_ms =
      2 * kStartMs + static_cast<int64_t>(question.page_ms) * static_cast<int64_t>(question.paths.size());
  Bytes answer = TRY(proc::run_isolated(kName, root, request.view(), timeout_ms, kAnswerMax));
  ByteReader reader(answer);
  Served served = TRY(decode_served(reader));
  if (served.problem.empty() && served.pages.size() != question.paths.size())
    return fail(Code::corrupt, tr("a helper process broke off its answer"));
  return served;
}

void encode(ByteWriter& writer, const PageQuestion& question) {
  writer.text(question.document_root);
  writer.text(question.router);
  writer.text(question.url);
  writer.u32(question.page_ms);
  writer.varint(question.paths.size());
  for (const std::string& path : question.paths) writer.text(path);
}

Result<PageQuestion> decode_question(ByteReader& reader) {
  PageQuestion question;
  question.document_root = TRY(reader.text(kTextMax));
  question.router = TRY(reader.text(kTextMax));
  question.url = TRY(reader.text(kTextMax));
  question.page_ms = TRY(reader.u32());
  const uint64_t count = TRY(reader.varint());
  if (count > kPagesMax) return fail(Code::limit, tr("a message of {} bytes is too long", count));
  for (uint64_t i = 0; i < count; ++i) question.paths.push_back(TRY(reader.text(kTextMax)));
  TRY(reader.finish());
  return question;
}

void encode(ByteWriter& writer, const Served& served) {
  writer.text(served.problem.substr(0, kTextMax));
  writer.varint(served.pages.size());
  for (const PageAnswer& page : served.pages) {
    writer.u16(page.status);
    writer.text(page.what);
    writer.sized(page.body);
  }
}

Result<Served> decode_served(ByteReader& reader) {
  Served served;
  served.problem = TRY(reader.text(kTextMax));
  const uint64_t count = TRY(reader.varint());
  if (count > kPagesMax) return fail(Code::limit, tr("a message of {} bytes is too long", count));
  for (uint64_t i = 0; i < count; ++i) {
    PageAnswer page;
    page.status = TRY(reader.u16());
    page.what = TRY(reader.text(kTextMax));
    ByteView body = TRY(reader.sized(kPageMax));
    page.body.assign(body.begin(), body.end());
    served.pages.push_back(std::move(page));
  }
  TRY(reader.finish());
  return served;
}

}  // namespace aplomb::recover
