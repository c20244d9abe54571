#include "cli/kept_logs.h"

#include <algorithm>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>

#include "archive/snapshot_view.h"
#include "base/messages.h"
#include "evidence/items.h"
#include "fs/fs.h"

namespace aplomb::cli {
namespace {

constexpr size_t kLogsMax = 1000, kEvidenceMax = 2;

// A snapshot from which several threads read: a reader is one thread's.
struct Shared {
  std::unique_ptr<archive::VaultSnapshot> snapshot;
  std::mutex mutex;
};

std::shared_ptr<Shared> open_shared(vault::VaultReader& reader, const std::string& id) {
  auto info = reader.find(id);
  if (!info) return nullptr;
  auto opened = archive::VaultSnapshot::open(reader, *info);
  if (!opened) return nullptr;
  auto shared = std::make_shared<Shared>();
  shared->snapshot = std::move(*opened);
  return shared;
}

// Where it lay on the machine: the manifest names the folder of each label.
std::string path_on_machine(const archive::Manifest& manifest, const std::string& path) {
  for (const archive::RootEntry& root : manifest.roots) {
    if (root.label.empty()) return root.path + "/" + path;
    if (path.starts_with(root.label + "/")) return root.path + path.substr(root.label.size());
  }
  return "/" + path;
}

std::string shown_path(const std::string& snapshot, const std::string& path) {
  return tr("snapshot {}", short_id(snapshot)) + ":" + path;
}

// In the folders of the site.
void add_of_site(const std::shared_ptr<Shared>& shared, const std::string& id,
                 std::vector<trace::KeptLog>& kept) {
  (void)shared->snapshot->for_each([&](const std::string& path, const vault::Node& node) -> Status {
    if (!node.is_file() || node.size == 0 || kept.size() >= kLogsMax) return {};
    const auto [folder, name] = fs::split_path(path);
    const std::string within = "/" + folder + "/";
    const bool in_logs = within.find("/logs/") != within.npos || within.find("/log/") != within.npos;
    if (!trace::is_log_name(name) || (!in_logs && name.find("access") == name.npos)) return {};
    trace::KeptLog log;
    log.file.path = path_on_machine(shared->snapshot->manifest(), path);
    log.shown = shown_path(id, log.file.path);
    log.file.written = Time{node.mtime_ns};
    log.file.size = node.size;
    log.file.open = [shared, path, node]() -> Result<trace::ReadAt> {
      return [shared, path, node](uint64_t offset, std::span<uint8_t> out) -> Result<size_t> {
        std::lock_guard guard(shared->mutex);
        if (offset >= node.size) return size_t{0};
        Bytes bytes = TRY(
            shared->snapshot->read(path, node, offset, std::min<uint64_t>(out.size(), node.size - offset)));
        std::ranges::copy(bytes, out.begin());
        return bytes.size();
      };
    };
    kept.push_back(std::move(log));
    return {};
  });
}

// Sealed logs, by the list that was sealed with them.
void add_sealed(const std::shared_ptr<Shared>& shared, const std::string& id,
                std::vector<trace::KeptLog>& kept) {
  const std::vector<archive::PageEntry>& pages = shared->snapshot->manifest().pages;
  const std::string prefix = evidence::kExhibitPage;
  auto page_of = [&](const std::string& path) {
    return std::ranges::find(pages, prefix + path, &archive::PageEntry::url_path);
  };
  auto index = page_of("items.json");
  if (index == pages.end()) return;
  auto bytes = shared->snapshot->page(*index);
  auto listed = bytes ? nlohmann::json::parse(as_text(*bytes), nullptr, false) : nlohmann::json();
  if (!listed.is_array()) return;
  for (const nlohmann::json& item : listed) {
    if (kept.size() >= kLogsMax) return;
    auto text = [&](const char* key) {
      return item.is_object() && item.contains(key) && item[key].is_string() ? item[key].get<std::string>()
                                                                             : "";
    };
    const std::string file = text("file"), begin = "exhibits/7/";
    if (!file.starts_with(begin)) continue;
    auto page = page_of(file.substr(begin.size() - 2));
    auto written = parse_iso(text("modified"));
    if (page == pages.end() || !written) continue;
    trace::KeptLog log;
    log.file.path = "/" + file.substr(begin.size());
    if (!trace::is_log_name(fs::split_path(log.file.path).second)) continue;
    log.shown = shown_path(id, log.file.path);
    log.begins = !item.value("cut", false);
    log.file.written = *written;
    log.file.size = item.value("size", uint64_t{0});
    log.file.open = [shared, page = *page]() -> Result<trace::ReadAt> {
      auto content = [&] {
        std::lock_guard guard(shared->mutex);
        return shared->snapshot->page(page);
      }();
      auto whole = std::make_shared<const Bytes>(TRY(std::move(content)));
      return [whole](uint64_t offset, std::span<uint8_t> out) -> Result<size_t> {
        if (offset >= whole->size()) return size_t{0};
        const size_t count = std::min<size_t>(out.size(), whole->size() - static_cast<size_t>(offset));
        std::copy_n(whole->begin() + static_cast<ptrdiff_t>(offset), count, out.begin());
        return count;
      };
    };
    kept.push_back(std::move(log));
  }
}

}  // namespace

std::vector<trace::KeptLog> logs_in_vault(Session& session, const SitePoints& points) {
  std::vector<trace::KeptLog> kept;
  if (points.source != judge::Source::vault || !points.timeline.first_bad) return kept;
  auto reader = session.reader();
  if (!reader) return kept;
  const std::string& first_bad = points.points[*points.timeline.first_bad].snapshot;
  if (auto shared = open_shared(**reader, first_bad)) add_of_site(shared, first_bad, kept);
  size_t opened = 0;
  for (auto point = points.points.rbegin(); point != points.points.rend() && opened < kEvidenceMax; ++point) {
    if (!point->evidence) continue;
    ++opened;
    if (auto shared = open_shared(**reader, point->snapshot)) add_sealed(shared, point->snapshot, kept);
  }
  return kept;
}

}  // namespace aplomb::cli
