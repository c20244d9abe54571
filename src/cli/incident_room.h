// What the commands of an incident share: everything that is known, gathered from the journal, the notes, the
// databases of the last backup and the running copy; and how it is shown on one screen.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "cli/session.h"
#include "incident/deadlines.h"
#include "incident/journal.h"
#include "incident/known.h"
#include "incident/steps.h"

namespace aplomb::cli {

// Looking into the databases takes a second or more: only where their people are counted.
enum class Personal : uint8_t { left_out, counted };
// So does reading the logs for the way in.
enum class Logs : uint8_t { left_out, traced };
Result<incident::Known> gather(Session& session, const site::SiteConfig& site,
                               const incident::Journal& journal, Personal personal,
                               Logs logs = Logs::left_out);
// Tables that hold data about people, in the copies of the last backup; nullopt when one cannot be read.
std::optional<std::vector<incident::PersonalTable>> personal_tables(Session& session,
                                                                    const site::SiteConfig& site);
// The deadlines that came with the program; none, with a warning, when they cannot be read.
std::vector<incident::DeadlineRule> deadline_rules(App& app);

// One screen: where it stands, the clocks, the one next action.
std::string room_text(const incident::Known& known, const std::vector<incident::DeadlineRule>& rules);
// The next action in full: why, who, how, what not to do, what to type.
std::string step_text(const incident::Known& known);
nlohmann::json room_document(const incident::Known& known, const std::vector<incident::DeadlineRule>& rules);

// A recovery tells the open incident of its site, if there is one.
Status tell_incident(Session& session, const site::SiteConfig& site, const incident::Fields& fields);

}  // namespace aplomb::cli
