// Collects findings while bytes are looked at, with bounds: a hostile file repeats one trick a million times,
// and a person needs to read it a few times only.
#pragma once

#include <algorithm>
#include <initializer_list>

#include "base/finding.h"

namespace aplomb::scan {

class ReportBuilder {
 public:
  static constexpr size_t kPerRule = 3, kInAll = 40, kQuoteMax = 120;
  static constexpr uint64_t kWorkMax = 100'000'000;

  // message is written as tr_later("…{}…"); arguments quoting the file are cut and made printable.
  void add(Level level, std::string_view rule, const char* message,
           std::initializer_list<std::string_view> arguments, uint32_t line);
  void add(Finding finding);
  void set_hit_limit() { hit_limit_ = true; }
  // Work on one file, in bytes looked at and steps of folding, over all its layers: a file that executes the
  // same megabyte a thousand times must not cost a thousand megabytes. False, and a limit hit, once used up.
  bool spend(uint64_t work);
  uint64_t work_left() const { return work_left_; }

  bool has(std::string_view rule) const;
  const std::vector<Finding>& findings() const { return findings_; }
  std::vector<Finding> take() { return std::move(findings_); }
  bool hit_limit() const { return hit_limit_; }

 private:
  std::vector<Finding> findings_;
  uint64_t work_left_ = kWorkMax;
  bool hit_limit_ = false;
};

}  // namespace aplomb::scan
