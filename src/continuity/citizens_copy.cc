#include "continuity/citizens_copy.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "fs/posix_fs.h"

namespace aplomb::continuity {
namespace {

constexpr const char* kFolder = "continuity";
constexpr const char* kRunning = "continuity/running.json";
constexpr const char* kLock = "continuity/lock";
constexpr uint64_t kRunningMax = 64 << 10;

struct Listen {
  std::string address;
  uint16_t port = 0;
};

// "127.0.0.1:8180", "[::]:80", "*:80".
Result<Listen> parse_listen(std::string_view text) {
  const size_t colon = text.rfind(':');
  Listen listen;
  std::string_view port = colon == text.npos ? std::string_view() : text.substr(colon + 1);
  auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), listen.port);
  if (port.empty() || error != std::errc() || end != port.data() + port.size())
    return fail(make_error(Code::config, tr("{} is not an address with a port", printable(text)))
                    .then(tr("write it as 127.0.0.1:8180")));
  listen.address = text.substr(0, colon);
  if (listen.address.starts_with('[') && listen.address.ends_with(']'))
    listen.address = listen.address.substr(1, listen.address.size() - 2);
  if (listen.address == "*" || listen.address.empty()) listen.address = "0.0.0.0";
  return listen;
}

// A process number and its start time are certain only within one run of the machine.
std::string boot_id() {
  auto folder = fs::PosixFs().open_dir("/proc/sys/kernel/random");
  if (!folder) return {};
  auto text = fs::read_file(**folder, "boot_id", 100);
  std::string id = text ? std::string(as_text(*text)) : std::string();
  std::erase(id, '\n');
  return id;
}

Result<std::unique_ptr<fs::File>> lock(fs::Dir& state) {
  TRY(fs::make_dirs(state, kFolder, 0700));
  auto file = TRY(state.open(kLock, fs::Open::create));
  Status locked = file->try_lock();
  if (!locked && locked.error().code == Code::busy)
    return fail(make_error(Code::busy, tr("the citizens' copy is being started or stopped by another run"))
                    .then(tr("try again in a moment")));
  TRY(std::move(locked));
  return file;
}

