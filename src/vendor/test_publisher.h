// WordPress.org as a stub on loopback: answers by target, counts what it is asked, can be told to fail. For
// tests only.
#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "crypto/crypto.h"
#include "http/server.h"
#include "vendor/listing.h"
#include "vendor/wordpress_org.h"

namespace aplomb::vendor {

using Files = std::map<std::string, std::string>;

inline std::string zip_of(const Files& files, const std::string& top) {
  std::string out(8 << 20, '\0');
  size_t used = 0;
  struct archive* made = archive_write_new();
  archive_write_set_format_zip(made);
  archive_write_open_memory(made, out.data(), out.size(), &used);
  for (const auto& [name, content] : files) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, (top + name).c_str());
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, static_cast<la_int64_t>(content.size()));
    archive_write_header(made, entry);
    archive_write_data(made, content.data(), content.size());
    archive_entry_free(entry);
  }
  archive_write_close(made);
  archive_write_free(made);
  out.resize(used);
  return out;
}

inline std::string core_list_of(const Files& files) {
  std::string text;
  for (const auto& [name, content] : files)
    text += fmt::format("{}\"{}\":\"{}\"", text.empty() ? "" : ",", name, md5_of(as_bytes(content)).hex());
  return "{\"checksums\":{" + text + "}}";
}

inline std::string plugin_list_of(const Files& files) {
  std::string text;
  for (const auto& [name, content] : files)
    text += fmt::format("{}\"{}\":{{\"md5\":\"{}\",\"sha256\":[\"{}\"]}}", text.empty() ? "" : ",", name,
                        md5_of(as_bytes(content)).hex(), crypto::sha256(as_bytes(content)).hex());
  return "{\"plugin\":\"x\",\"version\":\"1\",\"zip\":\"https://example.org/x.zip\",\"files\":{" + text +
         "}}";
}

class TestPublisher {
 public:
  TestPublisher() {
    auto socket = http::listen_on("127.0.0.1", 0);
    EXPECT_TRUE(socket);
    address.lists = address.downloads = "http://127.0.0.1:" + std::to_string(socket->port);
    server_ = http::Server::start(std::move(*socket), {}, [this](const http::Request& r) {
                return answer(r);
              }).value();
  }

  void publish(const Package& package, const Files& files) {
    Question question = question_for(package);
    bool theme = package.kind == PackageKind::theme;
    std::string body = question.form == AnswerForm::core_list ? core_list_of(files)
                       : question.form == AnswerForm::plugin_list
                           ? plugin_list_of(files)
                           : zip_of(files, theme ? package.slug + "/" : "");
    say(question.target, body);
  }
  void say(const std::string& target, std::string body) {
    std::lock_guard lock(mutex_);
    answers_[target] = std::move(body);
  }
  void forget(const Package& package) {
    std::lock_guard lock(mutex_);
    answers_.erase(question_for(package).target);
  }
  std::vector<std::string> asked() {
    std::lock_guard lock(mutex_);
    return std::exchange(asked_, {});
  }

  WordPressOrgAddress address;
  std::atomic<int> status{0};  // other than 0: what everything is answered with

 private:
  http::Response answer(const http::Request& request) {
    std::lock_guard lock(mutex_);
    asked_.push_back(request.target);
    if (status != 0) return http::Response::of(status, "text/plain", "no");
    auto found = answers_.find(request.target);
    if (found == answers_.end()) return http::Response::of(404, "text/plain", "no such package");
    return http::Response::of(200, "application/octet-stream", found->second);
  }

  std::mutex mutex_;
  std::map<std::string, std::string> answers_;
  std::vector<std::string> asked_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace aplomb::vendor
