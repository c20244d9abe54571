#include "fs/fault_plan.h"

#include <cerrno>
#include <utility>

namespace aplomb::fs {

void FaultPlan::set_filter(Filter filter) {
  std::lock_guard held(mutex_);
  counts_ = {};
  filter_ = std::move(filter);
}

void FaultPlan::fail_at(uint64_t k, int sys_errno, Span span) {
  std::lock_guard held(mutex_);
  counts_ = {};
  faults_.fail_at = k;
  faults_.sys_errno = sys_errno;
  faults_.span = span;
}

void FaultPlan::short_read_at(uint64_t k) {
  std::lock_guard held(mutex_);
  counts_ = {};
  faults_.short_read_at = k;
}

void FaultPlan::crash_at(uint64_t k) {
  std::lock_guard held(mutex_);
  counts_ = {};
  faults_.crash_at = k;
}

void FaultPlan::crash_at_sync(uint64_t k) {
  std::lock_guard held(mutex_);
  counts_ = {};
  faults_.crash_at_sync = k;
}

void FaultPlan::clear() {
  std::lock_guard held(mutex_);
  faults_ = {};
}

void FaultPlan::reset() {
  std::lock_guard held(mutex_);
  faults_ = {};
  counts_ = {};
  filter_ = nullptr;
}

uint64_t FaultPlan::operations() const {
  std::lock_guard held(mutex_);
  return counts_.operations;
}

uint64_t FaultPlan::changes() const {
  std::lock_guard held(mutex_);
  return counts_.changes;
}

uint64_t FaultPlan::syncs() const {
  std::lock_guard held(mutex_);
  return counts_.syncs;
}

bool FaultPlan::triggered() const {
  std::lock_guard held(mutex_);
  return faults_.triggered;
}

bool FaultPlan::crashed() const {
  std::lock_guard held(mutex_);
  return faults_.crashed;
}

FaultPlan::Verdict FaultPlan::next(Op op, std::string_view path) {
  std::lock_guard held(mutex_);
  if (faults_.crashed) return {.sys_errno = EIO, .dead = true};
  if (filter_ && !filter_(op, path)) return {};
  uint64_t operation = ++counts_.operations;
  uint64_t read = op == Op::read ? ++counts_.reads : 0;
  uint64_t change = is_change(op) ? ++counts_.changes : 0;
  uint64_t sync = is_sync(op) ? ++counts_.syncs : 0;
  if ((change != 0 && change == faults_.crash_at) || (sync != 0 && sync == faults_.crash_at_sync)) {
    faults_.triggered = faults_.crashed = true;
    return {.sys_errno = EIO, .dead = true};
  }
  bool later = faults_.fail_at != 0 && operation > faults_.fail_at && faults_.span == Span::from_then_on;
  if (operation == faults_.fail_at || later) {
    faults_.triggered = true;
    return {.sys_errno = faults_.sys_errno};
  }
  if (read != 0 && read == faults_.short_read_at) {
    faults_.triggered = true;
    return {.shorten = true};
  }
  return {};
}

}  // namespace aplomb::fs
