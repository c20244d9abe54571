// The sockets, from the tables of the kernel (proc(5)), each with the processes that hold it.
#pragma once

#include "evidence/process_section.h"

namespace aplomb::evidence {

nlohmann::json collect_sockets(Collector& collector, const SocketOwners& owners);

// "0100007F:1F90" -> "127.0.0.1:8080"; 32 digits are IPv6, in brackets. Empty when it is neither.
std::string socket_address(std::string_view hexadecimal);

// A line of /proc/net/tcp, tcp6, udp or udp6; null when it is none.
nlohmann::json parse_inet_line(std::string_view line, std::string_view protocol, const SocketOwners& owners);
// A line of /proc/net/unix.
nlohmann::json parse_unix_line(std::string_view line, const SocketOwners& owners);

}  // namespace aplomb::evidence
