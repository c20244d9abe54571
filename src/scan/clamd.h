// clamd, when it runs on this machine: asked over its socket what it calls a content. What it names is
// suspicious, with the name; its silence proves nothing. It is a second opinion: when it stops answering, the
// judgement goes on without it.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "base/finding.h"

namespace aplomb::scan {

class Clamd {
 public:
  // clamd takes 25 MB when nothing else was configured; of longer contents it is not asked.
  static constexpr size_t kContentMax = 24u << 20;

  // $APLOMB_CLAMD ("none": nobody), else where Debian's package listens.
  static std::string default_socket();
  // nullptr when nobody answers there.
  static std::unique_ptr<Clamd> find(const std::string& socket = default_socket());

  // Thread-safe. nullopt: it knows nothing of it, or no longer answers.
  std::optional<Finding> ask(ByteView content);
  bool gone() const { return gone_; }

 private:
  explicit Clamd(std::string socket) : socket_(std::move(socket)) {}
  Result<std::string> converse(std::string_view command, ByteView content) const;

  std::string socket_;
  std::atomic<bool> gone_ = false;
};

}  // namespace aplomb::scan
