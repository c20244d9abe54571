// The client's side of a session: sends calls, and hands each answer to who waits for it. Several threads may
// call at once; one more thread, its own, reads the answers, so that neither side ever waits for the other to
// read. Once the connection broke or the keeper broke the protocol, every call fails with the same error.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include "base/random.h"
#include "keeper/message.h"

namespace aplomb::keeper {

class Client {
 public:
  struct Expected {
    Role role = Role::writer;
    std::optional<crypto::VerifyKey> keeper;  // the pin; none: whoever answers
    std::string name;                         // of the vault, for errors
  };
  // Says hello and checks the keeper's proof, and that its log is signed by the same key.
  static Result<std::unique_ptr<Client>> connect(std::unique_ptr<Stream> stream, Expected expected,
                                                 Random& random);
  ~Client();

  // nullopt: the vault has none yet.
  const std::optional<vault::VaultHeader>& header() const { return header_; }
  void set_header(const vault::VaultHeader& header) { header_ = header; }
  const crypto::VerifyKey& keeper() const { return keeper_; }
  const HelloNonce& nonce() const { return nonce_; }

  // Sends and waits.
  Result<Bytes> call(Verb verb, ByteView body);

  // The pieces of it, for packs: one number, several messages, one answer.
  uint32_t begin();
  Status send(Verb verb, uint32_t number, ByteView body);
  Result<Bytes> wait(uint32_t number);
  // The refusal that has come for this number already, if one has.
  std::optional<Error> refused(uint32_t number);
  // Nobody waits for this number any more.
  void forget(uint32_t number);

  Error broken_protocol();  // to be returned when an answer does not decode

 private:
  Client(std::unique_ptr<Stream> stream, Expected expected)
      : stream_(std::move(stream)), expected_(std::move(expected)) {}
  Status say_hello(Random& random);
  void read_answers();
  void break_with(Error error);
  Error with_name(Error error) const;

  std::unique_ptr<Stream> stream_;
  const Expected expected_;
  std::optional<vault::VaultHeader> header_;
  crypto::VerifyKey keeper_;
  HelloNonce nonce_{};

  std::mutex write_mutex_;  // held while one message is written

  std::mutex mutex_;
  std::condition_variable arrived_;
  uint32_t last_number_ = 0;
  std::set<uint32_t> open_;                    // numbers that an answer may come for
  std::map<uint32_t, Result<Bytes>> answers_;  // that nobody has taken yet
  std::optional<Error> broken_;
  std::atomic<bool> ending_ = false;  // by us: nobody asks why
  std::jthread reader_;
};

// What an answer must decode to; else the connection is not used any more.
template <typename T>
Result<T> understood(Client& client, Result<T> decoded) {
  if (decoded || decoded.error().code == Code::unsupported) return decoded;
  return fail(client.broken_protocol());
}

}  // namespace aplomb::keeper
