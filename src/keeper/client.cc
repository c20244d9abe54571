#include "keeper/client.h"

namespace aplomb::keeper {

Result<std::unique_ptr<Client>> Client::connect(std::unique_ptr<Stream> stream, Expected expected,
                                                Random& random) {
  std::unique_ptr<Client> client(new Client(std::move(stream), std::move(expected)));
  client->reader_ = std::jthread([raw = client.get()] { raw->read_answers(); });
  Status greeted = client->say_hello(random);
  if (!greeted) return fail(std::move(greeted).error());
  return client;
}

Client::~Client() {
  ending_ = true;
  stream_->close();
  if (reader_.joinable()) reader_.join();
}

Status Client::say_hello(Random& random) {
  HelloCall hello;
  hello.language = language();
  random.fill(hello.nonce);
  Bytes body = TRY(call(Verb::hello, encode(hello)));
  HelloAnswer answer = TRY(understood(*this, decode_hello_answer(body)));
  if (answer.protocol != kProtocol) return fail(broken_protocol());
  if (expected_.keeper && answer.keeper != *expected_.keeper)
    return fail(make_error(Code::key, tr("another keeper answers than the one this machine knows"))
                    .at(expected_.name)
                    .then(tr("do not go on before you know why: the keeper was replaced, or somebody answers "
                             "in its place")));
  if (!crypto::verify(answer.keeper, kInfoHello, hello_proof(hello.nonce, answer), answer.signature))
    return fail(
        make_error(Code::key, tr("the keeper did not prove that it is the one it says")).at(expected_.name));
  if (answer.role != expected_.role)
    return fail(
        make_error(Code::key, tr("the keeper knows this login in another role"))
            .at(expected_.name)
            .then(tr("check the lines in authorized_keys on the keeper's machine: one for each role")));
  if (!answer.header.empty()) {
    vault::VaultHeader header = TRY(understood(*this, vault::decode_header(answer.header)));
    if (header.keeper_verify != answer.keeper)
      return fail(make_error(Code::key, tr("the vault names another keeper than the one that answers"))
                      .at(expected_.name));
    header_ = header;
  }
  keeper_ = answer.keeper;
  nonce_ = answer.nonce;
  return {};
}

Error Client::with_name(Error error) const {
  return std::move(error).at(expected_.name);
}

Error Client::broken_protocol() {
  Error error = with_name(make_error(Code::network, tr("the keeper does not speak this protocol as it must"))
                              .then(tr("install the same version of Aplomb on both machines")));
  break_with(error);
  stream_->close();
  return error;
}

void Client::break_with(Error error) {
  {
    std::lock_guard lock(mutex_);
    if (!broken_) broken_ = std::move(error);
  }
  arrived_.notify_all();
}

void Client::read_answers() {
  while (true) {
    auto message = read_message(*stream_, From::server);
    if (ending_) return;
    if (!message || !*message) {
      Error error = message ? make_error(Code::network, tr("the connection to the keeper broke off"))
                            : std::move(message).error();
      if (error.code == Code::corrupt) {
        (void)broken_protocol();
        return;
      }
      if (auto reason = stream_->why_ended()) error = std::move(*reason);
      if (error.next.empty())
        error.next = tr("check that the keeper's machine can be reached; nothing that was stored is lost");
      return break_with(with_name(std::move(error)));
    }
    Result<Bytes> result = std::move((*message)->body);
    if ((*message)->verb == Verb::refusal) {
      auto refusal = decode_refusal(*result);
      if (!refusal) {
        (void)broken_protocol();
        return;
      }
      refusal->what = tr("the keeper says: {}", refusal->what);
      refusal->where = expected_.name;
      result = fail(std::move(*refusal));
    }
    bool expected;
    {
      std::lock_guard lock(mutex_);
      // A refusal without a number is about the whole session, which ends with it.
      if ((*message)->call == 0 && !result && !broken_) broken_ = result.error();
      expected = open_.contains((*message)->call) || ((*message)->call == 0 && !result);
      if (expected) answers_.insert_or_assign((*message)->call, std::move(result));
    }
    arrived_.notify_all();
    if (!expected) {
      (void)broken_protocol();
      return;
    }
  }
}

uint32_t Client::begin() {
  std::lock_guard lock(mutex_);
  open_.insert(++last_number_);
  return last_number_;
}

Status Client::send(Verb verb, uint32_t number, ByteView body) {
  {
    std::lock_guard lock(mutex_);
    if (broken_) return fail(*broken_);
  }
  Status written;
  {
    std::lock_guard lock(write_mutex_);
    written = write_message(*stream_, verb, number, body);
  }
  if (written) return {};
  // Why the other side is gone is known to who reads from it, in a moment.
  std::unique_lock lock(mutex_);
  arrived_.wait_for(lock, std::chrono::seconds(2), [&] { return broken_.has_value(); });
  if (broken_) return fail(*broken_);
  return fail(with_name(std::move(written).error()));
}

Result<Bytes> Client::wait(uint32_t number) {
  std::unique_lock lock(mutex_);
  arrived_.wait(lock, [&] { return answers_.contains(number) || broken_; });
  open_.erase(number);
  auto found = answers_.find(number);
  if (found == answers_.end()) return fail(*broken_);
  Result<Bytes> answer = std::move(found->second);
  answers_.erase(found);
  return answer;
}

Result<Bytes> Client::call(Verb verb, ByteView body) {
  uint32_t number = begin();
  Status sent = send(verb, number, body);
  if (!sent) {
    forget(number);
    return fail(std::move(sent).error());
  }
  return wait(number);
}

std::optional<Error> Client::refused(uint32_t number) {
  std::lock_guard lock(mutex_);
  if (broken_) return broken_;
  auto found = answers_.find(number);
  if (found == answers_.end() || found->second) return std::nullopt;
  return found->second.error();
}

// Its answer may be on the way: the number stays known, and what comes for it is dropped with the session.
void Client::forget(uint32_t number) {
  std::lock_guard lock(mutex_);
  answers_.erase(number);
}

}  // namespace aplomb::keeper
