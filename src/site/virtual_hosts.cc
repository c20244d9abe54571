#include "site/virtual_hosts.h"

#include <algorithm>

#include "site/database_model.h"
#include "site/paths.h"

namespace aplomb::site {
namespace {

constexpr uint64_t kFileMax = 1 << 20;
constexpr size_t kWordsMax = 100, kDepthMax = 50;

// What one server block or <VirtualHost> said.
struct Host {
  std::string root, name, port;
  bool encrypted = false;
  std::vector<std::string> requests, errors;  // files of its own
  bool other_logs = false;                    // into a pipe, or a name made of variables
};

bool is_host_name(std::string_view name) {
  return !name.empty() && name.find('.') != std::string_view::npos &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") ==
             std::string_view::npos;
}

void add_log(Host& host, std::vector<std::string>& logs, std::string path) {
  if (path == "off") return;
  if (!path.starts_with('/') || path.starts_with("/dev/") || path.find('$') != path.npos ||
      !is_readable_text(path))
    host.other_logs = true;
  else
    logs.push_back(normal_path(path));
}

void add_missing(std::vector<std::string>& logs, const std::vector<std::string>& more) {
  for (const std::string& log : more)
    if (std::ranges::find(logs, log) == logs.end()) logs.push_back(log);
}

// `errors`: where the server writes errors of a host that has no file for them.
void add(std::vector<VirtualHost>& hosts, const Host& host, const char* errors) {
  if (!host.root.starts_with('/') || !is_readable_text(host.root) || host.root.find('$') != std::string::npos)
    return;
  VirtualHost found{normal_path(host.root), ""};
  if (found.root == "/") return;
  bool encrypted = host.encrypted || host.port == "443";
  if (is_host_name(host.name)) {
    found.url = (encrypted ? "https://" : "http://") + host.name;
    if (!host.port.empty() && host.port != "80" && host.port != "443") found.url += ":" + host.port;
  }
  if (!host.requests.empty() && !host.other_logs) {
    add_missing(found.logs, host.requests);
    add_missing(found.logs, host.errors.empty() ? std::vector<std::string>{errors} : host.errors);
  }
  hosts.push_back(std::move(found));
}

// "127.0.0.1:8080", "[::]:80", "*:443", "8080"; nothing for a socket.
std::string port_of(std::string_view address) {
  std::string_view port = address.substr(address.rfind(':') + 1);  // npos + 1 is the beginning
  bool digits =
      !port.empty() && port.size() < 6 && port.find_first_not_of("0123456789") == std::string_view::npos;
  return digits ? std::string(port) : std::string();
}

// Words, quoted or not; { } and ; as words of their own; comments left out.
class Words {
 public:
  explicit Words(std::string_view text) : rest_(text) {}

  // Empty at the end.
  std::string next() {
    while (true) {
      size_t start = std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size());
      rest_.remove_prefix(start);
      if (rest_.empty()) return "";
      if (rest_.front() != '#') break;
      rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
    }
    char first = rest_.front();
    if (std::string_view("{};").find(first) != std::string_view::npos) return take(1);
    if (first == '"' || first == '\'') {
      rest_.remove_prefix(1);
      std::string word = take(std::min(rest_.find(first), rest_.size()));
      rest_.remove_prefix(std::min<size_t>(1, rest_.size()));
      return word.empty() ? " " : word;
    }
    return take(std::min(rest_.find_first_of(" \t\r\n{};"), rest_.size()));
  }

