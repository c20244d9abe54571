#include "keeper/message.h"

#include <algorithm>

#include "base/log.h"

namespace aplomb::keeper {
namespace {

constexpr size_t kReadStep = 256 * 1024;  // a length that was only claimed costs no more than this
constexpr uint64_t kTextMax = 2000;
constexpr uint64_t kHeaderMax = 1024;
constexpr uint8_t kUnreadable = 0, kWhole = 1, kOneCopy = 2;

constexpr std::array kCodes = {Code::usage,  Code::config,      Code::key,     Code::not_found,
                               Code::exists, Code::unsupported, Code::refused, Code::busy,
                               Code::io,     Code::network,     Code::corrupt, Code::limit};

bool is_of_server(uint8_t verb) {
  return verb >= static_cast<uint8_t>(Verb::answer);
}

Error broke_off() {
  return make_error(Code::network, tr("the connection to the keeper broke off"));
}

Status read_exactly(Stream& stream, std::span<uint8_t> out, bool& at_end) {
  for (size_t done = 0; done < out.size();) {
    size_t count = TRY(stream.read(out.subspan(done)));
    if (count == 0) {
      at_end = done == 0;
      return fail(broke_off());
    }
    done += count;
  }
  return {};
}

Bytes encode_head(Verb verb, uint32_t call, size_t body) {
  ByteWriter writer;
  writer.u32(static_cast<uint32_t>(body));
  writer.u8(static_cast<uint8_t>(verb));
  writer.u32(call);
  return writer.take();
}

template <size_t N>
Result<std::array<uint8_t, N>> read_array(ByteReader& reader) {
  ByteView bytes = TRY(reader.bytes(N));
  std::array<uint8_t, N> out;
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

// UTF-8 is not cut in the middle of a character.
std::string_view cut(std::string_view text, size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && (static_cast<uint8_t>(text[limit]) & 0xc0) == 0x80) --limit;
  return text.substr(0, limit);
}

}  // namespace

std::optional<uint32_t> body_max(uint8_t verb) {
  switch (static_cast<Verb>(verb)) {
    case Verb::hello:
    case Verb::domain:
    case Verb::known:
    case Verb::pack:
    case Verb::drop:
    case Verb::log:
    case Verb::entries:
    case Verb::packs:
    case Verb::range:
    case Verb::locate:
    case Verb::doubtful:
    case Verb::doubt:
    case Verb::trust:
    case Verb::create:
    case Verb::room:
      return kSmallMax;
    case Verb::has:
      return kSmallMax + kIdsMax * static_cast<uint32_t>(vault::ChunkId::kSize);
    case Verb::frames:
      return kFramesMax;
    case Verb::table:
      return vault::kTableMax;
    case Verb::commit:
      return kCommitMax;
    case Verb::record:
      return static_cast<uint32_t>(vault::kLogEntryMax);
    case Verb::answer:
      return kMessageMax;
    case Verb::refusal:
      return 4 * kSmallMax;
  }
  return std::nullopt;
}

Result<std::optional<Message>> read_message(Stream& stream, From from) {
  std::array<uint8_t, kMessageHeader> head;
  bool at_end = false;
  Status read = read_exactly(stream, head, at_end);
  if (!read && at_end) return std::optional<Message>();
  if (!read) return fail(std::move(read).error());
  ByteReader reader(head);
  uint32_t length = TRY(reader.u32());
  uint8_t verb = TRY(reader.u8());
  Message message;
  message.call = TRY(reader.u32());
  auto limit = body_max(verb);
  if (!limit || length > *limit || is_of_server(verb) != (from == From::server))
    return fail(Code::corrupt, tr("the peer does not speak the keeper's protocol"));
  message.verb = static_cast<Verb>(verb);
  while (message.body.size() < length) {
    size_t done = message.body.size();
    message.body.resize(done + std::min<size_t>(kReadStep, length - done));
    TRY(read_exactly(stream, std::span(message.body).subspan(done), at_end));
  }
  return message;
}

Bytes encode(const Message& message) {
  Bytes bytes = encode_head(message.verb, message.call, message.body.size());
  bytes.insert(bytes.end(), message.body.begin(), message.body.end());
  return bytes;
}

Status write_message(Stream& stream, Verb verb, uint32_t call, ByteView body) {
  APLOMB_CHECK(body.size() <= body_max(static_cast<uint8_t>(verb)).value_or(0));
  if (body.size() <= kSmallMax) return stream.write(encode(Message{verb, call, {body.begin(), body.end()}}));
  TRY(stream.write(encode_head(verb, call, body.size())));
  return stream.write(body);
}

Bytes encode(const HelloCall& hello) {
  ByteWriter writer;
  writer.u8(hello.lowest);
  writer.u8(hello.highest);
  writer.u8(hello.language == Language::french ? 1 : 0);
  writer.bytes(hello.nonce);
  return writer.take();
}

// What a later protocol adds behind the nonce is not ours to refuse: the answer says which one is spoken.
Result<HelloCall> decode_hello_call(ByteView body) {
  ByteReader reader(body);
  HelloCall hello;
  hello.lowest = TRY(reader.u8());
  hello.highest = TRY(reader.u8());
  hello.language = TRY(reader.u8()) == 1 ? Language::french : Language::english;
  hello.nonce = TRY(read_array<32>(reader));
  if (hello.lowest > hello.highest) return fail(Code::corrupt, tr("the peer speaks no protocol at all"));
  if (hello.highest == kProtocol) TRY(reader.finish());
  return hello;
}

Bytes hello_proof(const HelloNonce& client, const HelloAnswer& answer) {
  ByteWriter writer;
  writer.bytes(client);
  writer.bytes(answer.nonce);
  writer.u8(answer.protocol);
  writer.u8(static_cast<uint8_t>(answer.role));
  writer.id(crypto::sha256(answer.header));
  return writer.take();
}

Bytes encode(const HelloAnswer& answer) {
  ByteWriter writer;
  writer.u8(answer.protocol);
  writer.u8(static_cast<uint8_t>(answer.role));
  writer.sized(answer.header);
  writer.id(answer.keeper);
  writer.bytes(answer.nonce);
  writer.bytes(answer.signature);
  return writer.take();
}

Result<HelloAnswer> decode_hello_answer(ByteView body) {
  ByteReader reader(body);
  HelloAnswer answer;
  answer.protocol = TRY(reader.u8());
  uint8_t role = TRY(reader.u8());
  if (role < static_cast<uint8_t>(Role::writer) || role > static_cast<uint8_t>(Role::owner))
    return fail(Code::corrupt, tr("the peer does not speak the keeper's protocol"));
  answer.role = static_cast<Role>(role);
  ByteView header = TRY(reader.sized(kHeaderMax));
  answer.header.assign(header.begin(), header.end());
  answer.keeper = TRY(reader.id<crypto::VerifyKey>());
  answer.nonce = TRY(read_array<32>(reader));
  answer.signature = TRY(read_array<64>(reader));
  TRY(reader.finish());
  return answer;
}

Bytes domain_proof(const HelloNonce& server, const vault::DomainId& domain) {
  ByteWriter writer;
  writer.bytes(server);
  writer.id(domain);
  return writer.take();
}

Bytes encode(const DomainCall& call) {
  ByteWriter writer;
  writer.id(call.domain);
  writer.bytes(call.signature);
  return writer.take();
}

Result<DomainCall> decode_domain_call(ByteView body) {
  ByteReader reader(body);
  DomainCall call;
  call.domain = TRY(reader.id<vault::DomainId>());
  call.signature = TRY(read_array<64>(reader));
  TRY(reader.finish());
  return call;
}

uint64_t beginning_of(const vault::ChunkId& id) {
  uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | id.bytes[static_cast<size_t>(i)];
  return value;
}

Bytes encode(const Known& known) {
  ByteWriter writer;
  writer.u8(known.all ? 1 : 0);
  for (uint64_t value : known.beginnings)
    for (int shift = 56; shift >= 0; shift -= 8) writer.u8(static_cast<uint8_t>(value >> shift));
  return writer.take();
}

Result<Known> decode_known(ByteView body) {
  ByteReader reader(body);
  Known known;
  uint8_t all = TRY(reader.u8());
  size_t count = reader.remaining() / 8;
  if (all > 1 || reader.remaining() % 8 != 0 || count > kKnownMax || (all == 0 && count > 0))
    return fail(Code::corrupt, tr("the peer does not speak the keeper's protocol"));
  known.all = all == 1;
  known.beginnings.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    uint64_t value = 0;
    for (uint8_t byte : TRY(reader.bytes(8))) value = value << 8 | byte;
    if (i > 0 && value < known.beginnings.back())
      return fail(Code::corrupt, tr("the peer does not speak the keeper's protocol"));
    known.beginnings.push_back(value);
  }
  return known;
}

