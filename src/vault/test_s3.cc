#include "vault/test_s3.h"

#include <fmt/format.h>

#include <algorithm>

namespace aplomb::vault {
namespace {

using Query = std::map<std::string, std::string>;

Query parse_query(const std::optional<std::string>& text) {
  Query query;
  std::string_view rest = text ? std::string_view(*text) : std::string_view();
  while (!rest.empty()) {
    size_t end = std::min(rest.find('&'), rest.size());
    std::string_view part = rest.substr(0, end);
    size_t equals = std::min(part.find('='), part.size());
    query[http::percent_decode(part.substr(0, equals))] =
        http::percent_decode(part.substr(std::min(equals + 1, part.size())));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return query;
}

http::Response xml(std::string_view text, int status = 200) {
  return http::Response::of(status, "application/xml", text);
}

http::Response error(int status, std::string_view code) {
  return xml(fmt::format("<Error><Code>{}</Code><Message>the fake says so</Message></Error>", code), status);
}

std::string header(const http::Request& request, const char* name) {
  const std::string* value = http::find_header(request.headers, name);
  return value ? *value : "";
}

std::string iso_ms(Time time) {
  std::string text = to_iso(Time{time.ns - time.ns % kSecond});
  return fmt::format("{}.{:03}Z", text.substr(0, text.size() - 1), time.ns % kSecond / 1'000'000);
}

// As Ceph writes a name that no XML can hold.
std::string escape(std::string_view text) {
  std::string escaped;
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    escaped += byte < 0x20 || c == '&' || c == '<' ? fmt::format("&#x{:02X};", byte) : std::string(1, c);
  }
  return escaped;
}

std::string etag(ByteView bytes) {
  return "&quot;" + to_hex(crypto::md5(bytes)) + "&quot;";
}

}  // namespace

FakeS3::FakeS3(S3LockRule rule) : rule_(rule) {
  auto socket = http::listen_on("127.0.0.1", 0);
  EXPECT_TRUE(socket);
  http::ServerOptions options;
  options.body_bytes_max = 80 << 20;
  server_ = std::move(*http::Server::start(std::move(*socket), options,
                                           [this](const http::Request& request) { return answer(request); }));
}

S3Address FakeS3::address() const {
  return *parse_s3_address(fmt::format("s3://bucket/town/one?endpoint=http://127.0.0.1:{}", server_->port()));
}

std::unique_ptr<S3Client> FakeS3::client(const Clock& clock, S3ClientOptions options) {
  if (!options.pause) options.pause = [](int64_t) {};
  SeededRandom seed(7);
  return std::make_unique<S3Client>(address(), S3Credentials{"AK", crypto::Secret(as_bytes("SK")), {}}, clock,
                                    seed, options);
}

FakeS3::Version& FakeS3::add(const std::string& key, Bytes bytes, bool marker) {
  Version version{fmt::format("v{}", ++next_), std::move(bytes), now, marker, std::nullopt};
  if (!marker && rule_.compliance && rule_.days > 0)
    version.locked_until = Time{now.ns + int64_t{rule_.days} * kDay};
  return objects_[key].emplace_back(std::move(version));
}

void FakeS3::put(const std::string& key, Bytes bytes) {
  std::lock_guard lock(mutex_);
  add(key, std::move(bytes), false);
}

void FakeS3::mark_deleted(const std::string& key) {
  std::lock_guard lock(mutex_);
  add(key, {}, true);
}

bool FakeS3::remove_version(const std::string& key, const std::string& id) {
  std::lock_guard lock(mutex_);
  return delete_version(key, id).status == 204;
}

http::Response FakeS3::delete_version(const std::string& key, const std::string& id) {
  Version* version = find(key, id);
  if (!version) return error(404, "NoSuchVersion");
  if (version->locked_until && *version->locked_until > now) return error(403, "AccessDenied");
  std::erase_if(objects_[key], [&](const Version& other) { return other.id == id; });
  if (objects_[key].empty()) objects_.erase(key);
  return http::Response::of(204, "application/xml", "");
}

void FakeS3::remove_every_version(const std::string& key) {
  std::lock_guard lock(mutex_);
  objects_.erase(key);
}

std::vector<std::string> FakeS3::keys(std::string_view prefix) {
  std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [key, versions] : objects_)
    if (key.starts_with(prefix)) names.push_back(key);
  return names;
}

std::vector<FakeS3::Version> FakeS3::versions(const std::string& key) {
  std::lock_guard lock(mutex_);
  return objects_[key];
}

std::vector<std::string> FakeS3::requests() {
  std::lock_guard lock(mutex_);
  return requests_;
}

