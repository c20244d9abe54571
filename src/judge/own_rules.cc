#include "judge/own_rules.h"

#include <algorithm>

#include "base/messages.h"

namespace aplomb::judge {
namespace {
constexpr uint64_t kFileMax = 256 << 20;
constexpr size_t kHashDigits = 64;
}  // namespace

std::optional<RuleKind> rule_kind(std::string_view name) {
  if (name.ends_with(".yar") || name.ends_with(".yara")) return RuleKind::yara;
  if (name.ends_with(".sha256") || name.ends_with(".txt")) return RuleKind::hashes;
  return std::nullopt;
}

Result<std::vector<Sha256>> parse_hash_list(std::string_view text) {
  std::vector<Sha256> hashes;
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.starts_with('\\'))
      line.remove_prefix(1);  // sha256sum, before a name that it had to write otherwise
    if (auto hash = Sha256::parse(line.substr(0, kHashDigits))) hashes.push_back(*hash);
  }
  if (hashes.empty()) return fail(Code::config, tr("there is no SHA-256 in this file"));
  return hashes;
}

std::string own_rules_path(const std::string& site_state) {
  return fs::split_path(fs::split_path(site_state).first).first + "/rules";
}

Result<OwnRules> load_own_rules(fs::Fs& fs, const std::string& path) {
  OwnRules rules;
  auto dir = fs.open_dir(path);
  if (!dir && dir.error().code == Code::not_found) return rules;
  if (!dir) return fail(std::move(dir).error());
  for (const fs::Entry& entry : TRY((*dir)->list())) {
    auto kind = rule_kind(entry.name);
    if (!kind || entry.type != fs::FileType::regular) continue;
    Bytes bytes = TRY(fs::read_file(**dir, entry.name, kFileMax));
    if (*kind == RuleKind::yara) {
      rules.yara.push_back({entry.name, std::string(as_text(bytes))});
      continue;
    }
    const std::vector<Sha256> hashes = TRY(parse_hash_list(as_text(bytes)));
    for (const Sha256& hash : hashes) rules.known_bad.emplace(hash, entry.name);
  }
  return rules;
}

}  // namespace aplomb::judge
