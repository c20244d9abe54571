#include "vault/read_ahead.h"

#include <algorithm>

namespace aplomb::vault {
namespace {
constexpr unsigned kWorkers = 2;
constexpr size_t kFramesAhead = 6;  // keeps both threads busy
constexpr size_t kFramesKept = 20;  // some 10 MiB: folders stand in another order in the packs than files
}  // namespace

struct ReadAhead::Frame {
  VaultReader::FramePlan plan;
  // Under the mutex until `done`; then they stay as they are.
  bool done = false;
  bool opened = false;
  VaultReader::OpenedFrame content;
};

ReadAhead::ReadAhead(VaultReader& reader) : reader_(reader), jobs_(kFramesAhead + 1) {
  for (unsigned i = 0; i < kWorkers; ++i) threads_.emplace_back([this] { work(); });
}

ReadAhead::~ReadAhead() {
  jobs_.abort();
  threads_.clear();  // joins
}

void ReadAhead::work() {
  while (auto frame = jobs_.take()) {
    auto content = reader_.open_frame(frame->get()->plan);
    std::lock_guard lock(mutex_);
    Frame& answer = **frame;
    answer.opened = content.has_value();
    if (content) answer.content = std::move(*content);
    answer.done = true;
    done_.notify_all();
  }
}

void ReadAhead::want(const DomainId& domain, const ObjectRef& object) {
  for (const ChunkRef& ref : object) wanted_.push_back({domain, ref, {}, {}});
  look_further();
}

// Sends for the frames of what is wanted next, until enough are on their way.
void ReadAhead::look_further() {
  for (; sent_for_ < wanted_.size() && ahead_ < kFramesAhead; ++sent_for_) {
    Wanted& wanted = wanted_[sent_for_];
    auto places = reader_.locate(wanted.domain, wanted.ref.id);
    if (!places || places->empty()) continue;
    wanted.place = places->front();
    wanted.frame = send_for(*wanted.place);
    if (wanted.frame.get() == last_sent_for_) continue;
    last_sent_for_ = wanted.frame.get();
    wanted.begins_frame = true;
    ++ahead_;
  }
}

std::shared_ptr<ReadAhead::Frame> ReadAhead::send_for(const Location& place) {
  FrameKey key{place.pack, place.frame};
  if (auto known = frames_.find(key); known != frames_.end()) {
    recent_.splice(recent_.begin(), recent_, known->second.second);
    return known->second.first;
  }
  auto plan = reader_.plan_frame(place.pack, place.frame);
  if (!plan) return nullptr;
  auto frame = std::make_shared<Frame>();
  frame->plan = std::move(*plan);
  if (!jobs_.put(frame)) return nullptr;
  recent_.push_front(key);
  frames_[key] = {frame, recent_.begin()};
  if (frames_.size() > kFramesKept) {  // whoever still wants the oldest holds it
    frames_.erase(recent_.back());
    recent_.pop_back();
  }
  return frame;
}

std::optional<ReadAhead::Piece> ReadAhead::piece_of(const Wanted& wanted) {
  if (!wanted.frame) return std::nullopt;
  {
    std::unique_lock lock(mutex_);
    done_.wait(lock, [&] { return wanted.frame->done; });
  }
  if (!wanted.frame->opened) return std::nullopt;
  const VaultReader::OpenedFrame& content = wanted.frame->content;
  auto bytes = reader_.chunk_in(wanted.frame->plan, content, wanted.domain, wanted.ref, wanted.place->offset);
  if (!bytes) return std::nullopt;
  return Piece{wanted.frame, *bytes};
}

ReadAhead::Wanted ReadAhead::take_front() {
  look_further();
  Wanted wanted = std::move(wanted_.front());
  wanted_.pop_front();
  --sent_for_;
  if (wanted.begins_frame) --ahead_;
  look_further();
  return wanted;
}

void ReadAhead::pass_over(const DomainId& domain, const ObjectRef& object) {
  for (const ChunkRef& ref : object)
    if (!wanted_.empty() && wanted_.front().ref == ref && wanted_.front().domain == domain) take_front();
}

Result<ReadAhead::Piece> ReadAhead::take(const DomainId& domain, const ChunkRef& ref) {
  if (!wanted_.empty() && wanted_.front().ref == ref && wanted_.front().domain == domain) {
    Wanted wanted = take_front();
    if (auto piece = piece_of(wanted)) return std::move(*piece);
  }
  auto bytes = std::make_shared<Bytes>(TRY(reader_.chunk(domain, ref)));
  ByteView view = *bytes;
  return Piece{std::move(bytes), view};
}

}  // namespace aplomb::vault