void FakeS3::advance(int64_t ns) {
  std::lock_guard lock(mutex_);
  now.ns += ns;
}

void FakeS3::break_with(Faults faults) {
  std::lock_guard lock(mutex_);
  faults_ = std::move(faults);
}

FakeS3::Version* FakeS3::find(const std::string& key, const std::string& id) {
  auto object = objects_.find(key);
  if (object == objects_.end()) return nullptr;
  auto found = std::ranges::find(object->second, id, &Version::id);
  return found == object->second.end() ? nullptr : &*found;
}

bool FakeS3::signature_fits(const http::Request& request) const {
  auto url = http::Url::parse(fmt::format("http://127.0.0.1:{}/", server_->port()));
  url->path = request.target.substr(0, request.target.find('?'));
  url->query = request.query;
  http::Headers headers;
  const std::string authorization = header(request, "authorization");
  auto is_signed = [&](std::string name) {
    for (char& c : name) c = static_cast<char>(std::tolower(c));
    size_t from = authorization.find("SignedHeaders="), to = authorization.find(",Signature=");
    return (";" + authorization.substr(from + 14, to - from - 14) + ";").find(";" + name + ";") !=
           std::string::npos;
  };
  for (const auto& [name, value] : request.headers)
    if (is_signed(name) && !http::equal_ignoring_case(name, "host") &&
        !http::equal_ignoring_case(name, "x-amz-date") &&
        !http::equal_ignoring_case(name, "x-amz-content-sha256"))
      headers.emplace_back(name, value);
  std::string date = header(request, "x-amz-date");
  if (date.size() != 16) return false;
  date = fmt::format("{}-{}-{}T{}:{}:{}Z", date.substr(0, 4), date.substr(4, 2), date.substr(6, 2),
                     date.substr(9, 2), date.substr(11, 2), date.substr(13, 2));
  S3Credentials credentials{"AK", crypto::Secret(as_bytes("SK")), {}};
  Sha256 hash = crypto::sha256(request.body);
  if (header(request, "x-amz-content-sha256") != hash.hex()) return false;
  http::Headers made =
      sign_s3_request({request.method, *url, headers, hash}, credentials, "us-east-1", *parse_iso(date));
  return *http::find_header(made, "authorization") == authorization;
}

http::Response FakeS3::answer(const http::Request& request) {
  Fault fault = Fault::none;
  {
    std::lock_guard lock(mutex_);
    requests_.push_back(request.method + " " + request.target);
    if (faults_) fault = faults_(request);
  }
  if (fault == Fault::status_503) return error(503, "SlowDown");
  if (fault == Fault::cut) return {0, {}, nullptr};
  if (fault == Fault::slow) std::this_thread::sleep_for(std::chrono::milliseconds(5000));
  std::lock_guard lock(mutex_);
  http::Response response = act(request);
  return fault == Fault::lost_answer ? http::Response{0, {}, nullptr} : response;
}

http::Response FakeS3::act(const http::Request& request) {
  if (!signature_fits(request)) return error(403, "SignatureDoesNotMatch");
  constexpr std::string_view kBucket = "/bucket";
  if (!request.path.starts_with(kBucket)) return error(404, "NoSuchBucket");
  std::string key = request.path.substr(std::min(kBucket.size() + 1, request.path.size()));
  Query query = parse_query(request.query);
  now.ns += 1'000'000;
  if (key.empty() && query.contains("versions")) return list(query);
  if (key.empty() && query.contains("object-lock")) {
    if (!rule_.enabled) return error(404, "ObjectLockConfigurationNotFoundError");
    std::string rule;
    if (rule_.days > 0)
      rule = fmt::format("<Rule><DefaultRetention><Mode>{}</Mode><Days>{}</Days></DefaultRetention></Rule>",
                         rule_.compliance ? "COMPLIANCE" : "GOVERNANCE", rule_.days);
    return xml("<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>" + rule +
               "</ObjectLockConfiguration>");
  }
  if (query.contains("retention")) return retention(request, key, query["versionId"]);
  if (query.contains("uploads") || query.contains("uploadId")) return parts(request, key, query);
  if (request.method == "PUT") return put_object(request, key, request.body);
  if (request.method == "GET") return get_object(request, key, query);
  if (request.method == "DELETE" && query.contains("versionId"))
    return delete_version(key, query["versionId"]);
  return error(405, "MethodNotAllowed");
}