Bytes encode_has(const vault::DomainId& domain, std::span<const vault::ChunkId> ids) {
  ByteWriter writer;
  writer.id(domain);
  for (const vault::ChunkId& id : ids) writer.id(id);
  return writer.take();
}

Result<HasCall> decode_has(ByteView body) {
  ByteReader reader(body);
  HasCall call;
  call.domain = TRY(reader.id<vault::DomainId>());
  if (reader.remaining() / vault::ChunkId::kSize > kIdsMax)
    return fail(Code::corrupt, tr("the peer does not speak the keeper's protocol"));
  while (!reader.at_end()) call.ids.push_back(TRY(reader.id<vault::ChunkId>()));
  return call;
}

Bytes encode_has_answer(const std::vector<bool>& stored) {
  Bytes bytes;
  bytes.reserve(stored.size());
  for (bool one : stored) bytes.push_back(one ? 1 : 0);
  return bytes;
}

Result<std::vector<bool>> decode_has_answer(ByteView body, size_t count) {
  if (body.size() != count || std::ranges::any_of(body, [](uint8_t byte) { return byte > 1; }))
    return fail(Code::corrupt, tr("the peer does not speak the keeper's protocol"));
  return std::vector<bool>(body.begin(), body.end());
}

Bytes encode(const vault::Receipt& receipt) {
  ByteWriter writer;
  writer.u64(receipt.sequence);
  writer.i64(receipt.received.ns);
  return writer.take();
}

