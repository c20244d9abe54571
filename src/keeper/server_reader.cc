// What a reader may ask. Answers are cut to what one message holds; the client asks again for the rest.
#include <algorithm>

#include "keeper/server.h"
#include "vault/index.h"

namespace aplomb::keeper {
namespace {
constexpr uint32_t kEntriesMax = 4 * 1024 * 1024;
}

Result<Bytes> Server::log() {
  return encode_log(TRY(TRY(keeper())->log()));
}

Result<Bytes> Server::entries(ByteView body) {
  EntriesCall call = TRY(well_formed(decode_entries_call(body)));
  vault::Keeper* keeper = TRY(this->keeper());
  const uint32_t most = std::min(call.bytes, kEntriesMax);
  Bytes answer;
  for (const vault::LogHead& head : TRY(keeper->log_heads())) {
    if (head.sequence < call.from) continue;
    Bytes sent = encode_sent(SentEntry{head.sequence, keeper->log_entry(head)});
    if (sent.size() > kMessageMax)
      sent =
          encode_sent(SentEntry{head.sequence, fail(Code::limit, tr("this entry is too large to be sent"))});
    if (!answer.empty() && answer.size() + sent.size() > most) break;
    answer.insert(answer.end(), sent.begin(), sent.end());
  }
  return answer;
}

Result<Bytes> Server::packs() {
  vault::Keeper* keeper = TRY(this->keeper());
  std::vector<SizedPack> packs;
  for (const vault::PackId& id : TRY(keeper->packs())) {
    auto size = keeper->pack_size(id);
    packs.push_back({id, size.value_or(0)});
  }
  Bytes answer = encode_packs(packs);
  if (answer.size() > kMessageMax)
    return fail(Code::limit, tr("the vault has more packs than one answer can name"));
  return answer;
}

Result<Bytes> Server::range(ByteView body) {
  RangeCall call = TRY(well_formed(decode_range_call(body)));
  if (call.length > vault::kPackMax) {
    broken_ = true;
    return fail(Code::corrupt, tr("the peer does not speak the keeper's protocol"));
  }
  return TRY(keeper())->pack_range(call.pack, call.offset, call.length);
}

Result<Bytes> Server::doubtful() {
  return encode_doubts(TRY(TRY(keeper())->doubtful()));
}

Result<Bytes> Server::judge_pack(Verb verb, ByteView body) {
  auto doubts = TRY(well_formed(decode_doubts(body)));
  if (doubts.size() != 1) {
    broken_ = true;
    return fail(Code::corrupt, tr("the peer does not speak the keeper's protocol"));
  }
  vault::Keeper* keeper = TRY(this->keeper());
  TRY(verb == Verb::doubt ? keeper->doubt(doubts[0]) : keeper->trust(doubts[0]));
  return Bytes();
}

// A reader that restores goes through a pack in order, so the answer is also that to its next questions.
Result<Bytes> Server::locate(ByteView body) {
  LocateCall call = TRY(well_formed(decode_locate_call(body)));
  vault::Keeper* keeper = TRY(this->keeper());
  auto places = TRY(keeper->locate(call.domain, call.id));
  if (places.empty()) return Bytes();
  std::vector<vault::ChunkId> ids = {call.id};
  if (!table_ || table_->first != places[0].pack) {
    table_.reset();
    auto size = keeper->pack_size(places[0].pack);
    auto opened = size ? vault::read_pack_table(*size,
                                                [&](uint64_t offset, uint64_t length) {
                                                  return keeper->pack_range(places[0].pack, offset, length);
                                                })
                       : Result<vault::OpenPack>(fail(std::move(size).error()));
    if (opened) table_.emplace(places[0].pack, std::move(*opened));
  }
  if (table_ && table_->second.table.domain == call.domain)
    for (size_t frame = places[0].frame; frame < table_->second.table.frames.size(); ++frame)
      for (const vault::ChunkEntry& chunk : table_->second.table.frames[frame].chunks)
        if (ids.size() < kNeighboursMax) ids.push_back(chunk.id);
  for (const vault::ChunkId& id : keeper->imported_ids(call.domain, places[0].pack, places[0].frame))
    if (ids.size() < kNeighboursMax) ids.push_back(id);
  std::ranges::sort(ids);
  ids.erase(std::ranges::unique(ids).begin(), ids.end());
  vault::IndexRun run;
  run.domain = call.domain;
  std::map<vault::PackId, uint32_t> numbers;
  for (const vault::ChunkId& id : ids)
    for (const vault::Location& place : TRY(keeper->locate(call.domain, id))) {
      auto [number, fresh] = numbers.try_emplace(place.pack, static_cast<uint32_t>(run.packs.size()));
      if (fresh) run.packs.push_back({place.pack, keeper->pack_size(place.pack).value_or(0)});
      run.entries.push_back({id, number->second, place.frame, place.offset, place.length});
    }
  return encode(run);
}

}  // namespace aplomb::keeper
