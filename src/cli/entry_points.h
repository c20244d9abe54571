// How the bad objects of a site came in, for `history` and the papers of an incident: the logs found on the
// machine, and those that the snapshot of the first bad object holds, traced; as text and as JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "cli/points.h"
#include "incident/known.h"
#include "trace/trace.h"

namespace aplomb::cli {

// Nothing is read when there is nothing to explain.
trace::Trace trace_site(Session& session, const site::SiteConfig& site, const SitePoints& points);

// The entry of an object, in words, or "" when it is no suspect. Several lines, indented.
std::string entry_text(const trace::Trace& trace, const std::string& object);
// What else the addresses did, what was fetched, and what the logs do not show.
std::string surroundings_text(const trace::Trace& trace);

nlohmann::json entries_document(const trace::Trace& trace);
nlohmann::json gaps_document(const trace::Trace& trace);
nlohmann::json addresses_document(const trace::Trace& trace);
nlohmann::json fetched_document(const trace::Trace& trace);

// For the papers.
void add_trace(incident::Known& known, const trace::Trace& trace);

}  // namespace aplomb::cli
