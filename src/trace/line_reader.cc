#include "trace/line_reader.h"

#include <zlib.h>

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
  explicit Unpacker(const ReadAt& source) : source_(source) {}
  ~Unpacker() {
    if (open_) inflateEnd(&stream_);
  }
  Unpacker(const Unpacker&) = delete;
  Unpacker& operator=(const Unpacker&) = delete;

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
    if (!packed_) return {};
    if (inflateInit2(&stream_, 16 + MAX_WBITS) != Z_OK)
      return fail(Code::limit, tr("no memory to unpack it"));
    open_ = true;
    return {};
  }

  Result<size_t> unpack(std::span<uint8_t> out) {
    while (!ended_) {
      if (in_at_ == in_size_) {
        TRY(fill());
        if (in_size_ == 0) {
          ended_ = true;
          if (between_) break;
          return fail(Code::corrupt, tr("its compression ends too early"));
        }
      }
      if (between_) {  // another member follows, or padding
        if (in_[in_at_] != 0x1f) {
          ended_ = true;
          break;
        }
        inflateReset(&stream_);
        between_ = false;
      }
      stream_.next_in = in_.data() + in_at_;
      stream_.avail_in = static_cast<uInt>(in_size_ - in_at_);
      stream_.next_out = out.data();
      stream_.avail_out = static_cast<uInt>(out.size());
      const int result = inflate(&stream_, Z_NO_FLUSH);
      in_at_ = in_size_ - stream_.avail_in;
      const size_t count = out.size() - stream_.avail_out;
      unpacked_ += count;
      if (result == Z_STREAM_END) between_ = true;
      if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
        ended_ = true;
        return fail(Code::corrupt, tr("its compression is damaged"));
      }
      if (unpacked_ > kRatioFrom && unpacked_ / kRatioMax > position_)
        return fail(Code::limit, tr("it unpacks to far more than a log would"));
      if (count > 0) return count;
    }
    return size_t{0};
  }

  const ReadAt& source_;
  Bytes in_ = Bytes(kPieceMax);
  size_t in_at_ = 0, in_size_ = 0;
  uint64_t position_ = 0, unpacked_ = 0;
  bool packed_ = false, open_ = false, between_ = false, ended_ = false;
  z_stream stream_{};
};

}  // namespace

ReadAt read_from(std::shared_ptr<fs::File> file) {
  return [file = std::move(file)](uint64_t offset, std::span<uint8_t> out) {
    return file->read_at(offset, out);
  };
}

Status read_lines(const ReadAt& source, const VisitLine& visit, ReadLog& told) {
  Unpacker unpacker(source);
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
