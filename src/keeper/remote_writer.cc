#include <algorithm>

#include "keeper/remote_store.h"

namespace aplomb::keeper {
namespace {

// One pack on its way: a few messages and one answer. What it hashes to is known here, too.
class RemoteSink final : public vault::PackSink {
 public:
  RemoteSink(Client& client, uint32_t number) : client_(client), number_(number) {}

  ~RemoteSink() override {
    if (finished_) return;
    (void)client_.send(Verb::drop, number_, {});
    client_.forget(number_);
  }

  Status append(ByteView frame) override {
    auto end = checked_add(size_, frame.size());
    if (!end || *end > vault::kPackMax)
      return fail(Code::limit, tr("a pack would become larger than the format allows"));
    if (auto error = client_.refused(number_)) return fail(std::move(*error));
    hash_.update(frame);
    size_ = *end;
    for (ByteView rest = frame; !rest.empty();) {
      ByteView piece = rest.first(std::min<size_t>(rest.size(), kFramesMax));
      TRY(client_.send(Verb::frames, number_, piece));
      rest = rest.subspan(piece.size());
    }
    return {};
  }

  Result<vault::PackId> finish(const vault::PackTable& table) override {
    TRY(vault::check_frames(table, size_));
    hash_.update(vault::encode_pack_tail(table, size_));
    TRY(client_.send(Verb::table, number_, encode(table)));
    finished_ = true;
    Bytes answer = TRY(client_.wait(number_));
    vault::PackId id;
    id.bytes = hash_.finish().bytes;
    if (TRY(understood(client_, decode_id<vault::PackId>(answer))) == id) return id;
    return fail(make_error(Code::network, tr("the keeper stored something else than what was sent"))
                    .then(tr("check the keeper's machine before you trust what it keeps")));
  }

 private:
  Client& client_;
  const uint32_t number_;
  crypto::Sha256Stream hash_;
  uint64_t size_ = 0;
  bool finished_ = false;
};

}  // namespace

Result<vault::VaultHeader> header_of(const Client& client) {
  if (client.header()) return *client.header();
  return fail(make_error(Code::not_found, tr("this keeper has no vault yet"))
                  .then(tr("run aplomb init on the machine that is to be protected")));
}

Status RemoteWriter::prove(const vault::DomainId& domain) {
  if (proven_.contains(domain)) return {};
  DomainCall call;
  call.domain = domain;
  call.signature = TRY(sign_(domain, domain_proof(client_->nonce(), domain)));
  TRY(client_->call(Verb::domain, encode(call)));
  proven_.insert(domain);
  return {};
}

Result<const Known*> RemoteWriter::known(const vault::DomainId& domain) {
  auto found = known_.find(domain);
  if (found != known_.end()) return &found->second;
  Bytes answer = TRY(client_->call(Verb::known, domain.view()));
  Known known = TRY(understood(*client_, decode_known(answer)));
  return &known_.emplace(domain, std::move(known)).first->second;
}

Result<std::vector<bool>> RemoteWriter::has(const vault::DomainId& domain,
                                            std::span<const vault::ChunkId> ids) {
  std::lock_guard lock(mutex_);
  TRY(prove(domain));
  const Known* known = TRY(this->known(domain));
  std::vector<bool> stored;
  stored.reserve(ids.size());
  if (known->all) {
    for (const vault::ChunkId& id : ids)
      stored.push_back(std::ranges::binary_search(known->beginnings, beginning_of(id)));
    return stored;
  }
  while (!ids.empty()) {
    auto some = ids.first(std::min<size_t>(ids.size(), kIdsMax));
    Bytes answer = TRY(client_->call(Verb::has, encode_has(domain, some)));
    std::vector<bool> part = TRY(understood(*client_, decode_has_answer(answer, some.size())));
    stored.insert(stored.end(), part.begin(), part.end());
    ids = ids.subspan(some.size());
  }
  return stored;
}

Result<std::unique_ptr<vault::PackSink>> RemoteWriter::begin_pack(const vault::DomainId& domain) {
  {
    std::lock_guard lock(mutex_);
    TRY(prove(domain));
  }
  uint32_t number = client_->begin();
  auto sink = std::make_unique<RemoteSink>(*client_, number);
  TRY(client_->send(Verb::pack, number, domain.view()));
  return sink;
}

Result<vault::Receipt> RemoteWriter::commit(ByteView content) {
  {
    std::lock_guard lock(mutex_);
    TRY(prove(TRY(vault::decode_commit(content)).commit.domain));
  }
  if (content.size() > kCommitMax)
    return fail(Code::limit, tr("the snapshot refers to more chunks than the format allows"));
  Bytes answer = TRY(client_->call(Verb::commit, content));
  return understood(*client_, decode_receipt(answer));
}

Status RemoteOwner::create(const vault::VaultHeader& header) {
  Bytes answer = TRY(client_->call(Verb::create, encode(header)));
  vault::VaultHeader made = TRY(understood(*client_, vault::decode_header(answer)));
  if (made.id != header.id || made.recovery_public != header.recovery_public ||
      made.owner_verify != header.owner_verify || made.keeper_verify != client_->keeper())
    return fail(client_->broken_protocol());
  client_->set_header(made);
  return {};
}

Result<vault::Receipt> RemoteOwner::append_record(ByteView content) {
  if (content.size() > vault::kLogEntryMax)
    return fail(Code::limit, tr("a record is larger than the format allows"));
  Bytes answer = TRY(client_->call(Verb::record, content));
  return understood(*client_, decode_receipt(answer));
}

Status RemoteOwner::make_room(const vault::DomainId& domain) {
  TRY(client_->call(Verb::room, domain.view()));
  return {};
}

}  // namespace aplomb::keeper
