// One line of a log, taken apart: access and error logs of nginx and Apache, PHP and PHP-FPM, what sshd,
// sftp, sudo and FTP servers say, and dpkg's. Pure. Every byte of a line may be the attacker's: he chooses
// the path, the agent, the referer, the user of a failed login. So a line is read from its fixed ends: in an
// access log the first quote that is not escaped begins the request, because servers escape quotes in
// everything they log, and the date is what stands right before it.
#pragma once

#include <string>
#include <string_view>

#include "trace/stamp.h"

namespace aplomb::trace {

constexpr size_t kLineMax = 64 << 10;  // what is longer is cut

enum class LineKind : uint8_t {
  none,     // of no known format
  request,  // access log
  error,    // error log of a server or of PHP
  login,    // somebody got in: SSH, sftp
  logout,
  upload,   // a file came by sftp or FTP
  command,  // sudo
  package,  // dpkg changed a package
  other,    // dated, and nothing of the above
};

// Views into the line that was parsed.
struct Line {
  LineKind kind = LineKind::none;
  Time time;
  std::string_view address, account, host;
  std::string_view method, target, referer, agent;
  std::string_view text;  // of an error, command or package
  unsigned status = 0;
  uint64_t bytes = 0;
  uint64_t pid = 0;  // of the process that wrote a line of syslog
};

class LineParser {
 public:
  // `written`: when the file was last changed; syslog's old format leaves the year out.
  explicit LineParser(Time written) : written_(written) {}
  // A line without its end.
  Line parse(std::string_view line);

 private:
  bool access(std::string_view line, Line& out);
  bool bracket(std::string_view line, Line& out);  // Apache's and PHP's error logs
  bool numeric(std::string_view line, Line& out);  // nginx's error log, dpkg.log, syslog with ISO dates
  bool named(std::string_view line, Line& out);    // syslog's old dates, vsftpd, xferlog
  std::optional<Time> short_date(std::string_view line,
                                 size_t at);  // "Nov 24 06:36:43", and the year by written_

  Time written_;
  Stamps stamps_;
};

bool is_address(std::string_view text);
// What an access log's line says in front of its date; in access_line.cc.
void parse_client(std::string_view prefix, Line& out);
// "GET /path HTTP/1.1": method and target; nothing when it is no request (a TLS hello on a plain port).
void parse_request(std::string_view request, Line& out);
// "host program[pid]: text", behind syslog's date; in system_line.cc.
bool parse_syslog(std::string_view rest, Line& out);
// Behind "2026-11-24 06:36:43 " of dpkg.log.
bool parse_dpkg(std::string_view rest, Line& out);
// Behind "Tue Nov 24 06:36:43 2026 ": vsftpd's own log and the transfer log of FTP servers.
bool parse_ftp(std::string_view rest, Line& out);

}  // namespace aplomb::trace
