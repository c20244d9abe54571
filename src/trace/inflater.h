// gz, unpacked piece by piece, several members one behind the other as rotation leaves them. Pure: bytes in,
// bytes out. It meets hostile bytes, so the program runs it in a child (unpack_child.h); tests and fuzzing
// run it here.
#pragma once

#include <zlib.h>

#include <functional>
#include <memory>

#include "base/bytes.h"
#include "base/result.h"

namespace aplomb::trace {

enum class UnpackState : uint8_t {
  hungry,   // in the middle; nothing more comes out without more input
  more,     // more comes out without input
  between,  // at the end of a member: another may follow
  ended,    // something that is no member follows
  damaged,  // behind what came out
};
struct Unpacked {
  UnpackState state = UnpackState::damaged;
  Bytes bytes;  // at most kUnpackedMax
};
constexpr size_t kUnpackedMax = 256 << 10;

// One file.
class Unpack {
 public:
  virtual ~Unpack() = default;
  // `packed` is empty only after UnpackState::more.
  virtual Result<Unpacked> go_on(ByteView packed) = 0;
};
using BeginUnpack = std::function<Result<std::unique_ptr<Unpack>>()>;

class Inflater final : public Unpack {
 public:
  Inflater() = default;
  ~Inflater() override;
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  void begin();  // another file
  Result<Unpacked> go_on(ByteView packed) override;

 private:
  UnpackState run();

  z_stream stream_{};
  Bytes packed_;
  bool open_ = false, between_ = false;
};

}  // namespace aplomb::trace
