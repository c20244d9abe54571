// The exported copy under real web servers answers like StaticSite::respond. nginx and Apache are used where
// they are installed (or where APLOMB_TEST_NGINX, APLOMB_TEST_APACHE and APLOMB_TEST_APACHE_MODULES say),
// each in a folder and on a port of its own; without them these tests are skipped.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "continuity/export_copy.h"
#include "fs/posix_fs.h"
#include "http/client.h"
#include "proc/command.h"
#include "proc/unique_fd.h"

namespace aplomb::continuity {
namespace {

namespace filesystem = std::filesystem;

Bytes bytes(std::string_view text) {
  return Bytes(as_bytes(text).begin(), as_bytes(text).end());
}

std::string installed(const char* variable, const std::string& usual) {
  const char* named = std::getenv(variable);
  std::string path = named ? named : usual;
  return filesystem::exists(path) ? path : std::string();
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (size_t at = text.find(from); at != text.npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

class ExportServed : public testing::Test {
 protected:
  ExportServed() {
    std::string pattern = testing::TempDir() + "aplomb-served-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    filesystem::permissions(folder_, filesystem::perms(0755));
    state_ = fs_.make_dirs(folder_ + "/state", 0700).value();
    target_ = fs_.make_dirs(folder_ + "/copy", 0755).value();
    site_.name = "town";
    site_.url = "http://www.ville.test/";
    site_.continuity.card.phones = {"Accueil : 01 02 03 04 05"};
    const std::vector<CrawledPage> pages = {
        {"/", "text/html; charset=utf-8", bytes("<body>home")},
        {"/a", "text/html; charset=utf-8", bytes("<body>a")},
        {"/a/", "text/html; charset=utf-8", bytes("<body>a folder")},
        {"/b/c/", "text/html; charset=utf-8", bytes("<body>c")},
        {"/?page_id=2", "text/html; charset=utf-8", bytes("<body>two")},
        {"/x.php?a[]=$1&b=(c)|d+e;f", "text/html; charset=utf-8", bytes("<body>odd")},
        {"/caf%C3%A9/", "text/html; charset=utf-8", bytes("<body>menu")},
        {"/index.php", "text/html; charset=utf-8", bytes("<body>php")},
        {"/css/style.css", "text/css", bytes("a{}")},
        {"/css/style.css?ver=2", "text/css", bytes("b{}")},
        {"/" + std::string(400, 'q'), "text/html; charset=utf-8", bytes("<body>long")},
    };
    EXPECT_TRUE(keep_pages(*state_, std::string(64, 'a'), Time{kDay}, pages));
    EXPECT_TRUE(export_copy(*state_, site_, Language::french, *target_, folder_ + "/copy", clock_, log_));
    expected_ = prepare_copy(*state_, site_, Language::french, clock_.now(), log_).value().site;
    auto socket = http::listen_on("127.0.0.1", 0).value();
    address_ = "127.0.0.1:" + std::to_string(socket.port);
  }
  ~ExportServed() override {
    auto process = pid_ > 0 ? proc::find_process(pid_) : std::nullopt;
    if (process) {
      EXPECT_TRUE(proc::terminate_tree({process->ref}));
    }
    filesystem::remove_all(folder_);
  }

  std::string read(const std::string& path) {
    std::ifstream file(folder_ + path);
    return std::string((std::istreambuf_iterator<char>(file)), {});
  }
  void write(const std::string& path, const std::string& text) { std::ofstream(folder_ + path) << text; }

  void start(std::vector<std::string> argv) {
    proc::Command command;
    command.argv = std::move(argv);
    if (const char* libraries = std::getenv("LD_LIBRARY_PATH"))
      command.environment.push_back(std::string("LD_LIBRARY_PATH=") + libraries);
    proc::UniqueFd log(open((folder_ + "/out").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    auto pid = proc::start_background(command, log.get());
    ASSERT_TRUE(pid) << pid.error().what;
    pid_ = *pid;
    for (int i = 0; i < 600 && !http::get("http://" + address_ + "/__status"); ++i) usleep(20'000);
    ASSERT_TRUE(http::get("http://" + address_ + "/__status")) << read("/out") << read("/error.log");
  }

  static std::string header(const http::Headers& headers, const char* name) {
    const std::string* value = http::find_header(headers, name);
    return value ? *value : "absent";
  }
  static std::string type(const http::Headers& headers) {
    std::string value = header(headers, "content-type");
    return value.substr(0, value.find(';'));
  }

  void check(const std::string& method, const std::string& target) {
    SCOPED_TRACE(method + " " + target);
    http::Request request;
    request.method = method;
    request.target = target;
    request.path = http::canonical_path(target.substr(0, target.find('?')));
    const http::Response expected = expected_.respond(request);
    auto got = http::fetch(method, "http://" + address_ + target, {});
    ASSERT_TRUE(got) << got.error().what;
    EXPECT_EQ(got->status, expected.status) << read("/error.log");
    EXPECT_TRUE(got->body == *expected.body);
    EXPECT_EQ(type(got->headers), type(expected.headers));
    for (const char* name : {"cache-control", "retry-after", "x-robots-tag", "content-security-policy",
                             "x-content-type-options", "referrer-policy", "set-cookie"})
      EXPECT_EQ(header(got->headers, name), header(expected.headers, name)) << name;
  }

  void check_all() {
    for (const auto& [address, page] : expected_.pages()) check("GET", address);
    for (const char* target :
         {"/nowhere", "/nowhere/", "/?s=budget", "/?page_id=3", "/?page_id=22", "/css/", "/b",
          "/css/style.css?ver=3", "/x.phpxa[]=$1&b=(c)|d+e;f", "/__card.html", "/__pages/",
          "/__pages/0001.html", "/__status", "/__status.json", "/__status.html", "/..%2f..%2fetc/passwd",
          "/wp-login.php", "/a?../../../etc/passwd", "/.htaccess"})
      check("GET", target);
    for (const char* target : {"/", "/?page_id=2", "/nowhere", "/__status", "/css/style.css"}) {
      check("POST", target);
      check("DELETE", target);
    }
  }

  fs::PosixFs fs_;
  std::string folder_, address_;
  std::unique_ptr<fs::Dir> state_, target_;
  site::SiteConfig site_;
  ManualClock clock_{Time{2 * kDay}};
  NullLog log_;
  StaticSite expected_;
  pid_t pid_ = -1;
};

TEST_F(ExportServed, ByNginxIsTheCopy) {
  const std::string nginx = installed("APLOMB_TEST_NGINX", "/usr/sbin/nginx");
  if (nginx.empty()) GTEST_SKIP() << "nginx is not installed";
  std::string conf = read("/copy/nginx.conf");
  replace_all(conf, "listen 80;", "listen " + address_ + ";");
  std::string temporary;
  for (const char* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
    temporary += std::string(kind) + "_temp_path " + folder_ + "/" + kind + ";\n";
  write("/nginx.conf", "daemon off;\nmaster_process off;\npid " + folder_ + "/pid;\nerror_log " + folder_ +
                           "/error.log;\nevents {}\nhttp {\naccess_log off;\n" + temporary +
                           "types { text/html html; text/css css; application/json json; }\n" + conf + "}\n");
  start({nginx, "-p", folder_, "-c", folder_ + "/nginx.conf", "-e", folder_ + "/error.log"});
  check_all();
}

TEST_F(ExportServed, ByApacheIsTheCopy) {
  const std::string apache = installed("APLOMB_TEST_APACHE", "/usr/sbin/apache2");
  const std::string modules = installed("APLOMB_TEST_APACHE_MODULES", "/usr/lib/apache2/modules");
  if (apache.empty() || modules.empty()) GTEST_SKIP() << "Apache is not installed";
  std::string conf = read("/copy/apache.conf");
  replace_all(conf, "*:80>", address_ + ">");
  std::string load;
  for (const char* name : {"mpm_event", "authz_core", "mime", "dir", "rewrite", "headers", "env"})
    load += std::string("LoadModule ") + name + "_module " + modules + "/mod_" + name + ".so\n";
  write("/types", "text/html html\ntext/css css\napplication/json json\n");
  write("/apache.conf", load + "ServerRoot " + folder_ + "\nPidFile " + folder_ + "/pid\nListen " + address_ +
                            "\nServerName x\nUser nobody\nGroup nogroup\nErrorLog " + folder_ +
                            "/error.log\nTypesConfig " + folder_ + "/types\nMutex pthread\n" + conf);
  start({apache, "-d", folder_, "-f", folder_ + "/apache.conf", "-DFOREGROUND"});
  check_all();
}

}  // namespace
}  // namespace aplomb::continuity
