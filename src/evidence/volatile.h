// What a machine forgets when it is switched off or cleaned, taken before anything else is done, the most
// fleeting first (RFC 3227 section 2.1): clock, processes, sockets, routes and neighbours, users, modules,
// mounts, temporary folders. Read from the kernel's own tables, without starting a program: the programs of a
// hacked machine lie. The kernel of a machine whose root was lost may lie too; the sealed evidence says what
// it said.
//
// Everything is bounded and in words that can be shown: names come from the processes, so they pass through
// printable(). All of it stays below 4 MiB as text, which is what a snapshot keeps. The environment of
// processes is never read: it holds passwords.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/clock.h"

namespace aplomb::evidence {

constexpr int64_t kVolatileBudgetMs = 10'000;

// Never fails. Sections carry when they began and ended; what could not be read, was too much, or came too
// late is listed under "not_read" with the reason. `roots`: the folders of the site.
//
// {"began", "ended", "budget_ms", "sections": [{"name", "began", "ended"}], "not_read": [{"what", "why"}],
//  "time", "processes": […], "sockets": […], "network", "users": […], "modules": […], "mounts": […],
//  "temporary": {"/tmp": […]}}
nlohmann::json collect_volatile(const std::vector<std::string>& roots, const Clock& clock,
                                int64_t budget_ms = kVolatileBudgetMs);

}  // namespace aplomb::evidence
