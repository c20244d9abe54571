#include "base/random.h"

#include <sys/random.h>

#include <array>
#include <cstring>
#include <utility>

#include "base/result.h"

namespace aplomb {

uint64_t Random::u64() {
  uint8_t raw[8];
  fill(raw);
  uint64_t value;
  std::memcpy(&value, raw, sizeof value);
  return value;
}

uint64_t Random::below(uint64_t bound) {
  APLOMB_CHECK(bound > 0);
  uint64_t limit = UINT64_MAX - UINT64_MAX % bound;  // rejection, so that no residue is favoured
  uint64_t value = u64();
  while (value >= limit) value = u64();
  return value % bound;
}

void SystemRandom::fill(std::span<uint8_t> out) {
  while (!out.empty()) {
    ssize_t got = getrandom(out.data(), out.size(), 0);
    APLOMB_CHECK(got > 0 || errno == EINTR);
    if (got > 0) out = out.subspan(static_cast<size_t>(got));
  }
}

uint64_t SystemRandom::u64() {
  thread_local std::array<uint64_t, 256> supply;
  thread_local size_t left = 0;
  if (left == 0) {
    fill({reinterpret_cast<uint8_t*>(supply.data()), sizeof supply});
    left = supply.size();
  }
  return std::exchange(supply[--left], 0);
}

uint64_t SeededRandom::next() {
  uint64_t z = (state_ += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

void SeededRandom::fill(std::span<uint8_t> out) {
  for (size_t i = 0; i < out.size(); i += 8) {
    uint64_t value = next();
    std::memcpy(out.data() + i, &value, std::min<size_t>(8, out.size() - i));
  }
}

}  // namespace aplomb
