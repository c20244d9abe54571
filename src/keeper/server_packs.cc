// Packs on their way in. A refusal is sent once, at the message that goes too far; what the client had sent
// before it read that is dropped without a word.
#include "keeper/server.h"

namespace aplomb::keeper {
namespace {
constexpr uint64_t kSpaceStep = 16ull * 1024 * 1024;
}

Status Server::begin_pack(const Message& message) {
  vault::DomainId domain = TRY(well_formed(decode_id<vault::DomainId>(message.body)));
  if (open_packs_.size() >= kOpenPacksMax || open_packs_.contains(message.call)) {
    broken_ = true;  // ours never does that, and to go on would take memory for nothing
    return fail(Code::limit, tr("too many packs at once"));
  }
  OpenPack& pack = open_packs_[message.call];
  pack.domain = domain;
  TRY(check_proven(domain));
  TRY(usage_.enough_space(domain));
  TRY(usage_.allows(domain, 1, 0));
  pack.sink = TRY(TRY(keeper())->begin_pack(domain));
  return {};
}

Status Server::add_frames(const Message& message) {
  auto found = open_packs_.find(message.call);
  if (found == open_packs_.end()) {
    broken_ = true;
    return fail(Code::corrupt, tr("the peer does not speak the keeper's protocol"));
  }
  OpenPack& pack = found->second;
  if (!pack.sink) return {};
  pack.bytes += message.body.size();
  Status taken = pack.bytes > pack.space_checked + kSpaceStep ? usage_.enough_space(pack.domain) : Status();
  if (pack.bytes > pack.space_checked + kSpaceStep) pack.space_checked = pack.bytes;
  if (taken) taken = usage_.allows(pack.domain, pack.bytes, 0);
  if (taken) taken = pack.sink->append(message.body);
  if (!taken) pack.sink.reset();
  return taken;
}

bool Server::end_refused_pack(uint32_t call) {
  auto found = open_packs_.find(call);
  if (found == open_packs_.end() || found->second.sink) return false;
  open_packs_.erase(found);
  return true;
}

Result<Bytes> Server::finish_pack(const Message& message) {
  auto found = open_packs_.find(message.call);
  if (found == open_packs_.end()) {
    broken_ = true;
    return fail(Code::corrupt, tr("the peer does not speak the keeper's protocol"));
  }
  OpenPack pack = std::move(found->second);
  open_packs_.erase(found);
  vault::PackTable table = TRY(well_formed(vault::decode_pack_table(message.body)));
  TRY(usage_.count(pack.domain, pack.bytes + 2 * (message.body.size() + vault::kFooterSize), 0));
  vault::PackId id = TRY(pack.sink->finish(table));
  return Bytes(id.bytes.begin(), id.bytes.end());
}

}  // namespace aplomb::keeper
