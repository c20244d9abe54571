// The three roles at a vault that lies on another machine, each over a session of its own (Client). What the
// keeper says is checked where it can be: a pack's id is computed here, entries are decoded and hashed here,
// and a reader hashes every chunk. Thread-safe as far as vault/store.h asks for.
#pragma once

#include <functional>

#include "keeper/client.h"

namespace aplomb::keeper {

// Signs with the key of a domain's writer. Code::key when this machine has none for it.
using SignForDomain =
    std::function<Result<crypto::Signature>(const vault::DomainId& domain, ByteView message)>;

class RemoteWriter final : public vault::WriterStore {
 public:
  RemoteWriter(std::unique_ptr<Client> client, SignForDomain sign)
      : client_(std::move(client)), sign_(std::move(sign)) {}

  Result<std::vector<bool>> has(const vault::DomainId& domain, std::span<const vault::ChunkId> ids) override;
  Result<std::unique_ptr<vault::PackSink>> begin_pack(const vault::DomainId& domain) override;
  Result<vault::Receipt> commit(ByteView content) override;

  Client& client() { return *client_; }

 private:
  Status prove(const vault::DomainId& domain);
  Result<const Known*> known(const vault::DomainId& domain);

  std::unique_ptr<Client> client_;
  SignForDomain sign_;
  std::mutex mutex_;
  std::set<vault::DomainId> proven_;
  std::map<vault::DomainId, Known> known_;  // as it was when this session first asked
};

class RemoteReader final : public vault::ReaderStore {
 public:
  explicit RemoteReader(std::unique_ptr<Client> client) : client_(std::move(client)) {}

  Result<vault::VaultHeader> header() override;
  Result<std::vector<vault::LogHead>> log() override;
  Result<vault::LogEntry> log_entry(const vault::LogHead& head) override;
  Result<std::vector<vault::PackId>> packs() override;
  Result<uint64_t> pack_size(const vault::PackId& pack) override;
  Result<Bytes> pack_range(const vault::PackId& pack, uint64_t offset, uint64_t length) override;
  Result<std::vector<vault::Location>> locate(const vault::DomainId& domain,
                                              const vault::ChunkId& id) override;

  Result<std::vector<vault::DoubtfulPack>> doubtful() override;
  Status doubt(const vault::DoubtfulPack& pack) override;
  Status trust(const vault::DoubtfulPack& pack) override;

  Client& client() { return *client_; }

 private:
  struct Tail {
    vault::PackId pack;
    uint64_t offset = 0;
    Bytes bytes;
  };
  Status load_packs();
  Status judge(Verb verb, const vault::DoubtfulPack& pack);
  Result<Bytes> fetch(const vault::PackId& pack, uint64_t offset, uint64_t length);

  std::unique_ptr<Client> client_;
  std::mutex mutex_;
  std::map<uint64_t, Result<vault::LogEntry>> entries_;  // that came with one that was asked for
  std::map<vault::PackId, uint64_t> sizes_;
  Tail tail_;  // the end of the pack whose end was last asked for: its table is in there, most often
  std::map<std::pair<vault::DomainId, vault::ChunkId>, std::vector<vault::Location>> places_;
};

class RemoteOwner final : public vault::OwnerStore {
 public:
  explicit RemoteOwner(std::unique_ptr<Client> client) : client_(std::move(client)) {}

  Status create(const vault::VaultHeader& header);
  Result<vault::Receipt> append_record(ByteView content) override;
  Status make_room(const vault::DomainId& domain) override;

  Client& client() { return *client_; }

 private:
  std::unique_ptr<Client> client_;
};

// Code::not_found when the keeper has no vault yet.
Result<vault::VaultHeader> header_of(const Client& client);

}  // namespace aplomb::keeper