http::Response FakeS3::get_object(const http::Request& request, const std::string& key, Query& query) {
  Version* version = find(key, query["versionId"]);
  if (!version || version->marker) return error(404, "NoSuchVersion");
  std::string_view bytes = as_text(version->bytes);
  std::string range = header(request, "range");
  if (range.empty()) return http::Response::of(200, "application/octet-stream", bytes);
  size_t dash = range.find('-');
  size_t from = std::stoull(range.substr(6, dash - 6)), to = std::stoull(range.substr(dash + 1));
  if (from >= bytes.size()) return error(416, "InvalidRange");
  return http::Response::of(206, "application/octet-stream", bytes.substr(from, to - from + 1));
}

http::Response FakeS3::list(Query& query) {
  std::string body;
  std::string_view key_marker = query["key-marker"], id_marker = query["version-id-marker"];
  size_t count = 0;
  bool behind = key_marker.empty(), truncated = false;
  std::string last_key, last_id;
  for (const auto& [key, versions] : objects_) {
    if (!key.starts_with(query["prefix"])) continue;
    for (auto version = versions.rbegin(); version != versions.rend(); ++version) {
      if (!behind) {
        behind = (key == key_marker && version->id == id_marker);
        continue;
      }
      if (count == page_size) {
        truncated = true;
        break;
      }
      ++count;
      last_key = key;
      last_id = version->id;
      const char* kind = version->marker ? "DeleteMarker" : "Version";
      body += fmt::format(
          "<{0}><Key>{1}</Key><VersionId>{2}</VersionId><LastModified>{3}</LastModified>"
          "<ETag>{4}</ETag><Size>{5}</Size></{0}>",
          kind, http::percent_encode(key), version->id, iso_ms(version->date), etag(version->bytes),
          version->bytes.size());
    }
    if (truncated) break;
  }
  return xml(
      fmt::format("<ListVersionsResult><IsTruncated>{}</IsTruncated><NextKeyMarker>{}</NextKeyMarker>"
                  "<NextVersionIdMarker>{}</NextVersionIdMarker>{}</ListVersionsResult>",
                  truncated, escape(last_key), last_id, body));
}

http::Response FakeS3::put_object(const http::Request& request, const std::string& key, Bytes body) {
  std::string until = header(request, "x-amz-object-lock-retain-until-date");
  if (!until.empty() && !rule_.enabled) return error(400, "InvalidRequest");
  Version& version = add(key, std::move(body), false);
  if (!until.empty()) version.locked_until = *parse_iso(until);
  return http::Response::of(200, "application/xml", "");
}

http::Response FakeS3::parts(const http::Request& request, const std::string& key, Query& query) {
  if (request.method == "POST" && query.contains("uploads")) {
    std::string id = fmt::format("u{}", ++next_);
    uploads_[id] = {};
    return xml("<InitiateMultipartUploadResult><UploadId>" + id +
               "</UploadId></InitiateMultipartUploadResult>");
  }
  auto upload = uploads_.find(query["uploadId"]);
  if (upload == uploads_.end()) return error(404, "NoSuchUpload");
  if (request.method == "PUT") {
    upload->second.parts[std::stoi(query["partNumber"])] = request.body;
    http::Response response = http::Response::of(200, "application/xml", "");
    response.headers.emplace_back("ETag", "\"" + to_hex(crypto::md5(request.body)) + "\"");
    return response;
  }
  if (request.method == "DELETE") {
    uploads_.erase(upload);
    return http::Response::of(204, "application/xml", "");
  }
  Bytes whole;
  for (const auto& [number, part] : upload->second.parts) whole.insert(whole.end(), part.begin(), part.end());
  http::Request begun;  // as Ceph 16 does, the lock that was asked for at the beginning is forgotten
  http::Response done = put_object(begun, key, std::move(whole));
  uploads_.erase(upload);
  if (done.status != 200) return done;
  return xml("<CompleteMultipartUploadResult></CompleteMultipartUploadResult>");
}

http::Response FakeS3::retention(const http::Request& request, const std::string& key,
                                 const std::string& id) {
  Version* version = find(key, id);
  if (!version) return error(404, "NoSuchVersion");
  if (request.method == "PUT") {
    std::string_view body = as_text(request.body);
    size_t from = body.find("<RetainUntilDate>") + 17;
    auto until = parse_iso(body.substr(from, body.find('<', from) - from));
    if (version->locked_until && *until < *version->locked_until) return error(403, "AccessDenied");
    version->locked_until = until;
    return http::Response::of(200, "application/xml", "");
  }
  if (!version->locked_until) return error(404, "NoSuchObjectLockConfiguration");
  return xml("<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>" + to_iso(*version->locked_until) +
             "</RetainUntilDate></Retention>");
}

}  // namespace aplomb::vault
