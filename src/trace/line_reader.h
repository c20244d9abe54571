// The lines of a log, plain or gz-compressed, in constant memory: one buffer, a line longer than kLineMax cut
// and the rest of it passed over. Several gz members in one file are read on. Not thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "base/bytes.h"
#include "fs/fs.h"
#include "trace/inflater.h"

namespace aplomb::trace {

// Where the bytes come from: fills `out` from `offset`, less than asked only at the end.
using ReadAt = std::function<Result<size_t>(uint64_t offset, std::span<uint8_t> out)>;
ReadAt read_from(std::shared_ptr<fs::File> file);

struct ReadLog {
  uint64_t lines = 0;
  uint64_t bytes = 0;       // unpacked
  uint64_t zero_bytes = 0;  // what stays where a file that is written on was cut
};

// `begin_unpack`: where gz is unpacked. Calls `visit` for each line, without its end, numbered from 1; false
// stops. Code::corrupt: damaged compression, after the lines before it were visited; Code::unsupported:
// compressed in another way; Code::limit: it unpacks to too much.
using VisitLine = std::function<bool(uint64_t number, std::string_view line)>;
Status read_lines(const ReadAt& source, const BeginUnpack& begin_unpack, const VisitLine& visit,
                  ReadLog& told);

}  // namespace aplomb::trace
