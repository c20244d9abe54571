// The fuzz targets: one function for each decoder of hostile bytes. It decodes, and aborts when the decoder
// breaks a promise: usually that what it accepts encodes to the same bytes again, so that one value has one
// spelling. libFuzzer runs one (main.cc); replay_test.cc runs all over fuzz/corpus, with mutations, in every
// test run.
#pragma once

#include <span>

#include "base/bytes.h"

namespace aplomb::fuzz {

struct Target {
  const char* name;  // also the folder of its corpus
  void (*run)(ByteView bytes);
};

std::span<const Target> crypto_targets();
std::span<const Target> vault_targets();
std::span<const Target> archive_targets();
std::span<const Target> php_targets();
std::span<const Target> keeper_targets();
std::span<const Target> trace_targets();
std::span<const Target> site_targets();
std::span<const Target> vendor_targets();

}  // namespace aplomb::fuzz
