// The words that several commands share: a verdict, a list of objects, a backup, for people and for programs.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "judge/machine.h"

namespace aplomb::cli {

// "proven clean", "not proven", "infected", in the language of the process.
std::string verdict_text(judge::Verdict verdict);

// judge::to_json of each, with the rule and line of its worst finding ("unexplained" when nothing but that).
nlohmann::json findings_document(const std::vector<judge::JudgedObject>& open);
// One line an object, malicious ones first, 20 at most and how many more there are. Empty when there are
// none.
std::string findings_text(const std::vector<judge::JudgedObject>& open);
// Objects of which a detector said something.
std::vector<judge::JudgedObject> with_findings(const std::vector<judge::JudgedObject>& open);

nlohmann::json skipped_document(const std::vector<archive::Skipped>& skipped);
std::string skipped_text(const std::vector<archive::Skipped>& skipped);

// {"site", "snapshot", "time", "files", "bytes", "bytes_stored", "seconds", "verdict", "since",
//  "trusted_on_baseline", "findings", "warnings"}
nlohmann::json backup_document(const judge::Backup& backup);
std::string backup_text(const judge::Backup& backup);

// Paths for people, 20 at most, each on its own line.
std::string path_lines(const std::vector<std::string>& paths);
nlohmann::json paths_document(const std::vector<std::string>& paths);

}  // namespace aplomb::cli
