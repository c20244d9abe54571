#include "trace/unpack_child.h"

#include "base/messages.h"
#include "proc/frame.h"
#include "proc/worker.h"

namespace aplomb::trace {
namespace {

constexpr char kWorker[] = "unpack-log";
constexpr size_t kRequestMax = 1 << 20;
constexpr int64_t kTimeoutMs = 30'000;
constexpr uint8_t kBegin = 0, kGoOn = 1;

// u8 kBegin or kGoOn, packed bytes -> unpacked bytes, u8 UnpackState.
int unpack_main(int in_fd, int out_fd) {
  Inflater inflater;
  bool begun = false;
  return proc::serve_frames(in_fd, out_fd, kRequestMax, [&](ByteView request) {
    Unpacked out;
    if (!request.empty() && request[0] == kBegin) {
      inflater.begin();
      begun = true;
    }
    // A child that was started anew in the middle of a file has no beginning.
    if (begun && !request.empty()) out = inflater.go_on(request.subspan(1)).value_or(Unpacked());
    out.bytes.push_back(static_cast<uint8_t>(out.state));
    return std::move(out.bytes);
  });
}

const proc::WorkerRegistration kRegistration(kWorker, unpack_main);

}  // namespace

class UnpackChildren::Session final : public Unpack {
 public:
  Session(UnpackChildren& home, proc::Child child) : home_(home), child_(std::move(child)) {}
  ~Session() override {
    std::lock_guard lock(home_.mutex_);
    home_.idle_.push_back(std::move(child_));
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  Result<Unpacked> go_on(ByteView packed) override {
    Bytes request{begun_ ? kGoOn : kBegin};
    request.insert(request.end(), packed.begin(), packed.end());
    begun_ = true;
    Unpacked out;
    out.bytes = TRY(child_.call(request, kTimeoutMs, kUnpackedMax + 1));
    if (out.bytes.empty() || out.bytes.back() > static_cast<uint8_t>(UnpackState::damaged))
      return fail(Code::corrupt, tr("its compression is damaged"));
    out.state = static_cast<UnpackState>(out.bytes.back());
    out.bytes.pop_back();
    return out;
  }

 private:
  UnpackChildren& home_;
  proc::Child child_;
  bool begun_ = false;
};

Result<std::unique_ptr<Unpack>> UnpackChildren::begin() {
  {
    std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto session = std::make_unique<Session>(*this, std::move(idle_.back()));
      idle_.pop_back();
      return session;
    }
  }
  proc::WorkerLimits limits;
  limits.cpu_seconds = 0;  // it is given many files; how far each may unpack is bounded
  return std::make_unique<Session>(*this, TRY(proc::Child::start(kWorker, limits)));
}

}  // namespace aplomb::trace
