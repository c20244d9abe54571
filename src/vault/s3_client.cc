#include "vault/s3_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/log.h"
#include "base/messages.h"
#include "crypto/base64.h"

namespace aplomb::vault {
namespace {

constexpr size_t kConnectionsKept = 8;
constexpr size_t kErrorMax = 64 << 10;  // room for the server's explanation where a few bytes were asked for

bool is_passing(int status) {
  return status >= 500 || status == 429 || status == 408;
}

// What a lasting refusal of the server means.
Error explain(const http::Fetched& answer) {
  S3Fault fault = parse_fault(answer.body).value_or(S3Fault());
  std::string code = printable(fault.code.empty() ? fmt::format("HTTP {}", answer.status) : fault.code);
  if (code == "InvalidAccessKeyId" || code == "SignatureDoesNotMatch" || code == "ExpiredToken" ||
      code == "InvalidToken")
    return make_error(Code::key, tr("the S3 server does not accept the credentials ({})", code))
        .then(tr("check the credentials, and the region in the address of the vault"));
  if (code == "RequestTimeTooSkewed")
    return make_error(Code::config, tr("the clock of this machine and that of the S3 server differ too much"))
        .then(tr("set this machine's clock"));
  if (answer.status == 404)
    return make_error(Code::not_found, tr("the S3 server has no such thing ({})", code));
  if (answer.status == 403)
    return make_error(Code::refused, tr("the S3 server refuses it ({})", code))
        .then(tr("check which rights the credentials have at the bucket"));
  return make_error(Code::network, tr("the S3 server cannot do it ({}): {}", code,
                                      printable(std::string_view(fault.message).substr(0, 200))));
}

// 16 bytes, so with two characters of padding.
std::string md5_base64(ByteView body) {
  std::array<uint8_t, 18> sum{};
  std::ranges::copy(crypto::md5(body), sum.begin());
  std::string text = crypto::to_base64(sum);
  return text.replace(text.size() - 2, 2, "==");
}

}  // namespace

int64_t backoff_ms(int failures, const S3ClientOptions& options, Random& random) {
  int64_t pause = options.pause_ms;
  for (int i = 1; i < failures && pause < options.pause_ms_max; ++i) pause *= 2;
  pause = std::min(pause, options.pause_ms_max);
  if (pause <= 1) return pause;
  return pause / 2 + static_cast<int64_t>(random.below(static_cast<uint64_t>(pause - pause / 2 + 1)));
}

S3Client::S3Client(S3Address address, S3Credentials credentials, const Clock& clock, Random& seed,
                   S3ClientOptions options)
    : address_(std::move(address)),
      credentials_(std::move(credentials)),
      clock_(clock),
      options_(std::move(options)),
      jitter_(seed.u64()) {}

std::unique_ptr<http::Connection> S3Client::take_connection() {
  std::lock_guard lock(mutex_);
  if (idle_.empty()) return std::make_unique<http::Connection>();
  auto connection = std::move(idle_.back());
  idle_.pop_back();
  return connection;
}

void S3Client::keep_connection(std::unique_ptr<http::Connection> connection) {
  std::lock_guard lock(mutex_);
  if (idle_.size() < kConnectionsKept) idle_.push_back(std::move(connection));
}

void S3Client::wait(int failures) {
  int64_t pause = 0;
  {
    std::lock_guard lock(mutex_);
    pause = backoff_ms(failures, options_, jitter_);
  }
  if (options_.pause) return options_.pause(pause);
  std::this_thread::sleep_for(std::chrono::milliseconds(pause));
}

Result<http::Fetched> S3Client::send_once(const Ask& ask, const http::Url& url, const Sha256& body_hash) {
  http::FetchOptions options;
  options.timeout_ms = 0;
  options.stall_seconds = options_.stall_seconds;
  options.bytes_max = ask.answer_max;
  S3Request request{ask.method, url, ask.headers, body_hash};
  // Else libcurl says that it is a form.
  if (ask.method != "GET") request.headers.emplace_back("Content-Type", "application/octet-stream");
  options.headers = sign_s3_request(request, credentials_, address_.region, clock_.now());
  auto connection = take_connection();
  auto answer = connection->send(ask.method, url, ask.body, options);
  if (answer) keep_connection(std::move(connection));
  return answer;
}

Result<http::Fetched> S3Client::send(const Ask& ask) {
  const http::Url url = address_.url(ask.key, ask.query);
  const Sha256 body_hash = crypto::sha256(ask.body);
  for (int failures = 1;; ++failures) {
    auto answer = send_once(ask, url, body_hash);
    if (answer && answer->status >= 200 && answer->status < 300) return answer;
    if (answer && !is_passing(answer->status))
      return fail(explain(*answer).at(address_.url(ask.key).to_string()));
    if (!answer && answer.error().code != Code::network) return answer;
    if (failures >= options_.tries) {
      Error error = answer ? explain(*answer) : std::move(answer).error();
      error.code = Code::network;
      return fail(std::move(error)
                      .at(address_.url(ask.key).to_string())
                      .then(tr("try again later; nothing that was stored is lost")));
    }
    wait(failures);
  }
}

Status S3Client::list_versions(const std::string& prefix, S3VersionList& list) {
  return each_page(prefix, [&](S3VersionPage page) -> Status {
    list.add(std::move(page));
    return {};
  });
}

Status S3Client::each_page(const std::string& prefix,
                           const std::function<Status(S3VersionPage page)>& visit) {
  std::string key_marker, id_marker;
  while (true) {
    S3Query query = {{"versions", ""}, {"prefix", prefix}, {"encoding-type", "url"}, {"max-keys", "1000"}};
    if (!key_marker.empty()) query.emplace_back("key-marker", key_marker);
    if (!id_marker.empty()) query.emplace_back("version-id-marker", id_marker);
    http::Fetched answer = TRY(send({"GET", "", query, {}, {}}));
    S3VersionPage page = TRY(parse_version_page(answer.body));
    bool more = page.truncated;
    if (more && page.next_key == key_marker && page.next_id == id_marker)
      return fail(Code::network, tr("the S3 server's list does not end"));
    key_marker = page.next_key;
    id_marker = page.next_id;
    TRY(visit(std::move(page)));
    if (!more) return {};
  }
}

Result<Bytes> S3Client::get(const std::string& key, const std::string& version, uint64_t limit) {
  size_t answer_max = std::max(static_cast<size_t>(limit), kErrorMax);
  http::Fetched answer = TRY(send({"GET", key, {{"versionId", version}}, {}, {}, answer_max}));
  if (answer.body.size() > limit)
    return fail(make_error(Code::limit, tr("the answer is longer than allowed")).at(key));
  return std::move(answer.body);
}

Result<Bytes> S3Client::get_range(const std::string& key, const std::string& version, uint64_t offset,
                                  uint64_t length) {
  if (length == 0) return Bytes();
  http::Headers headers = {{"Range", fmt::format("bytes={}-{}", offset, offset + length - 1)}};
  size_t answer_max = std::max(static_cast<size_t>(length), kErrorMax);
  http::Fetched answer = TRY(send({"GET", key, {{"versionId", version}}, headers, {}, answer_max}));
  if (answer.status != 206 || answer.body.size() != length)
    return fail(make_error(Code::corrupt, tr("the object ends too early")).at(key));
  return std::move(answer.body);
}

Status S3Client::put(const std::string& key, ByteView body, std::optional<Time> locked_until) {
  http::Headers headers;
  if (locked_until) {
    headers.emplace_back("x-amz-object-lock-mode", "COMPLIANCE");
    headers.emplace_back("x-amz-object-lock-retain-until-date", to_iso(*locked_until));
  }
  if (body.size() <= options_.whole_max) return put_whole(key, body, headers);
  TRY(put_in_parts(key, body, headers));
  return locked_until ? lock_versions(key, body.size(), *locked_until) : Status();
}

// Ceph 16 forgets the lock that was asked for when an upload in parts began.
Status S3Client::lock_versions(const std::string& key, uint64_t size, Time until) {
  S3VersionList list([&](std::string_view listed) { return listed == key; });
  TRY(list_versions(key, list));
  const std::vector<S3Version> versions = list.take()[key];
  for (const S3Version& version : versions)
    if (version.size == size) TRY(extend(key, version.id, until));
  return {};
}

Status S3Client::put_whole(const std::string& key, ByteView body, const http::Headers& headers) {
  http::Headers with_sum = headers;
  with_sum.emplace_back("Content-MD5", md5_base64(body));
  TRY(send({"PUT", key, {}, with_sum, body}));
  return {};
}

Status S3Client::put_in_parts(const std::string& key, ByteView body, const http::Headers& headers) {
  http::Fetched begun = TRY(send({"POST", key, {{"uploads", ""}}, headers, {}}));
  std::string upload = TRY(parse_upload_id(begun.body));
  Status sent = send_parts(key, upload, body);
  if (!sent) (void)send({"DELETE", key, {{"uploadId", upload}}, {}, {}});  // parts cost space until then
  return sent;
}

Status S3Client::send_parts(const std::string& key, const std::string& upload, ByteView body) {
  std::string parts;
  for (int number = 1; !body.empty(); ++number) {
    ByteView part = body.first(std::min<size_t>(body.size(), options_.part_size));
    body = body.subspan(part.size());
    http::Fetched answer = TRY(send({"PUT",
                                     key,
                                     {{"partNumber", std::to_string(number)}, {"uploadId", upload}},
                                     {{"Content-MD5", md5_base64(part)}},
                                     part}));
    const std::string* etag = http::find_header(answer.headers, "etag");
    bool plain = etag && std::ranges::none_of(*etag, [](char c) { return c == '<' || c == '&' || c == '>'; });
    if (!plain) return fail(Code::network, tr("the S3 server's answer is not what it must be"));
    parts += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>", number, *etag);
  }
  std::string order = "<CompleteMultipartUpload>" + parts + "</CompleteMultipartUpload>";
  http::Fetched answer = TRY(send({"POST", key, {{"uploadId", upload}}, {}, as_bytes(order)}));
  // The server may have begun to answer before it failed: then an error comes with status 200.
  if (parse_fault(answer.body)) return fail(explain(answer));
  return {};
}

Result<S3LockRule> S3Client::lock_rule() {
  return parse_lock_rule(TRY(send({"GET", "", {{"object-lock", ""}}, {}, {}})).body);
}

Result<S3Retention> S3Client::retention(const std::string& key, const std::string& version) {
  http::Fetched answer = TRY(send({"GET", key, {{"retention", ""}, {"versionId", version}}, {}, {}}));
  return parse_retention(answer.body);
}

Status S3Client::extend(const std::string& key, const std::string& version, Time until) {
  std::string order = fmt::format(
      "<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>{}</RetainUntilDate></Retention>", to_iso(until));
  TRY(send({"PUT",
            key,
            {{"retention", ""}, {"versionId", version}},
            {{"Content-MD5", md5_base64(as_bytes(order))}},
            as_bytes(order)}));
  return {};
}

Status S3Client::remove(const std::string& key, const std::string& version) {
  auto removed = send({"DELETE", key, {{"versionId", version}}, {}, {}});
  if (removed || removed.error().code == Code::not_found) return {};
  return fail(std::move(removed).error());
}

}  // namespace aplomb::vault
