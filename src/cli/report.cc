#include "cli/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/messages.h"
#include "cli/output.h"
#include "cli/session.h"

namespace aplomb::cli {
namespace {

constexpr size_t kShown = 20;

const Finding* worst_finding(const judge::JudgedObject& object) {
  auto worst = std::ranges::max_element(object.findings, {}, &Finding::level);
  return worst == object.findings.end() ? nullptr : &*worst;
}

std::string how_many_more(size_t count) {
  return count <= kShown ? "" : "\n" + tr_n("  … and {} more", "  … and {} more", count - kShown);
}

std::string since_text(const judge::Point& point) {
  std::string text = verdict_text(point.verdict);
  if (point.verdict != judge::Verdict::proven_clean || point.since == Time{}) return text;
  text = tr("proven clean, resting on proofs since {}", to_local(point.since));
  if (point.trusted_on_baseline == 0) return text;
  return text + "; " +
         tr_n("{} object rests on the first approval alone", "{} objects rest on the first approval alone",
              static_cast<unsigned long>(point.trusted_on_baseline));
}

}  // namespace

std::string verdict_text(judge::Verdict verdict) {
  switch (verdict) {
    case judge::Verdict::proven_clean:
      return tr("proven clean");
    case judge::Verdict::not_proven:
      return tr("not proven");
    case judge::Verdict::infected:
      return tr("infected");
  }
  return tr("not proven");
}

nlohmann::json findings_document(const std::vector<judge::JudgedObject>& open) {
  nlohmann::json document = nlohmann::json::array();
  for (const judge::JudgedObject& object : open) {
    nlohmann::json item = judge::to_json(object);
    const Finding* worst = worst_finding(object);
    item["rule"] = worst ? worst->rule : "unexplained";
    item["line"] = worst ? worst->line : 0;
    document.push_back(std::move(item));
  }
  return document;
}

std::string findings_text(const std::vector<judge::JudgedObject>& open) {
  std::vector<const judge::JudgedObject*> sorted;
  for (const judge::JudgedObject& object : open) sorted.push_back(&object);
  std::ranges::stable_sort(sorted, std::ranges::greater{},
                           [](const auto* object) { return object->verdict; });
  std::string text;
  for (size_t i = 0; i < std::min(sorted.size(), kShown); ++i) {
    const judge::JudgedObject& object = *sorted[i];
    std::string word = object.verdict == judge::ObjectVerdict::infected ? tr("malicious") : tr("unproven");
    text += fmt::format("{}  {}: {}\n      {}", i == 0 ? "" : "\n", word, printable(object.identity.path),
                        printable(object.reason().text()));
  }
  return text + how_many_more(sorted.size());
}

std::vector<judge::JudgedObject> with_findings(const std::vector<judge::JudgedObject>& open) {
  std::vector<judge::JudgedObject> found;
  std::ranges::copy_if(open, std::back_inserter(found),
                       [](const auto& object) { return !object.findings.empty(); });
  return found;
}

nlohmann::json skipped_document(const std::vector<archive::Skipped>& skipped) {
  nlohmann::json document = nlohmann::json::array();
  for (const archive::Skipped& item : skipped)
    document.push_back({{"path", printable(item.path)}, {"reason", printable(item.reason)}});
  return document;
}

std::string skipped_text(const std::vector<archive::Skipped>& skipped) {
  std::vector<std::string> lines;
  for (const archive::Skipped& item : skipped) lines.push_back(item.path + ": " + item.reason);
  return path_lines(lines);
}

nlohmann::json backup_document(const judge::Backup& backup) {
  const judge::Point& point = backup.note.point;
  const archive::Manifest& manifest = backup.snapshot.manifest;
  nlohmann::json document = {{"site", backup.note.site},
                             {"snapshot", backup.snapshot.id.hex()},
                             {"time", to_iso(point.time)},
                             {"files", manifest.files},
                             {"bytes", manifest.bytes},
                             {"bytes_stored", backup.snapshot.bytes_stored},
                             {"seconds", backup.snapshot.seconds + backup.judge_seconds},
                             {"seconds_judging", backup.judge_seconds},
                             {"cpu_seconds_judging", backup.judge_cpu_seconds},
                             {"verdict", judge::name(point.verdict)},
                             {"trusted_on_baseline", point.trusted_on_baseline},
                             {"findings", findings_document(point.open)},
                             {"warnings", skipped_document(manifest.skipped)}};
  if (!manifest.databases.empty())
    document["seconds_between_databases_and_files"] = backup.snapshot.gap_seconds;
  if (point.verdict == judge::Verdict::proven_clean) document["since"] = to_iso(point.since);
  return document;
}

std::string backup_text(const judge::Backup& backup) {
  const archive::Manifest& manifest = backup.snapshot.manifest;
  std::string text =
      tr("{}: snapshot {}: {} files, {}, of which {} are new in the vault; {:.1f} s", backup.note.site,
         short_id(backup.snapshot.id.hex()), manifest.files, human_size(manifest.bytes),
         human_size(backup.snapshot.bytes_stored), backup.snapshot.seconds + backup.judge_seconds);
  if (!manifest.databases.empty())
    text += "\n" +
            tr("between the databases and the last file lie at most {:.1f} s", backup.snapshot.gap_seconds);
  text += "\n" + tr("verdict: {}", since_text(backup.note.point));
  if (!backup.note.point.open.empty()) text += "\n" + findings_text(backup.note.point.open);
  if (!manifest.skipped.empty())
    text += "\n" + tr("could not be saved:") + "\n" + skipped_text(manifest.skipped);
  return text;
}

std::string path_lines(const std::vector<std::string>& paths) {
  std::string text;
  for (size_t i = 0; i < std::min(paths.size(), kShown); ++i)
    text += (i == 0 ? "  " : "\n  ") + printable(paths[i]);
  return text + how_many_more(paths.size());
}

nlohmann::json paths_document(const std::vector<std::string>& paths) {
  nlohmann::json document = nlohmann::json::array();
  for (const std::string& path : paths) document.push_back(printable(path));
  return document;
}

}  // namespace aplomb::cli