Result<vault::Receipt> decode_receipt(ByteView body) {
  ByteReader reader(body);
  vault::Receipt receipt;
  receipt.sequence = TRY(reader.u64());
  receipt.received.ns = TRY(reader.i64());
  TRY(reader.finish());
  return receipt;
}

Bytes encode_log(const std::vector<vault::LogHead>& heads) {
  ByteWriter writer;
  for (const vault::LogHead& head : heads) {
    writer.u64(head.sequence);
    writer.u8(static_cast<uint8_t>(head.kind));
  }
  return writer.take();
}

Result<std::vector<vault::LogHead>> decode_log(ByteView body) {
  ByteReader reader(body);
  std::vector<vault::LogHead> heads;
  while (!reader.at_end()) {
    vault::LogHead head;
    head.sequence = TRY(reader.u64());
    uint8_t kind = TRY(reader.u8());
    bool in_order = heads.empty() || head.sequence > heads.back().sequence;
    if (!in_order || kind < static_cast<uint8_t>(vault::EntryKind::commit) ||
        kind > static_cast<uint8_t>(vault::EntryKind::removal))
      return fail(Code::corrupt, tr("the peer does not speak the keeper's protocol"));
    head.kind = static_cast<vault::EntryKind>(kind);
    heads.push_back(head);
  }
  return heads;
}

Bytes encode(const EntriesCall& call) {
  ByteWriter writer;
  writer.u64(call.from);
  writer.u32(call.bytes);
  return writer.take();
}

Result<EntriesCall> decode_entries_call(ByteView body) {
  ByteReader reader(body);
  EntriesCall call;
  call.from = TRY(reader.u64());
  call.bytes = TRY(reader.u32());
  TRY(reader.finish());
  return call;
}

Bytes encode_sent(const SentEntry& sent) {
  ByteWriter writer;
  writer.u64(sent.sequence);
  if (!sent.entry) {
    writer.u8(kUnreadable);
    writer.sized(encode(sent.entry.error()));
    return writer.take();
  }
  vault::LogEntry entry = *sent.entry;
  Bytes twice = encode(entry, nullptr);  // the signature is the one it has
  writer.u8(sent.entry->intact ? kWhole : kOneCopy);
  writer.sized(ByteView(twice).first(twice.size() / 2));
  return writer.take();
}

