#include "scan/script.h"

#include <algorithm>
#include <array>

#include "base/messages.h"
#include "scan/web_address.h"

namespace aplomb::scan {
namespace {

constexpr size_t kLineMax = 16 * 1024;

bool is_word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

// The position behind `word` where it stands alone at or after `from`, or npos.
size_t find_command(std::string_view line, std::string_view word, size_t from = 0) {
  for (size_t at = line.find(word, from); at != std::string_view::npos; at = line.find(word, at + 1)) {
    size_t end = at + word.size();
    if ((at == 0 || !is_word_char(line[at - 1])) &&
        (end == line.size() || (line[end] != '.' && !is_word_char(line[end]))))
      return end;
  }
  return std::string_view::npos;
}

bool names_shell(std::string_view word) {
  size_t slash = word.rfind('/');
  if (slash != std::string_view::npos) word.remove_prefix(slash + 1);
  constexpr std::array<std::string_view, 10> shells{"sh",  "bash", "dash", "zsh",  "ksh",
                                                    "ash", "perl", "php",  "ruby", "node"};
  return word.starts_with("python") || std::find(shells.begin(), shells.end(), word) != shells.end();
}

// "… | sudo bash -s": a pipe into an interpreter, after `from`.
bool pipes_to_shell(std::string_view line, size_t from) {
  for (size_t at = line.find('|', from); at != std::string_view::npos; at = line.find('|', at + 1)) {
    std::string_view rest = line.substr(at + 1);
    for (int i = 0; i < 4; ++i) {  // sudo, env, nohup and their like before the interpreter
      size_t begin = rest.find_first_not_of(" \t");
      if (begin == std::string_view::npos) break;
      size_t end = std::min(rest.find_first_of(" \t;&|)\"'`\r", begin), rest.size());
      std::string_view word = rest.substr(begin, end - begin);
      if (names_shell(word)) return true;
      if (word != "sudo" && word != "env" && word != "nohup" && word != "exec" && !word.starts_with('-'))
        break;
      rest.remove_prefix(end);
    }
  }
  return false;
}

bool fetches_and_runs(std::string_view line) {
  for (std::string_view fetcher : {"curl", "wget", "fetch", "lynx"}) {
    size_t behind = find_command(line, fetcher);
    if (behind == std::string_view::npos) continue;
    if (pipes_to_shell(line, behind)) return true;
    // bash <(curl …), sh -c "$(curl …)", eval "$(curl …)", source <(curl …)
    size_t begin = behind - fetcher.size();
    std::string_view before = line.substr(0, begin);
    bool substituted = before.ends_with("$(") || before.ends_with("<(") || before.ends_with("`");
    bool runs = before.find("sh -c") != std::string_view::npos ||
                find_command(before, "eval") != std::string_view::npos ||
                find_command(before, "source") != std::string_view::npos ||
                find_command(before, "bash") != std::string_view::npos;
    if (substituted && runs) return true;
  }
  return false;
}

bool decodes_and_runs(std::string_view line) {
  size_t at = line.find("base64 -d");
  if (at == std::string_view::npos) at = line.find("base64 --decode");
  if (at == std::string_view::npos) return false;
  return pipes_to_shell(line, at) || (find_command(line, "eval") < at && line.find("$(") < at);
}

bool opens_remote_shell(std::string_view line) {
  bool interactive = line.find("sh -i") != std::string_view::npos ||
                     line.find("0>&1") != std::string_view::npos ||
                     line.find("0<&") != std::string_view::npos;
  if (line.find("/dev/tcp/") != std::string_view::npos || line.find("/dev/udp/") != std::string_view::npos)
    return interactive;
  size_t netcat = find_command(line, "nc");
  if (netcat == std::string_view::npos) netcat = find_command(line, "ncat");
  if (netcat == std::string_view::npos) return false;
  bool shell =
      line.find("/bin/sh") != std::string_view::npos || line.find("/bin/bash") != std::string_view::npos;
  bool executes = line.find(" -e ", netcat) != std::string_view::npos ||
                  line.find(" -c /bin", netcat) != std::string_view::npos;
  return shell && (executes || (line.find("mkfifo") != std::string_view::npos && interactive));
}

// Socket, descriptors turned over to it, shell: the three steps of a reverse shell in Python, Perl and Ruby.
bool is_reverse_shell_program(std::string_view text) {
  auto has = [&](std::string_view word) { return text.find(word) != std::string_view::npos; };
  bool python = has("socket.socket") && has(".connect((") && (has("os.dup2(") || has("pty.spawn(")) &&
                (has("/bin/sh") || has("/bin/bash") || has("\"sh\"") || has("'sh'"));
  bool perl = has("Socket") && has("connect(") && has("open(STDIN,\">&") && has("exec");
  return python || perl;
}

bool in_temporary_folder(std::string_view line) {
  for (std::string_view folder : {"/tmp/", "/var/tmp/", "/dev/shm/"})
    if (line.find(folder) != std::string_view::npos) return true;
  return false;
}

bool connects_to_pool(std::string_view text) {
  return text.find("stratum+tcp://") != std::string_view::npos ||
         text.find("stratum+ssl://") != std::string_view::npos ||
         text.find("stratum2+tcp://") != std::string_view::npos;
}

// A Monero address: 95 characters of base 58 that begin with 4.
bool is_wallet(std::string_view word) {
  return word.size() == 95 && word[0] == '4' &&
         (word[1] == 'A' || word[1] == 'B' || (word[1] >= '0' && word[1] <= '9')) &&
         std::all_of(word.begin(), word.end(), [](char c) {
           return is_word_char(c) && c != '_' && c != '-' && c != '0' && c != 'O' && c != 'I' && c != 'l';
         });
}

bool holds_wallet(std::string_view line) {
  for (size_t at = 0; at < line.size();) {
    while (at < line.size() && !is_word_char(line[at])) ++at;
    size_t end = at;
    while (end < line.size() && is_word_char(line[end])) ++end;
    if (is_wallet(line.substr(at, end - at))) return true;
    at = end;
  }
  return false;
}

class Detector {
 public:
  Detector(SystemFile system, ReportBuilder& report) : system_(system), report_(report) {}

