// The messages of the keeper's protocol, as either side reads them from the other.
#include <algorithm>
#include <array>

#include "fuzz/targets.h"
#include "keeper/limits.h"
#include "keeper/message.h"
#include "keeper/ssh_key.h"

namespace aplomb::fuzz {
namespace {

using keeper::Message;
using keeper::Verb;

class BytesStream final : public keeper::Stream {
 public:
  explicit BytesStream(ByteView bytes) : rest_(bytes) {}
  Result<size_t> read(std::span<uint8_t> out) override {
    size_t count = std::min(out.size(), rest_.size());
    std::copy_n(rest_.begin(), count, out.begin());
    rest_ = rest_.subspan(count);
    return count;
  }
  Status write(ByteView) override { return {}; }
  void close() override {}

 private:
  ByteView rest_;
};

void check_same(const Bytes& encoded, ByteView bytes) {
  APLOMB_CHECK(std::ranges::equal(encoded, bytes));
}

void call_body(const Message& message) {
  ByteView body = message.body;
  switch (message.verb) {
    case Verb::hello:
      (void)keeper::decode_hello_call(body);  // a later protocol's may be longer
      break;
    case Verb::domain:
      if (auto call = keeper::decode_domain_call(body)) check_same(encode(*call), body);
      break;
    case Verb::has:
      if (auto call = keeper::decode_has(body)) check_same(keeper::encode_has(call->domain, call->ids), body);
      break;
    case Verb::entries:
      if (auto call = keeper::decode_entries_call(body)) check_same(encode(*call), body);
      break;
    case Verb::range:
      if (auto call = keeper::decode_range_call(body)) check_same(encode(*call), body);
      break;
    case Verb::locate:
      if (auto call = keeper::decode_locate_call(body)) check_same(encode(*call), body);
      break;
    default:
      break;
  }
}

// A client's side of a session, message after message.
void keeper_call(ByteView bytes) {
  BytesStream stream(bytes);
  ByteWriter again;
  while (true) {
    auto message = keeper::read_message(stream, keeper::From::client);
    if (!message || !*message) break;
    call_body(**message);
    again.bytes(encode(**message));
  }
  APLOMB_CHECK(again.size() <= bytes.size() && std::ranges::equal(again.view(), bytes.first(again.size())));
}

// What a client makes of an answer, whichever it asked for. The first byte says which.
void keeper_answer(ByteView bytes) {
  if (bytes.empty()) return;
  ByteView body = bytes.subspan(1);
  switch (bytes[0] % 7) {
    case 0:
      if (auto answer = keeper::decode_hello_answer(body)) check_same(encode(*answer), body);
      break;
    case 1:
      if (auto known = keeper::decode_known(body)) check_same(encode(*known), body);
      break;
    case 2:
      if (auto log = keeper::decode_log(body)) check_same(keeper::encode_log(*log), body);
      break;
    case 3:
      if (auto packs = keeper::decode_packs(body)) check_same(keeper::encode_packs(*packs), body);
      break;
    case 4:
      (void)keeper::decode_sent(body);
      break;
    case 5:
      if (auto refusal = keeper::decode_refusal(body))
        APLOMB_CHECK(keeper::decode_refusal(keeper::encode(*refusal)));
      break;
    default:
      if (auto receipt = keeper::decode_receipt(body)) check_same(keeper::encode(*receipt), body);
      break;
  }
}

// What stands in the keeper's folder and on lines that people carry over.
void keeper_text(ByteView bytes) {
  std::string_view text = as_text(bytes);
  if (auto used = keeper::parse_used(text))
    APLOMB_CHECK(keeper::parse_used(keeper::write_used(*used)) == used);
  if (auto key = keeper::parse_public(text))
    APLOMB_CHECK(keeper::parse_public(keeper::public_line(*key, "x")) == key);
  auto url = vault::parse_vault_url(text);
  if (!url) return;
  if (const auto* ssh = std::get_if<vault::SshUrl>(&*url)) {
    auto again = vault::parse_vault_url(to_text(*ssh));
    APLOMB_CHECK(again.has_value() && *again == *url);
  }
}

constexpr std::array kTargets = {Target{"keeper_call", keeper_call}, Target{"keeper_answer", keeper_answer},
                                 Target{"keeper_text", keeper_text}};

}  // namespace

std::span<const Target> keeper_targets() {
  return kTargets;
}

}  // namespace aplomb::fuzz
