// What sshd, sftp, sudo, FTP servers and dpkg say. Only lines that say that something succeeded matter; their
// fixed words stand at the beginning of the text, where no attacker's text can be.
#include <algorithm>
#include <charconv>

#include "trace/log_line.h"

namespace aplomb::trace {
namespace {

std::string_view word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  const size_t end = std::min(text.find(' '), text.size());
  std::string_view found = text.substr(0, end);
  text.remove_prefix(end);
  return found;
}

std::string_view between(std::string_view text, std::string_view begin, std::string_view end) {
  const size_t at = text.find(begin);
  if (at == text.npos) return {};
  text.remove_prefix(at + begin.size());
  return text.substr(0, text.find(end));
}

uint64_t number(std::string_view text) {
  uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// "Accepted publickey for anne from 192.0.2.1 port 50000 ssh2: …"
void sshd(std::string_view text, Line& out) {
  if (text.starts_with("Accepted ")) {
    out.account = between(text, " for ", " ");
    out.address = between(text, " from ", " ");
    if (is_address(out.address)) out.kind = LineKind::login;
  } else if (text.starts_with("pam_unix(sshd:session): session closed for user ")) {
    out.account = text.substr(text.rfind(' ') + 1);
    out.kind = LineKind::logout;
  }
}

// "session opened for local user anne from [192.0.2.1]", "open "/path" flags WRITE,CREATE,TRUNCATE mode 0644"
void sftp(std::string_view text, Line& out) {
  if (text.starts_with("session opened for local user ")) {
    out.account = between(text, "local user ", " ");
    out.address = between(text, "from [", "]");
    out.kind = LineKind::login;
  } else if (text.starts_with("session closed for local user ")) {
    out.account = between(text, "local user ", " ");
    out.kind = LineKind::logout;
  } else if (text.starts_with("open \"")) {
    const size_t end = text.rfind("\" flags ");
    if (end == text.npos || end < 6 || text.find("WRITE", end) == text.npos) return;
    out.target = text.substr(6, end - 6);
    out.kind = LineKind::upload;
  } else if (text.starts_with("rename old \"")) {
    const size_t at = text.rfind("\" new \"");
    if (at == text.npos || !text.ends_with('"') || text.size() < at + 8) return;
    out.target = text.substr(at + 7, text.size() - at - 8);
    out.kind = LineKind::upload;
  }
}

}  // namespace

bool parse_syslog(std::string_view rest, Line& out) {
  word(rest);  // the machine
  std::string_view tag = word(rest);
  if (tag.empty() || !tag.ends_with(':')) return false;
  tag.remove_suffix(1);
  if (const size_t bracket = tag.find('['); bracket != tag.npos) {
    out.pid = number(tag.substr(bracket + 1));
    tag = tag.substr(0, bracket);
  }
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  out.kind = LineKind::other;
  out.text = rest;
  if (tag == "sshd" || tag == "sshd-session") sshd(rest, out);
  if (tag == "internal-sftp" || tag == "sftp-server") sftp(rest, out);
  if (tag == "sudo" && rest.find("COMMAND=") != rest.npos) {
    out.account = word(rest);
    out.kind = LineKind::command;
  }
  return true;
}

bool parse_dpkg(std::string_view rest, Line& out) {
  std::string_view text = rest.substr(std::min(rest.find_first_not_of(' '), rest.size()));
  out.kind = LineKind::other;
  out.text = text;
  const std::string_view action = word(rest);
  if (action == "install" || action == "upgrade" || action == "remove" || action == "purge" ||
      action == "configure") {
    out.kind = LineKind::package;
    const std::string_view name = word(rest);
    out.target = name.substr(0, name.find(':'));
    return true;
  }
  return action == "status" || action == "startup" || action == "trigproc" || action == "conffile";
}

// vsftpd:  "[pid 2] [anne] OK UPLOAD: Client "192.0.2.1", "/path", 12 bytes, 1.00Kbyte/sec"
// xferlog: "1 192.0.2.1 12 /path b _ i r anne ftp 0 * c" (xferlog(5))
bool parse_ftp(std::string_view rest, Line& out) {
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  out.kind = LineKind::other;
  out.text = rest;
  if (rest.starts_with("[pid ")) {
    const std::string_view behind_pid = rest.substr(std::min(rest.find(']'), rest.size()));
    const size_t ok = rest.find("] OK UPLOAD: Client \"");
    if (ok == rest.npos) return true;
    out.account = between(behind_pid, "[", "]");
    out.address = between(rest.substr(ok), "Client \"", "\"");
    if (out.address.starts_with("::ffff:")) out.address.remove_prefix(7);
    out.target = between(rest.substr(ok), "\", \"", "\"");
    out.kind = LineKind::upload;
    return true;
  }
  std::string_view fields = rest;
  word(fields);
  out.address = word(fields);
  out.bytes = number(word(fields));
  if (!is_address(out.address)) {
    out.address = {};
    return false;
  }
  // The name of the file may hold anything; from the end: completion, user id, method, service, name, mode,
  // direction.
  std::string_view tail = fields;
  std::string_view last[8];
  for (std::string_view& part : last) {
    const size_t blank = tail.rfind(' ');
    if (blank == tail.npos) return false;
    part = tail.substr(blank + 1);
    tail = tail.substr(0, blank);
  }
  out.account = last[4];
  const bool incoming = last[6] == "i";
  const size_t type = tail.rfind(' ');
  if (!incoming || type == tail.npos) return true;
  out.target = tail.substr(0, type);
  out.target.remove_prefix(std::min(out.target.find_first_not_of(' '), out.target.size()));
  out.kind = LineKind::upload;
  return true;
}

}  // namespace aplomb::trace
