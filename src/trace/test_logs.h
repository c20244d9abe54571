// Two weeks of a small town's access log with its noise: visitors by day, crawlers all the time, scanners
// that try what everybody tries, editors whose browsers send heartbeats and upload pictures. Rotated daily,
// gz from the second on. For tests only; every line is made from a seed.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <map>

#include "base/random.h"
#include "trace/trace.h"

namespace aplomb::trace {

constexpr int64_t kLogStart = 20'760 * kDay;  // a midnight
constexpr int kLogDays = 14;

inline std::string pack_gz(const std::string& text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, static_cast<uLong>(text.size())) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

inline std::string access_stamp(Time time) {
  const std::string iso = to_iso(time);  // 2026-11-24T06:36:43Z
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  return fmt::format("{}/{}/{}:{} +0000", iso.substr(8, 2), kMonths[std::stoi(iso.substr(5, 2)) - 1],
                     iso.substr(0, 4), iso.substr(11, 8));
}

struct LogLine {
  Time time;
  std::string text;
};

class TownLogs {
 public:
  explicit TownLogs(uint64_t seed) : random_(seed) { noise(); }

  Random& random() { return random_; }
  std::vector<LogLine>& lines() { return lines_; }

  // Returns the line, to be looked for in the answer.
  std::string add(Time time, const std::string& address, const std::string& request, int status,
                  uint64_t bytes, const std::string& agent = "Mozilla/5.0", const std::string& referer = "-",
                  const std::string& user = "-") {
    std::string text = fmt::format("{}{} - {} [{}] \"{} HTTP/1.1\" {} {} \"{}\" \"{}\"", host_prefix, address,
                                   user, access_stamp(time), request, status, bytes, referer, agent);
    lines_.push_back({time, text});
    return text;
  }
  std::string host_prefix;

  // Files by name, as the disk holds them; and what stands in them, unpacked.
  void rotate() {
    std::ranges::stable_sort(lines_, {}, &LogLine::time);
    for (const LogLine& line : lines_) {
      const int64_t day = (line.time.ns - kLogStart) / kDay;
      const int64_t number = kLogDays - 1 - day;
      const std::string name =
          number <= 0 ? "access.log" : fmt::format("access.log.{}{}", number, number > 1 ? ".gz" : "");
      texts_[name] += line.text + "\n";
    }
  }
  std::map<std::string, std::string>& texts() { return texts_; }

  LogFiles files() const {
    std::vector<LogFile> files;
    for (const auto& [name, text] : texts_) {
      LogFile file;
      file.path = "/log/" + name;
      file.series = "/log/" + parse_rotated(name).series;
      file.written = Time{kLogStart + kLogDays * kDay};
      auto bytes = std::make_shared<std::string>(name.ends_with(".gz") ? pack_gz(text) : text);
      file.size = bytes->size();
      file.open = [bytes]() -> Result<ReadAt> {
        return [bytes](uint64_t offset, std::span<uint8_t> out) -> Result<size_t> {
          if (offset >= bytes->size()) return size_t{0};
          const size_t count = std::min(out.size(), bytes->size() - static_cast<size_t>(offset));
          std::copy_n(bytes->data() + offset, count, out.data());
          return count;
        };
      };
      files.push_back(std::move(file));
    }
    return in_series(std::move(files));
  }

  // The text of a line that an answer names.
  std::string at(const Place& place) const {
    auto found = texts_.find(place.file.substr(place.file.rfind('/') + 1));
    if (found == texts_.end()) return "";
    size_t begin = 0;
    for (uint64_t i = 1; i < place.line; ++i) begin = found->second.find('\n', begin) + 1;
    return found->second.substr(begin, found->second.find('\n', begin) - begin);
  }

 private:
  void noise() {
    static constexpr const char* kPages[] = {"/", "/actualites", "/mairie/horaires",
                                             "/ecoles/cantine?mois=11", "/agenda"};
    static constexpr const char* kTried[] = {"/wp-login.php",
                                             "/.env",
                                             "/phpmyadmin/",
                                             "/wp-content/uploads/x.php",
                                             "/shell.php",
                                             "/xmlrpc.php",
                                             "/vendor/phpunit/eval-stdin.php"};
    for (int64_t minute = 0; minute < kLogDays * 24 * 60; ++minute) {
      const Time time{kLogStart + minute * kMinute + static_cast<int64_t>(random_.below(60)) * kSecond};
      const int64_t hour = minute / 60 % 24;
      const bool day = hour >= 7 && hour < 22;
      if (random_.below(day ? 2 : 12) == 0) {
        const std::string visitor = fmt::format("198.51.100.{}", random_.below(250));
        for (uint64_t i = random_.below(4) + 1; i > 0; --i)
          add(Time{time.ns + static_cast<int64_t>(i) * kSecond}, visitor,
              std::string("GET ") + kPages[random_.below(5)], 200, 2000 + random_.below(30'000));
      }
      if (random_.below(9) == 0) add(time, "66.249.66.1", "GET /agenda", 200, 9000, "Googlebot/2.1");
      if (random_.below(40) == 0) {
        const std::string scanner = fmt::format("192.0.2.{}", random_.below(250));
        const uint64_t tried = random_.below(7);
        add(time, scanner, std::string(tried == 5 ? "POST " : "GET ") + kTried[tried], tried == 5 ? 200 : 404,
            400, "python-requests/2.31");
      }
      const bool office = hour >= 8 && hour < 17 && minute / 1440 % 7 < 5;
      if (office) {
        const std::string editor = minute / 60 % 2 == 0 ? "203.0.113.50" : "203.0.113.51";
        add(time, editor, "POST /wp-admin/admin-ajax.php", 200, 60, "Mozilla/5.0",
            "https://m/wp-admin/post.php");
        if (random_.below(30) == 0) add(time, editor, "POST /wp-admin/async-upload.php", 200, 900);
        if (random_.below(45) == 0) add(time, editor, "POST /wp-admin/post.php", 302, 0);
        if (random_.below(200) == 0) add(time, editor, "POST /wp-login.php", 302, 0);
      }
      if (minute % 60 == 7)
        add(time, "203.0.113.1", "POST /wp-cron.php?doing_wp_cron=1", 200, 0, "WordPress/6.6");
    }
  }

  SeededRandom random_;
  std::vector<LogLine> lines_;
  std::map<std::string, std::string> texts_;
};

}  // namespace aplomb::trace
