#include "base/channel.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/parallel.h"

namespace aplomb {

TEST(Channel, DeliversInOrderAndDrainsAfterClose) {
  Channel<int> channel(2);
  std::jthread producer([&] {
    for (int i = 0; i < 100; ++i) channel.put(i);
    channel.close();
  });
  for (int i = 0; i < 100; ++i) EXPECT_EQ(channel.take(), i);
  EXPECT_EQ(channel.take(), std::nullopt);
}

TEST(Channel, AbortReleasesAProducerThatWaits) {
  Channel<int> channel(1);
  channel.put(1);
  bool accepted = true;
  std::jthread producer([&] { accepted = channel.put(2); });
  channel.abort();
  producer.join();
  EXPECT_FALSE(accepted);
  EXPECT_EQ(channel.take(), std::nullopt);
}

TEST(ParallelFor, VisitsEachIndexOnceAndReturnsTheFirstErrorByIndex) {
  for (unsigned workers : {1u, 2u, 8u}) {
    std::vector<std::atomic<int>> visits(200);
    ASSERT_TRUE(parallel_for(200, workers, [&](size_t i) -> Status {
      ++visits[i];
      return {};
    }));
    for (auto& count : visits) EXPECT_EQ(count, 1);
    Status status = parallel_for(200, workers, [&](size_t i) -> Status {
      if (i % 50 == 7) return fail(Code::io, std::to_string(i));
      return {};
    });
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().what, "7");
  }
}

}  // namespace aplomb
