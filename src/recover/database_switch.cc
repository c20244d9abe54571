#include "recover/database_switch.h"

#include <algorithm>

#include "base/messages.h"
#include "crypto/crypto.h"
#include "site/dump_child.h"

namespace aplomb::recover {
namespace {

constexpr char kFolder[] = "recovery/databases";
constexpr uint64_t kStatementsMax = 4ull << 30;
constexpr int64_t kCompareMs = 600'000;

// By the address: two servers may have databases of one name.
std::string file_of(const std::string& place, Way way) {
  std::string tag = to_hex(ByteView(crypto::sha256(as_bytes(place)).bytes).first(8));
  return std::string(kFolder) + "/" + tag + (way == Way::forward ? ".forward" : ".back");
}

// Random, so that no text of the database can end a statement. The client cuts a delimiter after 15 letters.
std::string delimiter(Random& random) {
  constexpr std::string_view kLetters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";  // 5 bits each
  std::array<uint8_t, 15> bytes;
  random.fill(bytes);
  std::string word;
  for (uint8_t byte : bytes) word += kLetters[byte % kLetters.size()];
  return word;
}

}  // namespace

Status stage_statements(const archive::Machine& machine, const site::SiteConfig& site, fs::Dir& site_state,
                        const Case& incident, const NewSecrets& secrets) {
  TRY(fs::remove_tree(site_state, kFolder));
  TRY(fs::make_dirs(site_state, kFolder, 0700));
  const uint64_t limit = site.limits.database_mib_max * 1024 * 1024;
  const auto& found = incident.hacked().manifest().databases;
  for (const StagedDatabase& database : incident.databases()) {
    const std::string& name = database.entry.name;
    auto renewed = secrets.rows.find(name);
    if (!database.changed && renewed == secrets.rows.end()) continue;
    if (site::engine_of(database.entry.engine) == site::DatabaseKind::sqlite) continue;
    auto now = std::ranges::find(found, name, &archive::DatabaseEntry::name);
    Bytes before;  // of a database that is gone: an empty one
    if (now != found.end()) before = TRY(incident.hacked().read("db:" + name, now->node, 0, limit));
    Bytes after;
    if (renewed != secrets.rows.end()) {
      site::RepairOptions options;
      options.image_bytes_max = limit;
      options.kind = site::engine_of(database.entry.engine);
      after = TRY(site::repair_database(database.image, renewed->second, options));
    }
    const Bytes& to_come = after.empty() ? database.image : after;
    std::string word = delimiter(machine.random);
    Bytes forward = TRY_IN(site::dump_changes(before, to_come, word, kCompareMs),
                           tr("the changes of the database {} cannot be prepared", name));
    Bytes back = TRY_IN(site::dump_changes(to_come, before, word, kCompareMs),
                        tr("the changes of the database {} cannot be prepared", name));
    TRY(fs::write_file_durably(site_state, file_of(database.entry.path, Way::forward), forward));
    TRY(fs::write_file_durably(site_state, file_of(database.entry.path, Way::back), back));
  }
  return site_state.sync();
}

Result<bool> DatabaseSwitch::waits(const std::string& file) const {
  auto stat = state_.stat(file);
  if (stat) return true;
  if (stat.error().code == Code::not_found) return false;
  return fail(std::move(stat).error());
}

Status DatabaseSwitch::run(const site::DatabaseSpec& spec, Way way, bool must) {
  const std::string place = spec.place();
  if (!spec.on_server() || done_.contains(place) || !TRY(waits(file_of(place, way)))) return {};
  auto login = login_(spec);
  if (!login && !must) return {};
  if (!login) return fail(std::move(login).error());
  site::ServerState state = site::server_state(*login);
  if (state == site::ServerState::unreachable && !must) return {};
  Bytes statements = TRY(fs::read_file(state_, file_of(place, way), kStatementsMax));
  bool gone = state == site::ServerState::gone;
  TRY_IN(site::run_statements(*login, statements, gone ? site::Missing::is_created : site::Missing::is_error),
         tr("the database {} could not be changed", spec.server.name));
  done_.insert(place);
  return {};
}

Status DatabaseSwitch::run_reachable(Way way) {
  for (const site::DatabaseSpec& spec : site_.databases) TRY(run(spec, way, false));
  return {};
}

Status DatabaseSwitch::run_rest(Way way) {
  for (const site::DatabaseSpec& spec : site_.databases) TRY(run(spec, way, true));
  return {};
}

}  // namespace aplomb::recover
