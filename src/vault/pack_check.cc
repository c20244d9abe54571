#include "vault/pack_check.h"

#include <algorithm>
#include <thread>

#include "base/channel.h"
#include "base/messages.h"

namespace aplomb::vault {
namespace {

constexpr unsigned kWorkers = 2;
constexpr uint64_t kTailMax = 2 * (kTableMax + kFooterSize);

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
  for (uint32_t i = 0; i < (*table)->frames.size(); ++i) {
    auto frame = reader->plan_frame(job.found.pack, **table, i);
    if (frame) {
      job.frames.push_back({i, std::move(*frame)});
    } else {
      job.found.bad_frames.emplace_back(i, std::move(frame).error());
    }
  }
}

// Every byte of a pack is looked at once: those of a frame by its seal and by the ids of what is in it, those
// of the tables by their hashes. Only what is wrong, or cannot be opened, is hashed as a whole: that tells
// damage from what its writer made so.
class PackReading {
 public:
  PackReading(ReaderStore& store, const VaultReader* reader, Progress& progress, Job& job)
      : store_(store), reader_(reader), progress_(progress), found_(job.found), frames_(job.frames) {}

  void run() {
    if (!opened_whole()) hash();
  }

 private:
  bool opened_whole() {
    if (!found_.opened || found_.no_table) return false;
    uint64_t position = 0;
    bool gap = false;
    for (const Job::Frame& frame : frames_) {
      gap = gap || frame.plan.entry.offset != position;
      Status sound = check_frame(frame.plan);
      if (!sound) found_.bad_frames.emplace_back(frame.index, std::move(sound).error());
      position = frame.plan.entry.offset + frame.plan.entry.stored_length;
    }
    return !gap && found_.bad_frames.empty() && tail_is_sound(position);
  }

  // What cannot be read costs its frame; the rest of the pack is still looked at.
  Status check_frame(const VaultReader::FramePlan& plan) {
    auto end = checked_add(plan.entry.offset, plan.entry.stored_length);
    if (!end || *end > found_.size) return fail(Code::corrupt, tr("the pack ends too early"));
    progress_.advance(plan.entry.stored_length);
    auto opened = TRY(reader_->open_frame(plan));
    if (opened.all_sound()) return {};
    return fail(Code::corrupt, tr("a chunk does not hold what its name says"));
  }

  bool tail_is_sound(uint64_t frames_end) {
    if (frames_end > found_.size || found_.size - frames_end > kTailMax) return false;
    auto tail = store_.pack_range(found_.pack, frames_end, found_.size - frames_end);
    return tail && check_pack_tail(*tail, frames_end);
  }

  void hash() {
    crypto::Sha256Stream hash;
    Status read = store_.read_pack(found_.pack, found_.size, [&](ByteView piece) {
      hash.update(piece);
      progress_.advance(piece.size());
    });
    if (!read) {
      found_.unlike_its_name = std::move(read).error();
    } else if (hash.finish().bytes != found_.pack.bytes) {
      found_.unlike_its_name = make_error(Code::corrupt, tr("its bytes are not those that were written"));
    }
  }

  ReaderStore& store_;
  const VaultReader* reader_;
  Progress& progress_;
  PackFindings& found_;
  const std::vector<Job::Frame>& frames_;
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
