#include "judge/imported.h"

#include "base/text.h"

namespace aplomb::judge {
namespace {

constexpr std::string_view kWord = "import ";

}  // namespace

std::string write_imported(const ImportedBackup& imported) {
  return std::string(kWord) + to_iso(imported.at) + "\n" + imported.source + "\n" + imported.who;
}

std::optional<ImportedBackup> read_imported(ByteView body) {
  std::string_view text = as_text(body);
  if (!text.starts_with(kWord)) return std::nullopt;
  text.remove_prefix(kWord.size());
  const size_t first = text.find('\n');
  const size_t last = text.rfind('\n');
  if (first == std::string_view::npos || first == last) return std::nullopt;
  auto at = parse_iso(text.substr(0, first));
  if (!at) return std::nullopt;
  return ImportedBackup{*at, std::string(text.substr(first + 1, last - first - 1)),
                        std::string(text.substr(last + 1))};
}

std::map<vault::SnapshotId, Time> imported_times(const std::vector<vault::OpenRecord>& records) {
  std::map<vault::SnapshotId, Time> times;
  for (const vault::OpenRecord& record : records) {
    if (record.kind != vault::RecordKind::hold) continue;
    if (auto imported = read_imported(record.body))
      for (const vault::SnapshotId& id : record.snapshots) times[id] = imported->at;
  }
  return times;
}

}  // namespace aplomb::judge
