// The messages of the keeper's protocol: values to bytes and back, and one message from or to a stream. The
// page is docs/format/keeper-protocol.md. Either side may be the attacker, so each decoder has limits, and no
// room is made for a length before its bytes have come.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "base/messages.h"
#include "keeper/protocol.h"
#include "keeper/stream.h"
#include "vault/store.h"

namespace aplomb::keeper {

struct Message {
  Verb verb = Verb::hello;
  uint32_t call = 0;
  Bytes body;
};

// The most bytes that the body of a verb may have; nullopt for an unknown verb.
std::optional<uint32_t> body_max(uint8_t verb);

// Whom we read from: the other kind of verb is a violation.
enum class From { client, server };
// nullopt when the stream ends between two messages; Code::corrupt for a violation, Code::network when the
// stream ends within one.
Result<std::optional<Message>> read_message(Stream& stream, From from);
Bytes encode(const Message& message);
// Without a copy of the body.
Status write_message(Stream& stream, Verb verb, uint32_t call, ByteView body);

using HelloNonce = std::array<uint8_t, 32>;

struct HelloCall {
  uint8_t lowest = kProtocol, highest = kProtocol;
  Language language = Language::english;
  HelloNonce nonce{};
};
Bytes encode(const HelloCall& hello);
Result<HelloCall> decode_hello_call(ByteView body);

struct HelloAnswer {
  uint8_t protocol = kProtocol;
  Role role = Role::writer;
  Bytes header;  // as in the vault's file; empty when the vault has none yet
  crypto::VerifyKey keeper;
  HelloNonce nonce{};
  crypto::Signature signature{};
};
// What the keeper signs in its hello.
Bytes hello_proof(const HelloNonce& client, const HelloAnswer& answer);
Bytes encode(const HelloAnswer& answer);
Result<HelloAnswer> decode_hello_answer(ByteView body);

struct DomainCall {
  vault::DomainId domain;
  crypto::Signature signature{};
};
// What the writer signs.
Bytes domain_proof(const HelloNonce& server, const vault::DomainId& domain);
Bytes encode(const DomainCall& call);
Result<DomainCall> decode_domain_call(ByteView body);

struct Known {
  bool all = true;
  std::vector<uint64_t> beginnings;  // of ids, ascending
};
uint64_t beginning_of(const vault::ChunkId& id);
Bytes encode(const Known& known);
Result<Known> decode_known(ByteView body);

struct HasCall {
  vault::DomainId domain;
  std::vector<vault::ChunkId> ids;
};
Bytes encode_has(const vault::DomainId& domain, std::span<const vault::ChunkId> ids);
Result<HasCall> decode_has(ByteView body);
Bytes encode_has_answer(const std::vector<bool>& stored);
Result<std::vector<bool>> decode_has_answer(ByteView body, size_t count);

Bytes encode(const vault::Receipt& receipt);
Result<vault::Receipt> decode_receipt(ByteView body);

Bytes encode_log(const std::vector<vault::LogHead>& heads);
Result<std::vector<vault::LogHead>> decode_log(ByteView body);

struct EntriesCall {
  uint64_t from = 0;
  uint32_t bytes = 0;
};
Bytes encode(const EntriesCall& call);
Result<EntriesCall> decode_entries_call(ByteView body);

struct SentEntry {
  uint64_t sequence = 0;
  Result<vault::LogEntry> entry = vault::LogEntry();
};
Bytes encode_sent(const SentEntry& sent);  // several stand one after the other
Result<std::vector<SentEntry>> decode_sent(ByteView body);

struct SizedPack {
  vault::PackId id;
  uint64_t size = 0;
};
Bytes encode_packs(const std::vector<SizedPack>& packs);
Result<std::vector<SizedPack>> decode_packs(ByteView body);

struct RangeCall {
  vault::PackId pack;
  uint64_t offset = 0;
  uint32_t length = 0;
};
Bytes encode(const RangeCall& call);
Result<RangeCall> decode_range_call(ByteView body);

struct LocateCall {
  vault::DomainId domain;
  vault::ChunkId id;
};
Bytes encode(const LocateCall& call);
Result<LocateCall> decode_locate_call(ByteView body);

// One for the calls `doubt` and `trust`, any number in the answer to `doubtful`.
Bytes encode_doubts(const std::vector<vault::DoubtfulPack>& doubts);
Result<std::vector<vault::DoubtfulPack>> decode_doubts(ByteView body);

// One identifier and nothing else.
template <typename Identifier>
Result<Identifier> decode_id(ByteView body) {
  ByteReader reader(body);
  Identifier id = TRY(reader.id<Identifier>());
  TRY(reader.finish());
  return id;
}

Bytes encode(const Error& refusal);
// The error as it is shown here: without control characters, cut to a sane length.
Result<Error> decode_refusal(ByteView body);

}  // namespace aplomb::keeper
