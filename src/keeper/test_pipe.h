// Two ends of a stream in memory, for tests: each end reads what the other wrote. Reads come in odd pieces,
// and the connection can be cut after any number of bytes.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>

#include "keeper/stream.h"

namespace aplomb::keeper {

class TestPipe {
 public:
  // One direction: a queue of bytes that holds a mebibyte, so that a writer waits for its reader.
  struct Queue {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<uint8_t> bytes;
    bool closed = false;
    uint64_t passed = 0;
    std::optional<uint64_t> cut_after;
  };

  class End final : public Stream {
   public:
    End(std::shared_ptr<Queue> in, std::shared_ptr<Queue> out) : in_(std::move(in)), out_(std::move(out)) {}
    ~End() override { close(); }

    Result<size_t> read(std::span<uint8_t> out) override {
      std::unique_lock lock(in_->mutex);
      in_->changed.wait(lock, [&] { return !in_->bytes.empty() || in_->closed; });
      size_t count = std::min({out.size(), in_->bytes.size(), step_});
      step_ = step_ * 7 % 100'003 + 1;
      std::copy_n(in_->bytes.begin(), count, out.begin());
      in_->bytes.erase(in_->bytes.begin(), in_->bytes.begin() + static_cast<ptrdiff_t>(count));
      in_->changed.notify_all();
      return count;
    }

    Status write(ByteView bytes) override {
      while (!bytes.empty()) {
        std::unique_lock lock(out_->mutex);
        out_->changed.wait(lock, [&] { return out_->bytes.size() < 1 << 20 || out_->closed; });
        size_t count = std::min<size_t>(bytes.size(), 1 << 16);
        if (out_->cut_after) count = std::min<size_t>(count, *out_->cut_after - out_->passed);
        if (out_->closed || count == 0) {
          out_->closed = true;
          out_->changed.notify_all();
          lock.unlock();
          close();
          return fail(make_error(Code::network, "the pipe is cut"));
        }
        out_->bytes.insert(out_->bytes.end(), bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(count));
        out_->passed += count;
        bytes = bytes.subspan(count);
        out_->changed.notify_all();
      }
      return {};
    }

    void close() override {
      for (const auto& queue : {in_, out_}) {
        std::lock_guard lock(queue->mutex);
        queue->closed = true;
        queue->changed.notify_all();
      }
    }

   private:
    std::shared_ptr<Queue> in_, out_;
    size_t step_ = 1;
  };

  std::unique_ptr<Stream> client() { return std::make_unique<End>(to_client_, to_server_); }
  std::unique_ptr<Stream> server() { return std::make_unique<End>(to_server_, to_client_); }
  void cut_after(uint64_t to_server, uint64_t to_client) {
    to_server_->cut_after = to_server;
    to_client_->cut_after = to_client;
  }
  uint64_t to_server() const { return to_server_->passed; }
  uint64_t to_client() const { return to_client_->passed; }

 private:
  std::shared_ptr<Queue> to_server_ = std::make_shared<Queue>(), to_client_ = std::make_shared<Queue>();
};

}  // namespace aplomb::keeper
