// How the bad objects of a site came in, for `history` and the papers of an incident: what the snapshots say
// of them and the logs of the machine and the vault, given to trace. The reading alone; the thinking is
// trace's.
#pragma once

#include "cli/points.h"
#include "incident/known.h"
#include "trace/trace.h"

namespace aplomb::cli {

// Nothing is read when there is nothing to explain.
trace::Trace trace_site(Session& session, const site::SiteConfig& site, const SitePoints& points);

// For the papers.
void add_trace(incident::Known& known, const trace::Trace& trace);

}  // namespace aplomb::cli
