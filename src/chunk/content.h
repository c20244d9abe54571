// What kind of bytes a file holds, by looking at its beginning: how it is cut depends on it, and whether it
// is worth compressing. A wrong guess costs room, never bytes. Pure; docs/format/chunking.md says the same in
// words.
#pragma once

#include "chunk/chunker.h"

namespace aplomb::chunk {

enum class Content : uint8_t {
  packed,  // photographs, archives: compressed by whoever made them
  text,    // dumps, logs, sources: lines that change one by one
  other,
};

constexpr size_t kHead = 1024 * 1024;  // bytes from the beginning that are looked at, when there are as many

// `head` is the first kHead bytes of the file, or all of it.
Content look_at(ByteView head);

// How a file of `size` bytes that begins so is cut; at most Params::max bytes: it may be one chunk.
const Params& params_for(Content content);
// A file of at most this many bytes is one chunk.
uint64_t whole_file(Content content);

}  // namespace aplomb::chunk
