// An S3 server over HTTP: signed requests, tried again with growing pauses when the server or the network
// fails, answered in our errors. Every request is one that may be sent twice. Thread-safe: each request takes
// a kept connection, or opens one.
//
// No message holds a header, so none holds a credential. Code::key: the server does not know these
// credentials; Code::refused: it does, and they may not; Code::not_found; Code::network: no usable answer
// after all tries.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "http/client.h"
#include "vault/s3_address.h"
#include "vault/s3_sign.h"
#include "vault/s3_versions.h"

namespace aplomb::vault {

struct S3ClientOptions {
  int tries = 7;
  int64_t pause_ms = 200;  // after the first failure; twice as long after each further one
  int64_t pause_ms_max = 20'000;
  int64_t stall_seconds = 60;     // without a byte
  uint64_t whole_max = 32 << 20;  // a larger object goes up in parts
  uint64_t part_size = 16 << 20;
  std::function<void(int64_t ms)> pause;  // empty: sleeps
};

// How long to wait after the `failures`-th failure: doubled each time, bounded, and somewhere between half
// and whole, so that many clients do not come back together.
int64_t backoff_ms(int failures, const S3ClientOptions& options, Random& random);

class S3Client {
 public:
  S3Client(S3Address address, S3Credentials credentials, const Clock& clock, Random& seed,
           S3ClientOptions options = {});

  const S3Address& address() const { return address_; }

  // All that `list` wants below a prefix; `key` in the list is the whole key.
  Status list_versions(const std::string& prefix, S3VersionList& list);
  // Every version and delete marker below a prefix, page by page.
  Status each_page(const std::string& prefix, const std::function<Status(S3VersionPage page)>& visit);
  // One version of an object. Code::limit when it is longer.
  Result<Bytes> get(const std::string& key, const std::string& version, uint64_t limit);
  // Exactly this range. Code::corrupt when the object ends before.
  Result<Bytes> get_range(const std::string& key, const std::string& version, uint64_t offset,
                          uint64_t length);
  // Puts a new version, locked in compliance mode until then, or as the bucket's rule says.
  Status put(const std::string& key, ByteView body, std::optional<Time> locked_until);
  // Code::not_found when the bucket has no Object Lock.
  Result<S3LockRule> lock_rule();
  Result<S3Retention> retention(const std::string& key, const std::string& version);
  Status extend(const std::string& key, const std::string& version, Time until);
  // Code::refused while it is locked, or when these credentials may not.
  Status remove(const std::string& key, const std::string& version);

 private:
  struct Ask {
    std::string method, key;
    S3Query query;
    http::Headers headers;
    ByteView body;
    size_t answer_max = kXmlBytesMax;
  };
  Result<http::Fetched> send(const Ask& ask);
  Result<http::Fetched> send_once(const Ask& ask, const http::Url& url, const Sha256& body_hash);
  Status put_whole(const std::string& key, ByteView body, const http::Headers& headers);
  Status put_in_parts(const std::string& key, ByteView body, const http::Headers& headers);
  Status lock_versions(const std::string& key, uint64_t size, Time until);
  Status send_parts(const std::string& key, const std::string& upload, ByteView body);
  std::unique_ptr<http::Connection> take_connection();
  void keep_connection(std::unique_ptr<http::Connection> connection);
  void wait(int failures);

  const S3Address address_;
  const S3Credentials credentials_;
  const Clock& clock_;
  const S3ClientOptions options_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<http::Connection>> idle_;
  SeededRandom jitter_;
};

}  // namespace aplomb::vault
