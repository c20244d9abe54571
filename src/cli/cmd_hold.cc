// `aplomb hold SNAPSHOT [--release]`: the owner's word that retention must leave this snapshot, or that it
// need not any more. Approved snapshots and those of a closed incident are held without it.
#include <nlohmann/json.hpp>

#include "base/messages.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "cli/who.h"
#include "vault/log_state.h"

namespace aplomb::cli {
namespace {

Result<vault::LoggedSnapshot> find(vault::ReaderStore& store, const std::string& prefix) {
  vault::LogState state = TRY(vault::read_log_state(store));
  const vault::LoggedSnapshot* found = nullptr;
  for (const vault::LoggedSnapshot& snapshot : state.snapshots) {
    if (prefix.size() < 4 || !snapshot.id.hex().starts_with(prefix)) continue;
    if (found)
      return fail(make_error(Code::not_found, tr("several snapshots begin with {}", printable(prefix)))
                      .then(tr("give more characters")));
    found = &snapshot;
  }
  if (!found)
    return fail(make_error(Code::not_found, tr("there is no snapshot {}", printable(prefix)))
                    .then(tr("aplomb snapshots lists them")));
  if (found->removed)
    return fail(make_error(Code::not_found, tr("snapshot {} was removed by retention on {}",
                                               printable(prefix), to_local(*found->removed)))
                    .then(tr("aplomb snapshots lists those that are kept")));
  return *found;
}

}  // namespace

Result<int> cmd_hold(App& app, const Arguments& arguments) {
  auto session = TRY(Session::open(app));
  const bool release = arguments.has("--release");
  vault::ReaderStore* store = TRY(session->reader_store());
  vault::LoggedSnapshot snapshot = TRY(find(*store, arguments.word(0)));
  const crypto::SigningKey* owner = TRY(session->owner_key());
  const vault::VaultHeader header = TRY(store->header());
  const std::string body = who_runs_this();
  TRY(judge::sign_record(app.machine(), *TRY(session->owner_store()), *owner, header,
                         release ? vault::RecordKind::release : vault::RecordKind::hold,
                         snapshot.commit.domain, {snapshot.id}, as_bytes(body)));
  const std::string id = short_id(snapshot.id.hex());
  app.out().say(release ? tr("snapshot {} is no longer on hold: retention decides", id)
                        : tr("snapshot {} is on hold: it stays until you release it", id));
  app.out().document({{"snapshot", snapshot.id.hex()}, {"held", !release}});
  return 0;
}

}  // namespace aplomb::cli
