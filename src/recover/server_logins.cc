#include "recover/server_logins.h"

#include <set>

#include "base/messages.h"
#include "judge/history.h"
#include "site/paths.h"

namespace aplomb::recover {
namespace {

constexpr size_t kSnapshotsMax = 60;
constexpr uint64_t kConfigMax = 1 << 20;

}  // namespace

std::string object_path_of(const site::SiteConfig& site, const std::string& path) {
  std::vector<std::string> labels = archive::root_labels(site.roots);
  for (size_t i = 0; i < labels.size(); ++i)
    if (site::is_beneath(path, site.roots[i]))
      return archive::object_path(labels[i], site::relative_to(path, site.roots[i]));
  return "";
}

Result<site::ServerLogin> ServerLogins::find(const site::DatabaseSpec& spec) {
  if (auto kept = kept_.find(spec.place()); kept != kept_.end()) return kept->second;
  auto now = site::login_of(machine_.fs, spec);
  if (now && site::server_state(*now) != site::ServerState::unreachable) return now;
  if (auto known = from_known(spec)) return *known;
  if (!store_ || !key_) return now;
  auto earlier = from_vault(spec);
  if (!earlier) return now;
  if (now) earlier->moved = now->moved, earlier->moved_to = now->moved_to;
  machine_.log.warn(
      tr("database {}: the CMS's configuration is of no use now; the password of an earlier snapshot serves",
         spec.place()));
  kept_.emplace(spec.place(), *earlier);
  return earlier;
}

std::optional<site::ServerLogin> ServerLogins::from_known(const site::DatabaseSpec& spec) {
  auto passwords = known_.find(spec.place());
  if (passwords == known_.end()) return std::nullopt;
  for (const std::string& password : passwords->second) {
    site::ServerLogin login{spec.server, password, false, ""};
    if (site::server_state(login) != site::ServerState::unreachable) return login;
  }
  return std::nullopt;
}

Result<site::ServerLogin> ServerLogins::from_vault(const site::DatabaseSpec& spec) {
  Error none = make_error(Code::not_found, "");
  std::string path = object_path_of(site_, spec.server.config);
  if (path.empty()) return fail(std::move(none));
  auto reader = TRY(vault::VaultReader::open(*store_, *key_, machine_.log));
  std::vector<vault::SnapshotInfo> snapshots = judge::history_of(*reader, site_.name).current;
  std::set<std::string> tried;
  for (size_t i = snapshots.size(), left = kSnapshotsMax; i > 0 && left > 0; --i, --left) {
    auto snapshot = archive::VaultSnapshot::open(*reader, snapshots[i - 1]);
    if (!snapshot) continue;
    auto node = (*snapshot)->find(path);
    if (!node || !node->is_file() || node->size > kConfigMax) continue;
    auto text = (*snapshot)->read(path, *node, 0, kConfigMax);
    if (!text) continue;
    auto found = site::parse_cms_database(as_text(*text));
    if (!found || found->password.find('\0') != std::string::npos) continue;
    if (!tried.insert(found->password).second) continue;
    site::ServerLogin login{spec.server, std::move(found->password), false, ""};
    if (site::server_state(login) != site::ServerState::unreachable) return login;
  }
  return fail(std::move(none));
}

}  // namespace aplomb::recover
