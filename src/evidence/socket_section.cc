#include "evidence/socket_section.h"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>

#include "base/messages.h"

namespace aplomb::evidence {
namespace {

constexpr size_t kLinesMax = 20'000, kBytesMax = 512 << 10;

template <typename Number>
bool parse(std::string_view text, int base, Number& value) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return error == std::errc() && end == text.data() + text.size();
}

// include/net/tcp_states.h; the sockets of UDP use two of them.
std::string state_name(std::string_view hexadecimal) {
  constexpr const char* kStates[] = {
      "",       "established", "syn-sent", "syn-received", "fin-wait-1", "fin-wait-2",      "time-wait",
      "closed", "close-wait",  "last-ack", "listening",    "closing",    "new-syn-received"};
  unsigned state = 0;
  if (!parse(hexadecimal, 16, state) || state == 0 || state >= std::size(kStates)) return shown(hexadecimal);
  return kStates[state];
}

void add_owner(nlohmann::json& json, std::string_view inode_text, const SocketOwners& owners) {
  uint64_t inode = 0;
  if (!parse(inode_text, 10, inode)) return;
  json["inode"] = inode;
  auto found = owners.find(inode);
  if (found != owners.end() && inode != 0) json["pids"] = found->second;
}

}  // namespace

// Each word of 32 bits stands there as a number of this machine, so its bytes are in the machine's own order.
std::string socket_address(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon != 8 && colon != 32) return {};
  uint8_t bytes[16] = {};
  for (size_t i = 0; i < colon; i += 8) {
    uint32_t word = 0;
    if (!parse(text.substr(i, 8), 16, word)) return {};
    std::memcpy(bytes + i / 2, &word, sizeof word);
  }
  unsigned port = 0;
  if (!parse(text.substr(colon + 1), 16, port) || port > 65'535) return {};
  char shown[INET6_ADDRSTRLEN];
  if (!inet_ntop(colon == 8 ? AF_INET : AF_INET6, bytes, shown, sizeof shown)) return {};
  return colon == 8 ? fmt::format("{}:{}", shown, port) : fmt::format("[{}]:{}", shown, port);
}

nlohmann::json parse_inet_line(std::string_view line, std::string_view protocol, const SocketOwners& owners) {
  const std::vector<std::string_view> fields = fields_of(line);
  if (fields.size() < 10) return nullptr;
  const std::string local = socket_address(fields[1]), remote = socket_address(fields[2]);
  if (local.empty() || remote.empty()) return nullptr;
  nlohmann::json json = {
      {"protocol", protocol}, {"local", local}, {"remote", remote}, {"state", state_name(fields[3])}};
  unsigned uid = 0;
  if (parse(fields[7], 10, uid)) json["uid"] = uid;
  add_owner(json, fields[9], owners);
  return json;
}

nlohmann::json parse_unix_line(std::string_view line, const SocketOwners& owners) {
  const std::vector<std::string_view> fields = fields_of(line);
  if (fields.size() < 7 || !fields[0].ends_with(':')) return nullptr;
  nlohmann::json json = {{"protocol", "unix"}, {"type", shown(fields[4])}, {"state", shown(fields[5])}};
  add_owner(json, fields[6], owners);
  if (fields.size() > 7)
    json["local"] = shown(line.substr(static_cast<size_t>(fields[7].data() - line.data())));
  return json;
}

nlohmann::json collect_sockets(Collector& collector, const SocketOwners& owners) {
  BoundedList sockets(collector, tr("sockets"), kBytesMax);
  for (const char* protocol : {"tcp", "tcp6", "udp", "udp6", "unix"}) {
    const std::string path = std::string("/proc/net/") + protocol;
    std::vector<std::string> lines = read_lines(collector, path, kLinesMax);
    for (size_t i = 1; i < lines.size(); ++i) {  // the first one names the columns
      nlohmann::json socket = std::string_view(protocol) == "unix"
                                  ? parse_unix_line(lines[i], owners)
                                  : parse_inet_line(lines[i], protocol, owners);
      socket.is_null() ? collector.not_read(path, tr("a line is not understood"))
                       : static_cast<void>(sockets.add(std::move(socket)));
    }
  }
  return sockets.take();
}

}  // namespace aplomb::evidence
