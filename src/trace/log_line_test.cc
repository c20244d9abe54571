// Every format, as the servers write it, and what an attacker may put into it.
#include "trace/log_line.h"

#include <gtest/gtest.h>

#include "trace/endpoints.h"

namespace aplomb::trace {
namespace {

Time at(const char* iso) {
  return *parse_iso(iso);
}

Line parse(std::string_view line) {
  // A time zone that is no whole number of hours from UTC would show here.
  LineParser parser(at("2026-12-01T00:00:00Z"));
  return parser.parse(line);
}

TEST(AccessLine, CombinedAndCommon) {
  Line line = parse(
      R"(203.0.113.9 - anne [24/Nov/2026:07:36:43 +0100] "POST /a.php?b=1 HTTP/1.1" 302 512 "https://x/" "curl/7.88")");
  EXPECT_EQ(line.kind, LineKind::request);
  EXPECT_EQ(to_iso(line.time), "2026-11-24T06:36:43Z");
  EXPECT_EQ(line.address, "203.0.113.9");
  EXPECT_EQ(line.account, "anne");
  EXPECT_EQ(line.method, "POST");
  EXPECT_EQ(line.target, "/a.php?b=1");
  EXPECT_EQ(line.status, 302U);
  EXPECT_EQ(line.bytes, 512U);
  EXPECT_EQ(line.referer, "https://x/");
  EXPECT_EQ(line.agent, "curl/7.88");
  line = parse(R"(203.0.113.9 - - [24/Nov/2026:23:36:43 -0230] "GET / HTTP/1.0" 200 -)");
  EXPECT_EQ(to_iso(line.time), "2026-11-25T02:06:43Z");
  EXPECT_EQ(line.bytes, 0U);
  EXPECT_EQ(line.account, "");
}

TEST(AccessLine, VirtualHostIPv6ProxyAndFpm) {
  Line line = parse(
      R"(www.mairie.fr:443 2001:db8::7 - - [24/Nov/2026:06:36:43 +0000] "GET /x HTTP/2.0" 200 5 "-" "-")");
  EXPECT_EQ(line.host, "www.mairie.fr");
  EXPECT_EQ(line.address, "2001:db8::7");
  EXPECT_EQ(line.agent, "");
  line = parse(R"(198.51.100.1, 10.0.0.1 - - [24/Nov/2026:06:36:43 +0000] "GET /x HTTP/1.1" 200 5 "-" "-")");
  EXPECT_EQ(line.address, "198.51.100.1");
  EXPECT_EQ(line.host, "");
  line = parse(R"(127.0.0.1 -  24/Nov/2026:06:36:43 +0000 "POST /up.php" 200)");
  EXPECT_EQ(line.target, "/up.php");
  EXPECT_EQ(line.status, 200U);
}

TEST(AccessLine, WhatTheAttackerChoosesMovesNothing) {
  // A user of basic authentication who looks like a date and a request; servers escape his quotes.
  Line line = parse(
      R"(203.0.113.9 - x [01/Jan/2020:00:00:00 +0000] \"GET /fake HTTP/1.1\" 200 [24/Nov/2026:06:36:43 +0000] "POST /true HTTP/1.1" 200 5 "a\"b" "c\\")");
  EXPECT_EQ(to_iso(line.time), "2026-11-24T06:36:43Z");
  EXPECT_EQ(line.target, "/true");
  EXPECT_EQ(line.referer, R"(a\"b)");
  EXPECT_EQ(line.agent, R"(c\\)");
  // A TLS hello, bytes of all kinds, a path with blanks and a quote.
  line = parse(R"(203.0.113.9 - - [24/Nov/2026:06:36:43 +0000] "\x16\x03\x01" 400 150 "-" "-")");
  EXPECT_EQ(line.kind, LineKind::request);
  EXPECT_EQ(line.target, "");
  EXPECT_EQ(line.status, 400U);
  line = parse(
      "203.0.113.9 - - [24/Nov/2026:06:36:43 +0000] \"GET /a b\\\" c HTTP/1.1\" 404 1 \"-\" \"\xff\x01\"");
  EXPECT_EQ(line.target, "/a b\\\" c");
  EXPECT_EQ(line.agent, "\xff\x01");
}

TEST(AccessLine, WhatIsCutIsReadAsFarAsItGoes) {
  const std::string whole =
      R"(203.0.113.9 - - [24/Nov/2026:06:36:43 +0000] "GET /abc HTTP/1.1" 200 5 "-" "agent")";
  for (size_t size = 0; size < whole.size(); ++size) {
    const Line line = parse(whole.substr(0, size));
    if (line.kind == LineKind::request) {
      EXPECT_EQ(to_iso(line.time), "2026-11-24T06:36:43Z");
    }
  }
  EXPECT_EQ(parse("").kind, LineKind::none);
  EXPECT_EQ(parse("\"").kind, LineKind::none);
  EXPECT_EQ(parse("not a log at all").kind, LineKind::none);
}

TEST(ErrorLine, NginxApacheAndPhp) {
  Line line = parse(
      R"(2026/11/24 06:36:43 [error] 1#1: *45 FastCGI sent in stderr: "PHP message: , client: 9.9.9.9, in /var/www/x.php on line 3" while reading, client: 203.0.113.9, server: _, request: "POST /x.php HTTP/1.1", host: "m")");
  EXPECT_EQ(line.kind, LineKind::error);
  EXPECT_EQ(line.address, "203.0.113.9");
  EXPECT_EQ(line.target, "/x.php");
  line = parse(
      "[Tue Nov 24 06:36:43.123456 2026] [php:error] [pid 12] [client 203.0.113.9:50000] PHP Warning:  a in "
      "/var/www/x.php on line 1");
  EXPECT_EQ(line.kind, LineKind::error);
  EXPECT_EQ(line.address, "203.0.113.9");
  line = parse("[Tue Nov  3 06:36:43.123456 2026] [core:error] [pid 12] [client 2001:db8::7:50000] x");
  EXPECT_EQ(line.address, "2001:db8::7:50000") << "an IPv6 address and its port cannot be told apart";
  line = parse("[24-Nov-2026 06:36:43 UTC] PHP Warning:  a in /var/www/x.php on line 1");
  EXPECT_EQ(line.kind, LineKind::error);
  EXPECT_EQ(to_iso(line.time), "2026-11-24T06:36:43Z");
}

TEST(SystemLine, SshSftpFtpSudoAndDpkg) {
  Line line = parse(
      "2026-11-24T06:36:43.5+01:00 web sshd[77]: Accepted publickey for anne from 192.0.2.1 port 50000 ssh2: "
      "RSA x");
  EXPECT_EQ(line.kind, LineKind::login);
  EXPECT_EQ(to_iso(line.time), "2026-11-24T05:36:43Z");
  EXPECT_EQ(line.account, "anne");
  EXPECT_EQ(line.address, "192.0.2.1");
  EXPECT_EQ(line.pid, 77U);
  line = parse("2026-11-24T06:36:43+0100 web sshd[77]: pam_unix(sshd:session): session closed for user anne");
  EXPECT_EQ(line.kind, LineKind::logout);
  line = parse(
      "Nov 24 06:36:43 web internal-sftp[78]: open \"/var/www/a b.php\" flags WRITE,CREATE,TRUNCATE mode "
      "0644");
  EXPECT_EQ(line.kind, LineKind::upload);
  EXPECT_EQ(line.target, "/var/www/a b.php");
  EXPECT_EQ(to_iso(line.time).substr(0, 4), "2026");
  // Written in December, read from a file that was last changed on the first of December: of the year before.
  EXPECT_EQ(
      to_iso(parse("Dec 24 06:36:43 web sshd[1]: Accepted password for a from 192.0.2.1 port 1 ssh2").time)
          .substr(0, 4),
      "2025");
  line = parse(
      "Tue Nov 24 06:36:43 2026 [pid 2] [anne] OK UPLOAD: Client \"::ffff:192.0.2.1\", \"/w/x.php\", 12 "
      "bytes, 1.00Kbyte/sec");
  EXPECT_EQ(line.kind, LineKind::upload);
  EXPECT_EQ(line.account, "anne");
  EXPECT_EQ(line.address, "192.0.2.1");
  EXPECT_EQ(line.target, "/w/x.php");
  line = parse("Tue Nov 24 06:36:43 2026 1 192.0.2.1 12 /w/a b.php b _ i r anne ftp 0 * c");
  EXPECT_EQ(line.kind, LineKind::upload);
  EXPECT_EQ(line.target, "/w/a b.php");
  EXPECT_EQ(line.account, "anne");
  line = parse("2026-11-24 06:36:43 upgrade wordpress:all 6.1 6.2");
  EXPECT_EQ(line.kind, LineKind::package);
  EXPECT_EQ(line.target, "wordpress");
  // What a stranger types as his name is no login.
  line = parse(
      "Nov 24 06:36:43 web sshd[1]: Failed password for invalid user Accepted password for root from 6.6.6.6 "
      "from 192.0.2.1 port 1 ssh2");
  EXPECT_EQ(line.kind, LineKind::other);
}

TEST(Endpoints, AreToldByTargetAndReferer) {
  EXPECT_EQ(endpoint_of("/wp-admin/theme-editor.php", ""), Endpoint::writes);
  EXPECT_EQ(endpoint_of("/wp-admin/admin-ajax.php", "https://x/wp-admin/plugin-editor.php?file=a"),
            Endpoint::writes);
  EXPECT_EQ(endpoint_of("/wp-admin/admin-ajax.php", ""), Endpoint::interface);
  EXPECT_EQ(endpoint_of("/wp-login.php", ""), Endpoint::sign_in);
  EXPECT_TRUE(signed_in("POST", "/wp-login.php", 302));
  EXPECT_FALSE(signed_in("POST", "/wp-login.php", 200)) << "WordPress shows the form again";
  EXPECT_TRUE(is_dump("/backup/site-2026.tar.gz"));
  EXPECT_TRUE(is_dump("/dump.SQL?x"));
  EXPECT_FALSE(is_dump("/docs/budget.pdf"));
  EXPECT_FALSE(is_dump("/jeux.zip"));
}

}  // namespace
}  // namespace aplomb::trace
