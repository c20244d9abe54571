// A keeper in memory with sessions to it, for tests: each session is a Server in a thread of its own.
#pragma once

#include <thread>

#include "keeper/remote_store.h"
#include "keeper/server.h"
#include "keeper/test_pipe.h"
#include "vault/test_vault.h"

namespace aplomb::keeper {

using vault::Files;
using vault::random_bytes;
using vault::text_bytes;

struct TestKeeper : vault::TestVault {
  std::list<TestPipe> pipes;
  std::list<std::jthread> sessions;  // joined before all that they use
  std::map<vault::DomainId, const vault::WriterKey*> keys{{writer.domain, &writer}};

  TestKeeper() {
    auto dir = folder();
    EXPECT_TRUE(vault::keeper_key(*dir, random));
    limits({});
  }

  void limits(const Limits& limits) {
    vault::overwrite(*folder(), kLimitsFile, as_bytes(write_limits(limits)));
  }

  // Serves one session; what it ended with is in `ended`.
  std::unique_ptr<Stream> dial(Role role, std::function<void(TestPipe&)> prepare = [](TestPipe&) {}) {
    TestPipe& pipe = pipes.emplace_back();
    prepare(pipe);
    sessions.emplace_back([this, role, stream = std::shared_ptr<Stream>(pipe.server())] {
      SeededRandom own(77);
      vault::LineLog quiet;
      auto dir = fault.open_dir("/vault");
      if (!dir) return;
      auto server = Server::open(std::move(*dir), role, {clock, own, quiet});
      if (server) (void)(*server)->serve(*stream);
      server = fail(Code::io, "");  // what it had open goes before the stream is closed
      stream->close();
    });
    return pipe.client();
  }

  Result<std::unique_ptr<Client>> connect(
      Role role, std::function<void(TestPipe&)> prepare = [](TestPipe&) {}) {
    return Client::connect(dial(role, std::move(prepare)), {role, std::nullopt, "ssh://test/vault"}, random);
  }

  std::unique_ptr<RemoteWriter> remote_writer() {
    auto client = connect(Role::writer);
    EXPECT_TRUE(client) << client.error().what;
    return std::make_unique<RemoteWriter>(std::move(*client), signer());
  }
  std::unique_ptr<RemoteReader> remote_reader() {
    auto client = connect(Role::reader);
    EXPECT_TRUE(client) << client.error().what;
    return std::make_unique<RemoteReader>(std::move(*client));
  }
  std::unique_ptr<RemoteOwner> remote_owner() {
    auto client = connect(Role::owner);
    EXPECT_TRUE(client) << client.error().what;
    return std::make_unique<RemoteOwner>(std::move(*client));
  }

  SignForDomain signer() {
    return [this](const vault::DomainId& domain, ByteView message) -> Result<crypto::Signature> {
      auto key = keys.find(domain);
      if (key == keys.end()) return fail(Code::key, "no writer key");
      return crypto::sign(key->second->signing, kInfoDomain, message);
    };
  }

  // A vault made over the wire, that knows the writer's domain.
  void set_up() {
    auto store = remote_owner();
    ASSERT_TRUE(store->create(header));
    header = *header_of(store->client());
    ASSERT_TRUE(store->append_record(domain_record(writer)));
  }

  void wait_for_sessions() { sessions.clear(); }
};

}  // namespace aplomb::keeper
