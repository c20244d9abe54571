#include "cli/sightings.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "archive/snapshot_view.h"
#include "base/messages.h"

namespace aplomb::cli {
namespace {

constexpr uint64_t kFileMax = 64 << 20;

Result<Bytes> read_given(App& app, const std::string& path) {
  auto [folder, name] = fs::split_path(path);
  auto dir = TRY(app.fs().open_dir(folder.empty() ? "/" : folder));
  return fs::read_file(*dir, name, kFileMax);
}

// The lists of all kept snapshots: a later one could have been forged, an earlier one holds less.
Result<std::vector<Bytes>> lists_of_vault(Session& session, const std::string& site) {
  vault::VaultReader* reader = TRY(session.reader());
  std::set<Sha256> known;
  std::vector<Bytes> lists;
  for (const vault::SnapshotInfo& info : reader->snapshots()) {
    if (info.site != site) continue;
    auto view = archive::VaultSnapshot::open(*reader, info);
    if (!view) continue;
    const auto& vouchers = (*view)->manifest().vouchers;
    auto entry = std::ranges::find(vouchers, archive::kSeenName, &archive::VoucherEntry::name);
    if (entry == vouchers.end() || !known.insert(entry->hash).second) continue;
    auto bytes = (*view)->voucher(*entry);
    if (bytes) lists.push_back(std::move(*bytes));
  }
  return lists;
}

Result<std::vector<Bytes>> lists_of_machine(Session& session, const site::SiteConfig& site) {
  std::vector<Bytes> lists;
  auto dir = session.app().fs().open_dir(session.state(site).path);
  auto bytes = dir ? fs::read_file(**dir, archive::kSeenName, archive::kVoucherMax)
                   : Result<Bytes>(fail(std::move(dir).error()));
  if (bytes) lists.push_back(std::move(*bytes));
  if (!bytes && bytes.error().code != Code::not_found) return fail(std::move(bytes).error());
  return lists;
}

}  // namespace

Result<std::set<Sha256>> indicators(App& app, const std::vector<std::string>& words) {
  std::set<Sha256> hashes;
  for (const std::string& word : words) {
    if (auto hash = Sha256::parse(word)) {
      hashes.insert(*hash);
      continue;
    }
    Bytes bytes = TRY(read_given(app, absolute_path(word)));
    std::string_view text = as_text(bytes);
    while (!text.empty()) {
      size_t end = std::min(text.find('\n'), text.size());
      if (auto hash = Sha256::parse(text.substr(0, std::min<size_t>(end, 64)))) hashes.insert(*hash);
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }
  if (!hashes.empty() || words.empty()) return hashes;
  return fail(make_error(Code::usage, tr("there is no SHA-256 in this file")).at(words.front()));
}

Result<std::vector<judge::Sighting>> sightings(Session& session, const site::SiteConfig& site,
                                               const std::set<Sha256>& hashes) {
  auto lists = TRY(session.recovery_key_named() ? lists_of_vault(session, site.name)
                                                : lists_of_machine(session, site));
  std::map<std::pair<std::string, Sha256>, Time> first;
  for (const Bytes& list : lists)
    for (const judge::Sighting& seen : judge::find_sightings(list, hashes)) {
      auto [place, fresh] = first.try_emplace({seen.path, seen.hash}, seen.first);
      if (!fresh) place->second = std::min(place->second, seen.first);
    }
  std::vector<judge::Sighting> all;
  for (const auto& [what, time] : first) all.push_back({what.second, what.first, time});
  std::ranges::sort(all, {},
                    [](const judge::Sighting& seen) { return std::tie(seen.first, seen.path, seen.hash); });
  return all;
}

}  // namespace aplomb::cli
