// The keeper's side of a session: one role, one client, one message after the other, over the vault in a
// folder of this machine. What the client says is believed for nothing that is not checked here or in
// vault::Keeper; what it may do is its role and nothing else. The page is docs/format/keeper-protocol.md.
//
// A session holds no lock between messages: several run at once, as processes of their own. Packs that were
// begun and not finished when it ends leave nothing.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "keeper/limits.h"
#include "keeper/message.h"
#include "vault/keeper.h"
#include "vault/pack_file.h"

namespace aplomb::keeper {

class Server {
 public:
  // `folder` is one that `keeper create` made; the vault in it may still lack its header.
  static Result<std::unique_ptr<Server>> open(std::unique_ptr<fs::Dir> folder, Role role,
                                              vault::Keeper::Context context);
  // Until the client ends the connection (success), breaks the protocol, or the stream fails.
  Status serve(Stream& stream);

  // The client said that it reads French. The process speaks it from then on (its one session).
  std::function<void(Language)> on_language = [](Language) {};

 private:
  struct OpenPack {
    vault::DomainId domain;
    std::unique_ptr<vault::PackSink> sink;  // null once it was refused
    uint64_t bytes = 0;
    uint64_t space_checked = 0;  // bytes at the last look at the free space
  };

  Server(std::unique_ptr<fs::Dir> folder, Role role, vault::Keeper::Context context, Limits limits)
      : folder_(std::move(folder)), role_(role), context_(context), usage_(*folder_, context.clock, limits) {}

  Status say_hello(Stream& stream);
  Status handle(Stream& stream, const Message& message);
  bool may(Verb verb) const;
  Result<Bytes> answer(const Message& message);
  Status refuse(Stream& stream, uint32_t call, const Error& error);
  // Marks the session as broken when a body did not decode.
  template <typename T>
  Result<T> well_formed(Result<T> decoded) {
    if (!decoded) broken_ = true;
    return decoded;
  }
  Result<vault::Keeper*> keeper();
  Status check_proven(const vault::DomainId& domain) const;

  Result<Bytes> prove_domain(ByteView body);
  Result<Bytes> known(ByteView body);
  Result<Bytes> has(ByteView body);
  Status begin_pack(const Message& message);
  Status add_frames(const Message& message);
  bool end_refused_pack(uint32_t call);
  Result<Bytes> finish_pack(const Message& message);
  Result<Bytes> commit(ByteView body);

  Result<Bytes> log();
  Result<Bytes> entries(ByteView body);
  Result<Bytes> packs();
  Result<Bytes> range(ByteView body);
  Result<Bytes> locate(ByteView body);
  Result<Bytes> doubtful();
  Result<Bytes> judge_pack(Verb verb, ByteView body);

  Result<Bytes> create(ByteView body);
  Result<Bytes> record(ByteView body);
  Result<Bytes> room(ByteView body);

  std::unique_ptr<fs::Dir> folder_;
  const Role role_;
  vault::Keeper::Context context_;
  Usage usage_;
  std::unique_ptr<vault::Keeper> keeper_;  // null while the vault has no header
  HelloNonce nonce_{};
  bool broken_ = false;
  std::set<vault::DomainId> proven_;
  std::map<uint32_t, OpenPack> open_packs_;
  std::optional<std::pair<vault::PackId, vault::OpenPack>> table_;  // the last one that locate looked into
};

}  // namespace aplomb::keeper