  void line(std::string_view text, uint32_t number) {
    size_t begin = text.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos || text[begin] == '#') return;
    text = text.substr(begin, kLineMax);
    switch (system_) {
      case SystemFile::authorized_keys:
        return key(text, number);
      case SystemFile::preload:
        return preload(text, number);
      case SystemFile::crontab:
        task(text, number);
        break;
      case SystemFile::none:
        break;
    }
    command(text, number);
  }

 private:
  // What is only unusual in a script somebody calls is decisive in a task that nobody sees.
  Level unseen() const { return system_ == SystemFile::crontab ? Level::malicious : Level::suspicious; }

  void command(std::string_view text, uint32_t number) {
    if (fetches_and_runs(text))
      report_.add(unseen(), "script-fetch-and-run",
                  tr_later("fetches code from another host and executes it unread: {}"), {text}, number);
    if (decodes_and_runs(text))
      report_.add(unseen(), "script-decode-and-run", tr_later("decodes a text and executes it: {}"), {text},
                  number);
    if (opens_remote_shell(text))
      report_.add(Level::malicious, "script-remote-shell", tr_later("hands a shell to a remote host: {}"),
                  {text}, number);
    bool miner = find_command(text, "xmrig") != std::string_view::npos ||
                 find_command(text, "minerd") != std::string_view::npos;
    bool address =
        text.find(" -o ") != std::string_view::npos || text.find("--url") != std::string_view::npos;
    if (connects_to_pool(text) || (miner && address) || (address && holds_wallet(text)))
      report_.add(Level::malicious, "script-miner", tr_later("starts a cryptocurrency miner: {}"), {text},
                  number);
  }

  void task(std::string_view text, uint32_t number) {
    if (!in_temporary_folder(text)) return;
    // Redirecting output or a lock into /tmp is ordinary; executing from there is not.
    for (std::string_view folder : {"/tmp/", "/var/tmp/", "/dev/shm/"}) {
      size_t at = text.find(folder);
      if (at == std::string_view::npos || at == 0) continue;
      std::string_view before = text.substr(0, at);
      bool starts = before.ends_with("* ") || before.ends_with("sh ") || before.ends_with("reboot ") ||
                    before.ends_with("php ") || before.ends_with("&& ") || before.ends_with("root ");
      if (starts)
        report_.add(Level::suspicious, "task-runs-temporary",
                    tr_later("a scheduled task executes a file of a temporary folder: {}"), {text}, number);
    }
  }

  void key(std::string_view text, uint32_t number) {
    size_t at = text.find("command=\"");
    size_t type = std::min(text.find("ssh-"), text.find("ecdsa-"));
    if (at == std::string_view::npos || type == 0) return;
    std::string_view forced = text.substr(at + 9, text.find("\" ", at) - at - 9);
    bool harmful = fetches_and_runs(forced) || decodes_and_runs(forced) || opens_remote_shell(forced);
    bool restricted = text.find("restrict") < type || text.find("no-pty") < type;
    if (harmful)
      report_.add(Level::malicious, "key-runs-code", tr_later("whoever uses this key starts: {}"), {forced},
                  number);
    else if (!restricted)
      report_.add(Level::suspicious, "key-runs-command", tr_later("whoever uses this key starts: {}"),
                  {forced}, number);
  }

  void preload(std::string_view text, uint32_t number) {
    bool odd = in_temporary_folder(text) || text.find("/.") != std::string_view::npos;
    report_.add(odd ? Level::malicious : Level::suspicious, "preloads-library",
                tr_later("every program of the machine loads this library first: {}"), {text}, number);
  }

  SystemFile system_;
  ReportBuilder& report_;
};

}  // namespace

void analyse_script(std::string_view text, SystemFile system, ReportBuilder& report) {
  Detector detector(system, report);
  uint32_t number = 0, first = 0;
  std::string joined;
  for (size_t at = 0; at < text.size();) {
    size_t end = std::min(text.find('\n', at), text.size());
    std::string_view piece = text.substr(at, end - at);
    at = end + 1;
    ++number;
    if (joined.empty()) first = number;
    bool goes_on = piece.ends_with('\\') && joined.size() < kLineMax && at < text.size();
    if (!goes_on && joined.empty()) {
      detector.line(piece, number);
      continue;
    }
    if (goes_on) piece.remove_suffix(1);
    joined.append(piece);
    if (goes_on) {
      joined += ' ';
      continue;
    }
    detector.line(joined, first);
    joined.clear();
  }
  if (system == SystemFile::none && is_reverse_shell_program(text))
    report.add(Level::malicious, "script-remote-shell",
               tr_later("connects to a remote host and hands it a shell"), {}, 0);
}

void find_miner_settings(std::string_view text, ReportBuilder& report) {
  size_t donate = text.find("\"donate-level\"");
  if (donate == std::string_view::npos || text.find("\"pools\"") == std::string_view::npos ||
      text.find("\"url\"") == std::string_view::npos)
    return;
  report.add(Level::malicious, "miner-settings", tr_later("the settings of a cryptocurrency miner"), {}, 0);
}

}  // namespace aplomb::scan
