// A file system that fails on purpose: it hands every call to another Fs, except where its FaultPlan says
// that this one fails, is cut short, or that the process is dead from here on.
#pragma once

#include "fs/fault_plan.h"
#include "fs/fs.h"

namespace aplomb::fs {

// The inner Fs and the plan must outlive it and its handles. As thread-safe as the inner one.
class FaultFs final : public Fs {
 public:
  FaultFs(Fs& inner, FaultPlan& plan) : inner_(inner), plan_(plan) {}

  Result<std::unique_ptr<Dir>> open_dir(std::string_view path) override;
  Result<std::unique_ptr<Dir>> make_dirs(std::string_view path, uint32_t mode) override;

 private:
  Fs& inner_;
  FaultPlan& plan_;
};

}  // namespace aplomb::fs
