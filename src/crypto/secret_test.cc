// The wiping is looked at where it counts: in the memory as it is given back, through this binary's own
// delete.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <type_traits>
#include <utility>

#include "crypto/crypto.h"

namespace {

constexpr size_t kWatchedSize = 48;
const void* watched = nullptr;
int freed_wiped = 0, freed_dirty = 0;

void give_back(void* memory) {
  if (memory && memory == watched) {
    auto* bytes = static_cast<const uint8_t*>(memory);
    bool wiped = std::all_of(bytes, bytes + kWatchedSize, [](uint8_t byte) { return byte == 0; });
    ++(wiped ? freed_wiped : freed_dirty);
    watched = nullptr;
  }
  std::free(memory);
}

void watch(const void* memory) {
  watched = memory;
  freed_wiped = freed_dirty = 0;
}

}  // namespace

void* operator new(size_t size) {
  if (void* memory = std::malloc(size ? size : 1)) return memory;
  std::abort();
}
void operator delete(void* memory) noexcept {
  give_back(memory);
}
void operator delete(void* memory, size_t) noexcept {
  give_back(memory);
}

namespace aplomb::crypto {
namespace {

const Bytes kSample(kWatchedSize, 0x5a);

TEST(Secret, IsWipedBeforeItsMemoryIsFreed) {
  {
    Secret secret{ByteView(kSample)};
    watch(secret.view().data());
  }
  EXPECT_EQ(freed_wiped, 1);
  EXPECT_EQ(freed_dirty, 0);
}

TEST(Secret, IsWipedWhenAnotherIsMovedOverIt) {
  Secret secret{ByteView(kSample)};
  watch(secret.view().data());
  secret = Secret(size_t{4});
  EXPECT_EQ(freed_wiped, 1);
  EXPECT_EQ(secret.size(), 4u);
}

TEST(Secret, LeavesNothingBehindWhenMoved) {
  Secret first{ByteView(kSample)};
  const uint8_t* place = first.view().data();
  Secret second(std::move(first));
  EXPECT_EQ(second.view().data(), place);
  Secret third;
  third = std::move(second);
  EXPECT_EQ(third.view().data(), place);
  EXPECT_EQ(third.clone().view().size(), kWatchedSize);
}

TEST(Secret, TakesBytesOverWithoutACopy) {
  Bytes bytes = kSample;
  const uint8_t* place = bytes.data();
  Secret secret(std::move(bytes));
  EXPECT_EQ(secret.view().data(), place);
}

TEST(Secret, CannotBeCopied) {
  EXPECT_FALSE(std::is_copy_constructible_v<Secret>);
  EXPECT_FALSE(std::is_copy_assignable_v<Secret>);
}

// The watcher itself sees an unwiped buffer, or the tests above could not fail.
TEST(Secret, IsNotMistakenForPlainBytes) {
  {
    Bytes plain = kSample;
    watch(plain.data());
  }
  EXPECT_EQ(freed_dirty, 1);
}

TEST(ConstantTime, EqualsOnlyTheSameBytes) {
  EXPECT_TRUE(equal_constant_time({}, {}));
  EXPECT_TRUE(equal_constant_time(as_bytes("mairie"), as_bytes("mairie")));
  EXPECT_FALSE(equal_constant_time(as_bytes("mairie"), as_bytes("Mairie")));
  EXPECT_FALSE(equal_constant_time(as_bytes("mairie"), as_bytes("mairi")));
}

}  // namespace
}  // namespace aplomb::crypto
