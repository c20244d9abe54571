#include "trace/inflater.h"

namespace aplomb::trace {

Inflater::~Inflater() {
  if (open_) inflateEnd(&stream_);
}

void Inflater::begin() {
  if (open_) inflateReset(&stream_);
  stream_.avail_in = 0;
  between_ = false;
}

Result<Unpacked> Inflater::go_on(ByteView packed) {
  Unpacked out;
  if (!open_ && inflateInit2(&stream_, 16 + MAX_WBITS) != Z_OK) return out;
  open_ = true;
  if (!packed.empty()) {  // what came before is used up
    packed_.assign(packed.begin(), packed.end());
    stream_.next_in = packed_.data();
    stream_.avail_in = static_cast<uInt>(packed_.size());
  }
  out.bytes.resize(kUnpackedMax);
  stream_.next_out = out.bytes.data();
  stream_.avail_out = static_cast<uInt>(out.bytes.size());
  out.state = run();
  out.bytes.resize(out.bytes.size() - stream_.avail_out);
  return out;
}

UnpackState Inflater::run() {
  while (true) {
    if (between_) {
      if (stream_.avail_in == 0) return UnpackState::between;
      if (*stream_.next_in != 0x1f) return UnpackState::ended;
      inflateReset(&stream_);
      between_ = false;
    }
    if (stream_.avail_out == 0) return UnpackState::more;
    const int result = inflate(&stream_, Z_NO_FLUSH);
    if (result == Z_BUF_ERROR) return UnpackState::hungry;
    if (result == Z_STREAM_END)
      between_ = true;
    else if (result != Z_OK)
      return UnpackState::damaged;
  }
}

}  // namespace aplomb::trace
