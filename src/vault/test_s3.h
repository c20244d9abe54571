// An S3 server in this process, for tests: one bucket with versions, delete markers and Object Lock, over the
// project's own HTTP server. It checks signatures with the code under test (the published examples check that
// code) and the hash of each body by itself. Its clock stands still until a test moves it. It breaks on
// demand.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "http/server.h"
#include "vault/s3_client.h"

namespace aplomb::vault {

class FakeS3 {
 public:
  struct Version {
    std::string id;
    Bytes bytes;
    Time date;
    bool marker = false;
    std::optional<Time> locked_until;
  };
  enum class Fault {
    none,
    status_503,   // before anything is done
    cut,          // before anything is done
    lost_answer,  // after it was done
    slow,         // longer than the client waits for a byte
  };
  using Faults = std::function<Fault(const http::Request&)>;

  explicit FakeS3(S3LockRule rule = {true, false, 0});

  S3Address address() const;
  // A client with the fake's credentials, which does not pause between tries.
  std::unique_ptr<S3Client> client(const Clock& clock, S3ClientOptions options = {});

  // What somebody does who holds the credentials, without Aplomb.
  void put(const std::string& key, Bytes bytes);
  void mark_deleted(const std::string& key);
  // False when a lock forbids it.
  bool remove_version(const std::string& key, const std::string& id);
  void remove_every_version(const std::string& key);  // what no lock allows: a bucket without one

  std::vector<std::string> keys(std::string_view prefix = "");
  std::vector<Version> versions(const std::string& key);  // the oldest first
  std::vector<std::string> requests();                    // "GET /bucket/…?…"
  void advance(int64_t ns);
  void break_with(Faults faults);

  size_t page_size = 3;  // small, so that every list has pages
  Time now{1'700'000'000 * kSecond};

 private:
  http::Response answer(const http::Request& request);
  http::Response act(const http::Request& request);
  http::Response get_object(const http::Request& request, const std::string& key,
                            std::map<std::string, std::string>& query);
  http::Response list(std::map<std::string, std::string>& query);
  http::Response put_object(const http::Request& request, const std::string& key, Bytes body);
  http::Response parts(const http::Request& request, const std::string& key,
                       std::map<std::string, std::string>& query);
  http::Response delete_version(const std::string& key, const std::string& id);
  http::Response retention(const http::Request& request, const std::string& key, const std::string& id);
  bool signature_fits(const http::Request& request) const;
  Version* find(const std::string& key, const std::string& id);
  Version& add(const std::string& key, Bytes bytes, bool marker);

  struct Upload {
    std::map<int, Bytes> parts;
  };
  std::mutex mutex_;
  const S3LockRule rule_;
  std::map<std::string, std::vector<Version>> objects_;
  std::map<std::string, Upload> uploads_;
  std::vector<std::string> requests_;
  Faults faults_;
  uint64_t next_ = 0;
  std::unique_ptr<http::Server> server_;
};

}  // namespace aplomb::vault
