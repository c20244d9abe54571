// The name and version of the program, as it signs what it writes.
#pragma once

namespace aplomb {

constexpr char kToolName[] = "aplomb 0.1.0";

}  // namespace aplomb
