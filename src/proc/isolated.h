// Runs a function of this program, and what it starts, where nothing of this machine can be reached: a
// network of its own in which only loopback is up, processes of its own that all end with the first, and a
// root folder of its own that holds what was named and nothing else. For software that is not hostile as far
// as anybody knows, and must touch nothing all the same: a website that is rehearsed. Not for hostile bytes:
// for those there is Child, which takes system calls away too.
//
// This same program is started again as `aplomb __isolated NAME`; worker_early_main() knows it. An ordinary
// user gets a user namespace; root needs none, and gives itself up inside.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace aplomb::proc {

// Reads one request from in_fd and writes one answer to out_fd (frame.h). Runs as process 1 of its namespace:
// what it has started ends with it.
using IsolatedMain = int (*)(int in_fd, int out_fd);

// As WorkerRegistration: a constant in the .cc that calls run_isolated().
struct IsolatedRegistration {
  IsolatedRegistration(const char* name, IsolatedMain main);
};

struct Shown {
  std::string from;  // a folder or file of this machine, absolute
  std::string to;    // where it is seen, absolute
  bool writable = false;
  bool operator==(const Shown&) const = default;
};

// What is seen there, besides programs and libraries (/usr, /lib, PHP's settings), read-only, and an empty
// /tmp.
struct PrivateRoot {
  std::string folder;  // an empty folder that becomes the root; nothing is written into it
  std::vector<Shown> shown;
  uint32_t uid = 0, gid = 0;  // who runs there, when we are root; an ordinary user stays who he is
};

// Code::unsupported when the kernel refuses to isolate; Code::limit at the deadline. Nothing of it runs any
// more when this returns.
Result<Bytes> run_isolated(std::string_view name, const PrivateRoot& root, ByteView request,
                           int64_t timeout_ms, size_t response_max);

// The other side; called by worker_early_main. -1 when argv is not `… __isolated NAME`.
int isolated_early_main(int argc, char** argv);

void encode(ByteWriter& writer, const PrivateRoot& root);
Result<PrivateRoot> decode_private_root(ByteReader& reader);

}  // namespace aplomb::proc