Result<std::vector<SentEntry>> decode_sent(ByteView body) {
  ByteReader reader(body);
  std::vector<SentEntry> all;
  while (!reader.at_end()) {
    SentEntry sent;
    sent.sequence = TRY(reader.u64());
    uint8_t state = TRY(reader.u8());
    ByteView bytes = TRY(reader.sized(kMessageMax));
    if (state > kOneCopy) return fail(Code::corrupt, tr("the peer does not speak the keeper's protocol"));
    if (state == kUnreadable) {
      sent.entry = fail(TRY(decode_refusal(bytes)));
    } else {
      sent.entry = vault::decode_log_entry(bytes);
      if (sent.entry) sent.entry->intact = state == kWhole;
    }
    all.push_back(std::move(sent));
  }
  return all;
}

Bytes encode_packs(const std::vector<SizedPack>& packs) {
  ByteWriter writer;
  for (const SizedPack& pack : packs) {
    writer.id(pack.id);
    writer.u64(pack.size);
  }
  return writer.take();
}

Result<std::vector<SizedPack>> decode_packs(ByteView body) {
  ByteReader reader(body);
  std::vector<SizedPack> packs;
  while (!reader.at_end()) {
    SizedPack pack;
    pack.id = TRY(reader.id<vault::PackId>());
    pack.size = TRY(reader.u64());
    packs.push_back(pack);
  }
  return packs;
}

Bytes encode_doubts(const std::vector<vault::DoubtfulPack>& doubts) {
  ByteWriter writer;
  for (const vault::DoubtfulPack& doubtful : doubts) {
    writer.id(doubtful.pack);
    writer.u8(doubtful.doubt == vault::Doubt::damaged ? 0 : 1);
  }
  return writer.take();
}

Result<std::vector<vault::DoubtfulPack>> decode_doubts(ByteView body) {
  ByteReader reader(body);
  std::vector<vault::DoubtfulPack> doubts;
  while (!reader.at_end()) {
    vault::DoubtfulPack doubtful;
    doubtful.pack = TRY(reader.id<vault::PackId>());
    uint8_t doubt = TRY(reader.u8());
    if (doubt > 1) return fail(Code::corrupt, tr("the peer does not speak the keeper's protocol"));
    doubtful.doubt = doubt == 0 ? vault::Doubt::damaged : vault::Doubt::false_chunks;
    doubts.push_back(doubtful);
  }
  return doubts;
}

Bytes encode(const RangeCall& call) {
  ByteWriter writer;
  writer.id(call.pack);
  writer.u64(call.offset);
  writer.u32(call.length);
  return writer.take();
}

Result<RangeCall> decode_range_call(ByteView body) {
  ByteReader reader(body);
  RangeCall call;
  call.pack = TRY(reader.id<vault::PackId>());
  call.offset = TRY(reader.u64());
  call.length = TRY(reader.u32());
  TRY(reader.finish());
  return call;
}

Bytes encode(const LocateCall& call) {
  ByteWriter writer;
  writer.id(call.domain);
  writer.id(call.id);
  return writer.take();
}

Result<LocateCall> decode_locate_call(ByteView body) {
  ByteReader reader(body);
  LocateCall call;
  call.domain = TRY(reader.id<vault::DomainId>());
  call.id = TRY(reader.id<vault::ChunkId>());
  TRY(reader.finish());
  return call;
}

Bytes encode(const Error& refusal) {
  ByteWriter writer;
  auto place = std::ranges::find(kCodes, refusal.code);
  writer.u8(static_cast<uint8_t>(place - kCodes.begin() + 1));
  for (const std::string* text : {&refusal.what, &refusal.where, &refusal.next})
    writer.text(cut(*text, kTextMax));
  return writer.take();
}

Result<Error> decode_refusal(ByteView body) {
  ByteReader reader(body);
  uint8_t code = TRY(reader.u8());
  if (code == 0 || code > kCodes.size())
    return fail(Code::corrupt, tr("the peer does not speak the keeper's protocol"));
  Error error;
  error.code = kCodes[code - 1];
  for (std::string* text : {&error.what, &error.where, &error.next})
    *text = printable(TRY(reader.text(kTextMax)));
  TRY(reader.finish());
  return error;
}

}  // namespace aplomb::keeper
