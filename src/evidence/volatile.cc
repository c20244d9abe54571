#include "evidence/volatile.h"

#include <paths.h>
#include <unistd.h>
#include <utmpx.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <nlohmann/json.hpp>

#include "base/messages.h"
#include "evidence/process_section.h"
#include "evidence/socket_section.h"
#include "evidence/temporary_section.h"

namespace aplomb::evidence {
namespace {

constexpr size_t kLineMax = 1024, kListBytesMax = 64 << 10, kMountBytesMax = 256 << 10,
                 kTmpBytesMax = 640 << 10, kModulesMax = 2000, kNetworkMax = 2000, kUsersMax = 1000;

std::string first_line(const std::string& path) {
  std::string text = read_start(path, kLineMax);
  return shown(std::string_view(text).substr(0, text.find('\n')));
}

// Evidence is compared with logs of other machines: what the clock says, and what keeps it right.
nlohmann::json time_section(Collector& collector) {
  nlohmann::json json = {
      {"now", to_iso_ns(collector.clock().now())},
      {"zone", shown(read_link("/etc/localtime"))},
      {"clock_source", first_line("/sys/devices/system/clocksource/clocksource0/current_clocksource")},
      {"uptime", first_line("/proc/uptime")},
      {"boot_id", first_line("/proc/sys/kernel/random/boot_id")},
      {"host", first_line("/proc/sys/kernel/hostname")},
      {"kernel", first_line("/proc/version")}};
  // systemd-timesyncd touches this file whenever it has set the clock (systemd-timesyncd.service(8)).
  json["synchronized"] = access("/run/systemd/timesync/synchronized", F_OK) == 0;
  return json;
}

nlohmann::json lines_section(Collector& collector, const std::string& path, size_t lines_max) {
  BoundedList list(collector, path, kListBytesMax);
  for (const std::string& line : read_lines(collector, path, lines_max))
    if (!list.add(shown(line))) break;
  return list.take();
}

nlohmann::json network_section(Collector& collector) {
  return {{"routes", lines_section(collector, "/proc/net/route", kNetworkMax)},
          {"neighbours", lines_section(collector, "/proc/net/arp", kNetworkMax)}};
}

template <size_t N>
std::string field(const char (&text)[N]) {
  return shown(std::string_view(text, strnlen(text, N)));
}

// The records themselves and not getutxent(3), whose position is one for the whole process.
nlohmann::json users_section(Collector& collector) {
  BoundedList list(collector, _PATH_UTMP, kListBytesMax);
  if (access(_PATH_UTMP, R_OK) != 0) collector.not_read(_PATH_UTMP, reason(errno));
  const std::string records = read_start(_PATH_UTMP, kUsersMax * sizeof(utmpx));
  for (size_t at = 0; at + sizeof(utmpx) <= records.size(); at += sizeof(utmpx)) {
    utmpx record;
    std::memcpy(&record, records.data() + at, sizeof record);
    if (record.ut_type != USER_PROCESS) continue;
    const Time since{static_cast<int64_t>(record.ut_tv.tv_sec) * kSecond};
    list.add({{"user", field(record.ut_user)},
              {"line", field(record.ut_line)},
              {"host", field(record.ut_host)},
              {"pid", record.ut_pid},
              {"since", to_iso(since)}});
  }
  return list.take();
}

nlohmann::json modules_section(Collector& collector) {
  BoundedList list(collector, "/proc/modules", kListBytesMax);
  for (const std::string& line : read_lines(collector, "/proc/modules", kModulesMax))
    if (!list.add(shown(std::string_view(line).substr(0, line.find(' '))))) break;
  return list.take();
}

nlohmann::json mounts_section(Collector& collector) {
  BoundedList list(collector, tr("mounts"), kMountBytesMax);
  for (const Mount& mount : read_mounts(collector))
    list.add({{"device", shown(mount.device)},
              {"folder", shown(mount.folder)},
              {"type", shown(mount.type)},
              {"options", shown(mount.options)}});
  return list.take();
}

nlohmann::json temporary_section(Collector& collector) {
  nlohmann::json json = nlohmann::json::object();
  json["/dev/shm"] = list_temporary(collector, "/dev/shm");
  json["/var/tmp"] = list_temporary(collector, "/var/tmp");
  json["/tmp"] = list_temporary(collector, "/tmp", kTmpBytesMax);
  return json;
}

}  // namespace

nlohmann::json collect_volatile(const std::vector<std::string>& roots, const Clock& clock,
                                int64_t budget_ms) {
  Collector collector(clock, budget_ms);
  nlohmann::json json = {{"began", to_iso_ns(clock.now())}, {"budget_ms", budget_ms}};
  nlohmann::json sections = nlohmann::json::array();
  SocketOwners owners;
  auto take = [&](const char* name, const std::function<nlohmann::json()>& section) {
    if (collector.out_of_time()) return collector.not_read(name, tr("out of time"));
    const std::string began = to_iso_ns(clock.now());
    json[name] = section();
    sections.push_back({{"name", name}, {"began", began}, {"ended", to_iso_ns(clock.now())}});
  };
  take("time", [&] { return time_section(collector); });
  take("processes", [&] {
    ProcessSection section = collect_processes(collector, roots);
    owners = std::move(section.owners);
    return std::move(section.processes);
  });
  take("sockets", [&] { return collect_sockets(collector, owners); });
  take("network", [&] { return network_section(collector); });
  take("users", [&] { return users_section(collector); });
  take("modules", [&] { return modules_section(collector); });
  take("mounts", [&] { return mounts_section(collector); });
  take("temporary", [&] { return temporary_section(collector); });
  json["sections"] = std::move(sections);
  json["not_read"] = collector.gaps();
  json["ended"] = to_iso_ns(clock.now());
  return json;
}

}  // namespace aplomb::evidence
