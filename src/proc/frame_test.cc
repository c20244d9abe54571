#include "proc/frame.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "proc/unique_fd.h"

namespace aplomb::proc {
namespace {

struct Ends {
  UniqueFd near, far;
};

Ends connected() {
  int ends[2];
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

TEST(Frame, SurvivesAStreamThatArrivesByteByByte) {
  Ends ends = connected();
  const std::string wire("\x05\0\0\0hello\0\0\0\0\x01\0\0\0!", 18);
  std::jthread writer([&] {
    for (char byte : wire) EXPECT_EQ(write(ends.far.get(), &byte, 1), 1);
    ends.far.reset();
  });
  auto first = read_frame(ends.near.get(), 100);
  ASSERT_TRUE(first && *first);
  EXPECT_EQ(as_text(**first), "hello");
  auto second = read_frame(ends.near.get(), 100);
  ASSERT_TRUE(second && *second);
  EXPECT_TRUE((*second)->empty());
  auto third = read_frame(ends.near.get(), 100);
  ASSERT_TRUE(third && *third);
  EXPECT_EQ(as_text(**third), "!");
  auto end = read_frame(ends.near.get(), 100);
  ASSERT_TRUE(end);
  EXPECT_FALSE(*end);
}

// Cut at every byte: the end between messages is an end, anywhere else it is damage.
TEST(Frame, TellsAnEndFromACut) {
  const std::string wire("\x05\0\0\0hello", 9);
  for (size_t cut = 0; cut < wire.size(); ++cut) {
    Ends ends = connected();
    ASSERT_EQ(write(ends.far.get(), wire.data(), cut), static_cast<ssize_t>(cut));
    ends.far.reset();
    auto frame = read_frame(ends.near.get(), 100);
    if (cut == 0) {
      ASSERT_TRUE(frame);
      EXPECT_FALSE(*frame);
    } else {
      ASSERT_FALSE(frame) << cut;
      EXPECT_EQ(frame.error().code, Code::corrupt);
    }
  }
}

TEST(Frame, RefusesALengthOverTheLimitBeforeReadingIt) {
  Ends ends = connected();
  const std::string wire("\xff\xff\xff\xff", 4);
  ASSERT_EQ(write(ends.far.get(), wire.data(), wire.size()), 4);
  auto frame = read_frame(ends.near.get(), 1 << 20);
  ASSERT_FALSE(frame);
  EXPECT_EQ(frame.error().code, Code::limit);
}

TEST(Frame, CarriesAMessageLargerThanTheSocketsBuffer) {
  Ends ends = connected();
  Bytes sent(3'000'000);
  for (size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<uint8_t>(i * 7);
  std::jthread writer([&] { EXPECT_TRUE(write_frame(ends.far.get(), sent)); });
  auto got = read_frame(ends.near.get(), sent.size());
  ASSERT_TRUE(got && *got);
  EXPECT_EQ(**got, sent);
}

}  // namespace
}  // namespace aplomb::proc
