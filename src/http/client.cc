#include "http/client.h"

#include <curl/curl.h>

#include <algorithm>
#include <memory>

#include "base/messages.h"
#include "base/text.h"

namespace aplomb::http {
namespace {

constexpr size_t kHeaderBytesMax = 128 << 10;

struct Transfer {
  size_t bytes_max = 0;
  bool too_long = false;
  size_t header_bytes = 0;
  Headers headers;
  Bytes body;
};

size_t take_body(char* data, size_t, size_t size, void* context) {
  auto& transfer = *static_cast<Transfer*>(context);
  if (size > transfer.bytes_max - transfer.body.size()) {
    transfer.too_long = true;
    return 0;
  }
  transfer.body.insert(transfer.body.end(), data, data + size);
  return size;
}

// Called for each line; a status line starts a new set (100 Continue comes before the real one).
size_t take_header(char* data, size_t, size_t size, void* context) {
  auto& transfer = *static_cast<Transfer*>(context);
  transfer.header_bytes += size;
  if (transfer.header_bytes > kHeaderBytesMax) {
    transfer.too_long = true;
    return 0;
  }
  std::string_view line(data, size);
  size_t colon = line.find(':');
  if (line.starts_with("HTTP/")) {
    transfer.headers.clear();
  } else if (colon != line.npos) {
    transfer.headers.emplace_back(trim(line.substr(0, colon)), trim(line.substr(colon + 1)));
  }
  return size;
}

using Easy = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;

class List {
 public:
  List() = default;
  List(const List&) = delete;
  List& operator=(const List&) = delete;
  ~List() { curl_slist_free_all(head_); }
  void add(const std::string& line) {
    if (curl_slist* longer = curl_slist_append(head_, line.c_str())) head_ = longer;
  }
  curl_slist* get() const { return head_; }

 private:
  curl_slist* head_ = nullptr;
};

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

void set_request(CURL* easy, const std::string& method, ByteView body) {
  if (method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    return;
  }
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method.c_str());
  if (body.empty() && method != "POST" && method != "PUT") return;
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.empty() ? "" : as_text(body).data());
}

void set_limits(CURL* easy, const Url& url, const FetchOptions& options) {
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(options.timeout_ms));
  if (options.stall_seconds > 0) {
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, static_cast<long>(options.stall_seconds));
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(options.stall_seconds));
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
  }
  curl_easy_setopt(easy, CURLOPT_USERAGENT, kUserAgent);
  // A proxy of the environment is for the outside; asked for the machine itself, it would answer for another.
  if (is_loopback(url.host) || !options.connect_to.empty()) curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
}

Error explain(CURLcode code, const char* detail, const Transfer& transfer, const Url& url) {
  Error error = transfer.too_long
                    ? make_error(Code::limit, tr("the answer is longer than allowed"))
                    : make_error(Code::network, tr("no answer from the web server: {}",
                                                   *detail ? detail : curl_easy_strerror(code)));
  return std::move(error).at(url.to_string());
}

bool libcurl_is_ready() {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  return ready == CURLE_OK;
}

// With a handle that may have been used before: what it was set to is forgotten, its connection is kept.
Result<Fetched> one_hop(CURL* easy, const std::string& method, const Url& url, ByteView body,
                        const FetchOptions& options) {
  if (!easy) return fail(Code::network, tr("libcurl cannot be used"));
  curl_easy_reset(easy);
  Transfer transfer;
  transfer.bytes_max = options.bytes_max;
  char detail[CURL_ERROR_SIZE] = {};
  List headers, connect_to;
  for (const auto& [name, value] : options.headers) {
    if (!is_header_safe(name, value)) return fail(Code::usage, tr("a header holds a line break"));
    headers.add(value.empty() ? name + ";" : name + ": " + value);
  }
  headers.add("Expect:");  // no pause before a body
  if (!options.connect_to.empty()) connect_to.add("::" + options.connect_to);
  set_limits(easy, url, options);
  set_request(easy, method, body);
  curl_easy_setopt(easy, CURLOPT_URL, url.to_string().c_str());
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(easy, CURLOPT_CONNECT_TO, connect_to.get());
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, detail);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &take_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &take_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
  CURLcode code = curl_easy_perform(easy);
  if (code != CURLE_OK) return fail(explain(code, detail, transfer, url));
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  return Fetched{static_cast<int>(status), std::move(transfer.headers), std::move(transfer.body), url};
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool may_follow(const Url& from, const Url& to) {
  if (to.host != from.host) return false;
  bool to_tls = from.scheme == "http" && from.port == 80 && to.scheme == "https" && to.port == 443;
  return to_tls || to.same_origin(from);
}

}  // namespace

Result<Fetched> fetch(const std::string& method, std::string_view address, ByteView body,
                      const FetchOptions& options) {
  if (!libcurl_is_ready()) return fail(Code::network, tr("libcurl cannot be used"));
  Url url = TRY(Url::parse(address));
  Easy easy(curl_easy_init(), &curl_easy_cleanup);
  for (int hop = 0;; ++hop) {
    Fetched fetched = TRY(one_hop(easy.get(), method, url, body, options));
    const std::string* location = find_header(fetched.headers, "location");
    bool repeatable = method == "GET" || method == "HEAD";
    if (!repeatable || !is_redirect(fetched.status) || !location) return fetched;
    auto next = url.resolve(*location);
    if (!next || !may_follow(url, *next)) return fetched;
    if (hop >= options.redirects_max)
      return fail(make_error(Code::network, tr("the web server redirects in a circle")).at(url.to_string()));
    url = std::move(*next);
  }
}

Result<Fetched> get(std::string_view url, const FetchOptions& options) {
  return fetch("GET", url, {}, options);
}

struct Connection::Handle {
  Easy easy{libcurl_is_ready() ? curl_easy_init() : nullptr, &curl_easy_cleanup};
};

Connection::Connection() : handle_(std::make_unique<Handle>()) {}
Connection::~Connection() = default;

Result<Fetched> Connection::send(const std::string& method, const Url& url, ByteView body,
                                 const FetchOptions& options) {
  return one_hop(handle_->easy.get(), method, url, body, options);
}

}  // namespace aplomb::http