int64_t number(const nlohmann::json& json, const char* key) {
  auto found = json.find(key);
  return found != json.end() && found->is_number_integer() ? found->get<int64_t>() : -1;
}
std::string text(const nlohmann::json& json, const char* key) {
  auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string encode(const RunningCopy& copy) {
  nlohmann::ordered_json json = {
      {"boot", boot_id()},   {"pid", copy.process.pid},   {"start_ticks", copy.process.start_ticks},
      {"port", copy.port},   {"url", copy.url},           {"since_ns", copy.since.ns},
      {"pages", copy.pages}, {"snapshot", copy.snapshot}, {"elsewhere", copy.elsewhere}};
  if (copy.captured) json["captured_ns"] = copy.captured->ns;
  return json.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

// nullopt for anything that cannot be a copy that runs now.
std::optional<RunningCopy> decode(std::string_view bytes) {
  nlohmann::json json = nlohmann::json::parse(bytes, nullptr, false);
  if (!json.is_object() || text(json, "boot") != boot_id()) return std::nullopt;
  const int64_t pid = number(json, "pid"), ticks = number(json, "start_ticks"), port = number(json, "port");
  if (pid <= 1 || pid > INT32_MAX || ticks < 0 || port <= 0 || port > UINT16_MAX) return std::nullopt;
  RunningCopy copy;
  copy.process = {static_cast<pid_t>(pid), static_cast<uint64_t>(ticks)};
  copy.port = static_cast<uint16_t>(port);
  copy.url = text(json, "url");
  copy.since = Time{number(json, "since_ns")};
  copy.pages = static_cast<size_t>(std::max<int64_t>(0, number(json, "pages")));
  copy.snapshot = text(json, "snapshot");
  if (json.contains("captured_ns")) copy.captured = Time{number(json, "captured_ns")};
  copy.elsewhere = json.contains("elsewhere") && json["elsewhere"] == true;
  return copy;
}

Result<http::ListeningSocket> listen_for(const std::string& configured, std::string_view override,
                                         std::string& address, bool& elsewhere, Log& log) {
  Listen listen = TRY(parse_listen(override.empty() ? std::string_view(configured) : override));
  address = listen.address;
  auto socket = http::listen_on(listen.address, listen.port);
  if (socket || socket.error().code != Code::busy || !override.empty()) return socket;
  auto other = TRY(http::listen_on(listen.address, 0));
  elsewhere = true;
  log.warn(tr("{} is taken, so the citizens' copy listens on port {}", configured, other.port));
  return other;
}

}  // namespace

Result<PreparedCopy> prepare_copy(fs::Dir& site_state, const site::SiteConfig& site, Language site_language,
                                  Time now, Log& log, std::string_view snapshot_prefix) {
  std::vector<Page> pages;
  std::string snapshot;
  std::optional<Time> captured;
  auto kept = load_copy(site_state, snapshot_prefix);
  // Whatever is wrong with the kept pages, the card is shown.
  if (!kept) log.warn(tr("the pages of the citizens' copy cannot be read: {}", kept.error().what));
  if (kept && *kept) {
    KeptCopy& copy = **kept;
    for (const std::string& warning : copy.warnings) log.warn(warning);
    for (CrawledPage& page : copy.pages)
      pages.push_back({page.url_path, page.content_type, std::move(page.body), copy.captured});
    snapshot = copy.snapshot;
    captured = copy.captured;
  }
  return PreparedCopy{StaticSite::build(pages, service_card_of(site, site_language), {now, now, {}}),
                      snapshot, captured};
}

Result<RunningCopy> start_copy(fs::Dir& site_state, const site::SiteConfig& site, Language site_language,
                               const Clock& clock, Log& log, std::string_view listen_override,
                               std::string_view snapshot_prefix) {
  auto held = TRY_IN(lock(site_state), tr("the citizens' copy cannot be started"));
  if (auto running = TRY(running_copy(site_state))) return *running;
  const Time now = clock.now();
  PreparedCopy prepared = TRY(prepare_copy(site_state, site, site_language, now, log, snapshot_prefix));
  RunningCopy copy;
  std::string address;
  auto socket = TRY(listen_for(site.continuity.listen, listen_override, address, copy.elsewhere, log));
  RunningSite running = TRY(serve_in_background(prepared.site, address, std::move(socket), -1, log));
  copy.process = running.process;
  copy.port = running.port;
  copy.url = running.url;
  copy.pages = prepared.site.pages().size();
  copy.snapshot = prepared.snapshot;
  copy.captured = prepared.captured;
  copy.since = now;
  Status noted = fs::write_file_durably(site_state, kRunning, as_bytes(encode(copy)));
  if (!noted) {
    (void)stop(copy.process);  // nobody would find it again
    return fail(std::move(noted).error().in(tr("the citizens' copy cannot be started")));
  }
  return copy;
}

Result<std::optional<RunningCopy>> running_copy(fs::Dir& site_state) {
  auto bytes = fs::read_file(site_state, kRunning, kRunningMax);
  if (!bytes && bytes.error().code == Code::not_found) return std::nullopt;
  if (!bytes) return fail(std::move(bytes).error());
  std::optional<RunningCopy> copy = decode(as_text(*bytes));
  return copy && is_running(copy->process) ? copy : std::nullopt;
}

Status stop_copy(fs::Dir& site_state) {
  auto held = TRY_IN(lock(site_state), tr("the citizens' copy cannot be stopped"));
  if (auto running = TRY(running_copy(site_state)))
    TRY_IN(stop(running->process), tr("the citizens' copy cannot be stopped"));
  Status removed = site_state.remove(kRunning);
  if (!removed && removed.error().code != Code::not_found) return removed;
  return {};
}

}  // namespace aplomb::continuity