 private:
  std::string take(size_t size) {
    std::string word(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return word;
  }
  std::string_view rest_;
};

void nginx_setting(Host& host, const std::vector<std::string>& words) {
  if (words.size() < 2) return;
  if (words[0] == "root" && host.root.empty()) host.root = words[1];
  if (words[0] == "server_name" && host.name.empty()) {
    auto name = std::find_if(words.begin() + 1, words.end(), is_host_name);
    if (name != words.end()) host.name = *name;
  }
  if (words[0] == "access_log") add_log(host, host.requests, words[1]);
  if (words[0] == "error_log") add_log(host, host.errors, words[1]);
  if (words[0] == "listen") {
    bool encrypted = std::ranges::find(words, "ssl") != words.end();
    if (encrypted || host.port.empty()) host.port = port_of(words[1]);
    host.encrypted = host.encrypted || encrypted;
  }
}

std::vector<std::string> words_of_line(std::string_view line) {
  std::vector<std::string> words;
  Words reader(line);
  for (std::string word = reader.next(); !word.empty() && words.size() < kWordsMax; word = reader.next())
    words.push_back(std::move(word));
  return words;
}

using Parser = std::vector<VirtualHost> (*)(std::string_view);

// What is switched on is a link to what is available.
Result<Bytes> read_through_link(fs::Fs& fs, fs::Dir& dir, const std::string& folder, const fs::Entry& entry) {
  if (entry.type != fs::FileType::symlink) return fs::read_file(dir, entry.name, kFileMax);
  std::string target = TRY(dir.read_link(entry.name));
  if (!target.starts_with('/')) target = folder + "/" + target;
  auto [parent, name] = fs::split_path(normal_path(target));
  auto there = TRY(fs.open_dir(parent.empty() ? "/" : parent));
  return fs::read_file(*there, name, kFileMax);
}

void read_folder(fs::Fs& fs, const std::string& folder, std::string_view ending, Parser parse,
                 std::vector<VirtualHost>& hosts) {
  auto dir = fs.open_dir(folder);
  auto entries = dir ? (*dir)->list() : Result<std::vector<fs::Entry>>(std::vector<fs::Entry>());
  if (!entries) return;
  for (const fs::Entry& entry : *entries) {
    if (!entry.name.ends_with(ending) || entry.type == fs::FileType::directory) continue;
    auto text = read_through_link(fs, **dir, folder, entry);
    if (!text) continue;
    for (VirtualHost& host : parse(as_text(*text))) hosts.push_back(std::move(host));
  }
}

}  // namespace

std::vector<VirtualHost> parse_nginx(std::string_view text) {
  std::vector<VirtualHost> hosts;
  std::vector<bool> blocks;  // of those that are open: is it a server?
  std::vector<std::string> words;
  Host host;
  Words reader(text);
  for (std::string word = reader.next(); !word.empty(); word = reader.next()) {
    bool in_server = !blocks.empty() && blocks.back();
    if (word == "{") {
      if (blocks.size() >= kDepthMax) return hosts;
      blocks.push_back(words.size() == 1 && words[0] == "server");
      if (blocks.back()) host = {};
    } else if (word == "}") {
      if (in_server) add(hosts, host, "/var/log/nginx/error.log");
      if (!blocks.empty()) blocks.pop_back();
    } else if (word == ";") {
      if (in_server) nginx_setting(host, words);
    } else {
      if (words.size() < kWordsMax) words.push_back(std::move(word));
      continue;
    }
    words.clear();
  }
  return hosts;
}

std::vector<VirtualHost> parse_apache(std::string_view text) {
  std::vector<VirtualHost> hosts;
  Host host;
  bool inside = false;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    std::string known(line);  // as Debian's envvars has it
    constexpr std::string_view kLogs = "${APACHE_LOG_DIR}";
    if (size_t at = known.find(kLogs); at != known.npos) known.replace(at, kLogs.size(), "/var/log/apache2");
    std::vector<std::string> words = words_of_line(known);
    if (words.empty()) continue;
    std::string key = fold_case(words[0]);
    if (key == "<virtualhost") {
      host = {};
      inside = true;
      if (words.size() > 1) host.port = port_of(std::string_view(words[1]).substr(0, words[1].find('>')));
    } else if (key == "</virtualhost>") {
      if (inside) add(hosts, host, "/var/log/apache2/error.log");
      inside = false;
    } else if (inside && words.size() > 1) {
      if (key == "documentroot") host.root = words[1];
      if (key == "servername") host.name = words[1].substr(0, words[1].find(':'));
      if (key == "customlog" || key == "transferlog") add_log(host, host.requests, words[1]);
      if (key == "errorlog") add_log(host, host.errors, words[1]);
      if (key == "sslengine") host.encrypted = fold_case(words[1]) == "on";
    }
  }
  return hosts;
}

std::vector<VirtualHost> find_virtual_hosts(fs::Fs& fs, const std::string& top) {
  std::vector<VirtualHost> all, hosts;
  std::string etc = normal_path(top + "/etc");
  read_folder(fs, etc + "/nginx/sites-enabled", "", parse_nginx, all);
  read_folder(fs, etc + "/nginx/conf.d", ".conf", parse_nginx, all);
  read_folder(fs, etc + "/apache2/sites-enabled", ".conf", parse_apache, all);
  std::ranges::stable_sort(all, {}, [](const VirtualHost& host) { return !host.url.starts_with("https:"); });
  for (VirtualHost& host : all) {
    auto known = std::ranges::find(hosts, host.root, &VirtualHost::root);
    if (known == hosts.end()) {
      hosts.push_back(std::move(host));
      continue;
    }
    if (known->url.empty()) known->url = host.url;
    known->logs = logs_of_site({*known, host}, {host.root});
  }
  return hosts;
}

std::vector<std::string> logs_of_site(const std::vector<VirtualHost>& hosts,
                                      const std::vector<std::string>& roots) {
  std::vector<std::string> logs;
  for (const VirtualHost& host : hosts) {
    if (std::ranges::none_of(roots, [&](const std::string& root) { return is_beneath(host.root, root); }))
      continue;
    if (host.logs.empty()) return {};
    add_missing(logs, host.logs);
  }
  return logs;
}

}  // namespace aplomb::site
