// An intruder with root on the web server holds every secret there is on it: the writer's SSH login, the
// writer key with its signing and id keys. He speaks the protocol by hand. What he gets is an error or junk
// within his quota; what was there stays.
#include <gtest/gtest.h>

#include <algorithm>

#include "keeper/ssh_key.h"
#include "keeper/test_keeper.h"

namespace aplomb::keeper {
namespace {

const Files kFiles{{"index.php", text_bytes("<?php echo 'ouvert';")}, {"logo.png", random_bytes(1, 300'000)}};

struct Attacked : TestKeeper {
  vault::SnapshotId good;
  bool junk_is_known = false;  // a reader found his junk, and verify names it

  Attacked() {
    set_up();
    auto writer_store = remote_writer();
    auto saved = vault::save(*writer_store, writer, random, kFiles);
    EXPECT_TRUE(saved);
    good = saved->id;
  }
  // The snapshot from before the attack restores, byte for byte, and the vault is whole.
  ~Attacked() {
    wait_for_sessions();
    auto store = remote_reader();
    auto reader_of_all = this->reader(*store);
    EXPECT_TRUE(reader_of_all);
    auto info = (*reader_of_all)->find(good.hex());
    EXPECT_TRUE(info);
    if (info) {
      EXPECT_EQ(*vault::load(**reader_of_all, *info), kFiles);
    }
    auto report = verified(*store, nullptr);
    EXPECT_EQ(report.ok(), !junk_is_known);
    EXPECT_EQ(std::ranges::count(report.incomplete, good), 0);
    EXPECT_TRUE(vault::files_in(*folder(), "packs/tmp/").empty());
  }

  std::unique_ptr<Client> login() {
    auto client = connect(Role::writer);
    EXPECT_TRUE(client);
    DomainCall call{writer.domain, crypto::sign(writer.signing, kInfoDomain,
                                                domain_proof((*client)->nonce(), writer.domain))};
    EXPECT_TRUE((*client)->call(Verb::domain, encode(call)));
    return std::move(*client);
  }
  Code code_of(Client& client, Verb verb, ByteView body) {
    auto answer = client.call(verb, body);
    EXPECT_FALSE(answer) << static_cast<int>(verb);
    return answer ? Code::usage : answer.error().code;
  }
};

TEST(HostileWriter, GetsNothingOfAReaderOrOwner) {
  Attacked vault;
  auto client = vault.login();
  vault::PackId pack = (*vault.open())->packs()->at(0);
  for (const auto& [verb, body] : {std::pair{Verb::log, Bytes()},
                                   {Verb::packs, Bytes()},
                                   {Verb::entries, encode(EntriesCall{1, 1000})},
                                   {Verb::range, encode(RangeCall{pack, 0, 100})},
                                   {Verb::locate, encode(LocateCall{vault.writer.domain, {}})},
                                   {Verb::doubtful, Bytes()},
                                   {Verb::doubt, Bytes(33)},
                                   {Verb::trust, Bytes(33)},
                                   {Verb::create, encode(vault.header)},
                                   {Verb::record, vault.domain_record(vault.writer)}})
    EXPECT_EQ(vault.code_of(*client, verb, body), Code::refused) << static_cast<int>(verb);
  EXPECT_TRUE(client->call(Verb::known, vault.writer.domain.view())) << "and the session goes on";
}

// There is no verb that deletes; every number that is none ends the session.
TEST(HostileWriter, FindsNoVerbThatDeletes) {
  Attacked vault;
  for (int verb = 0; verb < 256; ++verb) {
    if (body_max(static_cast<uint8_t>(verb))) continue;
    auto stream = vault.dial(Role::writer);
    ASSERT_TRUE(stream->write(encode(Message{Verb::hello, 1, encode(HelloCall())})));
    ASSERT_TRUE(*read_message(*stream, From::server));
    ByteWriter head;
    head.u32(0);
    head.u8(static_cast<uint8_t>(verb));
    head.u32(2);
    ASSERT_TRUE(stream->write(head.view()));
    auto refusal = read_message(*stream, From::server);
    ASSERT_TRUE(refusal && *refusal);
    EXPECT_EQ((*refusal)->verb, Verb::refusal);
    auto end = read_message(*stream, From::server);
    EXPECT_TRUE(end && !*end);
  }
}

TEST(HostileWriter, AsksNothingAboutAnotherSitesDomain) {
  Attacked vault;
  vault::WriterKey other =
      vault::make_writer_key(vault.random, vault.header.id, "wiki", 1, vault.recovery.public_key);
  ASSERT_TRUE(vault.remote_owner()->append_record(vault.domain_record(other)));
  auto client = vault.login();
  EXPECT_EQ(vault.code_of(*client, Verb::known, other.domain.view()), Code::refused);
  EXPECT_EQ(vault.code_of(*client, Verb::has, encode_has(other.domain, {})), Code::refused);
  EXPECT_EQ(vault.code_of(*client, Verb::pack, other.domain.view()), Code::refused);
  // Signed with his own key, with that of the other site's for another session, and with nothing.
  Bytes message = domain_proof(client->nonce(), other.domain);
  HelloNonce old_nonce{};
  for (const crypto::Signature& signature :
       {crypto::sign(vault.writer.signing, kInfoDomain, message),
        crypto::sign(other.signing, kInfoDomain, domain_proof(old_nonce, other.domain)), crypto::Signature()})
    EXPECT_EQ(vault.code_of(*client, Verb::domain, encode(DomainCall{other.domain, signature})),
              Code::refused);
  vault::DomainId unknown;
  EXPECT_EQ(vault.code_of(*client, Verb::domain, encode(DomainCall{unknown, {}})), Code::refused);
}

TEST(HostileWriter, CommitsNothingUnsignedReplayedOrIncomplete) {
  Attacked vault;
  auto client = vault.login();
  auto keeper = *vault.open();
  auto heads = *keeper->log();
  vault::LogEntry entry = *keeper->log_entry(heads.back());
  // Replayed: the same receipt, and no second entry.
  vault.clock.advance(kDay);
  auto again = client->call(Verb::commit, entry.content);
  ASSERT_TRUE(again);
  EXPECT_EQ(decode_receipt(*again)->sequence, entry.sequence);
  EXPECT_EQ(decode_receipt(*again)->received, entry.received);
  EXPECT_EQ((*vault.open())->log()->size(), heads.size());
  // A bit changed anywhere, and references to what is not there.
  Bytes changed = entry.content;
  changed[30] ^= 1;
  EXPECT_FALSE(client->call(Verb::commit, changed));
  vault::Commit hollow;
  hollow.domain = vault.writer.domain;
  hollow.references.bytes[5] = 1;
  EXPECT_FALSE(client->call(Verb::commit, encode_signed(hollow, vault.writer.signing)));
  SeededRandom other(9);
  EXPECT_EQ(vault.code_of(*client, Verb::commit, encode_signed(hollow, crypto::make_signing_key(other))),
            Code::refused);
}

TEST(HostileWriter, CannotDateBack) {
  Attacked vault;
  Time now = vault.clock.now();
  auto writer = vault.remote_writer();
  auto saved = vault::save(*writer, vault.writer, vault.random, {{"a", text_bytes("junk")}}, Time{1});
  ASSERT_TRUE(saved);
  auto store = vault.remote_reader();
  auto reader = *vault.reader(*store);
  EXPECT_EQ(reader->snapshots().back().received, now);
  EXPECT_EQ(reader->snapshots().back().claimed, Time{1});
}

// A true id over false bytes, in the current epoch: the next backup of that epoch refers to it, the reader
// tells, and the snapshot from before keeps its own copy.
TEST(HostileWriter, PoisonDeceivesNobodyAndEndsWithTheEpoch) {
  Attacked vault;
  Bytes future = text_bytes("<?php echo 'the next release';");
  vault::ChunkId id = vault::chunk_id(vault.writer.id_key, crypto::sha256(future));
  {
    auto writer = vault.remote_writer();
    auto sink = *writer->begin_pack(vault.writer.domain);
    vault::PackTable table;
    table.domain = vault.writer.domain;
    table.origins.emplace_back();
    vault::FrameEntry frame;
    frame.chunks = {{id, static_cast<uint32_t>(future.size())}};
    frame.raw_length = static_cast<uint32_t>(future.size());
    frame.stored_length = frame.raw_length + static_cast<uint32_t>(crypto::kTagSize);
    ASSERT_TRUE(sink->append(Bytes(frame.stored_length, 0x55)));
    table.frames = {frame};
    ASSERT_TRUE(sink->finish(table));
  }
  auto writer = vault.remote_writer();
  auto poisoned = vault::save(*writer, vault.writer, vault.random, {{"new.php", future}});
  ASSERT_TRUE(poisoned);
  vault::WriterKey next =
      vault::make_writer_key(vault.random, vault.header.id, "mairie", 2, vault.recovery.public_key);
  vault.keys[next.domain] = &next;
  ASSERT_TRUE(vault.remote_owner()->append_record(vault.domain_record(next)));
  ASSERT_TRUE(vault.remote_owner()->append_record(vault.closing_record(next, vault.writer.domain)));
  auto healed = vault::save(*vault.remote_writer(), next, vault.random, {{"new.php", future}});
  ASSERT_TRUE(healed) << healed.error().what;
  auto store = vault.remote_reader();
  auto reader = *vault.reader(*store);
  EXPECT_EQ(vault::load(*reader, *reader->find(poisoned->id.hex())).error().code, Code::corrupt);
  vault.junk_is_known = true;
  EXPECT_EQ(vault::load(*reader, *reader->find(healed->id.hex()))->at("new.php"), future);
}

TEST(HostileWriter, WithAStolenKeyAddsNothingAfterARecovery) {
  Attacked vault;
  vault::WriterKey next =
      vault::make_writer_key(vault.random, vault.header.id, "mairie", 2, vault.recovery.public_key);
  auto early = vault.login();  // a session from before
  ASSERT_TRUE(vault.remote_owner()->append_record(vault.domain_record(next)));
  ASSERT_TRUE(vault.remote_owner()->append_record(vault.closing_record(next, vault.writer.domain)));
  auto client = vault.connect(Role::writer);
  DomainCall call{vault.writer.domain, crypto::sign(vault.writer.signing, kInfoDomain,
                                                    domain_proof((*client)->nonce(), vault.writer.domain))};
  EXPECT_EQ(vault.code_of(**client, Verb::domain, encode(call)), Code::refused);
  vault::Commit commit;
  commit.domain = vault.writer.domain;
  EXPECT_EQ(vault.code_of(*early, Verb::commit, encode_signed(commit, vault.writer.signing)), Code::refused);
}

TEST(HostileWriter, StoresNoPackThatIsNotWhatItsTableSays) {
  Attacked vault;
  size_t before = (*vault.open())->packs()->size();
  vault::PackTable table;
  table.domain = vault.writer.domain;
  vault::FrameEntry frame;
  frame.flags = vault::kFramePlain;
  frame.chunks = {{vault::ChunkId(), 10}};
  frame.raw_length = frame.stored_length = 10;
  table.frames = {frame};
  vault::PackTable beyond = table, foreign = table;
  beyond.frames[0].offset = 5;
  foreign.domain.bytes[0] ^= 1;
  for (const Bytes& sent :
       {encode(beyond), encode(foreign), Bytes(), text_bytes("no table"), Bytes(5000, 0xff)}) {
    auto client = vault.login();
    uint32_t number = client->begin();
    ASSERT_TRUE(client->send(Verb::pack, number, vault.writer.domain.view()));
    ASSERT_TRUE(client->send(Verb::frames, number, Bytes(10)));
    ASSERT_TRUE(client->send(Verb::table, number, sent));
    EXPECT_FALSE(client->wait(number));
  }
  vault.wait_for_sessions();
  EXPECT_EQ((*vault.open())->packs()->size(), before);
}

TEST(HostileWriter, OpensNoMorePacksThanItMayAndNoneTwice) {
  Attacked vault;
  auto client = vault.login();
  std::vector<uint32_t> numbers;
  for (uint32_t i = 0; i <= kOpenPacksMax; ++i) {
    numbers.push_back(client->begin());
    (void)client->send(Verb::pack, numbers.back(), vault.writer.domain.view());
  }
  EXPECT_FALSE(client->wait(numbers.back()));
  auto second = vault.login();
  uint32_t number = second->begin();
  ASSERT_TRUE(second->send(Verb::pack, number, vault.writer.domain.view()));
  ASSERT_TRUE(second->send(Verb::pack, number, vault.writer.domain.view()));
  EXPECT_FALSE(second->wait(number));
  auto third = vault.login();
  number = third->begin();
  ASSERT_TRUE(third->send(Verb::frames, number, Bytes(10)));
  EXPECT_FALSE(third->wait(number));
}

TEST(HostileWriter, FloodsNotByCommitsEither) {
  Attacked vault;
  auto keeper = *vault.open();
  const vault::LogHead newest = keeper->log()->back();
  vault::Commit commit = vault::decode_commit(keeper->log_entry(newest)->content)->commit;
  auto swollen = [&](uint64_t seed) {
    commit.sealed_root = random_bytes(seed, 300'000);
    return encode_signed(commit, vault.writer.signing);
  };
  Limits limits;
  limits.mib_per_day = 1;
  limits.free_mib_min = 0;
  vault.limits(limits);
  auto client = vault.login();
  EXPECT_TRUE(client->call(Verb::commit, swollen(1)));
  EXPECT_EQ(vault.code_of(*client, Verb::commit, swollen(2)), Code::limit);
}

TEST(HostileWriter, FloodsNoMoreThanItsQuotaAndIsToldWhich) {
  Attacked vault;
  Limits limits;
  limits.mib_per_day = 3;
  limits.snapshots_per_day = 4;
  limits.free_mib_min = 0;
  vault.limits(limits);
  auto client = vault.remote_writer();
  auto flood = vault::save(*client, vault.writer, vault.random, {{"junk", random_bytes(9, 9'000'000)}});
  ASSERT_FALSE(flood);
  EXPECT_EQ(flood.error().code, Code::limit) << flood.error().what;
  EXPECT_NE(flood.error().what.find("3 MiB"), std::string::npos) << flood.error().what;
  EXPECT_NE(flood.error().next.find("mib_per_day"), std::string::npos);
  uint64_t bytes = 0;
  auto keeper = *vault.open();
  auto packs = *keeper->packs();
  for (const vault::PackId& pack : packs) bytes += *keeper->pack_size(pack);
  EXPECT_LT(bytes, 4u << 20);
  // One snapshot was the good one of today; three more, each of a few bytes, then no more.
  int taken = 0;
  for (uint64_t i = 0; i < 6; ++i) {
    auto writer = vault.remote_writer();
    auto saved = vault::save(*writer, vault.writer, vault.random, {{"junk", random_bytes(100 + i, 10)}});
    taken += saved ? 1 : 0;
    if (!saved) {
      EXPECT_NE(saved.error().next.find("snapshots_per_day"), std::string::npos) << saved.error().what;
    }
  }
  EXPECT_EQ(taken, 3);
  vault.clock.advance(kDay);  // the keeper's clock, and nobody else's
  EXPECT_TRUE(
      vault::save(*vault.remote_writer(), vault.writer, vault.random, {{"a", text_bytes("a new day")}}));
}

TEST(HostileWriter, LeavesRoomForEvidenceHoweverMuchItSent) {
  Attacked vault;
  Limits limits;
  limits.mib_per_day = 1;
  limits.snapshots_per_day = 2;
  limits.free_mib_min = 0;
  vault.limits(limits);
  auto save = [&](uint64_t seed) {
    return vault::save(*vault.remote_writer(), vault.writer, vault.random,
                       {{"f", random_bytes(seed, 100'000)}});
  };
  while (save(vault.random.below(1'000'000))) {
  }
  ASSERT_FALSE(save(1));
  auto owner = vault.remote_owner();
  vault::DomainId stranger;
  EXPECT_EQ(owner->make_room(stranger).error().code, Code::refused) << "of a domain that he registered";
  ASSERT_TRUE(owner->make_room(vault.writer.domain));
  EXPECT_TRUE(save(2));
  EXPECT_EQ(vault.connect(Role::writer).value()->call(Verb::room, vault.writer.domain.view()).error().code,
            Code::refused);
}

TEST(HostileWriter, IsRefusedBeforeTheDiskIsFull) {
  Attacked vault;
  Limits limits;
  limits.free_mib_min = 1'000'000'000;
  vault.limits(limits);
  auto saved = vault::save(*vault.remote_writer(), vault.writer, vault.random, {{"a", text_bytes("b")}});
  ASSERT_FALSE(saved);
  EXPECT_EQ(saved.error().code, Code::limit);
  EXPECT_NE(saved.error().what.find("full"), std::string::npos) << saved.error().what;
}

// Every body cut, flipped and prolonged: an answer or a refusal, and never a hang or a crash.
TEST(HostileWriter, MangledMessagesAreAnsweredOrEndTheSession) {
  Attacked vault;
  SeededRandom random(5);
  const std::vector<std::pair<Verb, Bytes>> calls = {
      {Verb::domain, encode(DomainCall{vault.writer.domain, {}})},
      {Verb::known, Bytes(vault.writer.domain.bytes.begin(), vault.writer.domain.bytes.end())},
      {Verb::has, encode_has(vault.writer.domain, std::vector<vault::ChunkId>(2))},
      {Verb::pack, Bytes(vault.writer.domain.bytes.begin(), vault.writer.domain.bytes.end())},
      {Verb::table, Bytes(100)},
      {Verb::commit, Bytes(200)},
      {Verb::hello, encode(HelloCall())}};
  for (int i = 0; i < 60; ++i) {
    auto stream = vault.dial(Role::writer);
    ASSERT_TRUE(stream->write(encode(Message{Verb::hello, 1, encode(HelloCall())})));
    ASSERT_TRUE(*read_message(*stream, From::server));
    for (uint32_t call = 2; call < 8; ++call) {
      auto [verb, body] = calls[random.below(calls.size())];
      Bytes message = encode(Message{verb, call, body});
      if (random.below(2) == 0)
        message[random.below(message.size())] ^= static_cast<uint8_t>(1 << random.below(8));
      if (random.below(4) == 0) message.resize(random.below(message.size()));
      if (!stream->write(message)) break;
    }
    stream->close();
  }
  vault.wait_for_sessions();
}

}  // namespace
}  // namespace aplomb::keeper
