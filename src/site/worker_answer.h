// How the confined database workers answer: the value, or a failure. A failure travels as an English message
// and its arguments, because the child does not know the language of the person; the parent translates it.
#pragma once

#include <expected>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/finding.h"
#include "base/result.h"

namespace aplomb::site {

struct Failure {
  Code code = Code::corrupt;
  Reason reason;
};

template <typename T>
using Outcome = std::expected<T, Failure>;

// message: an fmt pattern marked with tr_later().
template <typename... Arguments>
std::unexpected<Failure> worker_failure(Code code, const char* message, Arguments&&... arguments) {
  return std::unexpected(
      Failure{code, Reason{message, {std::string(std::forward<Arguments>(arguments))...}}});
}

Bytes encode_answer(const Outcome<Bytes>& outcome);
// The value. An answer that is neither value nor failure is Code::corrupt.
Result<Bytes> decode_answer(Bytes answer);

}  // namespace aplomb::site
