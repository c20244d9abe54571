// How a trace is told: in words, and as JSON (docs/format/incident.md). Pure. Every text comes out of logs,
// so it is made printable here.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "trace/trace.h"

namespace aplomb::trace {

// The entry of an object, in words, or "" when it is no suspect. Several lines, indented.
std::string entry_text(const Trace& found, const std::string& object);
// What else the addresses did, what was fetched, and what the logs do not show.
std::string surroundings_text(const Trace& found);

nlohmann::json entries_document(const Trace& found);
nlohmann::json gaps_document(const Trace& found);
nlohmann::json addresses_document(const Trace& found);
nlohmann::json fetched_document(const Trace& found);

}  // namespace aplomb::trace
