// A number of bytes as people read it.
#pragma once

#include <cstdint>
#include <string>

namespace aplomb {

// "512 B", "3.4 MiB".
std::string human_size(uint64_t bytes);

}  // namespace aplomb
