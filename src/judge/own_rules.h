// What the administrator brought himself, in the folder `rules` of the state: rules of YARA, and lists of
// hashes of known malware. They make every judgement stricter, never milder, so nobody signs for them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "fs/fs.h"
#include "scan/user_rules.h"

namespace aplomb::judge {

struct OwnRules {
  std::vector<scan::RuleFile> yara;
  std::map<Sha256, std::string> known_bad;  // hash → the list that has it
};

enum class RuleKind : uint8_t { yara, hashes };
std::optional<RuleKind> rule_kind(std::string_view name);  // .yar and .yara; .sha256 and .txt

// Lines that begin with a SHA-256, as sha256sum writes them; others are comments. Code::config when there is
// none.
Result<std::vector<Sha256>> parse_hash_list(std::string_view text);

// `state` is that of a site; the rules count for all sites.
std::string own_rules_path(const std::string& site_state);
// No folder: no rules. A file that cannot be read is left out by whoever judges, with a warning.
Result<OwnRules> load_own_rules(fs::Fs& fs, const std::string& path);

}  // namespace aplomb::judge
