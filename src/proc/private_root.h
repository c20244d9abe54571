// The steps of becoming isolated, each with its own error; they run in a process with one thread. The order
// is that of isolated.cc.
#pragma once

#include "proc/isolated.h"

namespace aplomb::proc {

// Namespaces of network, mounts, processes, IPC and host name; of users too, where we are not root.
Status leave_namespaces();
// The root folder becomes the private one.
Status enter_private_root(const PrivateRoot& root);
Status raise_loopback();
// Gives up every privilege for good: this process becomes `uid` where it may, and keeps no capability.
Status give_up_privileges(const PrivateRoot& root);

}  // namespace aplomb::proc
