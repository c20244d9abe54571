// A parallel loop over an array. The first error (by index, so that the answer does not depend on the number
// of workers) is returned; work that has not begun when an error is known is skipped.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/result.h"

namespace aplomb {

// Calls body(i) for i in [0, count) on `workers` threads. body must be safe to call from several threads.
inline Status parallel_for(size_t count, unsigned workers, const std::function<Status(size_t)>& body) {
  std::atomic<size_t> next{0};
  std::mutex mutex;
  size_t failed_index = count;
  std::optional<Error> first_error;
  auto run = [&] {
    for (size_t i = next++; i < count; i = next++) {
      {
        std::lock_guard lock(mutex);
        if (i > failed_index) return;
      }
      Status status = body(i);
      if (status) continue;
      std::lock_guard lock(mutex);
      if (i < failed_index) {
        failed_index = i;
        first_error = std::move(status).error();
      }
    }
  };
  if (workers <= 1 || count <= 1) {
    run();
  } else {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < workers; ++i) threads.emplace_back(run);
  }
  if (first_error) return fail(std::move(*first_error));
  return {};
}

}  // namespace aplomb
