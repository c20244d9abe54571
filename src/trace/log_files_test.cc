// Finding logs, putting rotated ones in order, and reading lines out of them.
#include "trace/log_files.h"

#include <gtest/gtest.h>

#include "fs/memory_fs.h"
#include "trace/test_logs.h"

namespace aplomb::trace {
namespace {

ReadAt over(std::string bytes) {
  return [bytes = std::move(bytes)](uint64_t offset, std::span<uint8_t> out) -> Result<size_t> {
    if (offset >= bytes.size()) return size_t{0};
    const size_t count = std::min(out.size(), bytes.size() - static_cast<size_t>(offset));
    std::copy_n(bytes.data() + offset, count, out.data());
    return count;
  };
}

std::vector<std::string> lines_of(const std::string& bytes, Status& status) {
  std::vector<std::string> lines;
  ReadLog told;
  const BeginUnpack here = [] { return std::make_unique<Inflater>(); };
  status = read_lines(
      over(bytes), here,
      [&](uint64_t number, std::string_view line) {
        EXPECT_EQ(number, lines.size() + 1);
        lines.emplace_back(line);
        return true;
      },
      told);
  return lines;
}

TEST(NewestFirst, OfEachSeriesTheNewestThenTheOnesBefore) {
  auto file = [](const std::string& path) {
    LogFile log;
    log.path = path;
    log.series = path.substr(0, path.find(".log") + 4);
    return log;
  };
  EXPECT_EQ(
      newest_first({file("/a.log.3"), file("/a.log.2.gz"), file("/a.log"), file("/b.log.1"), file("/b.log")}),
      (std::vector<std::string>{"/a.log", "/b.log", "/a.log.2.gz", "/b.log.1", "/a.log.3"}));
}

TEST(ReadLines, PlainPackedAndSeveralMembers) {
  Status status;
  const std::vector<std::string> expected = {"a", "", "b", "c"};
  EXPECT_EQ(lines_of("a\n\nb\nc", status), expected);
  EXPECT_EQ(lines_of(pack_gz("a\n\nb") + pack_gz("\nc"), status), expected);
  EXPECT_TRUE(status);
  EXPECT_TRUE(lines_of("", status).empty());
}

TEST(ReadLines, AreTheSameWhereverTheBufferEnds) {
  std::string text;
  SeededRandom random(1);
  std::vector<std::string> expected;
  while (text.size() < 3'000'000) {
    expected.emplace_back(random.below(random.below(50) == 0 ? 60'000 : 300), 'x');
    text += expected.back() + "\n";
  }
  Status status;
  EXPECT_EQ(lines_of(text, status), expected);
  EXPECT_EQ(lines_of(pack_gz(text), status), expected);
}

TEST(ReadLines, AnEndlessLineIsCutAndTheNextIsItself) {
  Status status;
  const auto lines =
      lines_of(std::string(5'000'000, 'x') + "\nnext\n" + std::string(kLineMax, 'y') + "\nlast", status);
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(lines[0].size(), kLineMax);
  EXPECT_EQ(lines[1], "next");
  EXPECT_EQ(lines[2].size(), kLineMax);
  EXPECT_EQ(lines[3], "last");
}

TEST(ReadLines, DamageIsSaidAfterTheLinesBeforeIt) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += std::to_string(i * 7919) + "\n";
  std::string packed = pack_gz(text);
  Status status;
  EXPECT_GT(lines_of(packed.substr(0, packed.size() / 2), status).size(), 1000U);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::corrupt);
  packed[packed.size() / 2] ^= 0x55;
  (void)lines_of(packed, status);
  EXPECT_FALSE(status);
  (void)lines_of("BZh91AY", status);
  EXPECT_EQ(status.error().code, Code::unsupported);
}

TEST(RotatedName, IsUnderstoodInAllItsKinds) {
  struct Case {
    const char* name;
    const char* series;
    int64_t number;
    bool dated;
  };
  for (const Case& one : {Case{"access.log", "access.log", 0, false},
                          {"access.log.1", "access.log", 1, false},
                          {"access.log.12.gz", "access.log", 12, false},
                          {"access.log-20261120", "access.log", 0, true},
                          {"access.log-20261120.gz", "access.log", 0, true},
                          {"access-20261120.log", "access.log", 0, true},
                          {"php8.2-fpm.log", "php8.2-fpm.log", 0, false}}) {
    const RotatedName rotated = parse_rotated(one.name);
    EXPECT_EQ(rotated.series, one.series) << one.name;
    EXPECT_EQ(rotated.number, one.number) << one.name;
    EXPECT_EQ(rotated.day != 0, one.dated) << one.name;
  }
}

LogFiles series_of(const std::vector<std::string>& names) {
  std::vector<LogFile> files;
  for (const std::string& name : names) {
    LogFile file;
    file.path = "/l/" + name;
    file.series = "/l/" + parse_rotated(name).series;
    files.push_back(std::move(file));
  }
  return in_series(std::move(files));
}

TEST(Series, AreOrderedOldestFirstAndMissingFilesAreNamed) {
  LogFiles logs =
      series_of({"access.log", "access.log.10.gz", "access.log.2.gz", "access.log.1", "error.log"});
  std::vector<std::string> order;
  for (const LogFile& file : logs.files) order.push_back(file.path.substr(3));
  EXPECT_EQ(order, (std::vector<std::string>{"access.log.10.gz", "access.log.2.gz", "access.log.1",
                                             "access.log", "error.log"}));
  EXPECT_EQ(logs.gaps.size(), 7U) << "3 to 9";
  EXPECT_TRUE(series_of({"a.log", "a.log.1", "a.log.2.gz"}).gaps.empty());
  logs = series_of(
      {"a.log", "a.log-20261101", "a.log-20261102", "a.log-20261103", "a.log-20261105", "a.log-20261106"});
  ASSERT_EQ(logs.gaps.size(), 1U);
  EXPECT_NE(logs.gaps[0].why.text().find("2026-11-04"), std::string::npos);
}

void put(fs::Fs& fs, const std::string& path, const std::string& text) {
  const size_t slash = path.rfind('/');
  auto dir = fs.make_dirs(path.substr(0, slash), 0755);
  ASSERT_TRUE(dir);
  ASSERT_TRUE(fs::write_file_durably(**dir, path.substr(slash + 1), as_bytes(text)));
}

std::vector<std::string> found(fs::Fs& fs, const LogPlaces& site) {
  std::vector<std::string> paths;
  for (const LogFile& file : find_logs(fs, site).files) paths.push_back(file.path);
  return paths;
}

TEST(FindLogs, TheUsualPlacesAndWhatTheServerIsToldToWrite) {
  fs::MemoryFs fs;
  LogPlaces site;
  site.roots = {"/home/mairie/www"};
  for (const char* path : {"/var/log/nginx/access.log", "/var/log/nginx/access.log.1", "/var/log/auth.log",
                           "/var/log/dpkg.log.2.gz", "/var/log/syslog", "/home/mairie/logs/access_log",
                           "/home/mairie/www/log/error.log", "/srv/logs/town.log", "/srv/logs/town.log.1",
                           "/srv/logs/other.log"})
    put(fs, path, "x\n");
  put(fs, "/etc/nginx/sites-enabled/town",
      "server {\n  access_log /srv/logs/town.log combined;\n  access_log off;\n}\n");
  EXPECT_EQ(found(fs, site),
            (std::vector<std::string>{"/home/mairie/logs/access_log", "/home/mairie/www/log/error.log",
                                      "/srv/logs/town.log.1", "/srv/logs/town.log", "/var/log/auth.log",
                                      "/var/log/dpkg.log.2.gz", "/var/log/nginx/access.log.1",
                                      "/var/log/nginx/access.log"}));
}

TEST(FindLogs, OfTheWebServerOnlyWhatIsConfiguredWhenSomethingIs) {
  fs::MemoryFs fs;
  LogPlaces site;
  for (const char* path :
       {"/var/log/nginx/access.log", "/l/a.log", "/l/a.log.1", "/l/b.log", "/m/x", "/m/access.log"})
    put(fs, path, "x\n");
  site.named = {"/l/a.log", "/m"};
  EXPECT_EQ(found(fs, site), (std::vector<std::string>{"/l/a.log.1", "/l/a.log", "/m/access.log"}));
  site.named = {"/l/*.log"};
  EXPECT_EQ(found(fs, site), (std::vector<std::string>{"/l/a.log", "/l/b.log"}));
  site.named = {"/gone/a.log"};
  EXPECT_TRUE(found(fs, site).empty());
  ASSERT_EQ(find_logs(fs, site).gaps.size(), 1U);
  EXPECT_EQ(find_logs(fs, site).gaps[0].kind, "unreadable");
}

TEST(FindLogs, OfTheMachineWhateverIsConfigured) {
  fs::MemoryFs fs;
  put(fs, "/var/log/auth.log", "x\n");
  put(fs, "/l/a.log", "x\n");
  EXPECT_EQ(found(fs, {{}, {"/l/a.log"}}), (std::vector<std::string>{"/l/a.log", "/var/log/auth.log"}));
}

TEST(LogsInConfiguration, AreThoseOfNginxAndApache) {
  EXPECT_EQ(logs_in_configuration(
                "access_log /a/b.log main;\n\tErrorLog ${APACHE_LOG_DIR}/e.log\nCustomLog \"/c d\" x\n"
                "access_log off;\nerror_log /dev/stderr;\n#access_log /no.log;\naccess_log /v/$host.log;\n"
                "TransferLog /t.log"),
            (std::vector<std::string>{"/a/b.log", "/var/log/apache2/e.log", "/c", "/t.log"}));
}

}  // namespace
}  // namespace aplomb::trace
