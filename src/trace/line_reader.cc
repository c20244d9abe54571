#include "trace/line_reader.h"

#include <algorithm>
#include <cstring>

#include "base/messages.h"
#include "trace/log_line.h"

namespace aplomb::trace {
namespace {

constexpr size_t kPieceMax = 256 << 10;
// A log packs 10 to 100 times; zlib's own most is 1032.
constexpr uint64_t kRatioMax = 300, kRatioFrom = 1ULL << 30;

// The unpacked bytes, piece by piece.
class Unpacker {
 public:
  Unpacker(const ReadAt& source, const BeginUnpack& begin_unpack)
      : source_(source), begin_unpack_(begin_unpack) {}

  // 0 at the end.
  Result<size_t> read(std::span<uint8_t> out) {
    if (position_ == 0) TRY(begin());
    if (packed_) return unpack(out);
    if (in_at_ == in_size_) {
      TRY(fill());
      if (in_size_ == 0) return size_t{0};
    }
    const size_t count = std::min(out.size(), in_size_ - in_at_);
    std::memcpy(out.data(), in_.data() + in_at_, count);
    in_at_ += count;
    return count;
  }

 private:
  Status fill() {
    in_at_ = 0;
    in_size_ = TRY(source_(position_, in_));
    position_ += in_size_;
    return {};
  }

  Status begin() {
    TRY(fill());
    auto starts = [&](std::initializer_list<uint8_t> magic) {
      return in_size_ >= magic.size() && std::equal(magic.begin(), magic.end(), in_.begin());
    };
    if (starts({0xfd, '7', 'z', 'X', 'Z'}) || starts({0x28, 0xb5, 0x2f, 0xfd}) || starts({'B', 'Z', 'h'}))
      return fail(Code::unsupported, tr("it is compressed in a way that is not read here; gz is"));
    packed_ = starts({0x1f, 0x8b});
    if (packed_) unpacking_ = TRY(begin_unpack_());
    return {};
  }

  Result<size_t> unpack(std::span<uint8_t> out) {
    using State = UnpackState;
    while (state_ != State::ended) {
      if (state_ == State::damaged) return fail(Code::corrupt, tr("its compression is damaged"));
      ByteView packed;
      if (state_ != State::more) {
        if (in_at_ == in_size_) TRY(fill());
        packed = ByteView(in_).subspan(in_at_, in_size_ - in_at_);
        in_at_ = in_size_;
        if (packed.empty() && state_ == State::between) return size_t{0};
        if (packed.empty()) return fail(Code::corrupt, tr("its compression ends too early"));
      }
      Unpacked answer = TRY(unpacking_->go_on(packed));
      state_ = answer.state;
      unpacked_ += answer.bytes.size();
      if (unpacked_ > kRatioFrom && unpacked_ / kRatioMax > position_)
        return fail(Code::limit, tr("it unpacks to far more than a log would"));
      if (answer.bytes.size() > out.size()) return fail(Code::corrupt, tr("its compression is damaged"));
      std::ranges::copy(answer.bytes, out.begin());
      if (!answer.bytes.empty()) return answer.bytes.size();
    }
    return size_t{0};
  }

  const ReadAt& source_;
  const BeginUnpack& begin_unpack_;
  Bytes in_ = Bytes(kPieceMax);
  size_t in_at_ = 0, in_size_ = 0;
  uint64_t position_ = 0, unpacked_ = 0;
  bool packed_ = false;
  std::unique_ptr<Unpack> unpacking_;
  UnpackState state_ = UnpackState::hungry;
};

}  // namespace

ReadAt read_from(std::shared_ptr<fs::File> file) {
  return [file = std::move(file)](uint64_t offset, std::span<uint8_t> out) {
    return file->read_at(offset, out);
  };
}

Status read_lines(const ReadAt& source, const BeginUnpack& begin_unpack, const VisitLine& visit,
                  ReadLog& told) {
  Unpacker unpacker(source, begin_unpack);
  Bytes buffer(kPieceMax + kLineMax);
  size_t kept = 0;       // at the start of the buffer: the beginning of a line
  bool passing = false;  // over the rest of a line that was too long
  auto say = [&](std::string_view line) {
    ++told.lines;
    return visit(told.lines, line);
  };
  while (true) {
    auto got = unpacker.read(std::span(buffer).subspan(kept, kPieceMax));
    if (!got) {
      if (kept > 0) say(as_text(ByteView(buffer).first(kept)));
      return fail(std::move(got).error());
    }
    if (*got == 0) break;
    told.bytes += *got;
    std::string_view text = as_text(ByteView(buffer).first(kept + *got));
    // Where the end of a line may be: what was kept holds none.
    size_t search = kept;
    if (const void* zero = std::memchr(buffer.data() + kept, 0, *got))
      told.zero_bytes += static_cast<uint64_t>(std::count(
          static_cast<const uint8_t*>(zero), static_cast<const uint8_t*>(buffer.data() + kept + *got), 0));
    size_t begin = 0;
    for (size_t end; (end = text.find('\n', search)) != text.npos; begin = search = end + 1) {
      if (!passing && !say(text.substr(begin, std::min(end - begin, kLineMax)))) return {};
      passing = false;
    }
    kept = text.size() - begin;
    if (passing) kept = 0;
    if (kept >= kLineMax) {
      if (!say(text.substr(begin, kLineMax))) return {};
      passing = true;
      kept = 0;
    }
    std::memmove(buffer.data(), buffer.data() + begin, kept);
  }
  if (kept > 0) say(as_text(ByteView(buffer).first(kept)));
  return {};
}

}  // namespace aplomb::trace
