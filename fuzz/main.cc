// One target for libFuzzer; APLOMB_FUZZ_TARGET names it.
#include <cstring>

#include "fuzz/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using aplomb::fuzz::Target;
  static const Target target = [] {
    for (auto targets :
         {aplomb::fuzz::crypto_targets(), aplomb::fuzz::vault_targets(), aplomb::fuzz::archive_targets(),
          aplomb::fuzz::keeper_targets(), aplomb::fuzz::php_targets(), aplomb::fuzz::trace_targets(),
          aplomb::fuzz::site_targets()})
      for (const Target& candidate : targets)
        if (std::strcmp(candidate.name, APLOMB_FUZZ_TARGET) == 0) return candidate;
    aplomb::check_failed("no such fuzz target: " APLOMB_FUZZ_TARGET, __FILE__, __LINE__);
  }();
  target.run({data, size});
  return 0;
}
