#include "cli/app.h"

#include <filesystem>

#include "site/paths.h"

namespace aplomb::cli {

App::App(Options options, const Clock& clock, Output output)
    : options_(std::move(options)), clock_(clock), output_(std::move(output)), log_(output_) {
  if (options_.interactive) {
    progress_ = std::make_unique<TerminalProgress>(clock_);
  } else {
    progress_ = std::make_unique<NoProgress>();
  }
}

std::string absolute_path(const std::string& path) {
  if (path.empty() || path.starts_with('/')) return path.empty() ? path : site::normal_path(path);
  std::error_code error;
  std::filesystem::path folder = std::filesystem::current_path(error);
  return site::normal_path((error ? std::string("/") : folder.string()) + "/" + path);
}

}  // namespace aplomb::cli
