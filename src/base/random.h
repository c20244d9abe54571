// Randomness, passed in and never global: salts and nonces in production, seeds in tests.
#pragma once

#include <cstdint>
#include <span>

namespace aplomb {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<uint8_t> out) = 0;
  virtual uint64_t u64();
  // Uniform in [0, bound); bound > 0.
  uint64_t below(uint64_t bound);
};

// getrandom(2). Aborts if the kernel has none to give, which does not happen after boot.
class SystemRandom final : public Random {
 public:
  void fill(std::span<uint8_t> out) override;
  // From a supply of its thread: a system call for each number costs more than most of what is decided by it.
  // No key comes from there.
  uint64_t u64() override;
};

// SplitMix64 (Steele, Lea, Flood 2014). Repeatable, for tests and the demonstration; never for keys.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : state_(seed) {}
  void fill(std::span<uint8_t> out) override;

 private:
  uint64_t next();
  uint64_t state_;
};

}  // namespace aplomb
