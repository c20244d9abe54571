// The other machine may be the attacker, or somebody who answers in its place. A client takes nothing from it
// that it cannot check, and never hangs on it.
#include <gtest/gtest.h>

#include "keeper/test_keeper.h"
#include "vault/index.h"

namespace aplomb::keeper {
namespace {

// A keeper that answers by hand.
struct Liar {
  TestPipe pipe;
  SeededRandom random{3};
  crypto::SigningKey key = crypto::make_signing_key(random);
  vault::VaultHeader header;
  std::map<Verb, Bytes> answers;
  std::function<void(HelloAnswer&)> hello = [](HelloAnswer&) {};
  std::jthread thread;

  Liar() {
    header.recovery_public = crypto::make_box_key(random).public_key;
    header.keeper_verify = key.verify_key;
  }

  Result<std::unique_ptr<Client>> connect(Role role, std::optional<crypto::VerifyKey> pin = std::nullopt) {
    thread = std::jthread([this, role, stream = std::shared_ptr<Stream>(pipe.server())] {
      while (true) {
        auto message = read_message(*stream, From::client);
        if (!message || !*message) break;
        Bytes body = answers[(*message)->verb];
        if ((*message)->verb == Verb::hello && body.empty()) body = say_hello(role, (*message)->body);
        if (!write_message(*stream, Verb::answer, (*message)->call, body)) break;
      }
      stream->close();
    });
    return Client::connect(pipe.client(), {role, pin, "ssh://test/vault"}, random);
  }

  Bytes say_hello(Role role, ByteView body) {
    HelloAnswer answer;
    answer.role = role;
    answer.header = encode(header);
    answer.keeper = key.verify_key;
    answer.signature = crypto::sign(key, kInfoHello, hello_proof(decode_hello_call(body)->nonce, answer));
    hello(answer);
    return encode(answer);
  }
};

TEST(LyingKeeper, IsKnownByItsKey) {
  SeededRandom random(8);
  crypto::SigningKey other = crypto::make_signing_key(random);
  {
    Liar liar;
    EXPECT_TRUE(liar.connect(Role::reader, liar.key.verify_key));
  }
  {
    Liar liar;
    EXPECT_EQ(liar.connect(Role::reader, other.verify_key).error().code, Code::key);
  }
  {
    Liar liar;  // says the pinned key, and cannot sign with it
    liar.hello = [&](HelloAnswer& answer) { answer.keeper = other.verify_key; };
    EXPECT_EQ(liar.connect(Role::reader, other.verify_key).error().code, Code::key);
  }
  {
    Liar liar;  // a header that was not in the proof
    liar.hello = [&](HelloAnswer& answer) { answer.header.clear(); };
    EXPECT_EQ(liar.connect(Role::reader).error().code, Code::key);
  }
  {
    Liar liar;  // a vault whose log another keeper signs
    liar.header.keeper_verify = other.verify_key;
    EXPECT_EQ(liar.connect(Role::reader).error().code, Code::key);
  }
  {
    Liar liar;
    EXPECT_EQ(liar.connect(Role::reader).value()->call(Verb::log, {}).value(), Bytes());
  }
}

TEST(LyingKeeper, OfAnotherRoleOrProtocolIsRefused) {
  for (int which = 0; which < 3; ++which) {
    Liar liar;
    liar.hello = [&](HelloAnswer& answer) {
      if (which == 0) answer.role = Role::writer;
      if (which == 1) answer.protocol = 9;
      if (which == 2) answer.header = Bytes(20, 1);
    };
    EXPECT_FALSE(liar.connect(Role::reader)) << which;
  }
}

TEST(LyingKeeper, StoresNothingElseUnnoticed) {
  Liar liar;
  liar.answers[Verb::known] = encode(Known{});
  vault::PackId other;
  liar.answers[Verb::table] = Bytes(other.bytes.begin(), other.bytes.end());
  RemoteWriter writer(*liar.connect(Role::writer),
                      [](const vault::DomainId&, ByteView) { return crypto::Signature(); });
  // `pack` and `frames` have no answers in the protocol; the liar's break the session.
  auto sink = writer.begin_pack({});
  ASSERT_TRUE(sink);
  vault::PackTable table;
  auto finished = (*sink)->finish(table);
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().code, Code::network);
}

TEST(LyingKeeper, MakesNoReaderBelieveAnEntryAPackOrAPlace) {
  SeededRandom random(4);
  Liar liar;
  vault::LogEntry entry;
  entry.sequence = 2;
  entry.kind = vault::EntryKind::record;
  entry.content = text_bytes("a false record");
  (void)vault::encode(entry, &liar.key);
  liar.answers[Verb::entries] = encode_sent({1, entry});
  liar.answers[Verb::range] = Bytes(99);
  liar.answers[Verb::packs] = Bytes(7);
  RemoteReader reader(*liar.connect(Role::reader));
  EXPECT_EQ(reader.log_entry({1, vault::EntryKind::record}).error().code, Code::corrupt) << "of another name";
  EXPECT_EQ(reader.log_entry({3, vault::EntryKind::record}).error().code, Code::not_found);
  EXPECT_EQ(reader.pack_range({}, 0, 100).error().code, Code::network) << "a byte too few";
  EXPECT_EQ(reader.packs().error().code, Code::network);

  Liar second;
  vault::IndexRun run;
  run.domain.bytes[0] = 1;
  run.packs.resize(1);
  run.entries.resize(1);
  second.answers[Verb::locate] = encode(run);
  RemoteReader misled(*second.connect(Role::reader));
  EXPECT_EQ(misled.locate({}, {}).error().code, Code::network) << "of another domain";
}

// Garbage of any kind for any answer, and the connection cut anywhere: an error each time, no hang.
TEST(LyingKeeper, WithGarbageNeverHangsNorCrashesTheClient) {
  SeededRandom random(6);
  for (int i = 0; i < 100; ++i) {
    Liar liar;
    for (Verb verb : {Verb::log, Verb::entries, Verb::packs, Verb::locate, Verb::range}) {
      Bytes body(random.below(300));
      random.fill(body);
      liar.answers[verb] = body;
    }
    if (i % 3 == 0) liar.pipe.cut_after(~uint64_t{0}, random.below(2000));
    auto client = liar.connect(Role::reader);
    if (!client) continue;
    RemoteReader reader(std::move(*client));
    (void)reader.log();
    (void)reader.log_entry({1, vault::EntryKind::commit});
    (void)reader.packs();
    (void)reader.pack_size({});
    (void)reader.pack_range({}, 0, 50);
    (void)reader.locate({}, {});
  }
}

}  // namespace
}  // namespace aplomb::keeper
