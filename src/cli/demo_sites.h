// The two sites of the demonstration as running things: a folder under /tmp made by share/demo/setup.sh, and
// PHP's own server for each on a free loopback port. Everything is gone when this object is.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"

namespace aplomb::cli {

struct DemoSite {
  std::string name;  // "town", "wiki"
  std::string root;
  std::string docroot, router;
  int port = 0;
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port) + "/"; }
  // The commands of the configuration that stop and start its server.
  std::string stop_command, start_command;
};

class DemoSites {
 public:
  // Fails with what is missing and how to install it.
  static Result<std::unique_ptr<DemoSites>> create(const std::string& today);
  ~DemoSites();

  const std::string& folder() const { return folder_; }
  const std::string& sites_folder() const { return sites_folder_; }
  const std::vector<DemoSite>& sites() const { return sites_; }
  Status start();
  void stop();
  // One day of ordinary edits; one marker; the markers that are left. Their lines of output.
  Result<std::vector<std::string>> live(int day);
  Result<std::vector<std::string>> plant(const std::string& marker);
  Result<std::vector<std::string>> left();

 private:
  DemoSites() = default;
  Result<std::vector<std::string>> php(std::vector<std::string> arguments, bool may_fail);

  std::string data_;    // share/demo
  std::string folder_;  // temporary
  std::string sites_folder_;
  std::vector<DemoSite> sites_;
};

}  // namespace aplomb::cli
