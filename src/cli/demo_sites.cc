#include "cli/demo_sites.h"

#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <thread>

#include "base/clock.h"
#include "base/messages.h"
#include "fs/posix_fs.h"
#include "http/client.h"
#include "http/server.h"
#include "proc/command.h"
#include "site/data_folder.h"

namespace aplomb::cli {
namespace {

constexpr int64_t kStartWaitMs = 10'000;
constexpr int64_t kScriptTimeoutMs = 300'000;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = text.find('\n', begin);
    if (end == std::string::npos) end = text.size();
    if (end > begin) lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

Result<int> free_port() {
  http::ListeningSocket socket = TRY(http::listen_on("127.0.0.1", 0));
  return static_cast<int>(socket.port);
}

Error missing(const std::string& what) {
  return make_error(Code::unsupported, tr("the demonstration needs {}", what))
      .then("apt-get install php-cgi php-cli php-sqlite3 php-xml dokuwiki");
}

bool answers(const DemoSite& site) {
  http::FetchOptions options;
  options.timeout_ms = 2000;
  auto page = http::get(site.url(), options);
  return page && page->status < 500;
}

}  // namespace

Result<std::unique_ptr<DemoSites>> DemoSites::create(const std::string& today) {
  std::unique_ptr<DemoSites> demo(new DemoSites);
  demo->data_ = site::demo_folder();
  if (access("/usr/bin/php", X_OK) != 0) return fail(missing("php-cli"));
  if (access("/usr/share/dokuwiki/doku.php", R_OK) != 0) return fail(missing("dokuwiki"));
  char folder[] = "/tmp/aplomb-demo-XXXXXX";
  if (!mkdtemp(folder)) return fail(os_error(errno, tr("a temporary folder cannot be made"), "/tmp"));
  demo->folder_ = folder;
  demo->sites_folder_ = demo->folder_ + "/sites";
  proc::Command setup;
  setup.argv = {demo->data_ + "/setup.sh", demo->sites_folder_, "--today=" + today};
  setup.timeout_ms = kScriptTimeoutMs;
  proc::CommandResult made = TRY(proc::run(setup));
  if (!made.ok())
    return fail(make_error(Code::io, tr("the sites of the demonstration could not be made: {}", made.err))
                    .at(demo->sites_folder_));
  for (const char* name : {"town", "wiki"}) {
    DemoSite site;
    site.name = name;
    site.root = demo->sites_folder_ + "/" + name;
    site.docroot = site.name == "town" ? site.root + "/public" : site.root;
    site.router = site.root + "/router.php";
    site.port = TRY(free_port());
    std::string pid = demo->folder_ + "/" + site.name + ".pid";
    site.stop_command = fmt::format(
        "kill -TERM -$(cat {0}) 2>/dev/null; while kill -0 -$(cat {0}) 2>/dev/null; do sleep 0.05; done; "
        "true",
        pid);
    // Several workers, as a real server has; the command ends when the port answers.
    site.start_command = fmt::format(
        "PHP_CLI_SERVER_WORKERS=4 setsid php -S 127.0.0.1:{0} -t {1} {2} </dev/null >>{3}.log 2>&1 & echo $! "
        ">{4}; "
        "until php -r 'exit(@fsockopen(\"127.0.0.1\", {0}) ? 0 : 1);'; do sleep 0.05; done",
        site.port, site.docroot, site.router, demo->folder_ + "/" + site.name, pid);
    demo->sites_.push_back(std::move(site));
  }
  return demo;
}

DemoSites::~DemoSites() {
  stop();
  if (folder_.empty()) return;
  fs::PosixFs fs;
  auto tmp = fs.open_dir("/tmp");
  if (tmp) (void)fs::remove_tree(**tmp, folder_.substr(5));
}

Status DemoSites::start() {
  for (const DemoSite& site : sites_) {
    TRY(proc::run(proc::shell(site.start_command)));
    SystemClock clock;
    int64_t deadline = clock.monotonic_ns() + kStartWaitMs * 1'000'000;
    while (!answers(site)) {
      if (clock.monotonic_ns() > deadline)
        return fail(
            make_error(Code::io, tr("PHP's server does not start")).at(folder_ + "/" + site.name + ".log"));
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }
  return {};
}

void DemoSites::stop() {
  for (const DemoSite& site : sites_) (void)proc::run(proc::shell(site.stop_command));
}

Result<std::vector<std::string>> DemoSites::php(std::vector<std::string> arguments, bool may_fail) {
  proc::Command command;
  command.argv = {"php"};
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  command.timeout_ms = kScriptTimeoutMs;
  proc::CommandResult result = TRY(proc::run(command));
  if (!result.ok() && !may_fail)
    return fail(make_error(Code::io, tr("a script of the demonstration failed: {}", result.err + result.out))
                    .at(arguments[0]));
  return lines_of(result.out);
}

Result<std::vector<std::string>> DemoSites::live(int day) {
  return php({data_ + "/day.php", sites_folder_, std::to_string(day), "--town=" + sites_[0].url(),
              "--wiki=" + sites_[1].url()},
             false);
}

Result<std::vector<std::string>> DemoSites::plant(const std::string& marker) {
  return php({data_ + "/markers.php", sites_folder_, marker}, false);
}

Result<std::vector<std::string>> DemoSites::left() {
  return php({data_ + "/markers.php", sites_folder_, "--check"}, true);
}

}  // namespace aplomb::cli
