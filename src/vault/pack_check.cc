#include "vault/pack_check.h"

#include <algorithm>
#include <thread>

#include "base/channel.h"
#include "base/messages.h"

namespace aplomb::vault {
namespace {

constexpr unsigned kWorkers = 2;
constexpr uint64_t kStep = 512 * 1024;  // stays in the cache of its core while it is hashed

struct Job {
  struct Frame {
    uint32_t index;
    VaultReader::FramePlan plan;
  };
  PackFindings found;
  std::vector<Frame> frames;
};

// By the thread that owns the reader; what cannot even be planned is found already.
void plan(ReaderStore& store, VaultReader* reader, Job& job) {
  auto size = store.pack_size(job.found.pack);
  if (!size) {
    job.found.unlike_its_name = std::move(size).error();
    return;
  }
  job.found.size = *size;
  if (!reader) return;
  job.found.opened = true;
  auto table = reader->pack_table(job.found.pack);
  if (!table) {
    job.found.no_table = std::move(table).error();
    return;
  }
  job.found.strange = !reader->knows((*table)->domain);
  if (job.found.strange) {
    job.found.opened = false;
    return;
  }
  for (uint32_t i = 0; i < (*table)->frames.size(); ++i) {
    auto frame = reader->plan_frame(job.found.pack, **table, i);
    if (frame) {
      job.frames.push_back({i, std::move(*frame)});
    } else {
      job.found.bad_frames.emplace_back(i, std::move(frame).error());
    }
  }
}

class PackReading {
 public:
  PackReading(ReaderStore& store, const VaultReader* reader, Progress& progress, Job& job)
      : store_(store), reader_(reader), progress_(progress), found_(job.found), frames_(job.frames) {}

  void run() {
    if (frames_.empty()) return hash_alone();
    for (const Job::Frame& frame : frames_) {
      hash_up_to(std::min<uint64_t>(frame.plan.entry.offset, found_.size));
      Status sound = check_frame(frame.plan);
      if (!sound) found_.bad_frames.emplace_back(frame.index, std::move(sound).error());
    }
    hash_up_to(found_.size);
    if (!found_.unlike_its_name && hash_.finish().bytes != found_.pack.bytes)
      found_.unlike_its_name = make_error(Code::corrupt, tr("its bytes are not those that were written"));
  }

 private:
  // What cannot be read costs its frame; the rest of the pack is still looked at.
  Status check_frame(const VaultReader::FramePlan& plan) {
    auto end = checked_add(plan.entry.offset, plan.entry.stored_length);
    if (plan.entry.offset != position_ || !end || *end > found_.size)
      return fail(Code::corrupt, tr("the pack ends too early"));
    Bytes stored = TRY(take(plan.entry.stored_length));
    auto opened = TRY(reader_->open_frame(plan, stored));
    if (opened.all_sound()) return {};
    return fail(Code::corrupt, tr("a chunk does not hold what its name says"));
  }

  void hash_alone() {
    Status read = store_.read_pack(found_.pack, found_.size, [&](ByteView piece) {
      hash_.update(piece);
      progress_.advance(piece.size());
    });
    if (!read) {
      found_.unlike_its_name = std::move(read).error();
    } else if (hash_.finish().bytes != found_.pack.bytes) {
      found_.unlike_its_name = make_error(Code::corrupt, tr("its bytes are not those that were written"));
    }
  }

  void hash_up_to(uint64_t end) {
    while (position_ < end) (void)take(std::min(kStep, end - position_));
  }

  Result<Bytes> take(uint64_t length) {
    auto part = store_.pack_range(found_.pack, position_, length);
    position_ += length;
    progress_.advance(length);
    if (part) {
      hash_.update(*part);
    } else if (!found_.unlike_its_name) {
      found_.unlike_its_name = part.error();
    }
    return part;
  }

  ReaderStore& store_;
  const VaultReader* reader_;
  Progress& progress_;
  PackFindings& found_;
  const std::vector<Job::Frame>& frames_;
  crypto::Sha256Stream hash_;
  uint64_t position_ = 0;
};

}  // namespace

std::vector<PackFindings> read_packs(ReaderStore& store, VaultReader* reader,
                                     const std::vector<PackId>& packs,
                                     const std::function<bool(const PackId&)>& opens, Progress& progress) {
  std::vector<Job> jobs(packs.size());
  Channel<Job*> planned(kWorkers);
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < kWorkers; ++i)
    threads.emplace_back([&] {
      while (auto job = planned.take()) {
        PackReading(store, reader, progress, **job).run();
        (*job)->frames = {};
      }
    });
  for (size_t i = 0; i < packs.size(); ++i) {
    jobs[i].found.pack = packs[i];
    plan(store, reader && opens(packs[i]) ? reader : nullptr, jobs[i]);
    if (!jobs[i].found.unlike_its_name) planned.put(&jobs[i]);
  }
  planned.close();
  threads.clear();  // joins
  std::vector<PackFindings> all;
  for (Job& job : jobs) {
    std::ranges::sort(job.found.bad_frames, {}, &std::pair<uint32_t, Error>::first);
    all.push_back(std::move(job.found));
  }
  return all;
}

PackFindings read_pack(ReaderStore& store, VaultReader& reader, const PackId& pack, Progress& progress) {
  return std::move(read_packs(store, &reader, {pack}, [](const PackId&) { return true; }, progress)[0]);
}

}  // namespace aplomb::vault
