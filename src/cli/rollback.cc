#include "cli/rollback.h"

namespace aplomb::cli {
namespace {
constexpr uint64_t kFileMax = 1 << 20;
constexpr uint32_t kConfigMode = 0640;
}  // namespace

bool Rollback::exists(const std::string& path) {
  auto [folder, name] = fs::split_path(path);
  auto dir = fs_.open_dir(folder.empty() ? "/" : folder);
  return dir && (*dir)->stat(name);
}

void Rollback::making(const std::string& path) {
  if (path == "/" || exists(path)) return;
  std::string first = path;
  for (std::string parent = fs::split_path(first).first; !parent.empty() && !exists(parent);
       parent = fs::split_path(parent).first)
    first = parent;
  steps_.push_back({first, std::nullopt});
}

Status Rollback::replacing(const std::string& path) {
  auto [folder, name] = fs::split_path(path);
  auto dir = TRY(fs_.open_dir(folder.empty() ? "/" : folder));
  steps_.push_back({path, TRY(fs::read_file(*dir, name, kFileMax))});
  return {};
}

Rollback::~Rollback() {
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
    auto [folder, name] = fs::split_path(step->path);
    auto dir = fs_.open_dir(folder.empty() ? "/" : folder);
    if (!dir) continue;
    if (step->before) {
      (void)fs::write_file_durably(**dir, name, *step->before, kConfigMode);
    } else {
      (void)fs::remove_tree(**dir, name);
    }
  }
}

}  // namespace aplomb::cli
