// Processor time, for telling what a phase cost.
#pragma once

namespace aplomb {

// Seconds, user and system, of this process and of the children it has waited for.
double cpu_seconds();

}  // namespace aplomb
