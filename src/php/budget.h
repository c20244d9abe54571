// How much work one analysis may do. The analysed bytes are hostile: every loop whose length they decide pays
// from here, and an analysis that ran out says so (`exhausted`), because what was not looked at is not clean.
#pragma once

#include <cstddef>
#include <cstdint>

namespace aplomb::php {

struct Budget {
  uint64_t steps = 20'000'000;  // evaluations, comparisons inside arrays
  uint64_t bytes = 40'000'000;  // built by folding and decoding, all together
  uint32_t nodes = 400'000;     // syntax tree; about 4 MB of ordinary code
  uint32_t depth = 20'000;      // nesting of brackets
  uint32_t layers = 24;         // pieces of code that code executes
  uint32_t written = 200;       // texts of code that it writes into files
  uint32_t findings = 64;
};

class Meter {
 public:
  explicit Meter(const Budget& budget) : left_(budget) {}

  bool spend_steps(uint64_t count) { return spend(left_.steps, count); }
  bool spend_bytes(uint64_t count) { return spend(left_.bytes, count); }
  bool spend_layer(bool is_written) {
    uint32_t& left = is_written ? left_.written : left_.layers;
    if (left == 0) return exhausted_ = true, false;
    --left;
    return true;
  }
  uint64_t bytes_left() const { return left_.bytes; }
  const Budget& limits() const { return left_; }
  void exhaust() { exhausted_ = true; }
  bool exhausted() const { return exhausted_; }

 private:
  bool spend(uint64_t& left, uint64_t count) {
    if (count > left) {
      left = 0;
      exhausted_ = true;
      return false;
    }
    left -= count;
    return true;
  }

  Budget left_;
  bool exhausted_ = false;
};

}  // namespace aplomb::php
