#include "keeper/server.h"

#include "vault/keeper_key.h"

namespace aplomb::keeper {

Result<std::unique_ptr<Server>> Server::open(std::unique_ptr<fs::Dir> folder, Role role,
                                             vault::Keeper::Context context) {
  Limits limits = TRY(load_limits(*folder));
  auto key = vault::read_keeper_key(*folder);
  if (!key)
    return fail(
        std::move(key).error().in(tr("this folder is no keeper's")).then(tr("run aplomb keeper create")));
  std::unique_ptr<Server> server(new Server(std::move(folder), role, context, limits));
  // The vault works through a Dir of its own: both outlive the session.
  auto own = TRY(server->folder_->open_dir(""));
  auto opened = vault::Keeper::open(std::move(own), context);
  if (opened) {
    server->keeper_ = std::move(*opened);
  } else if (opened.error().code != Code::not_found) {
    return fail(std::move(opened).error());
  }
  return server;
}

Status Server::serve(Stream& stream) {
  TRY(say_hello(stream));
  while (!broken_) {
    auto message = read_message(stream, From::client);
    if (!message) {
      if (message.error().code == Code::corrupt) TRY(refuse(stream, 0, message.error()));
      return fail(std::move(message).error());
    }
    if (!*message) return {};
    TRY(handle(stream, **message));
  }
  return fail(Code::corrupt, tr("the peer does not speak the keeper's protocol"));
}

Status Server::say_hello(Stream& stream) {
  auto message = read_message(stream, From::client);
  if (!message || !*message || (*message)->verb != Verb::hello) {
    Error error = make_error(Code::corrupt, tr("the peer does not speak the keeper's protocol"));
    (void)refuse(stream, 0, error);
    return fail(std::move(error));
  }
  auto hello = decode_hello_call((*message)->body);
  if (!hello) {
    (void)refuse(stream, (*message)->call, hello.error());
    return fail(std::move(hello).error());
  }
  on_language(hello->language);
  if (hello->lowest > kProtocol) {
    Error error = make_error(Code::unsupported, tr("the keeper is older than the program that calls it"))
                      .then(tr("install a newer Aplomb on the keeper's machine"));
    (void)refuse(stream, (*message)->call, error);
    return fail(std::move(error));
  }
  crypto::SigningKey key = TRY(vault::read_keeper_key(*folder_));
  HelloAnswer answer;
  answer.role = role_;
  if (keeper_) answer.header = encode(TRY(keeper_->header()));
  answer.keeper = key.verify_key;
  context_.random.fill(answer.nonce);
  nonce_ = answer.nonce;
  answer.signature = crypto::sign(key, kInfoHello, hello_proof(hello->nonce, answer));
  return write_message(stream, Verb::answer, (*message)->call, encode(answer));
}

bool Server::may(Verb verb) const {
  auto number = static_cast<uint8_t>(verb);
  switch (role_) {
    case Role::writer:
      return number >= static_cast<uint8_t>(Verb::domain) && number <= static_cast<uint8_t>(Verb::commit);
    case Role::reader:
      return number >= static_cast<uint8_t>(Verb::log) && number <= static_cast<uint8_t>(Verb::trust);
    case Role::owner:
      return verb == Verb::create || verb == Verb::record || verb == Verb::room;
  }
  return false;
}

Status Server::refuse(Stream& stream, uint32_t call, const Error& error) {
  context_.log.warn(error.what);
  return write_message(stream, Verb::refusal, call, encode(error));
}

// Parts of a pack are answered only when they are refused; its `table` is answered in any case.
Status Server::handle(Stream& stream, const Message& message) {
  if (message.verb == Verb::hello || !may(message.verb)) {
    if (message.verb == Verb::hello) broken_ = true;
    return refuse(stream, message.call,
                  make_error(Code::refused, tr("this login to the keeper is not allowed to do that")));
  }
  Status taken;
  switch (message.verb) {
    case Verb::pack:
      taken = begin_pack(message);
      break;
    case Verb::frames:
      taken = add_frames(message);
      break;
    case Verb::drop:
      open_packs_.erase(message.call);
      return {};
    case Verb::table:
      if (end_refused_pack(message.call)) return {};
      [[fallthrough]];
    default: {
      auto answered = answer(message);
      if (answered) return write_message(stream, Verb::answer, message.call, *answered);
      return refuse(stream, message.call, answered.error());
    }
  }
  return taken ? Status() : refuse(stream, message.call, taken.error());
}

Result<vault::Keeper*> Server::keeper() {
  if (keeper_) return keeper_.get();
  return fail(make_error(Code::not_found, tr("this keeper has no vault yet"))
                  .then(tr("run aplomb init on the machine that is to be protected")));
}

Result<Bytes> Server::answer(const Message& message) {
  switch (message.verb) {
    case Verb::domain:
      return prove_domain(message.body);
    case Verb::known:
      return known(message.body);
    case Verb::has:
      return has(message.body);
    case Verb::table:
      return finish_pack(message);
    case Verb::commit:
      return commit(message.body);
    case Verb::log:
      return log();
    case Verb::entries:
      return entries(message.body);
    case Verb::packs:
      return packs();
    case Verb::range:
      return range(message.body);
    case Verb::locate:
      return locate(message.body);
    case Verb::doubtful:
      return doubtful();
    case Verb::doubt:
    case Verb::trust:
      return judge_pack(message.verb, message.body);
    case Verb::create:
      return create(message.body);
    case Verb::record:
      return record(message.body);
    case Verb::room:
      return room(message.body);
    default:
      return fail(Code::unsupported, tr("this keeper does not know how to do that"));
  }
}

// ---- writer ----

Status Server::check_proven(const vault::DomainId& domain) const {
  if (proven_.contains(domain)) return {};
  return fail(Code::refused, tr("this login did not prove that it writes for this site"));
}

Result<Bytes> Server::prove_domain(ByteView body) {
  DomainCall call = TRY(well_formed(decode_domain_call(body)));
  vault::Keeper* keeper = TRY(this->keeper());
  crypto::VerifyKey writer = TRY(keeper->writer_of(call.domain));
  if (!crypto::verify(writer, kInfoDomain, domain_proof(nonce_, call.domain), call.signature))
    return fail(Code::refused, tr("this login did not prove that it writes for this site"));
  TRY(keeper->check_not_closed(call.domain));
  proven_.insert(call.domain);
  return Bytes();
}

Result<Bytes> Server::known(ByteView body) {
  vault::DomainId domain = TRY(well_formed(decode_id<vault::DomainId>(body)));
  TRY(check_proven(domain));
  auto ids = TRY(TRY(keeper())->known_ids(domain, kKnownMax));
  Known known;
  known.all = ids.has_value();
  if (ids) {
    known.beginnings.reserve(ids->size());
    for (const vault::ChunkId& id : *ids) known.beginnings.push_back(beginning_of(id));
  }
  return encode(known);
}

Result<Bytes> Server::has(ByteView body) {
  HasCall call = TRY(well_formed(decode_has(body)));
  TRY(check_proven(call.domain));
  return encode_has_answer(TRY(TRY(keeper())->has(call.domain, call.ids)));
}

Result<Bytes> Server::commit(ByteView body) {
  vault::SignedCommit commit = TRY(well_formed(vault::decode_commit(body)));
  TRY(check_proven(commit.commit.domain));
  vault::Keeper* keeper = TRY(this->keeper());
  // Who sends it again because the answer was lost has not used a second one. An entry stands twice in its
  // file.
  if (!TRY(keeper->entered(body))) {
    TRY(usage_.enough_space(commit.commit.domain));
    TRY(usage_.count(commit.commit.domain, 2 * body.size(), 1));
  }
  return encode(TRY(keeper->commit(body)));
}

// ---- owner ----

Result<Bytes> Server::create(ByteView body) {
  vault::VaultHeader header = TRY(well_formed(vault::decode_header(body)));
  if (keeper_)
    return fail(make_error(Code::exists, tr("this keeper has a vault already"))
                    .then(tr("make another one for this machine: aplomb keeper create, in another folder")));
  header.created = context_.clock.now();
  auto own = TRY(folder_->open_dir(""));
  keeper_ = TRY(vault::Keeper::create(std::move(own), header, context_));
  return encode(TRY(keeper_->header()));
}

Result<Bytes> Server::record(ByteView body) {
  return encode(TRY(TRY(keeper())->append_record(body)));
}

// A domain that the owner did not register has no use for room.
Result<Bytes> Server::room(ByteView body) {
  vault::DomainId domain = TRY(well_formed(decode_id<vault::DomainId>(body)));
  TRY(TRY(keeper())->writer_of(domain));
  TRY(usage_.make_room(domain));
  return Bytes();
}

}  // namespace aplomb::keeper
