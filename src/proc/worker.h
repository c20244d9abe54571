// Workers: functions that run in a confined child process, because they meet hostile bytes. A child is this
// same program, started again from /proc/self/exe as `aplomb __worker NAME …`; worker_early_main, the first
// line of main(), confines it before anything else has run and calls the function registered under NAME.
// Re-executing, and not forking, gives each child a clean memory: no key and no data of the parent is in it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "proc/confine.h"
#include "proc/spawn.h"

namespace aplomb::proc {

// Reads requests from in_fd, writes answers to out_fd (serve_frames does the loop), ends at the end of in_fd.
using WorkerMain = int (*)(int in_fd, int out_fd);

// Registers a worker. Make it a constant at namespace scope, in the .cc that starts the child: a linker drops
// an object file of a library that nothing names.
struct WorkerRegistration {
  WorkerRegistration(const char* name, WorkerMain main, Role role = Role::worker);
};

// Returns -1 when argv is not `… __worker NAME …`. Else it confines the process, runs the worker, and ends
// the process with the worker's status: no destructor of a static object runs in a confined process.
int worker_early_main(int argc, char** argv);

struct WorkerLimits {
  uint64_t memory_bytes = 512ULL << 20;
  uint32_t cpu_seconds = 60;  // over the life of the process; 0: no limit
  uint32_t open_files = 16;
};

// What to spawn() for a worker: kWorkerIn and kWorkerOut must be among plan.fds. The worker dies with the
// last copy of the other end of kWorkerLifeline, when one is given.
SpawnPlan worker_plan(std::string_view name, const WorkerLimits& limits);

constexpr int kWorkerIn = 3, kWorkerOut = 4, kWorkerLifeline = 5;

// How a worker ends when it cannot do its work; the parent turns these into an Error.
constexpr int kExitNotConfined = 97, kExitUnknownWorker = 98, kExitOutOfMemory = 99;

}  // namespace aplomb::proc
